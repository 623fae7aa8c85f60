"""Written: a YAML document as the data that Compose reads from it, aliases and merge keys followed, its own tags apart.

Source: compose-go's `loader/reset.go` for `!reset` and `!override`, go-yaml v3 for the rest.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.syntax import yaml
from dockwright.text import lazy_regex

MAX_DEPTH = 200  # of collections, aliases followed
MAX_NODES = 200_000  # A file of aliases of aliases grows without end.

_GONE = object()
_DATE = lazy_regex(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:[Tt]| )(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?:\.\d+)?(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)


class Moment(Struct, frozen=True, order=True):
    """A date that stands without quotes, which go-yaml does not read as a text, so that no key of Compose takes it."""

    text: str


class Document(Struct, frozen=True):
    """One document: its data, and the places that it takes away from what was before."""

    data: Any
    resets: tuple[Place, ...]


def documents(tree: yaml.YamlFile) -> list[Document]:
    """A file's documents. Raises LoadError for what is no YAML or no Compose file."""
    path = tree.source.path
    for problem in tree.problems:
        error = LoadError(problem.message, path=path)
        error.line = tree.source.position(problem.span.start).line
        raise error
    found = []
    for root in tree.documents:
        reader = _Reader(path)
        data = reader.value(root, (), 0)
        if not isinstance(data, dict):
            raise LoadError("top-level object must be a mapping", path=path)
        found.append(Document(data, tuple(reader.resets)))
    return found


def fresh(data: Any) -> Any:
    """The same data, which may be changed without a trace in the other."""
    if isinstance(data, dict):
        return {key: fresh(value) if isinstance(value, dict | list) else value for key, value in data.items()}
    if isinstance(data, list):
        return [fresh(value) if isinstance(value, dict | list) else value for value in data]
    return data


def reset(model: Any, places: tuple[Place, ...]) -> None:
    """Take these places away from a model; elements of lists stay."""
    for *above, last in places:
        inner = model
        for key in above:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(last, None)


def _scalar(node: yaml.Scalar) -> Any:
    """A scalar's value; a date is none that Compose can use."""
    value = node.python()
    if node.tag == "!!binary":
        return _binary(node.value)
    if node.style == "plain" and node.tag is None and isinstance(value, str) and value[:4].isdigit():
        found = _DATE.fullmatch(value)
        if found and 1 <= int(found["month"]) <= 12 and 1 <= int(found["day"]) <= 31:
            time = ":".join((found[part] or "").rjust(2, "0") for part in ("hour", "minute", "second"))
            return Moment(f"{found['year']}-{found['month']:0>2}-{found['day']:0>2}T{time}{found['zone'] or 'Z'}")
    return value


def _binary(written: str) -> str:
    from binascii import Error, a2b_base64  # hardly any file has one

    try:
        return a2b_base64(written).decode("utf-8", "replace")
    except (Error, ValueError):
        raise LoadError("!!binary value contains invalid base64 data") from None


class _Reader:
    """Turns the nodes of one document into data."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.resets: list[Place] = []
        self.removed: set[int] = set()
        self.named: dict[int, tuple[set[Place], set[Place]]] = {}
        self.count = 0

    def value(self, node: yaml.Node | None, place: Place, depth: int, *, plain: bool = False) -> Any:
        """A node's data, or _GONE; `plain` below an `!override`, where Compose looks for no more tags."""
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_NODES:
            raise LoadError("aliases nested too deep", place, path=self.path)
        if isinstance(node, yaml.Alias):
            if not plain:
                self.note(node.target, place)
            node = node.target
        if node is None:
            return None
        if not plain and node.tag == "!reset":
            self.resets.append(place)
            return _GONE
        if not plain and node.tag == "!override":
            self.resets.append(place)
            plain = True
        if isinstance(node, yaml.Scalar):
            return _scalar(node)
        if isinstance(node, yaml.Sequence):
            found = []
            for index, item in enumerate(node.items):
                element = self.child(item, (*place, str(index)), depth, plain=plain)
                if element is not _GONE:
                    found.append(element)
            return found
        return self.mapping(node, place, depth, plain=plain)

    def child(self, node: yaml.Node, place: Place, depth: int, *, plain: bool) -> Any:
        """A value inside a collection. One that is reset is gone for whoever names the collection later."""
        if id(node) in self.removed:
            return _GONE
        value = self.value(node, place, depth + 1, plain=plain)
        if value is _GONE:
            self.removed.add(id(node))
        return value

    def mapping(self, node: yaml.Node, place: Place, depth: int, *, plain: bool) -> dict[str, Any]:
        """A mapping, its own keys before those that it merges."""
        found: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for item in node.items if isinstance(node, yaml.Mapping) else ():
            if item.is_merge:
                merged += self.merged(item.value, place, depth, plain=plain)
                continue
            key = yaml.resolve(item.key)
            name = key.python() if isinstance(key, yaml.Scalar) else None
            if not isinstance(name, str):
                where = f"in {dotted(place)}" if place else "at top level"
                raise LoadError(f"non-string key {where}: {item.name}", place, path=self.path)
            value = self.child(item.value, (*place, name), depth, plain=plain)
            if value is not _GONE:
                found[name] = value
        for mapping in merged:
            for name, value in mapping.items():
                found.setdefault(name, value)
        return found

    def merged(self, node: yaml.Node, place: Place, depth: int, *, plain: bool) -> list[dict[str, Any]]:
        """The mappings that a merge key brings, the strongest first."""
        value = self.child(node, place, depth, plain=plain)
        if value is _GONE:
            return []
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise LoadError("map merge requires map or sequence of maps as the value", place, path=self.path)
        return sources

    def note(self, target: yaml.Node | None, place: Place) -> None:
        """Refuse, as Compose does, an anchor that is named both at a place and below it."""
        places, above = self.named.setdefault(id(target), (set(), set()))
        ancestors = {place[:length] for length in range(1, len(place))}
        if place in above or not places.isdisjoint(ancestors):
            message = f"cycle detected: what the alias at {dotted(place)} names is named again below it"
            raise LoadError(message, place, path=self.path)
        places.add(place)
        above |= ancestors
