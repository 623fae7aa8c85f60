"""DW188: a temporary folder that stays in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell

_VALUES = frozenset({"-p", "--suffix"})
_REMOVE = frozenset({"rm", "rmdir", "find", "mv", "trap"})


class TemporaryFolderKept(Rule):
    """Remove a temporary folder in the RUN that makes it

    ## What it finds

    `mktemp -d` in a RUN that removes nothing, in a stage that the image is made of.

    ## Why it matters

    Nobody knows the folder's name afterwards, and the image keeps what is in it: downloads, sources, the keyring of
    `gpg`.

    ## How to mend it

    `&& rm -rf "$folder"` at the end of the RUN, or `RUN --mount=type=tmpfs,target=/tmp`.

    ## Fix safety

    There is no fix: the name of the variable that holds the folder is the script's own.

    ## Source

    Docker's documentation, «Building best practices», `RUN`: one layer for each.
    """

    code, name, severity = "DW188", "temporary-folder-kept", "info"
    equivalents = ("docker-parfum:rmRecursiveAfterMktempD",)
    invalid = (
        Example({"Dockerfile": 'FROM debian:13\nRUN d="$(⟦mktemp -d⟧)" && git clone $URL "$d" && make -C "$d"\n'}),
        Example({"Dockerfile": "FROM debian:13\nRUN export GNUPGHOME=$(⟦mktemp -t key.XXX --directory⟧) && gpg -h\n"}),
    )
    valid = (
        Example({"Dockerfile": 'FROM debian:13\nRUN d="$(mktemp -d)" && make -C "$d" && rm -rf "$d"\n'}),
        Example({"Dockerfile": "FROM debian:13\nRUN --mount=type=tmpfs,target=/tmp make DIR=$(mktemp -d)\n"}),
        Example({"Dockerfile": "FROM a AS b\nRUN make DIR=$(mktemp -d)\nFROM debian:13\nRUN make F=$(mktemp)\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            if not step.shipped or step.mount_targets or any(simple.name in _REMOVE for simple in step.commands):
                continue
            for simple in step.commands:
                if simple.name != "mktemp":
                    continue
                if {"-d", "--directory"} & {option.name for option in shell.options(simple.arguments, _VALUES)}:
                    yield self.found(
                        step.site(simple.span),
                        "this folder and what is put into it stay in the layer",
                        advice="remove it at the end of the RUN",
                    )
