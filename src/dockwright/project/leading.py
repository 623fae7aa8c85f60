"""Leading: where every reference of a project leads, in the words of the proof, and what a change takes away of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from functools import cache, partial
from typing import get_args

from dockwright.project.model import Project, view
from dockwright.project.naming import references
from dockwright.project.references import Reference, ReferenceKind
from dockwright.text import Change, Move

FOUND = "found"
MISSING = "not there"

_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_PIECE = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")


@view
def leading(project: Project) -> Counter[tuple[str, str]]:
    """Each path that a file names, as the proof calls the place, with `found` or `not there`; and how often."""
    found: Counter[tuple[str, str]] = Counter()
    for ref in references(project):
        for path, text in _led(project, ref):
            found[f"{ref.at.path} / {ref.kind} {path or '.'}", text] += 1
    return found


def let_go(
    project: Project, changes: Iterable[Change], targets: Container[str]
) -> tuple[tuple[str, str, str | None], ...]:
    """The references to these targets that a change takes away, as (place, before, after) of the proof."""
    changes = tuple(changes)
    former = {change.new: change.old for change in changes if isinstance(change, Move)}
    before, after = leading(project), Counter[tuple[str, str]]()
    for (place, text), number in leading(project.replace(changes)).items():
        file, slash, rest = place.partition(" / ")
        after[f"{former.get(file, file)}{slash}{rest}", text] += number
    gone = before - after
    found: list[tuple[str, str, str | None]] = []
    for place, text in sorted(gone.elements()):
        if target_of(place) in targets:
            instead = MISSING if text == FOUND and after[place, MISSING] > before[place, MISSING] else None
            found.append((place, text, instead))
    return tuple(found)


# The longest first: `path filter` is no `path`.
_KINDS = sorted((f"{kind} " for kind in get_args(ReferenceKind)), key=len, reverse=True)


def kind_of(rest: str) -> str:
    """The kind that a place names behind its file, with its blank; empty where the place is no reference's."""
    return next((kind for kind in _KINDS if rest.startswith(kind)), "")


def target_of(place: str) -> str:
    """The path that a place of a reference ends in."""
    rest = place.partition(" / ")[2]
    return rest.removeprefix(kind_of(rest))


def _led(project: Project, ref: Reference) -> Iterator[tuple[str, str]]:
    """The path that a reference leads to; for a pattern, each that it matches."""
    if not ref.pattern:
        yield ref.target, FOUND if project.exists(ref.target) else MISSING
        return
    matched = project.trees.kept(_matched, ref.target, (project.listing,), partial(_matched, project, ref.target))
    for path in matched:
        yield path, FOUND
    if not matched:
        yield ref.target, MISSING


def _matched(project: Project, pattern: str) -> list[str]:
    """The files that a pattern matches, or that lie in a folder that it matches."""
    matches = _expression(pattern).fullmatch
    folders = tuple(f"{folder}/" for folder in project.folders if folder and matches(folder))
    return [path for path in project.listing if matches(path) or path.startswith(folders)]


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_WILDCARDS.get(piece) or re.escape(piece) for piece in _PIECE.findall(pattern)))
