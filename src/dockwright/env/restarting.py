"""What makes a stack use a new value: the database is told of it, then whoever gets it starts again."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from msgspec import Struct

from dockwright.env.creating import secret_files
from dockwright.facts.data_services import data_service
from dockwright.facts.rotations import Rotation, rotation
from dockwright.project.compose import text
from dockwright.project.merged import Merged
from dockwright.project.model import Project
from dockwright.project.service_env_files import listed, services_of
from dockwright.project.stacks import Stack, compose_files
from dockwright.project.variables import scalars
from dockwright.syntax import shell, yaml
from dockwright.syntax.interpolation import uses
from dockwright.text import Mapped


class Step(Struct, frozen=True):
    """Something to do, in words, and the commands for it."""

    what: str
    commands: tuple[str, ...] = ()


def steps(project: Project, stack: Stack, names: frozenset[str], paths: set[str]) -> Iterator[Step]:
    """What makes a stack use the new value: the database told of it, then everybody restarted who reads it."""
    receiving = {
        service.name: (service, received)
        for service in services_of(project, stack).values()
        if (received := frozenset(_received(project, stack, service, names, paths)))
    }
    if not receiving:
        return
    call = compose_call(project, stack)
    asked: dict[str, Rotation] = {}
    titles: dict[str, str] = {}
    for service, received in receiving.values():
        known = data_service(service.image)
        found = None if known is None else rotation(known.title, received)
        if known is not None and found is not None:
            asked[service.name], titles[service.name] = found, known.title
    for name, found in asked.items():
        title = titles[name]
        if found.session is not None:
            yield Step(
                f"{name}: {title} keeps the old password until it is told. In its container, which still has the old "
                f"one, say: {found.statement} (NEW is the new value in the env file)",
                (f"{call} exec {name} sh -c {shell.quote(found.session)}",),
            )
        elif found.command is not None:
            yield Step(
                f"{name}: {title} looks at its password only while a volume is empty. Start it with the new one, and "
                "tell it of that",
                (
                    f"{call} up -d --wait --force-recreate --no-deps {name}",
                    f"{call} exec -T {name} sh -c {shell.quote(found.command)}",
                ),
            )
    awaited = {
        dependency.name
        for service in services_of(project, stack).values()
        for dependency in service.dependencies.values()
        if dependency.condition == "service_completed_successfully"
    }
    told = {name for name, found in asked.items() if found.command is not None}
    rest = [name for name in receiving if name not in told and name not in awaited]
    if rest:
        more = (
            f"; {', '.join(sorted(awaited & receiving.keys()))} runs again by itself"
            if awaited & receiving.keys()
            else ""
        )
        yield Step(f"restart who reads it{more}", (f"{call} up -d --wait --force-recreate {' '.join(rest)}",))


def _received(project: Project, stack: Stack, service: Merged, names: frozenset[str], paths: set[str]) -> Iterator[str]:
    """What a service gets of these variables: the names of its container's variables, or its own key otherwise."""
    for layer in service.layers:
        for name, (_, value) in layer.environment.items():
            if name in names if value is None else _mentions(Mapped.whole(value), names):
                yield name
        for key, node in layer.node.entries():
            word = text(key) or ""
            if word != "environment" and any(_mentions(scalar.mapped, names) for scalar in scalars(node)):
                yield word
    for each in listed(project, stack):
        if each.service.name == service.name and each.path in paths:
            yield from (name for name in names if project.env_files[each.path].get(name) is not None)
    yield from _secrets(stack, project, service, names, paths)


def _mentions(written: Mapped, names: frozenset[str]) -> bool:
    return "$" in written.text and any(use.name in names for use in uses(written))


def _secrets(stack: Stack, project: Project, service: Merged, names: frozenset[str], paths: set[str]) -> Iterator[str]:
    """The variables that a service reads from a secret, where that is filled from one of the names or the paths."""
    filled = {
        secret
        for path in stack.files
        for secret, node in compose_files(project)[path].top_level("secrets")
        if text(node.get("environment")) in names
    } | {secret for secret, path, _ in secret_files(project, stack) if path in paths}
    granted = {
        source
        for _, node in service.written("secrets")
        for source in (
            text(each) if isinstance(each, yaml.Scalar) else text(each.get("source"))
            for each in (node.items if isinstance(node, yaml.Sequence) else ())
        )
        if source in filled
    }
    if not granted:
        return
    yield "secrets"
    for layer in service.layers:
        for name, (_, value) in layer.environment.items():
            if name.endswith("_FILE") and value is not None and value.rpartition("/")[2] in granted:
                yield name.removesuffix("_FILE")


def compose_call(project: Project, stack: Stack) -> str:
    """How Compose is called for a stack, from the project's root."""
    words = ["docker", "compose"]
    for path in stack.files if not stack.implicit or dirname(stack.files[0]) else ():
        words += ["-f", path]
    for path in stack.env_files:
        if path in project.env_files:
            words += ["--env-file", path]
    if stack.directory_given:
        words += ["--project-directory", stack.project_directory or "."]
    if stack.named_by == "option":
        words += ["-p", stack.project_name]
    return " ".join(shell.quote(word) for word in words)
