"""DW302: stacks of several environments under one project name."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.merged import merged
from dockwright.project.model import Project
from dockwright.project.stacks import ENVIRONMENTS, Stack, compose_files
from dockwright.rule import Example, Rule
from dockwright.text import Site, Span

# Stacks that run beside the one that a developer works with, on the same machine.
_BESIDE = ("test", "ci")


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
        groups: dict[str, list[tuple[Stack, frozenset[str]]]] = {}
        for stack, services in merged(project):
            if stack.name != "devcontainer" and "$" not in stack.project_name:
                groups.setdefault(stack.project_name, []).append((stack, frozenset(services)))
        for name, group in groups.items():
            group.sort(key=lambda member: (member[0].name not in ("dev", "default"), member[0].name in _BESIDE))
            told = set()
            for index, (stack, mine) in enumerate(group):
                before = [other for other, theirs in group[:index] if _collide(stack, other, mine & theirs)]
                at = _place(project, stack)
                if before and at not in told:
                    told.add(at)
                    yield self._found(project, name, stack, before[0], at)

    def _found(self, project: Project, name: str, stack: Stack, other: Stack, at: Site) -> Finding:
        message = f"the {stack.name} stack is called {name!r}, as the {other.name} stack is: they are one to Compose"
        own = f"{name}-{stack.name}" if stack.name != "default" else f"{name}-2"
        related = [Related(_place(project, other), f"called {name!r}, too")]
        return self.found(at, message, advice=f"write `name: {own}` at the top", related=related)


def _collide(stack: Stack, other: Stack, shared: frozenset[str]) -> bool:
    """Whether two stacks of one name get in each other's way: two environments, and they share a service."""
    mine, theirs = _environment(stack), _environment(other)
    if not shared or mine is None or theirs is None or mine == theirs:
        return False
    by_chance = stack.named_by == "folder" and set(stack.files).isdisjoint(other.files)
    return mine in _BESIDE or by_chance


def _environment(stack: Stack) -> str | None:
    """What a stack is for; None where its name does not say, and it may be an alternative to another."""
    name = "dev" if stack.name == "default" else stack.name
    return name if name in ENVIRONMENTS.values() else None


def _place(project: Project, stack: Stack) -> Site:
    for path in reversed(stack.files):
        written = compose_files(project)[path].project_name
        if written is not None:
            return Site(path, written.span)
    path = stack.files[-1]
    root = compose_files(project)[path].root
    return Site(path, root.items[0].key.span if root is not None and root.items else Span(0, 0))
