"""Quote: a text as a word that the shell takes to the letter."""

from __future__ import annotations

from dockwright.text import lazy_regex

_SAFE = lazy_regex(r"[A-Za-z0-9@%+=:,./_-]+")


def quote(text: str) -> str:
    """The text as one word of sh that means it to the letter."""
    if _SAFE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
