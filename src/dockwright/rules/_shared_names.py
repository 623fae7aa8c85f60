"""Stacks of several environments that Compose takes for one project."""

from __future__ import annotations

from msgspec import Struct

from dockwright.project.merged import merged
from dockwright.project.model import Project, view
from dockwright.project.stacks import ENVIRONMENTS, Stack, compose_files
from dockwright.text import Site, Span

# Stacks that run beside the one that a developer works with, on the same machine.
_BESIDE = ("test", "ci")


class Clash(Struct, frozen=True):
    """A stack, one that has its project name before it, and the place where the stack should have another."""

    stack: Stack
    other: Stack
    at: Site


@view
def shared_names(project: Project) -> tuple[Clash, ...]:
    """The stacks that share their name with another environment's, each place once; development keeps the name."""
    groups: dict[str, list[tuple[Stack, frozenset[str]]]] = {}
    for stack, services in merged(project):
        if stack.name != "devcontainer" and "$" not in stack.project_name:
            groups.setdefault(stack.project_name, []).append((stack, frozenset(services)))
    found: dict[Site, Clash] = {}
    for group in groups.values():
        group.sort(key=lambda member: (member[0].name not in ("dev", "default"), member[0].name in _BESIDE))
        for index, (stack, mine) in enumerate(group):
            before = [other for other, theirs in group[:index] if _collide(stack, other, mine & theirs)]
            at = name_place(project, stack)
            if before:
                found.setdefault(at, Clash(stack, before[0], at))
    return tuple(found.values())


def name_place(project: Project, stack: Stack) -> Site:
    """Where a stack's name stands, or the top of its last file, where it would."""
    for path in reversed(stack.files):
        written = compose_files(project)[path].project_name
        if written is not None:
            return Site(path, written.span)
    path = stack.files[-1]
    root = compose_files(project)[path].root
    return Site(path, root.items[0].key.span if root is not None and root.items else Span(0, 0))


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
