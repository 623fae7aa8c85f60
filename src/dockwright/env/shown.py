"""Values that must not be seen: they are kept to be compared, and shown only where they are no secret."""

from __future__ import annotations

from collections.abc import Iterable

from dockwright.env.sources import looks_secret
from dockwright.text import printable

_LONGEST = 60
FEWEST = 6
"""Characters; a shorter secret is a word that other texts hold by chance."""


class Sealed:
    """A text that says nothing of itself when it is printed, logged or raised."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return "Sealed()"


def shown(value: Sealed | None, *, secret: bool, known: Iterable[str] = ()) -> str:
    """How a value is told: itself in quotes, or that it is set and how long it is.

    `known` are the values of secrets: what holds one of them is not shown either, whatever it is called.
    """
    if value is None:
        return "not set"
    text = value.text
    if not text:
        return "empty"
    if secret or looks_secret(text) or any(len(each) >= FEWEST and each in text for each in known):
        return f"set, {len(text)} character{'' if len(text) == 1 else 's'}"
    said = printable(text.replace("\n", "\\n").replace("\t", "\\t"))
    return f"“{said if len(said) <= _LONGEST else said[: _LONGEST - 1] + '…'}”"
