"""Functions: make's text functions whose result the file itself decides."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.syntax.makefile.joint import Joint
from dockwright.syntax.makefile.nodes import Word
from dockwright.syntax.makefile.references import reference_end
from dockwright.syntax.makefile.words import past_blanks
from dockwright.text import Mapped, lazy_regex

_WORD = lazy_regex(r"\S+")

STATIC_FUNCTIONS = frozenset({"foreach", "call", "addprefix", "addsuffix", "patsubst", "filter", "filter-out", "strip"})


def arguments_of(mapped: Mapped, start: int, end: int) -> Iterator[Mapped]:
    """The arguments of a function call, blanks before the first taken off."""
    text = mapped.text
    depth = 0
    begin = at = past_blanks(text, start, end)
    while at < end:
        char = text[at]
        if char == "$":
            at = min(reference_end(text, at), end)
            continue
        if char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        elif char == "," and depth == 0:
            yield mapped.slice(begin, at)
            begin = at + 1
        at += 1
    yield mapped.slice(begin, end)


def apply(function: str, values: list[Mapped], out: Joint) -> bool:
    """Add what one of make's text functions gives; whether its arguments were right."""
    if function == "strip":
        values = [Mapped("", ()), *values]
        function = "addprefix"
    if function == "patsubst":
        if len(values) != 3:
            return False
        patsubst(values[0].text.strip(), values[1], values[2], out)
        return True
    if len(values) != 2:
        return False
    first, words = values
    patterns = first.text.split()
    number = 0
    for word, _ in pieces(words):
        if function in ("filter", "filter-out"):
            if any(stem(pattern, word.text) is not None for pattern in patterns) == (function == "filter-out"):
                continue
            parts = [word.mapped]
        else:
            parts = [first, word.mapped] if function == "addprefix" else [word.mapped, first]
        if number:
            out.text(" ")
        number += 1
        for part in parts:
            out.add(part)
    return True


def stem(pattern: str, word: str) -> str | None:
    """What `%` matched; None where the pattern does not match."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return "" if pattern == word else None
    if len(word) < len(before) + len(after) or not (word.startswith(before) and word.endswith(after)):
        return None
    return word[len(before) : len(word) - len(after)]


def patsubst(pattern: str, replacement: Mapped, words: Mapped, out: Joint) -> None:
    """Add the words, those that match the pattern replaced."""
    percent = replacement.text.find("%")
    for number, (word, _) in enumerate(pieces(words)):
        if number:
            out.text(" ")
        matched = stem(pattern, word.text)
        if matched is None:
            out.add(word.mapped)
        elif percent < 0 or "%" not in pattern:
            out.add(replacement)
        else:
            start = pattern.index("%")
            out.add(replacement, 0, percent)
            out.add(word.mapped, start, start + len(matched))
            out.add(replacement, percent + 1)


def pieces(mapped: Mapped) -> Iterator[tuple[Word, tuple[int, int]]]:
    """The words of an expanded text and their offsets in it."""
    for match in _WORD.finditer(mapped.text):
        yield Word(mapped.slice(match.start(), match.end())), match.span()
