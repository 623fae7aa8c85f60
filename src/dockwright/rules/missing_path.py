"""DW501: a path that a tool will look for in vain."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import Reference
from dockwright.rule import Example, Rule

# Env files have a rule of their own; secrets and configs are often made on the machine.
_KINDS = frozenset({"compose file", "dockerfile", "build context", "extends", "include"})


class MissingPath(Rule):
    """Name only files that are there

    ## What it finds

    A Make target, script, workflow, devcontainer or compose file that names a compose file, a Dockerfile or a build
    context that is not in the project: `-f`, `build:`, `extends.file`, `include`, the inputs of a build action.

    ## Why it matters

    The command fails for everybody who runs it. It often stays behind when files are moved: the first push after
    the move is red, and the Make target that nobody used since fails on the day it is needed.

    ## How to mend it

    Write the file's present path, or remove the call.

    ## Fix safety

    There is no fix: which file was meant is a guess. `dockwright plan` moves files together with every reference.

    ## Source

    Compose: `open …: no such file or directory`; BuildKit: `failed to read dockerfile`.
    """

    code, name, severity = "DW501", "missing-path", "error"
    traps = (33, 16)
    invalid = (
        Example(
            {
                "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "dev-up:\n\tdocker compose -f ⟦docker-compose.dev.yml⟧ up -d\n",
            }
        ),
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    build:\n      dockerfile: ⟦docker/Dockerfile⟧\n"}),
    )
    valid = (
        Example(
            {
                "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "dev-up:\n\tdocker compose -f compose/docker-compose.dev.yml up -d\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for ref in references(project):
            # What a document shows may be another project's; what tools read must be there.
            read = project.kinds.get(ref.at.path) != "document" and not ref.pattern
            if read and ref.kind in _KINDS and not ref.target.startswith("..") and not _there(project, ref):
                yield self.found(ref.at, f"{ref.target} is not there", advice=_advice(project, ref))


def _there(project: Project, ref: Reference) -> bool:
    return project.exists(ref.target) if ref.kind == "build context" else project.is_file(ref.target)


def _advice(project: Project, ref: Reference) -> str:
    name = ref.target.rpartition("/")[2]
    moved = sorted(path for path in project.sources if path.rpartition("/")[2] == name)
    if moved:
        return f"did you mean {moved[0]}?"
    close = get_close_matches(ref.target, sorted(project.sources), 1, 0.8)
    return f"did you mean {close[0]}?" if close else "write the path of a file that is there, or remove this"
