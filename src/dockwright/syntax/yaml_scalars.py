"""YAML scalars: what a written scalar means, where each of its characters came from, and how to write one."""

from __future__ import annotations

import re
from itertools import pairwise

from dockwright.syntax.collector import Collector
from dockwright.text import Mapped, lazy_regex

# What go-yaml v3 makes of a plain scalar. Compose reads through it: `yes` and `on` are strings, `017` is octal.
_WORDS: dict[str, bool | float | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
    ".inf": float("inf"), ".Inf": float("inf"), ".INF": float("inf"),
    "+.inf": float("inf"), "+.Inf": float("inf"), "+.INF": float("inf"),
    "-.inf": float("-inf"), "-.Inf": float("-inf"), "-.INF": float("-inf"),
}  # fmt: skip
_INTEGER = lazy_regex(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))",
    re.ASCII,
)
_FLOAT = lazy_regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_POINT_FLOAT = lazy_regex(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?", re.ASCII)
_LONGEST_INTEGER = 2 + 64 + 1  # `-0b` and 64 bits; anything longer is a float or a text
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}

# Words that only YAML 1.1 readers (PyYAML, Ansible) take for booleans, and base-60 numbers: quoted to be safe in both.
_YAML_1_1 = lazy_regex(r"(?i:y|n|yes|no|on|off|=|<<)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\d{4}-\d.*")

_BREAK = "\r\n|[\r\n\x85\u2028\u2029]"
_BREAKS = lazy_regex(_BREAK)
# White space goes in one token whether it is folded or not: a second look at its rest would make this quadratic.
_FOLD = f"(?P<fold>[ \t]*(?:{_BREAK})(?:[ \t]|{_BREAK})*)|[ \t]+"
_PLAIN = lazy_regex(_FOLD)
_SINGLE = lazy_regex(f"(?P<quote>'')|{_FOLD}")
_DOUBLE = lazy_regex(
    f"(?P<joined>\\\\(?:{_BREAK})(?:[ \t]|{_BREAK})*)"
    r"|(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<escape>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.))"
    f"|{_FOLD}"
)
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


def resolve_plain(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar as go-yaml v3 and so Compose reads it. A date stays the text that it is."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return _finite(text.replace("_", ""), text) if _POINT_FLOAT.fullmatch(text) else text
    if first not in "+-0123456789":
        return text
    digits = text.replace("_", "")
    if len(digits) <= _LONGEST_INTEGER and (found := _INTEGER.fullmatch(digits)):
        base = found.lastgroup or "dec"
        number = int(found["sign"] + found[base], _BASES[base])
        if -(2**63) <= number < 2**63 or (not found["sign"] and number < 2**64):
            return number
    return _finite(digits, text) if _FLOAT.fullmatch(digits) else text


def _finite(digits: str, text: str) -> float | str:
    number = float(digits)
    return text if number in (float("inf"), float("-inf")) else number


def map_plain(written: str, at: int) -> Mapped:
    """The value of a plain scalar that stands at offset `at`, its folded line breaks joined."""
    if not _BREAKS.search(written):
        return Mapped.whole(written, at)
    folder = _Folder(written, at)
    for found in _PLAIN.finditer(written):
        if found["fold"]:
            folder.fold(found.start(), found.end())
    return folder.rest(len(written))


def map_single(written: str, at: int) -> Mapped:
    """The value of a 'single-quoted' scalar that stands at offset `at`, quotes included in `written`."""
    folder = _Folder(written, at, 1)
    end = len(written) - 1
    for found in _SINGLE.finditer(written, 1, end):
        if found["quote"]:
            folder.copy(found.start() + 1)
            folder.skip(found.end())
        elif found["fold"]:
            folder.fold(found.start(), found.end())
    return folder.rest(end)


def map_double(written: str, at: int) -> Mapped:
    """The value of a "double-quoted" scalar that stands at offset `at`: YAML's and JSON's escapes undone."""
    folder = _Folder(written, at, 1)
    end = len(written) - 1
    for found in _DOUBLE.finditer(written, 1, end):
        if found["fold"]:
            folder.fold(found.start(), found.end())
        elif found["joined"]:
            folder.copy(found.start())
            folder.skip(found.start() + 1)
            breaks = list(_BREAKS.finditer(written, found.start(), found.end()))
            folder.breaks(breaks[1:])
            folder.skip(found.end())
        elif found["pair"]:
            pair = found["pair"]
            high, low = int(pair[2:6], 16), int(pair[8:12], 16)
            folder.copy(found.start())
            folder.make(found.end(), chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))
        elif found["escape"]:
            _unescape(folder, found.start(), found["escape"])
    return folder.rest(end)


def _unescape(folder: _Folder, start: int, escape: str) -> None:
    kind, end = escape[1], start + len(escape)
    if kind in "xuU" and len(escape) > 2:
        code = int(escape[2:], 16)
        real = code < 0x110000 and not 0xD800 <= code < 0xE000
        folder.copy(start)
        folder.make(end, chr(code) if real else "\ufffd")
    elif kind in _ESCAPES:
        folder.copy(start)
        folder.make(end, _ESCAPES[kind])
    else:  # the escaped character itself, which stands in the source
        folder.copy(start)
        folder.skip(start + 1)
        folder.copy(end)


def map_block(written: str, at: int, value: str) -> Mapped:
    """The value of a block scalar that stands at offset `at`: header and indentation gone, lines folded for `>`.

    `value` is what the YAML reader made of it; an explicit indentation indicator counts from a column
    that only the reader knows, so the indentation is the difference between the two.
    """
    breaks = list(_BREAKS.finditer(written))
    if not breaks:
        return Mapped("", ())
    header = written[: breaks[0].start()].partition("#")[0]
    bounds = [*(found.end() for found in breaks), len(written)]
    lines = [written[start:end] for start, end in pairwise(bounds)]
    indent = _block_indent([line.rstrip("\r\n\x85\u2028\u2029") for line in lines], value, header)
    folder = _Folder(written, at, bounds[0])
    ending: list[re.Match[str]] = []  # the break of the last line with content
    blank: list[re.Match[str]] = []  # those of the blank lines since
    was_indented = True
    for number, start in enumerate(bounds[:-1]):
        own = breaks[number + 1 : number + 2]
        end = own[0].start() if own else len(written)
        content = start + min(indent, _spaces(written[start:end]))
        if content == end:
            blank += own
            continue
        indented = written[content] in " \t"
        if written[0] == ">" and ending and _is_feed(ending[0]) and not was_indented and not indented:
            if not blank:
                folder.make(content, " ")
        else:
            folder.breaks(ending)
        folder.breaks(blank)
        folder.skip(content)
        folder.copy(end)
        ending, blank, was_indented = own, [], indented
    if "-" not in header:
        folder.breaks(ending)
    if "+" in header:
        folder.breaks(blank)
    return folder.mapped()


def _block_indent(lines: list[str], value: str, header: str) -> int:
    """How many columns of indentation a block scalar's lines have."""
    explicit = any(char.isdigit() for char in header)
    first = next((line for line in lines if line.strip(" ")), None)
    if first is None:
        return max(map(len, lines), default=0) - (max(map(len, _BREAKS.split(value))) if explicit else 0)
    content = next((line for line in _BREAKS.split(value) if line.strip(" ")), "")
    return _spaces(first) - (_spaces(content) if explicit else 0)


def _spaces(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _is_feed(found: re.Match[str]) -> bool:
    return found[0] not in ("\u2028", "\u2029")


class _Folder(Collector):
    """A collector that knows what YAML makes of line breaks."""

    def breaks(self, found: list[re.Match[str]]) -> None:
        """Take these line breaks, each as the one line feed that YAML makes of it."""
        for each in found:
            self.skip(each.start())
            if each[0] in ("\r", "\x85"):
                self.make(each.end(), "\n")
            else:
                self.skip(each.end() - 1)
                self.copy(each.end())

    def fold(self, start: int, end: int) -> None:
        """Fold the white space from `start` to `end`: one break is a space, of more the first is dropped."""
        self.copy(start)
        found = list(_BREAKS.finditer(self.written, start, end))
        if not _is_feed(found[0]):
            self.breaks(found)
        elif len(found) == 1:
            self.make(end, " ")
        else:
            self.breaks(found[1:])
        self.skip(end)

    def rest(self, end: int) -> Mapped:
        """What was collected, and the characters up to `end`."""
        self.copy(end)
        return self.mapped()


# Plain in block and in flow context: no indicator at the start; no `: `, ` #`, quote, bracket, comma or odd character.
_SAFE = lazy_regex(
    r"(?!-(?:\s|\Z)|---|\.\.\.)[A-Za-z0-9_./$^+~()<;-]"
    r"(?:[\w./$^+~()<;=?-]|:(?=[\w./$^+~()<;=?-])|(?<=\S) (?=[\w./$^+~()<;=?-]))*"
)
_NEEDS_ESCAPE = lazy_regex('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quote(text: str) -> str:
    """`text` as a one-line YAML scalar that is that string in block and in flow context, for YAML 1.1 and 1.2 readers.

    Plain where that is safe. Bytes that are no UTF-8 stay as they are; no YAML could name them.
    """
    if _SAFE.fullmatch(text) and not _YAML_1_1.fullmatch(text) and isinstance(resolve_plain(text), str):
        return text
    if ('"' in text or "\\" in text) and "'" not in text and fits_single(text):
        return single_quoted(text)
    return double_quoted(text)


def fits_single(text: str) -> bool:
    """Whether single quotes can hold the text: it has no line breaks, controls or others that need an escape."""
    return all(found[0] in '"\\' for found in _NEEDS_ESCAPE.finditer(text))


def single_quoted(text: str) -> str:
    """`text` in single quotes; it must be printable and on one line."""
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text: str) -> str:
    """`text` in double quotes, with escapes that JSON readers take too wherever JSON has one."""
    return '"' + _NEEDS_ESCAPE.sub(lambda found: _escape(found[0]), text) + '"'


def _escape(char: str) -> str:
    if char in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[char]
    code = ord(char)
    return char if 0xD800 <= code < 0xE000 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
