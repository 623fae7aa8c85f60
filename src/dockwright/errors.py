"""Errors that a user can act on. Anything else that is raised is a bug of ours."""

from __future__ import annotations

from collections.abc import Iterable


class DockwrightError(Exception):
    """A message for the user: what is wrong, where, and the way out. Never a secret's value.

    `hint` is the way out, as words or a command. `exit_code` is per `docs/exit-codes.md`.
    """

    exit_code = 3

    def __init__(self, message: str, *, path: str | None = None, line: int | None = None, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.path and self.line else f"{self.path}: " if self.path else ""
        return f"{place}{self.message}"


class UsageError(DockwrightError):
    """A wrong argument or a wrong configuration."""

    exit_code = 2


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names what a word that is not known was most likely meant to be; None where nothing is near it."""
    from difflib import get_close_matches

    names = list(known)
    close = [name for name in names if word and name.startswith(word)] or get_close_matches(word, names, 1)
    return f"did you mean {close[0]}?" if close else None
