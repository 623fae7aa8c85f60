"""Merged services: each service of each stack as the layers that Compose lays over each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from posixpath import dirname

from msgspec import Struct

from dockwright.project.compose import ComposeFile, Service, elements, scalar, settled, text
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Look, Stack, compose_files, label, stacks
from dockwright.syntax import yaml
from dockwright.text import Site


class Dependency(Struct, frozen=True):
    """One entry of `depends_on`: on whom, what is waited for, and the layer and node that say so last."""

    name: str
    condition: str
    required: bool
    layer: Service
    node: yaml.Node

    @property
    def site(self) -> Site:
        """Where the name stands."""
        return Site(self.layer.path, self.node.span)


class Merged(Struct, frozen=True, dict=True):
    """A service of a stack. `layers` are what writes it, the weakest first: what it extends, then each file."""

    stack: Stack
    place: str
    name: str
    layers: tuple[Service, ...]

    def written(self, key: str) -> tuple[tuple[Service, yaml.Node], ...]:
        """Every layer that writes a key, with the value; those that an `!override` or `!reset` takes away left out."""
        found: list[tuple[Service, yaml.Node]] = []
        for layer in self.layers:
            node = layer.get(key)
            resolved = yaml.resolve(node)
            if node is None or resolved is None:
                continue
            tags = (node.tag, resolved.tag)
            if "!reset" in tags:
                found = []
            else:
                found = [] if "!override" in tags else found
                found.append((layer, resolved))
        return tuple(found)

    def last(self, key: str) -> tuple[Service, yaml.Node] | None:
        """The layer whose value of a key counts, and the value; what Compose merges is left to `written`."""
        found = self.written(key)
        return found[-1] if found else None

    def text(self, key: str) -> str | None:
        """The value of a key that is a scalar, variables' defaults filled in; None where a variable decides."""
        found = self.last(key)
        written = text(found[1]) if found is not None else None
        return None if written is None else settled(written)

    def at(self, below: str) -> str:
        """Where the proof shows what is below it, such as `healthcheck / interval`."""
        return f"{self.place} / {below}"

    @property
    def site(self) -> Site:
        """The place of its name in the file that says most: the last one that writes its image or build."""
        return next(
            (layer.site for layer in reversed(self.layers) if layer.get("image") or layer.get("build")),
            self.layers[-1].site,
        )

    @cached_property
    def image(self) -> str | None:
        """The name of its image; None where a variable without a default decides."""
        return self.text("image")

    @cached_property
    def builds(self) -> bool:
        """Whether its image is built here."""
        return bool(self.written("build"))

    @cached_property
    def dependencies(self) -> Mapping[str, Dependency]:
        """What it depends on, by name."""
        found: dict[str, Dependency] = {}
        for layer, node in self.written("depends_on"):
            for element in elements(node):
                if isinstance(element, yaml.Scalar):
                    found[element.value] = Dependency(element.value, "service_started", True, layer, element)
            for key, value in node.entries():
                name = text(key)
                if name is not None:
                    condition = text(value.get("condition")) or "service_started"
                    required = text(value.get("required")) != "false"
                    found[name] = Dependency(name, condition, required, layer, key)
        return found

    @cached_property
    def healthcheck(self) -> yaml.Node | None:
        """The last `healthcheck` that it writes; None where there is none or it is switched off."""
        found = self.last("healthcheck")
        if found is None:
            return None
        node = found[1]
        test = yaml.resolve(node.get("test"))
        switched_off = test is not None and [word.value for word in test.strings()][:1] == ["NONE"]
        return None if text(node.get("disable")) == "true" or switched_off else node


@view
def merged(project: Project) -> tuple[tuple[Stack, Mapping[str, Merged]], ...]:
    """Every stack with its services by name."""
    look = compose_files(project).get
    found = []
    for stack in stacks(project):
        place = f"stack {label(project, stack)} / services"
        services = project.trees.looked_up(_services, (stack, place), look, partial(_services, stack, place))
        found.append((stack, services))
    return tuple(found)


def _services(stack: Stack, place: str, look: Look) -> Mapping[str, Merged]:
    layers: dict[str, tuple[Service, ...]] = {}
    read = set(stack.files)
    for path in stack.files:
        file = look(path)
        for part in () if file is None else (*_included(look, file, stack.project_directory, read), file):
            for name, service in part.services.items():
                layers[name] = (*layers.get(name, ()), *_chain(look, service, stack, ()))
    return {name: Merged(stack, f"{place} / {name}", name, written) for name, written in layers.items()}


@view
def every_service(project: Project) -> tuple[Merged, ...]:
    """The services of all stacks."""
    return tuple(service for _, services in merged(project) for service in services.values())


def with_layer(project: Project, layer: Service) -> tuple[Merged, ...]:
    """The services that a change to one layer reaches: its own in each stack that reads it, and all that extend it."""
    return tuple(
        service for service in every_service(project) if any(written.node is layer.node for written in service.layers)
    )


def _included(look: Look, file: ComposeFile, directory: str, read: set[str]) -> Iterator[ComposeFile]:
    """The files that a file includes, and those that they include; each resolves against its own folder.

    A file is read once, however many include it; `read` is what has been so far.
    """
    for written in file.includes:
        path = join(directory, written.value)
        other = look(path)
        if other is not None and path not in read:
            read.add(path)
            yield from _included(look, other, dirname(path), read)
            yield other


def _chain(look: Look, service: Service, stack: Stack, seen: tuple[Service, ...]) -> tuple[Service, ...]:
    """What a service extends, the farthest first, and itself."""
    extends = yaml.resolve(service.get("extends"))
    if extends is None:
        return (service,)
    written = scalar(extends.get("file"))
    name = text(extends.get("service")) if isinstance(extends, yaml.Mapping) else text(extends)
    path = service.path
    if written is not None:
        base = stack.project_directory if path in stack.files else dirname(path)
        path = join(base, written.value)
    file = look(path)
    other = None if file is None else file.services.get(name or "")
    known = (*seen, service)
    return (service,) if other is None or other in known else (*_chain(look, other, stack, known), service)
