"""Env files and who reads them: those that services list, and those that fill in a stack's variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.project.compose import EnvFileEntry, Service, settled
from dockwright.project.env_names import EXAMPLE_NAMES, environment
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Stack


class Listed(Struct, frozen=True):
    """An entry of a service's `env_file`: the file's path below the root, and the layer and entry that name it."""

    path: str
    service: Merged
    layer: Service
    entry: EnvFileEntry


def listed(project: Project, stack: Stack) -> Iterator[Listed]:
    """What the services of a stack list as `env_file`, in order; paths that hang on a variable are left out."""
    for service in services_of(project, stack).values():
        for layer in service.layers:
            # What another file's service is extended by is relative to that file.
            folder = stack.project_directory if layer.path in stack.files else dirname(layer.path)
            for entry in layer.env_files:
                written = settled(entry.path.value)
                if written is not None:
                    yield Listed(join(folder, written), service, layer, entry)


def services_of(project: Project, stack: Stack) -> Mapping[str, Merged]:
    """A stack's services by name."""
    return next(found for each, found in merged(project) if each == stack)


def interpolation_files(stack: Stack) -> tuple[str, ...]:
    """The env files that fill in a stack's variables, there or not: those of its calls, else `.env` beside it."""
    return stack.env_files or (join(stack.project_directory, ".env"),)


@view
def readers_of_env_files(project: Project) -> Mapping[str, tuple[Stack, ...]]:
    """The stacks that read each env file, there or not, by path; to fill in their variables or for a service."""
    found: dict[str, dict[Stack, None]] = {}
    for stack, _ in merged(project):
        for path in (*interpolation_files(stack), *(each.path for each in listed(project, stack))):
            found.setdefault(path, {})[stack] = None
    return {path: tuple(stacks) for path, stacks in found.items()}


def example_of(project: Project, path: str) -> str | None:
    """The example that an env file is made from, whether the file is there or not."""
    return next((name for form in EXAMPLE_NAMES if (name := form.format(path=path)) in project.env_files), None)


def stands_for(project: Project, path: str) -> str:
    """The env file that an example is meant for, which need not be there; the path itself for any other file."""
    for form in EXAMPLE_NAMES:
        ending = form.removeprefix("{path}")
        if path.endswith(ending):
            return path.removesuffix(ending)
    return path


def environments_of(project: Project, path: str) -> tuple[str, ...]:
    """What the stacks are called that read an env file, or the file it is an example of; else what its name says."""
    meant = stands_for(project, path)
    readers = readers_of_env_files(project)
    stacks = (*readers.get(path, ()), *readers.get(meant, ()))
    named = environment(path)
    return tuple(dict.fromkeys(stack.name for stack in stacks)) or (() if named is None else (named,))
