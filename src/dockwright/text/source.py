"""Source, Span: a file's text with its bytes, mode and link target intact."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct


class Span(NamedTuple):
    """A half-open range of character offsets, `start` included and `end` not."""

    start: int
    end: int

    def __contains__(self, offset: object) -> bool:
        return isinstance(offset, int) and self.start <= offset < self.end

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share a character, or both insert at one offset."""
        if self.start == self.end and other.start == other.end:
            return self.start == other.start
        return self.start < other.end and other.start < self.end

    def shift(self, by: int) -> Span:
        """The same range, `by` characters further on."""
        return Span(self.start + by, self.end + by)


class Site(Struct, frozen=True, order=True):
    """A place in a file of the project."""

    path: str
    span: Span


class Position(NamedTuple):
    """A place as people count it: line and column from 1, columns in characters."""

    line: int
    column: int


class Source(Struct, frozen=True, dict=True):
    """One file as it lies on disk.

    `path` is relative to the project's root, with `/` on every system. `text` is the bytes read as
    UTF-8 with surrogateescape and newlines untouched, so `data` gives every byte back. `mode` is
    the permission bits. `link` is the target of a symbolic link, whose text is then the target's.
    """

    path: str
    text: str
    mode: int = 0o644
    link: str | None = None

    @classmethod
    def read(cls, path: str, data: bytes, mode: int = 0o644, link: str | None = None) -> Source:
        """A source from the bytes of a file."""
        return cls(path, decode(data), mode, link)

    @cached_property
    def data(self) -> bytes:
        """The bytes that `text` was read from."""
        return encode(self.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    @cached_property
    def newline(self) -> str:
        """The file's own line ending: that of its first line, a line feed where there is none."""
        first = self.text.find("\n")
        return "\r\n" if first > 0 and self.text[first - 1] == "\r" else "\n"

    def position(self, offset: int) -> Position:
        """Line and column of an offset; a byte-order mark takes no column."""
        line = bisect_right(self._line_starts, offset)
        column = offset - self._line_starts[line - 1] + 1
        if line == 1 and self.text.startswith("\ufeff") and column > 1:
            column -= 1
        return Position(line, column)

    def line(self, number: int) -> str:
        """The text of a line counted from 1, without its line ending."""
        span = self.line_span(number)
        return self.text[span.start : span.end].rstrip("\r\n")

    def line_span(self, number: int) -> Span:
        """The span of a line counted from 1, with its line ending."""
        starts = self._line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return Span(starts[number - 1], end)

    @property
    def line_count(self) -> int:
        """How many lines there are; text after the last line ending counts as one."""
        starts = self._line_starts
        return len(starts) - (starts[-1] == len(self.text))

    def slice(self, span: Span) -> str:
        """The text inside a span."""
        return self.text[span.start : span.end]


def decode(data: bytes) -> str:
    """Bytes as text that `encode` turns back into the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` read."""
    return text.encode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    """Text that any terminal, JSON reader or XML parser takes: undecodable bytes and controls escaped.

    Tabs stay. An escape sequence in somebody's Dockerfile must not reach the reader's terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c == "\t" or c.isprintable() else _escape(c) for c in text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
