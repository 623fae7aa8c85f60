"""Patterns: regular expressions for paths in other tools' settings, made to match the files where they are now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename, dirname

from dockwright.project.model import Project
from dockwright.syntax import yaml
from dockwright.text import Edit, Site, Span, lazy_regex

_FILE = ".pre-commit-config.yaml"
_KEYS = frozenset({"files", "exclude"})

_ANCHORED = lazy_regex(r"\^(?:(\((?:\?:)?)([^()]*)(\))|([^()|$]*))(\$?)")
"""`^a$`, `^(a|b)$`, `^(?:a|b)`: alternatives with no group in them."""

_STATIC = lazy_regex(r"(?:[\w/-]|\\\.)+")
_NOT_PLAIN = lazy_regex(r"[\\][^.\\/-]|\{\d*,?\d*\}|[+*?][+?]")


class Patterns:
    """The patterns of a project's pre-commit hooks, before files move.

    `edits` make them match the same files at their new places, and `unclear` are those that only a person can rewrite.
    """

    def __init__(self, project: Project, moves: Mapping[str, str]) -> None:
        self.edits: list[Edit] = []
        self.unclear: list[Site] = []
        self._read: list[Span] = []
        source = project.sources.get(_FILE)
        root = None if source is None else project.yaml(source).root
        for written in _written(root) if source is not None else ():
            self._read.append(written.span)
            new = rewritten(written.value, moves, project.listing)
            if new is None or not written.mapped.contiguous(0, len(written.value)):
                self.unclear.append(Site(_FILE, written.span))
            elif new != written.value:
                self.edits.append(Edit(_FILE, written.mapped.span(0, len(written.value)), new))

    def has_read(self, at: Site) -> bool:
        """Whether a place lies in one of these patterns."""
        return at.path == _FILE and any(span.covers(at.span) for span in self._read)


def _written(node: yaml.Node | None) -> Iterator[yaml.Scalar]:
    if isinstance(node, yaml.Mapping):
        for item in node.items:
            if item.name in _KEYS and isinstance(item.value, yaml.Scalar):
                yield item.value
            else:
                yield from _written(item.value)
    elif isinstance(node, yaml.Sequence):
        for element in node.items:
            yield from _written(element)


def rewritten(pattern: str, moves: Mapping[str, str], listing: Iterable[str]) -> str | None:
    """The pattern that matches the moved files and, of `listing`, what it matched before; None where that is unclear.

    It is the same one where nothing that it matches moves, or where it goes on matching.
    """
    paths = sorted({*listing, *moves})
    before = _matched(pattern, paths)
    if before is None:
        return None
    wanted = {moves.get(path, path) for path in before}
    if wanted == before:
        return pattern
    after = sorted({moves.get(path, path) for path in paths})
    if _matched(pattern, after) == wanted:
        return pattern
    parts = _ANCHORED.fullmatch(pattern)
    if parts is None:
        return None
    opening, body, closing = (parts[1], parts[2], parts[3]) if parts[1] else ("", parts[4], "")
    alternatives = [_alternative(each, parts[5], moves, paths) for each in body.split("|")]
    if any(each is None for each in alternatives):
        return None
    new = f"^{opening}{'|'.join(each for each in alternatives if each is not None)}{closing}{parts[5]}"
    return new if _matched(new, after) == wanted else None


def _alternative(written: str, end: str, moves: Mapping[str, str], paths: list[str]) -> str | None:
    """One alternative with the folder before it that all that it matches goes to."""
    matched = _matched(f"^(?:{written}){end}", paths)
    if not matched:
        return written if matched is not None else None
    moved = [path for path in matched if path in moves]
    if not moved:
        return written
    folders = {dirname(moves[path]) for path in moved}
    if len(moved) < len(matched) or len(folders) != 1 or any("/" in path for path in moved):
        return None
    names = sorted(basename(moves[path]) for path in moved)
    folder = folders.pop()
    if names == sorted(moved) or _matched(f"^(?:{written}){end}", names) == set(names):
        return f"{folder}/{written}"
    return f"{folder}/{names[0]}".replace(".", "\\.") if len(names) == 1 and _STATIC.fullmatch(written) else None


def _matched(pattern: str, paths: Iterable[str]) -> set[str] | None:
    """The paths in which a pattern is found; None for what is no pattern of the plain kind."""
    if _NOT_PLAIN.search(pattern):
        return None
    try:
        compiled = re.compile(pattern)
    except re.error:
        return None
    return {path for path in paths if compiled.search(path)}
