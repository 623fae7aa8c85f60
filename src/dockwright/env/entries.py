"""Entries of env files: what each one's readers get, what is written beside it, and the edit that changes it."""

from __future__ import annotations

from dockwright.errors import DockwrightError
from dockwright.syntax import dotenv
from dockwright.syntax.interpolation import interpolate
from dockwright.text import Edit


def plain(entry: dotenv.Entry) -> str:
    """The value of an entry that names no variable, as its readers get it: `$$` is one."""
    if entry.literal or "$" not in entry.value.text:
        return entry.value.text
    try:
        return interpolate(entry.value.text, lambda name: None)
    except DockwrightError:
        return entry.value.text


def edit_of(file: dotenv.EnvFile, entry: dotenv.Entry, value: str) -> Edit:
    """The edit that gives one entry a value, in the quotes that it has."""
    if entry.separator is None:
        return Edit(file.source.path, entry.value_span, f"={dotenv.quote(value)}")
    like = entry.quote or ('"' if not value and entry.comment_span else None)
    return Edit(file.source.path, entry.value_span, dotenv.quote(value, like))


def comments_of(file: dotenv.EnvFile) -> dict[str, str]:
    """What is written beside each variable: the comment behind it, and the one right above it."""
    found: dict[str, str] = {}
    above = ""
    for piece in file.pieces:
        if piece.entry is not None:
            behind = file.source.slice(piece.entry.comment_span) if piece.entry.comment_span else ""
            found[piece.entry.key] = f"{above}\n{behind}"
        above = f"{above}\n{file.source.slice(piece.span)}" if piece.kind == "comment" else ""
    return found
