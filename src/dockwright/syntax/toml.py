"""TOML: a file's data, and where each value of it stands.

`tomllib` reads the data; a light scan of the text finds the places. The scan follows TOML 1.0 and is only asked
about files that `tomllib` accepts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Source, Span, lazy_regex

Path = tuple[str | int, ...]

_DEEPEST = 40  # Arrays and inline tables inside each other; below that only the outer one has a place.

_BLANK = lazy_regex(r"[ \t]*")
_SPACE = lazy_regex(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = lazy_regex(r"[A-Za-z0-9_-]+")
_STRING = lazy_regex(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.S,
)
_SCALAR = lazy_regex(r"[^,\]}#\r\n]*")
_PLACE = lazy_regex(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)\s*\Z")


class Entry(Struct, frozen=True):
    """Where a key stands, its value, and each element of its value where that is an array."""

    key: Span
    value: Span
    items: tuple[Span, ...]


class TomlFile(Struct, frozen=True, dict=True):
    """A TOML file, read when it is first asked for something. `data` is empty where it is broken."""

    source: Source

    @cached_property
    def _read(self) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        import tomllib  # Slow to import, and needed by few commands.

        text = self.source.text
        try:
            return tomllib.loads(text.removeprefix("\ufeff")), ()
        except ValueError as error:  # Not only TOMLDecodeError: an integer of thousands of digits is another.
            return {}, (_problem(self.source, str(error)),)
        except RecursionError:
            return {}, (Problem(Span(0, 0), "values are nested too deeply"),)

    @property
    def data(self) -> dict[str, Any]:
        """What the file says; empty where it is not TOML."""
        return self._read[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the file is not TOML."""
        return self._read[1]

    def get(self, *path: str) -> Any:
        """The value at a path of keys, None where there is none."""
        value: Any = self.data
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def table(self, *path: str) -> Mapping[str, Any]:
        """The table at a path of keys; empty where there is none, or something else."""
        value = self.get(*path)
        return value if isinstance(value, dict) else {}

    @cached_property
    def _places(self) -> _Scan:
        scan = _Scan(self.source.text)
        if not self.problems:
            scan.run()
        return scan

    def span_of(self, *path: str | int) -> Span | None:
        """Where a value stands; numbers choose among the elements of arrays. None for a table with a header."""
        return self._places.values.get(path)

    def entry(self, *path: str) -> Entry | None:
        """Where the key at a path stands, with its value; in an array of tables, the first that has it."""
        places = self._places
        full = places.first.get(path)
        if full is None:
            return None
        items: list[Span] = []
        while (item := places.values.get((*full, len(items)))) is not None:
            items.append(item)
        return Entry(places.keys[full], places.values[full], tuple(items))

    def place(self, *path: str) -> Span | None:
        """Where a key or a table's header stands; for a table without a header, the first that lies below it."""
        places = self._places
        full = places.first.get(path)
        if full is not None:
            return places.keys[full]
        if path in places.headers:
            return places.headers[path]
        below = [span for each, span in places.headers.items() if each[: len(path)] == path]
        below += [places.keys[full] for each, full in places.first.items() if each[: len(path)] == path]
        return min(below, default=None)

    def table_span(self, name: str) -> Span | None:
        """From the header that gives `name` so, such as `tool.uv`, to the end of the table's last value."""
        return self._places.tables.get(_Scan(name).key())


def parse(source: Source) -> TomlFile:
    """The TOML file that a source is; it is read when it is first asked for something."""
    return TomlFile(source)


def _problem(source: Source, message: str) -> Problem:
    """What `tomllib` says, at its place; it names keys and single characters, no values."""
    place = _PLACE.search(message)
    words = message[: place.start()] if place is not None else message
    at = end = len(source.text)
    if place is not None and place[1] is not None and source.text:
        line = source.line_span(min(int(place[1]), source.line_count))
        at = min(line.start + int(place[2]) - 1, line.end)
        end = max(at, line.start + len(source.slice(line).rstrip("\r\n")))
    return Problem(Span(at, end), words[:1].lower() + words[1:])


class _Scan:
    """One pass over the text that notes where values, keys and tables stand."""

    def __init__(self, text: str):
        self.text = text
        self.at = 1 if text.startswith("\ufeff") else 0
        self.values: dict[Path, Span] = {}
        self.keys: dict[Path, Span] = {}
        self.headers: dict[Path, Span] = {}
        self.tables: dict[Path, Span] = {}
        # The path of each key without numbers, and with those of the first element that has it.
        self.first: dict[Path, Path] = {}
        self.lengths: dict[Path, int] = {}

    def run(self) -> None:
        text = self.text
        table: Path = ()
        name: Path = ()
        reaches = False  # Whether the table is the first of its name.
        while self._skip(_SPACE) < len(text):
            start = self.at
            if text[start] == "[":
                double = text.startswith("[[", start)
                self.at += 2 if double else 1
                name = self.key()
                table = self._inside_arrays(name)
                if double:
                    number = self.lengths.get(table, 0)
                    self.lengths[table] = number + 1
                    table = (*table, number)
                close = text.find("]", self.at)
                self.at = len(text) if close < 0 else close + (2 if double else 1)
                header = Span(start, self.at)
                self.headers.setdefault(name, header)
                reaches = self.tables.setdefault(name, header) is header
            else:
                self._pair(table, 0)
                if reaches:
                    self.tables[name] = Span(self.tables[name].start, self.at)
            if self.at == start:
                self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match is not None else self.at
        return self.at

    def _inside_arrays(self, keys: Path) -> Path:
        """A header's path with the number of the newest element behind each array of tables on the way."""
        path: Path = ()
        for index, key in enumerate(keys):
            path = (*path, key)
            if index < len(keys) - 1 and path in self.lengths:
                path = (*path, self.lengths[path] - 1)
        return path

    def key(self) -> Path:
        """Reads a dotted key."""
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            match = _BARE_KEY.match(self.text, self.at) or _STRING.match(self.text, self.at)
            if match is None:
                return tuple(keys)
            self.at = match.end()
            keys.append(_unquoted(match[0]))
            after = self._skip(_BLANK)
            if not self.text.startswith(".", after):
                return tuple(keys)
            self.at += 1

    def _pair(self, table: Path, depth: int) -> None:
        start = self.at
        keys = self.key()
        end = start + len(self.text[start : self.at].rstrip())
        if not self.text.startswith("=", self.at):
            return
        self.at += 1
        self._skip(_BLANK)
        path = (*table, *keys)
        self.keys[path] = Span(start, end)
        self.first.setdefault(tuple(key for key in path if isinstance(key, str)), path)
        self._value(path, depth)

    def _value(self, path: Path, depth: int) -> None:
        text, start = self.text, self.at
        match = _STRING.match(text, start)
        if match is not None:
            self.at = match.end()
        elif text.startswith(("[", "{"), start) and depth >= _DEEPEST:
            self._past_brackets()
        elif text.startswith("[", start):
            self._array(path, depth + 1)
        elif text.startswith("{", start):
            self._inline_table(path, depth + 1)
        else:
            self._skip(_SCALAR)
            self.at = start + len(text[start : self.at].rstrip())
        self.values[path] = Span(start, self.at)

    def _array(self, path: Path, depth: int) -> None:
        self.at += 1
        number = 0
        while self._skip(_SPACE) < len(self.text) and self.text[self.at] != "]":
            before = self.at
            self._value((*path, number), depth)
            number += 1
            if self._skip(_SPACE) < len(self.text) and self.text[self.at] == ",":
                self.at += 1
            if self.at == before:
                return
        self.at = min(self.at + 1, len(self.text))

    def _inline_table(self, path: Path, depth: int) -> None:
        self.at += 1
        while self._skip(_SPACE) < len(self.text) and self.text[self.at] != "}":
            before = self.at
            self._pair(path, depth)
            if self._skip(_SPACE) < len(self.text) and self.text[self.at] == ",":
                self.at += 1
            if self.at == before:
                return
        self.at = min(self.at + 1, len(self.text))

    def _past_brackets(self) -> None:
        depth = 0
        while self._skip(_SPACE) < len(self.text):
            match = _STRING.match(self.text, self.at)
            if match is not None:
                self.at = match.end()
                continue
            char = self.text[self.at]
            depth += (char in "[{") - (char in "]}")
            self.at += 1
            if depth == 0:
                return


_ESCAPES: Mapping[str, str] = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPE = lazy_regex(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.S)


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"':
        return key
    return _ESCAPE.sub(_escaped, key[1:-1]) if "\\" in key else key[1:-1]


def _escaped(match: re.Match[str]) -> str:
    if match[3] is not None:
        return _ESCAPES.get(match[3], match[3])
    return chr(min(int(match[1] or match[2], 16), 0x10FFFF))
