"""Env files in the dialect of Compose (compose-go's `dotenv` package).

It is neither the shell's nor python-dotenv's. Spaces around `=` are allowed, `KEY: value` is too, `KEY` alone
takes its value from the environment, a ` #` begins a comment after an unquoted value, quoted values go over
several lines, and single quotes keep `$`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from dockwright.syntax.collector import Collector
from dockwright.syntax.interpolation import Use, interpolate, invalid, uses
from dockwright.syntax.problem import Problem
from dockwright.text import Edit, Mapped, Source, Span, lazy_regex

_INLINE = " \t\v\f\r\x85\xa0"  # white space that ends no line, as compose-go knows it
_WHITE = (
    _INLINE + "\n\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_BLANK = lazy_regex(f"[{_WHITE}]*")
_SPACES = lazy_regex(f"[{_INLINE}]*")
_EXPORT = lazy_regex(r"export(?=[\t\n\f\r ])")
_NAME = lazy_regex(rf"[\w.\-\[\]{_INLINE}]*")
_QUOTED = {'"': lazy_regex(r'"(?:[^"\\]++|\\(?s:.))*+"'), "'": lazy_regex(r"'(?:[^'\\]++|\\(?s:.))*+'")}
_LINE = lazy_regex(r"[^\n]*")
_REST = lazy_regex(rf"[{_INLINE}]*(#[^\n]*)?(?:\n|\Z)")
_COMMENTED = lazy_regex(rf"[{_INLINE}]*#[#{_INLINE}]*(?=(?:export +)?[A-Za-z_][\w.-]*=)", re.ASCII)
_ESCAPE = lazy_regex(r'\\(?:(?P<simple>[abfnrtv\\"])|(?P<dollar>\$)|0(?P<octal>[0-9]{0,3}))')
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class Entry(Struct, frozen=True):
    """One variable.

    `span` is the assignment, `export` included and the comment not; `value_span` the value with its quotes,
    empty after the separator where there is none. `separator` is None for a name alone. `value` is what
    the quotes hold, escapes undone and inline comment cut off, before substitution (`$$` is still two).
    """

    key: str
    key_span: Span
    span: Span
    export: bool
    separator: str | None
    value_span: Span
    quote: str | None
    value: Mapped
    raw: str
    comment_span: Span | None

    @property
    def literal(self) -> bool:
        """Whether nothing is substituted in the value."""
        return self.quote == "'"

    @property
    def uses(self) -> tuple[Use, ...]:
        """The variables in the value."""
        return () if self.literal else uses(self.value)


class Piece(Struct, frozen=True):
    """A stretch of the file: "entry", "comment", "blank" or "broken", line ending included. Pieces tile the text."""

    kind: str
    span: Span
    entry: Entry | None = None


class EnvFile(Struct, frozen=True, dict=True):
    """An env file. Compose refuses one with a problem, but for a line without a name: that is a nameless variable."""

    source: Source
    pieces: tuple[Piece, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The variables in order; of two of one name Compose takes the later."""
        return tuple(piece.entry for piece in self.pieces if piece.entry is not None)

    @cached_property
    def commented(self) -> tuple[Entry, ...]:
        """The variables in lines like `# KEY=value`: examples of what may be set."""
        text, found = self.source.text, []
        for piece in self.pieces:
            if piece.kind == "comment" and (start := _COMMENTED.match(text, *piece.span)):
                entry = _entry(text, start.end(), piece.span.end)
                if isinstance(entry, Entry):
                    found.append(entry)
        return tuple(found)

    def get(self, key: str) -> Entry | None:
        """The entry that counts for a variable: the last."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}


def parse(source: Source) -> EnvFile:
    """An env file's pieces and problems. Never raises; a line that Compose refuses becomes a "broken" piece."""
    pieces: list[Piece] = []
    problems: list[Problem] = []
    text = source.text
    start, at, end = 0, 1 if text.startswith("\ufeff") else 0, len(text)

    def piece(kind: str, stop: int, entry: Entry | None = None) -> int:
        if stop > start:
            pieces.append(Piece(kind, Span(start, stop), entry))
        return stop

    while at < end:
        found = _end(_BLANK, text, at, end)
        line = text.rfind("\n", at, found) + 1
        if line or found == end:
            start = piece("blank", end if found == end else line)
        at = found
        if at == end:
            break
        if text[at] == "#":
            start = at = piece("comment", _line_end(text, at, end))
            continue
        entry = _entry(text, at, end)
        if isinstance(entry, Entry):
            at = _after(text, entry, end)
            if not entry.literal and (bad := invalid(entry.value)):
                problems.append(
                    Problem(bad, "a `${` that names no variable or is not closed", "write `$${` for the characters")
                )
            start = piece("entry", at, entry)
        else:
            problems.append(entry)
            start = at = piece("broken", _line_end(text, max(at, entry.span.start), end))
    piece("blank", end)
    return EnvFile(source, tuple(pieces), tuple(problems))


def _end(pattern: re.Pattern[str], text: str, at: int, end: int) -> int:
    found = pattern.match(text, at, end)
    return found.end() if found else at


def _line_end(text: str, at: int, end: int) -> int:
    """The offset after the line ending that follows."""
    found = text.find("\n", at, end)
    return end if found < 0 else found + 1


def _after(text: str, entry: Entry, end: int) -> int:
    """Where the next piece begins: after the entry's line, or in it where more follows a quoted value."""
    at = entry.comment_span.end if entry.comment_span else entry.span.end
    at = _end(_SPACES, text, at, end)
    if at >= end or text[at] == "\n":
        return min(at + 1, end)
    return entry.span.end


def _entry(text: str, start: int, end: int) -> Entry | Problem:
    """The entry that begins at `start`, or what is wrong with it."""
    at = start
    export = _EXPORT.match(text, at, end) is not None
    if export:
        at = _end(_SPACES, text, at + len("export"), end)
    stop = _end(_NAME, text, at, end)
    key = text[at:stop].rstrip(_WHITE)
    key_span = Span(at, at + len(key))
    separator = text[stop] if stop < end else ""
    if separator not in ("=", ":", "\n"):
        if separator:
            return Problem(Span(stop, stop + 1), "a character that no variable's name may have")
        return Problem(Span(start, end), "a name alone needs a line ending", "end the line, or give it a value")
    if not key:
        return Problem(Span(start, stop + 1), "a value without a variable's name")
    if " " in key:
        return Problem(key_span, "a variable's name with a space in it", "comment the line out, or write NAME=value")
    if separator == "\n":
        nothing = Span(key_span.end, key_span.end)
        return Entry(key, key_span, Span(start, key_span.end), export, None, nothing, None, Mapped("", ()), "", None)
    at = _end(_SPACES, text, stop + 1, end)
    quote = text[at] if at < end and text[at] in _QUOTED else None
    if quote is None:
        return _unquoted(text, start, end, key_span, export, stop, at)
    found = _QUOTED[quote].match(text, at, end)
    if found is None:
        return Problem(Span(at, at + 1), "a quoted value that is not closed")
    value = _double(found[0], at) if quote == '"' else _single(found[0], at)
    rest = _REST.match(text, found.end(), end)
    comment = Span(rest.start(1), rest.start(1) + len(rest[1].rstrip(_WHITE))) if rest and rest[1] else None
    span, value_span = Span(start, found.end()), Span(at, found.end())
    return Entry(key, key_span, span, export, separator, value_span, quote, value, found[0], comment)


def _unquoted(text: str, start: int, end: int, key_span: Span, export: bool, separator: int, at: int) -> Entry:
    """An entry whose value is not quoted."""
    stop = _end(_LINE, text, at, end)
    comment_at = text.find(" #", at, stop)
    raw = text[at : comment_at if comment_at >= 0 else stop].rstrip(_WHITE)
    comment = (
        Span(comment_at + 1, comment_at + 1 + len(text[comment_at + 1 : stop].rstrip(_WHITE)))
        if comment_at >= 0
        else None
    )
    value_span = Span(at, at + len(raw)) if raw else Span(separator + 1, separator + 1)
    span = Span(start, value_span.end)
    key = text[key_span.start : key_span.end]
    value = Mapped.whole(raw, at) if raw else Mapped("", ())
    return Entry(key, key_span, span, export, text[separator], value_span, None, value, raw, comment)


def _single(raw: str, at: int) -> Mapped:
    """The value in single quotes: only `\\'` is an escape."""
    collector = Collector(raw, at, 1)
    for found in re.finditer(r"\\(?s:.)", raw):
        if found[0] == "\\'":
            collector.copy(found.start())
            collector.skip(found.start() + 1)
    collector.copy(len(raw) - 1)
    return collector.mapped()


def _double(raw: str, at: int) -> Mapped:
    """The value in double quotes. `\\$` becomes `$$`, which substitution makes one; octals are `\\0ddd`."""
    collector = Collector(raw, at, 1)
    for found in _ESCAPE.finditer(raw, 1, len(raw) - 1):
        collector.copy(found.start())
        octal = found["octal"]
        if found["simple"]:
            collector.make(found.end(), _ESCAPES[found["simple"]])
        elif found["dollar"]:
            collector.make(found.end(), "$$")
        elif len(octal) == 3 and octal.strip("01234567") == "" and int(octal, 8) < 256:
            collector.make(found.end(), chr(int(octal, 8)))
        else:  # as compose-go has it: the `0` goes, the rest stays
            collector.copy(found.start() + 1)
            collector.skip(found.start() + 2)
    collector.copy(len(raw) - 1)
    return collector.mapped()


def values(file: EnvFile, environ: Mapping[str, str], earlier: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables as Compose reads the file, for `--env-file` and for `env_file:`.

    Substitution sees `environ` first, then the entries above, then the files `earlier` on the same command
    line. For `--env-file` a variable of `environ` wins over the file's afterwards; that is the caller's to do.
    Broken lines are left out. Raises MissingVariableError and InvalidTemplateError.
    """
    found: dict[str, str] = {}

    def lookup(name: str) -> str | None:
        for known in (environ, found, earlier or {}):
            if name in known:
                return known[name]
        return None

    for entry in file.entries:
        if entry.separator is None:
            value = lookup(entry.key)
            if value is not None:
                found[entry.key] = value
        else:
            text = entry.value.text
            found[entry.key] = text if entry.literal else interpolate(text, lookup)
    return found


def set_value(file: EnvFile, key: str, value: str) -> list[Edit]:
    """Edits that give a variable a value, taken to the letter, in the quotes that it has; a new one goes to the end."""
    entry = file.get(key)
    if entry is None:
        return append(file, key, value)
    if entry.separator is None:
        return [Edit(file.source.path, entry.value_span, f"={quote(value)}")]
    like = entry.quote or ('"' if not value and entry.comment_span else None)  # a bare `#` after `=` is the value
    return [Edit(file.source.path, entry.value_span, quote(value, like))]


def append(file: EnvFile, key: str, value: str, comment: str | None = None) -> list[Edit]:
    """Edits that add a variable at the end, below a comment of one or more lines."""
    text, newline = file.source.text, file.source.newline
    lines = [f"# {line}".rstrip() for line in comment.splitlines()] if comment else []
    lines.append(f"{key}={quote(value)}")
    lead = "" if text in ("", "\ufeff") or text.endswith("\n") else newline
    return [Edit(file.source.path, Span(len(text), len(text)), lead + newline.join(lines) + newline)]


# Read alike by Compose, python-dotenv and POSIX shells.
_PLAIN = lazy_regex(r"[\w.,:/@%+=^-]*", re.ASCII)


def quote(value: str, like: str | None = None) -> str:
    """`value` as Compose reads it back to the letter: bare where every reader agrees, else in quotes.

    `like` is the quote to keep where it can hold the value. Single quotes hold no backslash before a quote or
    at the end.
    """
    if like is None and _PLAIN.fullmatch(value):
        return value
    single = like == "'" or (like is None and "'" not in value)
    if single and "\r" not in value and not re.search(r"\\(?:'|\Z)", value):
        return "'" + value.replace("'", "\\'") + "'"
    return '"' + re.sub(r'["\\$]', r"\\\g<0>", value).replace("\r", "\\r") + '"'
