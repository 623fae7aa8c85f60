"""Definitions: where the parts of a `NAME = value` or a `define` stand in a line."""

from __future__ import annotations

from msgspec import Struct

from dockwright.syntax.makefile.references import reference_end
from dockwright.syntax.makefile.words import TOKEN, past_blanks
from dockwright.text import lazy_regex

_NAME = lazy_regex(r"(?:[^\s:#=$?+!\\]|[?+!](?!=)|\\.)+")
_ASSIGN = lazy_regex(r"[ \t]*(:::=|::=|:=|\?=|\+=|!=|=)")
MODIFIERS = frozenset({"export", "override", "private"})


class Assignment(Struct, frozen=True):
    """Where a definition's parts stand in a line, and its modifiers."""

    name: int
    name_end: int
    operator: str
    value: int
    modifiers: frozenset[str]


def _name_end(text: str, at: int) -> int:
    """The end of one word that may be a variable's name."""
    while at < len(text):
        if text[at] == "$":
            at = reference_end(text, at)
        elif (match := _NAME.match(text, at)) is not None:
            at = match.end()
        else:
            break
    return at


def assignment_at(text: str, at: int) -> Assignment | None:
    """The definition that a line holds from `at` on, as make's `parse_var_assignment` looks for one."""
    modifiers: set[str] = set()
    while True:
        at = past_blanks(text, at, len(text))
        end = _name_end(text, at)
        match = _ASSIGN.match(text, end)
        if match is not None and end > at:
            value = past_blanks(text, match.end(), len(text))
            return Assignment(at, end, match[1], value, frozenset(modifiers))
        if text[at:end] not in MODIFIERS or text[end : end + 1] not in (" ", "\t"):
            return None
        modifiers.add(text[at:end])
        at = end


def define_at(text: str, at: int) -> Assignment | None:
    """The head of a `define`, modifiers before it included."""
    modifiers: set[str] = set()
    while True:
        match = TOKEN.match(text, at)
        word = match[1] if match is not None else ""
        at = match.end() if match is not None else at
        if word == "define":
            break
        if word not in MODIFIERS:
            return None
        modifiers.add(word)
    at = past_blanks(text, at, len(text))
    end = _name_end(text, at)
    if end == at:
        return None
    match = _ASSIGN.match(text, end)
    return Assignment(at, end, match[1] if match is not None else "=", end, frozenset(modifiers))
