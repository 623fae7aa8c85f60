"""The nodes of a YAML file: where each one stands, what it means, and how to get from one to another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.syntax.yaml_scalars import map_block, map_double, map_plain, map_single, resolve_plain
from dockwright.text import Mapped, Source, Span

_CORE_TAGS = {"!!null", "!!bool", "!!int", "!!float", "!"}


class Node(Struct, frozen=True, eq=False):
    """A value. `span` is its content alone; `full_span` begins at its anchor or tag. Nodes compare by identity.

    Ends are trimmed: a block ends with its last value, not with the comments and blank lines after it.
    `tag` is as written (`!reset`, `!!str`).
    """

    span: Span
    full_span: Span
    anchor: str | None
    tag: str | None

    def get(self, key: str) -> Node | None:
        """The value of a mapping's key, aliases and merge keys followed; None where there is none."""
        return None

    def at(self, *path: str | int) -> Node | None:
        """The value at the end of a path of keys and indices; aliases and merge keys followed."""
        node = resolve(self)
        for step in path:
            if isinstance(step, int):
                items = node.items if isinstance(node, Sequence) else ()
                node = resolve(items[step]) if -len(items) <= step < len(items) else None
            else:
                node = resolve(node.get(step)) if node is not None else None
        return node

    def entries(self) -> tuple[tuple[Node, Node], ...]:
        """A mapping's (key, value) pairs: its own, then those that merge keys bring and it does not have itself."""
        return ()

    def strings(self) -> tuple[Scalar, ...]:
        """A scalar itself, or the scalars among a sequence's elements; aliases followed."""
        return ()


class Scalar(Node, frozen=True, eq=False, dict=True):
    """A text. `value` is what YAML reads, `written` the characters as they stand, quotes or block header included.

    `style` is "plain", "single", "double", "literal" or "folded". For a block scalar `written` goes on to
    the line breaks that belong to its value, which `span` leaves out. A value left empty is a plain scalar
    of no characters.
    """

    value: str
    style: str
    written: str

    @cached_property
    def mapped(self) -> Mapped:
        """`value` with the source offset behind each of its characters."""
        return map_written(self.style, self.written, self.span.start, self.value)

    def python(self) -> str | int | float | bool | None:
        """The value as Compose reads it (go-yaml v3): `yes` is a string, `0o17` and `017` are 15, `1_000` is 1000."""
        if self.tag is None:
            return resolve_plain(self.value) if self.style == "plain" else self.value
        return resolve_plain(self.value) if self.tag in _CORE_TAGS else self.value

    def strings(self) -> tuple[Scalar, ...]:
        """This scalar."""
        return (self,)


class Item(Struct, frozen=True, eq=False):
    """A key and its value as written in one mapping; `span` runs from the key, or its `?`, to the value's end."""

    key: Node
    value: Node
    span: Span

    @property
    def name(self) -> str | None:
        """The key's text; None for a key that is no scalar."""
        key = resolve(self.key)
        return key.value if isinstance(key, Scalar) else None

    @property
    def is_merge(self) -> bool:
        """Whether this is a merge key, `<<: *defaults`."""
        key = self.key
        return (
            isinstance(key, Scalar) and key.value == "<<" and key.style == "plain" and key.tag in (None, "!", "!!merge")
        )


class Mapping(Node, frozen=True, eq=False, dict=True):
    """Keys and values, in the order written."""

    items: tuple[Item, ...]
    flow: bool

    def item(self, key: str) -> Item | None:
        """The item of a key that is written in this mapping itself; the last one where it is written twice."""
        return self._own.get(key)

    def get(self, key: str) -> Node | None:
        """The value of a key, its own or merged."""
        own = self._own.get(key)
        if own is not None:
            return own.value
        found = self._merged.get(key)
        return found[1] if found else None

    def entries(self) -> tuple[tuple[Node, Node], ...]:
        """The (key, value) pairs: its own, then those that merge keys bring and it does not have itself."""
        return self._entries

    @cached_property
    def _own(self) -> dict[str, Item]:
        return {name: item for item in self.items if (name := item.name) is not None}

    @cached_property
    def _merged(self) -> dict[str, tuple[Node, Node]]:
        found: dict[str, tuple[Node, Node]] = {}
        for mapping in self._sources():
            for key, value in mapping.entries():
                name = resolve(key)
                if isinstance(name, Scalar) and name.value not in self._own:
                    found.setdefault(name.value, (key, value))
        return found

    @cached_property
    def _entries(self) -> tuple[tuple[Node, Node], ...]:
        own = tuple((item.key, item.value) for item in self.items if not item.is_merge)
        return own + tuple(self._merged.values())

    def _sources(self) -> Iterator[Mapping]:
        """The mappings that this one merges, the strongest first."""
        for item in self.items:
            if item.is_merge:
                value = resolve(item.value)
                for source in map(resolve, value.items) if isinstance(value, Sequence) else (value,):
                    if isinstance(source, Mapping):
                        yield source


class Sequence(Node, frozen=True, eq=False):
    """Values in order."""

    items: tuple[Node, ...]
    flow: bool

    def strings(self) -> tuple[Scalar, ...]:
        """The scalars among the elements, aliases followed."""
        return tuple(node for node in map(resolve, self.items) if isinstance(node, Scalar))


class Alias(Node, frozen=True, eq=False):
    """`*name`. It keeps its own place; `target` is None where no such anchor stands before it."""

    name: str
    target: Node | None

    def get(self, key: str) -> Node | None:
        """The value of a key of what it names."""
        return self.target.get(key) if self.target is not None else None

    def entries(self) -> tuple[tuple[Node, Node], ...]:
        """The entries of what it names."""
        return self.target.entries() if self.target is not None else ()

    def strings(self) -> tuple[Scalar, ...]:
        """The scalars of what it names."""
        return self.target.strings() if self.target is not None else ()


class YamlFile(Struct, frozen=True, eq=False, dict=True):
    """A file of YAML documents; a document without content is None.

    `parsed` is the text as the YAML reader saw it, of the same length as the source's: bytes that are no
    UTF-8, control characters and (in JSON) comments replaced.
    """

    source: Source
    documents: tuple[Node | None, ...]
    problems: tuple[Problem, ...]
    parsed: str

    @property
    def root(self) -> Node | None:
        """The first document."""
        return self.documents[0] if self.documents else None

    def parent(self, node: Node) -> Mapping | Sequence | None:
        """The collection that a node of this file is written in, as key, value or element."""
        return self._parents.get(id(node))

    @cached_property
    def _parents(self) -> dict[int, Mapping | Sequence]:
        found: dict[int, Mapping | Sequence] = {}
        todo: list[Node | None] = list(self.documents)
        while todo:
            node = todo.pop()
            if isinstance(node, Mapping):
                for child in (part for item in node.items for part in (item.key, item.value)):
                    found[id(child)] = node
                    todo.append(child)
            elif isinstance(node, Sequence):
                for child in node.items:
                    found[id(child)] = node
                    todo.append(child)
        return found


def resolve(node: Node | None) -> Node | None:
    """The node itself, or what an alias names."""
    return node.target if isinstance(node, Alias) else node


def plain(node: Node | None) -> Any:
    """A node as Python data, aliases and merge keys followed; what one anchor names becomes one object.

    A key that is no scalar becomes its own data's text. Tags of Compose (`!reset`) are not applied.
    """
    return _plain(node, {})


def _plain(node: Node | None, known: dict[int, Any]) -> Any:
    node = resolve(node)
    if node is None:
        return None
    if isinstance(node, Scalar):
        return node.python()
    if id(node) not in known:
        if isinstance(node, Sequence):
            known[id(node)] = [_plain(item, known) for item in node.items]
        else:
            known[id(node)] = {_plain_key(key, known): _plain(value, known) for key, value in node.entries()}
    return known[id(node)]


def _plain_key(node: Node, known: dict[int, Any]) -> str | int | float | bool | None:
    key = resolve(node)
    return key.python() if isinstance(key, Scalar) else str(_plain(key, known))


def map_written(style: str, written: str, at: int, value: str) -> Mapped:
    """The value of a scalar of any style that is `written` at offset `at`; only block scalars look at `value`."""
    if style == "plain":
        return map_plain(written, at)
    if style == "double":
        return map_double(written, at)
    if style == "single":
        return map_single(written, at)
    return map_block(written, at, value)
