"""Edit, Create, Move, Delete: what a fix does to files, and splicing edits into a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from dockwright.text.source import Span


class Edit(Struct, frozen=True, order=True):
    """Replace the characters of `span` in the file `path` by `text`."""

    path: str
    span: Span
    text: str


class Create(Struct, frozen=True):
    """Write a file that is not there yet."""

    path: str
    text: str
    mode: int = 0o644


class Move(Struct, frozen=True):
    """Give a file another path; its bytes, mode and link stay."""

    old: str
    new: str


class Delete(Struct, frozen=True):
    """Remove a file."""

    path: str


Change: TypeAlias = Edit | Create | Move | Delete


class OverlappingEditsError(ValueError):
    """Two edits want the same characters."""


def splice(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made at once; their spans refer to the text as it was.

    Insertions at one offset are made in the order given.
    Raises OverlappingEditsError where two edits share a character.
    """
    out: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: e.span):
        if edit.span.start < at:
            raise OverlappingEditsError(f"two edits overlap at offset {edit.span.start} of {edit.path}")
        out.append(text[at : edit.span.start])
        out.append(edit.text)
        at = edit.span.end
    out.append(text[at:])
    return "".join(out)
