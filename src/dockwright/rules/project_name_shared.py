"""DW302: stacks of several environments under one project name."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._shared_names import Clash, name_place, shared_names


class ProjectNameShared(Rule):
    """Give each environment a project name of its own

    ## What it finds

    Stacks of two environments, development and test or CI or production, that have one project name and services
    of the same names. Compose files that take the name of the folder which they share are the usual case.

    ## Why it matters

    To Compose they are one project. Starting the tests replaces the containers of development, `down -v` deletes
    its database with the tests' volumes, and every call warns of orphan containers.

    ## How to mend it

    Write `name:` at the top of each stack's first file: development keeps the name and its volumes, the others get
    `<name>-test`, `<name>-ci`, `<name>-prod`.

    ## Fix safety

    There is no fix here: `apply` names them when it lays out the compose files, and lists the volumes that begin
    anew.

    ## Source

    Compose's documentation, «Specify a project name».
    """

    code, name, severity = "DW302", "project-name-shared", "warning"
    traps = (41, 15)
    invalid = (
        Example(
            {
                "docker-compose.dev.yml": "services:\n  db:\n    image: postgres:17.6\n",
                "docker-compose.test.yml": "⟦services⟧:\n  db:\n    image: postgres:17.6\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n",
                "compose.test.yaml": "name: ⟦shop⟧\nservices:\n  db:\n    image: postgres:17.6\n",
                "Makefile": "test:\n\tdocker compose -f compose.test.yaml up -d\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n",
                "compose.test.yaml": "name: shop-test\nservices:\n  db:\n    image: postgres:17.6\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "compose.debug.yaml": "services:\n  app:\n    image: shop\n",
                "Makefile": "up:\n\tdocker compose -f compose.yaml up\n"
                "debug:\n\tdocker compose -f compose.yaml -f compose.debug.yaml up\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for clash in shared_names(project):
            yield self._found(project, clash)

    def _found(self, project: Project, clash: Clash) -> Finding:
        stack, other, name = clash.stack, clash.other, clash.stack.project_name
        message = f"the {stack.name} stack is called {name!r}, as the {other.name} stack is: they are one to Compose"
        own = f"{name}-{stack.name}" if stack.name != "default" else f"{name}-2"
        related = [Related(name_place(project, other), f"called {name!r}, too")]
        return self.found(clash.at, message, advice=f"write `name: {own}` at the top", related=related)
