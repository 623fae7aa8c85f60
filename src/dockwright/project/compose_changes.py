"""Changes to compose files, each made against what the one before it left, with the exact differences that they make.

A step says which key of which service it means to alter, and in which stacks. What the stacks then resolve to is read
off the files themselves, and has to differ below those keys alone: an edit inside an anchored mapping, or of a service
that others extend, that reaches more is not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from dockwright.project.compose import ComposeFile, Service
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.project.stacks import compose_file, compose_files
from dockwright.syntax import yaml
from dockwright.text import Edit, Source, Span, splice

# The order in which people who think about it write a service's keys; a new key goes after all that come before it.
ORDER = (
    "<<", "extends", "build", "image", "pull_policy", "container_name", "init", "entrypoint", "command", "user",
    "working_dir", "env_file", "environment", "secrets", "read_only", "tmpfs", "volumes", "ports", "expose",
    "healthcheck", "depends_on", "networks", "security_opt", "cap_drop", "cap_add", "restart", "stop_grace_period",
    "shm_size", "logging", "deploy", "labels", "profiles",
)  # fmt: skip
_RANK = {key: rank for rank, key in enumerate(ORDER)}

_TOP = ("name", "version", "include", "x-", "services", "secrets", "configs", "networks", "volumes")


class At(Struct, frozen=True):
    """A service as one file writes it, by name: it stays the same while the file changes."""

    path: str
    name: str

    @classmethod
    def of(cls, layer: Service) -> At:
        """Where a layer is written."""
        return cls(layer.path, layer.name)


class ComposeChanges:
    """Changes that belong together: all of them or none."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._files = dict(compose_files(project))
        self._meant: set[str] = set()

    def file(self, path: str) -> ComposeFile:
        """A compose file as the changes so far leave it."""
        return self._files[path]

    def service(self, at: At) -> Service:
        """A service as the changes so far leave it."""
        return self._files[at.path].services[at.name]

    def mean(self, places: Iterable[str]) -> None:
        """Say that everything at these places of the stacks, and below them, is meant to change."""
        self._meant.update(places)

    def edit(self, path: str, edits: Iterable[Edit]) -> None:
        """Make edits of one file; their spans are those of `file(path)`."""
        source = self._files[path].source
        made = Source(path, splice(source.text, edits), source.mode, source.link)
        self._files[path] = compose_file(self.project.trees, made)

    # Services

    def set(self, at: At, key: str, text: str) -> None:
        """Give a service's own key a value, as YAML text; a new key goes where people look for it."""
        node = self.service(at).node
        tree = self._files[at.path].tree
        if node.item(key) is not None:
            self.edit(at.path, yaml.set_value(tree, node, key, text))
            return
        before = neighbour(node, key)
        self.edit(at.path, yaml.insert_item(tree, node, key, text, after=before, first=before is None))

    def merge(self, at: At, text: str) -> None:
        """Have a service merge an anchor with `<<`, given as `*name`; its own keys stay the stronger ones."""
        node, file = self.service(at).node, self._files[at.path]
        item = next((each for each in node.items if each.is_merge), None)
        if item is None:
            start = node.items[0].span.start
            column = start - file.source.text.rfind("\n", 0, start) - 1
            new = f"<<: {text}{file.source.newline}{' ' * column}"
            self.edit(at.path, [Edit(at.path, Span(start, start), new)])
        elif isinstance(item.value, yaml.Sequence):
            self.edit(at.path, yaml.append_element(file.tree, item.value, text))
        else:
            span = item.value.full_span
            self.edit(at.path, [Edit(at.path, span, f"[{file.source.slice(span)}, {text}]")])

    def delete(self, at: At, key: str) -> None:
        """Take away a service's own key."""
        self.edit(at.path, yaml.delete_item(self._files[at.path].tree, self.service(at).node, key))

    def set_in(self, at: At, path: tuple[str, ...], text: str) -> None:
        """Give a key of a mapping below a service a value; the mapping is there."""
        node = self.service(at).node.at(*path[:-1])
        if isinstance(node, yaml.Mapping):
            self.edit(at.path, yaml.set_value(self._files[at.path].tree, node, path[-1], text))

    def delete_in(self, at: At, path: tuple[str, ...]) -> None:
        """Take a key out of a mapping below a service."""
        node = self.service(at).node.at(*path[:-1])
        if isinstance(node, yaml.Mapping):
            self.edit(at.path, yaml.delete_item(self._files[at.path].tree, node, path[-1]))

    def delete_element(self, at: At, key: str, index: int) -> None:
        """Take an element out of a service's own list; an emptied list goes with its key."""
        item = self.service(at).node.item(key)
        if item is None or not isinstance(item.value, yaml.Sequence):
            return
        if len(item.value.items) == 1:
            self.delete(at, key)
        else:
            self.edit(at.path, yaml.delete_element(self._files[at.path].tree, item.value, index))

    def add_service(self, path: str, name: str, text: str, after: str) -> None:
        """Write a new service below another one, with a blank line between where the others have one."""
        file = self._files[path]
        services = yaml.resolve(file.root.get("services")) if file.root else None
        if not isinstance(services, yaml.Mapping):
            return
        edits = yaml.insert_item(file.tree, services, name, text, after=after)
        if _blank_between(file.source.text, services):
            edits = [_below_blank(edit, file.source.newline) for edit in edits]
        self.edit(path, edits)

    # The top level

    def set_top(self, path: str, section: str, name: str, text: str) -> None:
        """Give an entry of `networks`, `volumes`, `secrets` a value; the section is made where it is missing."""
        file = self._files[path]
        if file.root is None:
            return
        entries = yaml.resolve(file.root.get(section))
        if isinstance(entries, yaml.Mapping):
            self.edit(path, yaml.set_value(file.tree, entries, name, text))
            return
        rank = _TOP.index(section)
        written = [item.name or "" for item in file.root.items]
        before = [key for key in written if _top_rank(key) <= rank]
        edits = yaml.insert_item(file.tree, file.root, section, _entry(name, text), after=before[-1])
        if _blank_between(file.source.text, file.root):
            edits = [_below_blank(edit, file.source.newline) for edit in edits]
        self.edit(path, edits)

    def insert_top(self, path: str, key: str, text: str) -> None:
        """Write a new key of the file before `services`, with a blank line around it."""
        file = self._files[path]
        if file.root is None:
            return
        item = file.root.item("services")
        if item is None:
            return
        newline = file.source.newline
        start = _above_comments(file.source.text, item.span.start)
        body = text.replace("\n", newline)
        self.edit(path, [Edit(path, Span(start, start), f"{key}{body}{newline}{newline}")])

    # The outcome

    @property
    def clean(self) -> bool:
        """Whether there is something to change, nothing differs but what was meant to, and all of it can be told."""
        from dockwright.project.resolved import unread  # an audit asks no change what it comes to

        edits = list(self.edits())
        if not edits or any(unread(self.project, edit.path) for edit in edits):
            return False
        return all(self._is_meant(place) for place, _, _ in self.differences())

    def differences(self) -> tuple[tuple[str, str | None, str | None], ...]:
        """What the stacks resolve to differently: place, before, after."""
        from dockwright.project.resolved import differences

        return differences(self.project, self._files)

    def edits(self) -> Iterator[Edit]:
        """One edit a file."""
        for path, file in compose_files(self.project).items():
            old, new = file.source.text, self._files[path].source.text
            if old != new:
                yield edit_between(path, old, new)

    def _is_meant(self, place: str) -> bool:
        return place in self._meant or any(place.startswith(f"{meant} / ") for meant in self._meant)


def edit_between(path: str, old: str, new: str) -> Edit:
    """The one edit that makes a file's new text of its old one."""
    start = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - start, len(new) - start)
    end, text = len(old) - tail, new[start : len(new) - tail]
    # What is only added or taken away begins with its line, as a person would say it.
    moved = text or old[start:end]
    while (not text or start == end) and start and old[start - 1] != "\n" and old[start - 1] == moved[-1]:
        start, end, moved = start - 1, end - 1, moved[-1] + moved[:-1]
    return Edit(path, Span(start, end), moved if text else "")


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def reached(project: Project, layer: Service) -> tuple[Merged, ...]:
    """The services of all stacks that a change to one layer reaches, those that merge it with `<<` included."""
    return tuple(
        service
        for service in every_service(project)
        if any(layer.node is written.node or _merges(written.node, layer.node, 0) for written in service.layers)
    )


def _merges(node: yaml.Node, other: yaml.Node, depth: int) -> bool:
    if not isinstance(node, yaml.Mapping) or depth > 8:
        return False
    for item in node.items:
        if item.is_merge:
            value = yaml.resolve(item.value)
            sources = value.items if isinstance(value, yaml.Sequence) else (value,)
            for source in map(yaml.resolve, sources):
                if source is other or (source is not None and _merges(source, other, depth + 1)):
                    return True
    return False


def neighbour(node: yaml.Mapping, key: str) -> str | None:
    """The key after which a new one goes; None where it comes first."""
    rank = _RANK.get(key, len(ORDER))
    before = [name for item in node.items if (name := item.name) is not None and _RANK.get(name, len(ORDER)) < rank]
    return before[-1] if before else None


def _top_rank(key: str) -> int:
    return next((rank for rank, name in enumerate(_TOP) if key == name or (name == "x-" and key.startswith("x-"))), 0)


def _entry(name: str, text: str) -> str:
    """An entry as YAML text; a block goes below its key."""
    node = yaml.parse(Source("", text)).root
    if isinstance(node, yaml.Mapping | yaml.Sequence) and not node.flow:
        return f"{name}:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    return f"{name}: {text}" if text else f"{name}:"


def _blank_between(text: str, mapping: yaml.Mapping) -> bool:
    """Whether the entries of a block stand apart from each other."""
    spans = [item.span for item in mapping.items]
    if len(spans) < 2:
        return False
    between = text[spans[-2].end : spans[-1].start]
    return "\n\n" in between.replace("\r\n", "\n")


def _below_blank(edit: Edit, newline: str) -> Edit:
    return Edit(edit.path, edit.span, newline + edit.text) if edit.text.startswith(newline) else edit


def _above_comments(text: str, at: int) -> int:
    """The start of the comment lines right above an offset that begins a line."""
    while True:
        start = text.rfind("\n", 0, max(at - 1, 0)) + 1
        if at == 0 or not text[start:at].lstrip().startswith("#"):
            return at
        at = start
