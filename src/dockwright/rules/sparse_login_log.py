"""DW175: a user with a high number, whose login log fills the layer."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Edit, Span

_VALUES = frozenset({
    "-u", "--uid", "-g", "--gid", "-G", "--groups", "-d", "--home-dir", "-s", "--shell", "-c", "--comment", "-b", "-e",
    "-f", "-k", "-K", "-p", "-R", "-Z",
})  # fmt: skip
_HIGHEST = 99_999


class SparseLoginLog(Rule):
    """Make users with high numbers without a login log

    ## What it finds

    `useradd` with a number of six digits and more, and without `--no-log-init`.

    ## Why it matters

    `useradd` writes a place for each number up to this one into `/var/log/faillog` and `lastlog`. The files are
    sparse on a disk, and full of zeros in a layer: gigabytes for the numbers that companies use.

    ## How to mend it

    Add `--no-log-init`.

    ## Fix safety

    Safe: the user is the same; only the logs get no entry.

    ## Source

    Docker's documentation, «Building best practices», `USER`; golang/go issue 13548.
    """

    code, name, severity, consent = "DW175", "sparse-login-log", "warning", "safe"
    equivalents = ("hadolint:DL3046", "docker-parfum:DL3046")
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN ⟦useradd -m -u 1234567 shop⟧\n"},
            becomes={"Dockerfile": "FROM debian:13\nRUN useradd --no-log-init -m -u 1234567 shop\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN useradd -u 1000 shop && useradd -l -u 1234567 a\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN useradd -u $ID --no-log-init shop && useradd -u $ID b\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            for simple in step.commands:
                if simple.name != "useradd":
                    continue
                given = {option.name: option.value for option in shell.options(simple.arguments, _VALUES)}
                number = given.get("-u") or given.get("--uid")
                uid = None if number is None else number.value
                if uid is None or not uid.isdigit() or int(uid) <= _HIGHEST or {"-l", "--no-log-init"} & given.keys():
                    continue
                word, fix = simple.words[0], None
                if word.contiguous and step.script is not None:
                    edit = Edit(step.path, Span(word.span.end, word.span.end), " --no-log-init")
                    fix = Fix("make the user without a login log", (edit,))
                yield self.found(
                    step.site(simple.span),
                    f"useradd writes a login log with a place for each of {uid} users",
                    advice="add --no-log-init",
                    fix=fix,
                )
