"""DW301: a compose project's name that depends on its folder."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.compose import ComposeFile
from dockwright.project.model import Project
from dockwright.project.stacks import Stack, compose_files, stacks
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site, Span


class ProjectNameFromFolder(Rule):
    """Pin the compose project's name

    ## What it finds

    A stack whose project name comes from the folder of its first file: no file says `name:`, no call says `-p`,
    and no env file sets `COMPOSE_PROJECT_NAME`.

    ## Why it matters

    The name is the prefix of every container, network and named volume. Move the file or clone the repository into
    another folder, and Compose makes a new project beside the old one: the database comes up empty, and the old
    containers hold the ports.

    ## How to mend it

    Write `name:` at the top of the stack's first file, with the name that the stack has now.

    ## Fix safety

    Safe: the name that is written is the one that Compose uses already.

    ## Source

    Compose's documentation, «Specify a project name».
    """

    code, name, severity, consent = "DW301", "project-name-from-folder", "warning", "safe"
    equivalents = ("dclint:require-project-name-field",)
    traps = (15,)
    invalid = (
        Example(
            {"docker-compose.yml": "# The shop\n⟦services⟧:\n  db:\n    image: postgres:17.6\n"},
            becomes={"docker-compose.yml": "# The shop\nname: shop\nservices:\n  db:\n    image: postgres:17.6\n"},
        ),
    )
    valid = (
        Example({"compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"}),
        Example(
            {
                "compose.yaml": "services:\n  db:\n    image: postgres:17.6\n",
                "Makefile": "up:\n\tdocker compose -p shop up -d\n",
            }
        ),
        Example(
            {"compose.yaml": "services:\n  db:\n    image: postgres:17.6\n", ".env": "COMPOSE_PROJECT_NAME=shop\n"}
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        named: set[str] = set()
        for stack in stacks(project):
            first = stack.files[0]
            if stack.named_by == "folder" and first not in named:
                named.add(first)
                yield self._found(compose_files(project)[first], stack)

    def _found(self, file: ComposeFile, stack: Stack) -> Finding:
        message = f"the project is called {stack.project_name!r} only because of its folder"
        fix = None
        if file.root is not None:
            edits = yaml.insert_item(file.tree, file.root, "name", stack.project_name, first=True)
            fix = Fix(f"pin the project name {stack.project_name!r}", tuple(edits)) if edits else None
        return self.found(
            Site(file.path, _first_key(file)), message, advice=f"write `name: {stack.project_name}` at the top", fix=fix
        )


def _first_key(file: ComposeFile) -> Span:
    return file.root.items[0].key.span if file.root is not None and file.root.items else Span(0, 0)
