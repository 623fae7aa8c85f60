"""TOML: the data of a file, and where each key and value of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Source, Span

_TOKEN = re.compile(
    r"(?P<gap>[ \t\r]+|#[^\n]*)"
    r"|(?P<newline>\n)"
    r'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
    r"|(?P<mark>[\[\]{},=.])"
    r"|(?P<bare>[^\s\[\]{},=.#\"']+)"
    r"|(?P<other>.)",
    re.S,
)


class Entry(NamedTuple):
    """Where a key stands, its value, and each element of its value where that is an array."""

    key: Span
    value: Span
    items: tuple[Span, ...]


class TomlFile(Struct, frozen=True, dict=True):
    """A TOML file, read when it is first asked for. `data` is empty where it is broken, and `problems` says why."""

    source: Source

    @cached_property
    def _read(self) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        import tomllib

        try:
            return tomllib.loads(self.source.text.removeprefix("\ufeff")), ()
        except (ValueError, RecursionError) as error:
            told = re.search(r"\(at line (\d+)", str(error))
            line = min(int(told[1]), self.source.line_count) if told and self.source.text else 0
            span = self.source.line_span(line) if line else Span(0, 0)
            # The parser's own words may quote a value.
            return {}, (Problem(span, "This is no valid TOML", "`python -m tomllib` of the file tells more"),)

    @property
    def data(self) -> Mapping[str, Any]:
        """All that the file says."""
        return self._read[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why there is no data; empty where there is some."""
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
    def _places(self) -> tuple[Mapping[tuple[str, ...], Entry], Mapping[tuple[str, ...], Span]]:
        entries: dict[tuple[str, ...], Entry] = {}
        headers: dict[tuple[str, ...], Span] = {}
        if self.data:
            for path, place in _statements(self.source.text):
                if isinstance(place, Entry):
                    entries.setdefault(path, place)
                else:
                    headers.setdefault(path, place)
        return entries, headers

    def entry(self, *path: str) -> Entry | None:
        """Where the key at a path stands, with its value; None for what an inline table holds."""
        return self._places[0].get(path)

    def place(self, *path: str) -> Span | None:
        """Where a key or a table's header stands; for a table without a header, the first that lies below it."""
        entries, headers = self._places
        if path in entries:
            return entries[path].key
        if path in headers:
            return headers[path]
        below = [span for each, span in headers.items() if each[: len(path)] == path]
        below += [entry.key for each, entry in entries.items() if each[: len(path)] == path]
        return min(below, default=None)


def parse(source: Source) -> TomlFile:
    """The file as TOML. Never raises."""
    return TomlFile(source)


def _statements(text: str) -> Iterator[tuple[tuple[str, ...], Entry | Span]]:
    """Headers and key-value pairs of a valid TOML text, each with the whole path of its keys."""
    table: tuple[str, ...] = ()
    keys: list[str] = []
    items: list[Span] = []
    start = key_end = value_start = value_end = item_start = item_end = -1
    depth = 0
    array = in_header = in_value = False
    for token in _TOKEN.finditer(text, 1 if text.startswith("\ufeff") else 0):
        kind, word = token.lastgroup, token[0]
        if kind == "gap" or (kind == "newline" and in_value and depth):
            continue
        if kind == "newline":
            if in_value:
                yield (*table, *keys), Entry(Span(start, key_end), Span(value_start, value_end), tuple(items))
            elif in_header:
                table = tuple(keys)
                yield table, Span(start, key_end)
            keys, items, start, value_start = [], [], -1, -1
            in_header = in_value = False
        elif in_value:
            value_start = token.start() if value_start < 0 else value_start
            if kind == "mark" and word in "[{":
                array = word == "[" if depth == 0 else array
                if array and depth == 1:
                    item_start = token.start() if item_start < 0 else item_start
                elif depth == 0:
                    item_start = -1
                depth += 1
            elif kind == "mark" and (word in "]}" or (word == "," and depth == 1)):
                depth -= word != ","
                if array and item_start >= 0 and (word == "," or depth == 0):
                    items.append(Span(item_start, item_end))
                    item_start = -1
            elif array and depth == 1 and item_start < 0:
                item_start = token.start()
            item_end = value_end = token.end()
        elif kind == "mark" and word == "=":
            in_value, depth, array = True, 0, False
        else:
            if start < 0:
                start, in_header = token.start(), word == "["
            if kind in ("bare", "string"):
                keys.append(word.strip("\"'") if kind == "string" else word)
            key_end = token.end()
    if in_value:
        yield (*table, *keys), Entry(Span(start, key_end), Span(value_start, value_end), tuple(items))
    elif in_header:
        yield tuple(keys), Span(start, key_end)
