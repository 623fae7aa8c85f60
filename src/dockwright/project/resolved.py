"""Resolved: each stack as `docker compose config --no-interpolate` shows it, read by the loader, as facts by place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dockwright.project.compose import ComposeFile
from dockwright.project.loader import Call, Files, LoadError, unresolved
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Stack, compose_files, label, stacks


@view
def facts(project: Project) -> Mapping[str, str]:
    """Every leaf of every stack that can be read, by its place as the proof names it; what each resolves to as text."""
    return _facts(project, compose_files(project))


def differences(project: Project, files: Mapping[str, ComposeFile]) -> tuple[tuple[str, str | None, str | None], ...]:
    """What a project's stacks would resolve to differently with these compose files: place, before, after."""
    before, after = facts(project), _facts(project, files)
    return tuple(
        (place, before.get(place), after.get(place))
        for place in sorted(before.keys() | after.keys())
        if before.get(place) != after.get(place)
    )


def call(stack: Stack) -> Call:
    """How Compose is called for a stack; a name that no file gives is said, since another folder may hold the files."""
    given = stack.project_name if stack.named_by in ("folder", "option", "COMPOSE_PROJECT_NAME") else None
    return Call(stack.files, stack.env_files, stack.project_directory, given)


def _facts(project: Project, files: Mapping[str, ComposeFile]) -> dict[str, str]:
    # Without interpolation the calls' own env files decide nothing but the name, which is known.
    sources = {path: file.source for path, file in project.env_files.items()}
    sources.update((path, file.source) for path, file in files.items())
    read = Files(sources, project.name, None, project.trees, {path: file.tree for path, file in files.items()})
    found: dict[str, str] = {}
    for stack in stacks(project):
        said = call(stack)
        try:
            model = unresolved(read, Call(said.files, (), said.project_directory, said.project_name))
        except LoadError:
            continue
        found.update(_leaves(f"stack {label(project, stack)}", model, stack.project_directory))
    return found


# Leaves

# Without its variable Compose leaves such a path as it is, relative to the project directory.
_DEFAULT_PATH = re.compile(r"^(\$\{\w+:?-)(\.\.?(?:/[^${}]*)?)(?=\}$)")


def _leaves(place: str, value: Any, directory: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if not key.startswith("x-"):
                yield from _leaves(f"{place} / {key}", inner, directory)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(f"{place} / {index}", inner, directory)
    else:
        yield place, _DEFAULT_PATH.sub(lambda match: f"{match[1]}./{join(directory, match[2])}", _text(value))


def _text(value: Any) -> str:
    # JSON knows no difference between 1.0 and 1.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
