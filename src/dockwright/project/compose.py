"""Compose files as typed views over their YAML: services, builds, mounts, ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from dockwright.errors import DockwrightError
from dockwright.syntax import yaml
from dockwright.syntax.interpolation import interpolate, uses
from dockwright.text import Mapped, Site, Source, Span, lazy_regex

_WHOLE_DEFAULT = lazy_regex(r"\$\{\w+:?-([^${}]*:[^${}]*)\}")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

TRUE = frozenset({"true", "yes", "on", "y"})
"""What Compose takes for a true value, in small letters."""

# The names under which `docker compose` without -f looks, in its order, and the overrides that it adds.
DEFAULT_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
DEFAULT_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


class Part(Struct, frozen=True):
    """A piece of a mapped text."""

    mapped: Mapped
    start: int
    end: int

    @property
    def text(self) -> str:
        """The piece itself."""
        return self.mapped.text[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where it stands in the file."""
        return self.mapped.span(self.start, self.end)


class Build(Struct, frozen=True):
    """A service's `build`, short or long; None where a key is not written (`context` is then `.`)."""

    node: yaml.Node
    context: yaml.Scalar | None
    dockerfile: yaml.Scalar | None
    target: yaml.Scalar | None
    inline: yaml.Scalar | None
    args: yaml.Node | None


class Volume(Struct, frozen=True):
    """One entry of a service's `volumes`; a source that begins with `.`, `/`, `~` or `$` is a bind mount.

    `long` is whether it is a map.
    """

    node: yaml.Node
    source: Part | None
    target: str
    options: str
    bind: bool
    long: bool = False


class EnvFileEntry(Struct, frozen=True):
    """One entry of a service's `env_file`."""

    path: yaml.Scalar
    required: bool


class Service(Struct, frozen=True, dict=True):
    """A service as one compose file writes it; a stack of several files merges several of these."""

    path: str
    name: str
    key: yaml.Node
    node: yaml.Mapping

    @property
    def site(self) -> Site:
        """The place of its name."""
        return Site(self.path, self.key.span)

    def get(self, key: str) -> yaml.Node | None:
        """The value of a key, through anchors and merge keys."""
        return self.node.get(key)

    def text(self, key: str) -> str | None:
        """The value of a key whose value is a scalar."""
        return text(self.node.get(key))

    @cached_property
    def build(self) -> Build | None:
        """Its build section."""
        node = yaml.resolve(self.get("build"))
        if isinstance(node, yaml.Scalar):
            return Build(node, node, None, None, None, None)
        if isinstance(node, yaml.Mapping):
            scalars = {key: scalar(node.get(key)) for key in ("context", "dockerfile", "target", "dockerfile_inline")}
            return Build(
                node,
                scalars["context"],
                scalars["dockerfile"],
                scalars["target"],
                scalars["dockerfile_inline"],
                node.get("args"),
            )
        return None

    @cached_property
    def volumes(self) -> tuple[Volume, ...]:
        """Its mounts, short and long syntax alike."""
        return tuple(volume for node in elements(self.get("volumes")) if (volume := _volume(node)) is not None)

    @cached_property
    def env_files(self) -> tuple[EnvFileEntry, ...]:
        """Its env files, in order."""
        node = yaml.resolve(self.get("env_file"))
        if isinstance(node, yaml.Scalar):
            return (EnvFileEntry(node, True),)
        entries = []
        for element in elements(node):
            if isinstance(element, yaml.Scalar):
                entries.append(EnvFileEntry(element, True))
            elif isinstance(element, yaml.Mapping) and (path := scalar(element.get("path"))) is not None:
                entries.append(EnvFileEntry(path, text(element.get("required")) != "false"))
        return tuple(entries)

    @cached_property
    def command(self) -> tuple[Mapped | tuple[yaml.Scalar, ...], ...]:
        """Its `entrypoint` and `command` as written: a list's words, or a string's text."""
        found: list[Mapped | tuple[yaml.Scalar, ...]] = []
        for key in ("entrypoint", "command"):
            node = yaml.resolve(self.get(key))
            if isinstance(node, yaml.Scalar):
                found.append(node.mapped)
            elif isinstance(node, yaml.Sequence):
                found.append(tuple(item for item in elements(node) if isinstance(item, yaml.Scalar)))
        return tuple(found)

    @cached_property
    def environment(self) -> Mapping[str, tuple[yaml.Node, str | None]]:
        """Its `environment`, map or list: name to the node that writes it and the value, None where it is passed on."""
        return pairs(self.get("environment"))


class ComposeFile(Struct, frozen=True, dict=True):
    """One compose file."""

    source: Source
    tree: yaml.YamlFile

    @property
    def path(self) -> str:
        """Its path below the root."""
        return self.source.path

    @cached_property
    def root(self) -> yaml.Mapping | None:
        """The top of the file; None where it is broken or no mapping."""
        node = yaml.resolve(self.tree.root)
        return node if isinstance(node, yaml.Mapping) else None

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """Its services by name, in order."""
        node = yaml.resolve(self.root.get("services")) if self.root else None
        if not isinstance(node, yaml.Mapping):
            return {}
        services = {}
        for key, value in node.entries():
            mapping, name = yaml.resolve(value), text(key)
            if name is not None and isinstance(mapping, yaml.Mapping):
                services[name] = Service(self.path, name, key, mapping)
        return services

    @cached_property
    def project_name(self) -> yaml.Scalar | None:
        """The value of the top-level `name`."""
        return scalar(self.root.get("name")) if self.root else None

    def top_level(self, key: str) -> Iterator[tuple[str, yaml.Node]]:
        """The entries of `volumes`, `networks`, `configs` or `secrets`."""
        node = yaml.resolve(self.root.get(key)) if self.root else None
        if isinstance(node, yaml.Mapping):
            for name, value in node.entries():
                resolved, written = yaml.resolve(value), text(name)
                if written is not None and resolved is not None:
                    yield written, resolved

    @cached_property
    def includes(self) -> tuple[yaml.Scalar, ...]:
        """The paths of the files that it includes."""
        return tuple(path for key, path in self.include_paths if key == "path")

    @cached_property
    def include_paths(self) -> tuple[tuple[str, yaml.Scalar], ...]:
        """Every path in `include`, with its key: `path`, `env_file` or `project_directory`."""
        found = []
        for element in elements(self.root.get("include")) if self.root else ():
            if isinstance(element, yaml.Scalar):
                found.append(("path", element))
            for key in ("path", "env_file", "project_directory"):
                value = yaml.resolve(element.get(key))
                found += [(key, written) for written in (value.strings() if value is not None else ())]
        return tuple(found)


def last_text(written: tuple[Service, ...], key: str) -> str | None:
    """A key's text in the last file that writes it, as merging has it."""
    return next((found for service in reversed(written) if (found := service.text(key)) is not None), None)


def scalar(node: yaml.Node | None) -> yaml.Scalar | None:
    """A node as the scalar it is or names."""
    node = yaml.resolve(node)
    return node if isinstance(node, yaml.Scalar) else None


def text(node: yaml.Node | None) -> str | None:
    """The text of a scalar."""
    found = scalar(node)
    return None if found is None else found.value


def elements(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """The elements of a sequence, aliases followed; none for anything else."""
    node = yaml.resolve(node)
    if isinstance(node, yaml.Sequence):
        for item in node.items:
            resolved = yaml.resolve(item)
            if resolved is not None:
                yield resolved


def pairs(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, str | None]]:
    """`environment`, `args` or `labels`, written as a map or as a list of KEY=value."""
    node = yaml.resolve(node)
    found: dict[str, tuple[yaml.Node, str | None]] = {}
    if isinstance(node, yaml.Mapping):
        for key, value in node.entries():
            name = text(key)
            if name is not None:
                found[name] = (key, _given(value))
    for element in elements(node):
        if isinstance(element, yaml.Scalar):
            name, equals, given = element.value.partition("=")
            found[name] = (element, given if equals else None)
    return found


def _given(node: yaml.Node | None) -> str | None:
    """The text of a value; None for one that is left out, which is not the empty text in quotes."""
    found = scalar(node)
    return None if found is None or (found.style == "plain" and found.value in _NULLS) else found.value


def settled(written: str) -> str | None:
    """A text with the defaults of its variables filled in; None where one has none."""
    if "$" not in written:
        return written
    if any(use.default is None for use in uses(Mapped.whole(written)) if not use.depth):
        return None
    try:
        return interpolate(written, lambda name: None)
    except DockwrightError:
        return None


def colon_parts(mapped: Mapped) -> list[Part]:
    """A short-syntax text cut at its colons, but not inside `${...}` nor after a Windows drive letter.

    Source: compose-go's `format.ParseVolume` takes any single letter for a drive.
    """
    parts: list[Part] = []
    start = depth = 0
    written = mapped.text
    for index, char in enumerate(written):
        if char == "{" and written[index - 1 : index] == "$":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == ":" and not depth and not (index == start + 1 and written[start].isalpha()):
            parts.append(Part(mapped, start, index))
            start = index + 1
    parts.append(Part(mapped, start, len(written)))
    return parts


def _volume(node: yaml.Node) -> Volume | None:
    if isinstance(node, yaml.Scalar):
        # The variable may stand for the whole entry: `${WEB:-./public:/app/public}`.
        whole = _WHOLE_DEFAULT.fullmatch(node.value)
        parts = colon_parts(node.mapped if whole is None else node.mapped.slice(*whole.span(1)))
        if len(parts) == 1:
            return Volume(node, None, parts[0].text, "", False)
        options = parts[2].text if len(parts) > 2 else ""
        return Volume(node, parts[0], parts[1].text, options, parts[0].text[:1] in (".", "/", "~", "$"))
    if isinstance(node, yaml.Mapping):
        kind, source, target = text(node.get("type")), scalar(node.get("source")), text(node.get("target"))
        part = None if source is None else Part(source.mapped, 0, len(source.mapped.text))
        options = "ro" if text(node.get("read_only")) == "true" else ""
        return Volume(node, part, target or "", options, kind == "bind", True)
    return None
