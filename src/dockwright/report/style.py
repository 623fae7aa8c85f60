"""Colour where a terminal shows it and nobody said no, and text that fits its width."""

from __future__ import annotations

import os
import sys

# Select Graphic Rendition codes by what they stand for here.
_CODES = {
    "error": "1;31",
    "warning": "33",
    "info": "36",
    "path": "1",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "title": "1",
    "hunk": "36",
}


def coloured() -> bool:
    """Whether to colour: standard output is a terminal, and neither NO_COLOR nor a dumb terminal speaks against it."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str) -> str:
    """The text in a style, or as it is where there is no colour."""
    return f"\033[{_CODES[style]}m{text}\033[0m" if coloured() else text


def width() -> int:
    """How many columns there are; 80 where nobody says, and never so few that nothing fits."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return 80
    try:
        columns = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size().columns
    except (ValueError, OSError):
        columns = 80
    return max(40, min(columns, 120))


def wrapped(text: str, indent: str, first: str | None = None) -> str:
    """A paragraph that fits the width, each line behind `indent` and the first one behind `first`."""
    columns = width()
    lead = indent if first is None else first
    lines, line = [], lead
    for word in text.split():
        if len(line) + len(word) > columns and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    lines.append(line.rstrip())
    return "\n".join(lines)


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" + ("" if number == 1 else "es" if noun.endswith("s") else "s")
