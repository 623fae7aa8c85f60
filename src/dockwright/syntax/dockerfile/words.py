"""Cutting an instruction's arguments into words: quoted, blank-separated, and JSON arrays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import msgspec

from dockwright.text import Mapped, Run, lazy_regex

# What reWhitespace is in BuildKit: the blanks between a keyword, plain arguments and a legacy pair.
BETWEEN = lazy_regex(r"[\t\v\f\r ]+")
PLAIN = lazy_regex(r"[^\t\v\f\r ]+")


@cache
def quoted(escape: str) -> re.Pattern[str]:
    """A word with quotes.

    An escape takes the next character with it, but for one in single quotes. A quote left open runs to the end, as
    does an escape with nothing after it.
    """
    e = re.escape(escape)
    plain = rf"""[^\s'"{e}]++|[\x1c-\x1f]|{e}(?:.|\Z)"""
    return re.compile(rf"""(?:{plain}|'[^']*+(?:'|\Z)|"(?:[^"{e}]++|{e}.)*+(?:"|{e}?\Z))++""", re.DOTALL)


@cache
def flag(escape: str) -> re.Pattern[str]:
    """A flag and its value. Here, unlike in other words, an escape works in both kinds of quotes.

    BuildKit reads flags byte by byte, and takes the second half of a no-break space for a blank. Here it is none.
    """
    e = re.escape(escape)
    plain = rf"""[^\t\n\v\f\r '"{e}]++|{e}(?:.|\Z)"""
    quotes = "|".join(rf"{q}(?:[^{q}{e}]++|{e}.)*+(?:{q}|{e}?\Z)" for q in "'\"")
    return re.compile(rf"--(?:{plain}|{quotes})*+", re.DOTALL)


_STRING = r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'

_STRINGS = rf"\[[ \t\r\n]*+(?:{_STRING}[ \t\r\n]*+(?:,[ \t\r\n]*+{_STRING}[ \t\r\n]*+)*+)?\][ \t\r\n]*+"
_ESCAPE = r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|(.))"
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def json_strings(text: str) -> list[tuple[int, int]] | None:
    """Where the strings of a JSON array stand in `text`, quotes included; None when it is no array of strings."""
    if text[:1] != "[" or not re.fullmatch(_STRINGS, text):
        return None
    return [match.span() for match in re.finditer(_STRING, text)]


def is_mixed_array(text: str) -> bool:
    """Whether `text` is a JSON array with something else than strings in it, which BuildKit refuses.

    Anything that is not JSON at all is a shell command to it.
    """
    if text[:1] != "[" or json_strings(text) is not None:
        return False
    try:
        # Bytes that are no UTF-8 are a replacement character to Go's decoder.
        return isinstance(msgspec.json.decode(text.encode("utf-8", "replace")), list)
    except (msgspec.DecodeError, RecursionError):
        return False


def part(text: Mapped, start: int, end: int) -> Mapped:
    """`text[start:end]`, which knows its place even when it is empty."""
    return text.slice(start, end) if start < end else Mapped("", (Run(0, text.offset(start), 0),))


def behind(text: Mapped, index: int) -> Mapped:
    """An empty text right behind a character, though what follows may stand lines below."""
    return Mapped("", (Run(0, text.offset(index) + 1, 0),))


def joined(pieces: Iterable[Mapped | str]) -> Mapped:
    """Texts put end to end; a plain string stands nowhere in the source."""
    texts: list[str] = []
    runs: list[Run] = []
    at = 0
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            at += len(piece)
        else:
            texts.append(piece.text)
            runs.extend(Run(at + run.start, run.source, run.length) for run in piece.runs)
            at += len(piece.text)
    # An empty piece has a run of no length, which says where a wholly empty text stands.
    return Mapped("".join(texts), tuple(run for run in runs if run.length) or tuple(runs[:1]))


def json_decoded(string: Mapped) -> Mapped:
    """A JSON string without its quotes and escapes."""
    text, end = string.text, len(string.text) - 1
    if "\\" not in text:
        return part(string, 1, end)
    pieces: list[Mapped | str] = []
    at = 1
    for escape in re.finditer(_ESCAPE, text):
        pieces.append(part(string, at, escape.start()))
        at = escape.end()
        high, low, code, short = escape.groups()
        if high:
            pieces.append(chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF)))
        elif code:
            made = chr(int(code, 16))
            pieces.append("\ufffd" if "\ud800" <= made <= "\udfff" else made)
        elif short in _SHORT_ESCAPES:
            pieces.append(_SHORT_ESCAPES[short])
        else:
            at -= 1  # the character itself, which stands in the source
    pieces.append(part(string, at, end))
    return joined(pieces)


def flag_decoded(word: Mapped, escape: str) -> Mapped:
    """A flag without its quotes and escapes."""
    if "'" not in word.text and '"' not in word.text and escape not in word.text:
        return word
    pieces: list[Mapped | str] = []
    quote = ""
    kept = at = 0
    for mark in re.finditer(r"""['"\\`]""", word.text):
        char = mark[0]
        if mark.start() < at or (char not in (quote or "\"'") and char != escape):
            continue
        pieces.append(part(word, kept, mark.start()))
        kept = at = mark.end()
        if char == escape:
            at += 1
        else:
            quote = "" if quote else char
    pieces.append(part(word, kept, len(word.text)))
    return joined(pieces)
