"""Fixes made from changes to compose files, with the exact differences that they declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockwright.finding import Fix, Intent
from dockwright.project.compose_changes import ComposeChanges, edit_between
from dockwright.project.model import Project
from dockwright.text import Edit


def fix_of(changes: ComposeChanges, title: str) -> Fix | None:
    """The changes as one fix; None where there are none, or where they reach what was not meant."""
    if not changes.clean:
        return None
    return Fix(title, tuple(changes.edits()), "refit", tuple(Intent(*each) for each in changes.differences()))


def one_by_one(project: Project, following: Callable[[Project], Fix | None]) -> tuple[Fix, ...]:
    """All fixes that `following` has, each for what the one before it left, as fixes of the project as it is."""
    after, fixes = project, []
    while (fix := following(after)) is not None:
        fixes.append(fix)
        after = after.replace(fix.changes)
    return together(project, fixes)


def together(project: Project, fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """Fixes of which each was made against what the one before left, as fixes of the project as it is.

    Those that change a file in common become one.
    """
    after = project
    groups: list[tuple[set[str], list[Fix]]] = []
    for fix in fixes:
        after = after.replace(fix.changes)
        files = {edit.path for edit in fix.changes if isinstance(edit, Edit)}
        touched = [group for group in groups if group[0] & files]
        merged = (set().union(files, *(group[0] for group in touched)), [each for _, own in touched for each in own])
        groups = [group for group in groups if group not in touched]
        groups.append((merged[0], [*merged[1], fix]))
    return tuple(
        Fix(
            _title([fix.title for fix in own]),
            tuple(edit_between(path, project.sources[path].text, after.sources[path].text) for path in sorted(files)),
            "refit",
            tuple(intent for fix in own for intent in fix.intends),
        )
        for files, own in groups
    )


def _title(titles: Sequence[str]) -> str:
    """Several titles as one, what they begin with said once."""
    said: dict[str, list[str]] = {}
    for title in titles:
        stack, _, what = title.rpartition(": ")
        said.setdefault(stack, []).append(what)
    return "; ".join(f"{stack}: {', '.join(dict.fromkeys(parts))}" for stack, parts in said.items())
