"""Which stacks the step looks at, in which order, and how their images are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockwright.project.merged import Merged
from dockwright.project.model import Project
from dockwright.project.roles import ROLES, role
from dockwright.project.running import Running, running
from dockwright.project.stacks import Stack, label, stacks

TAGS: Mapping[str | None, str] = {"dev": "dev", "test": "test", "ci": "ci", "staging": "staging", "prod": "prod"}


def looked_at(project: Project) -> Iterator[tuple[Stack, str | None, Mapping[str, Running]]]:
    """Every stack with its role and what it runs, those of fewest files first: the others lie on top of them.

    A devcontainer is left as it is: its tool has its own ideas of how it is started.
    """
    found = [(stack, run) for stack, run in running(project) if stack.name != "devcontainer"]
    for stack, run in sorted(found, key=lambda each: (len(each[0].files), _foreign(each[1]))):
        yield stack, role(project, stack), run


def _foreign(run: Mapping[str, Running]) -> bool:
    """Whether a service of the stack extends one of another file."""
    return any(
        layer.path not in each.service.stack.files or layer.name != each.service.name
        for each in run.values()
        for layer in each.service.layers
    )


def product(stack: Stack) -> str:
    """What a stack's images are called after: its project's name without the environment."""
    for each in ROLES:
        if stack.project_name.endswith(f"-{each}"):
            return stack.project_name.removesuffix(f"-{each}")
    return stack.project_name


def is_local(image: str | None) -> bool:
    """Whether an image's name is of this machine alone: no registry and no account would have it."""
    return bool(image) and "/" not in (image or "/")


def everywhere(services: tuple[Merged, ...], *keys: str) -> list[str]:
    """The places of these keys in these services."""
    return [service.at(key) for service in services for key in keys]


def top_places(project: Project, path: str, section: str) -> list[str]:
    """The places of a section of a file's top level, once a stack that reads the file."""
    return [f"stack {label(project, stack)} / {section}" for stack in stacks(project) if path in stack.files]
