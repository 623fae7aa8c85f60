"""Resolved: each stack, leaf by leaf, as `docker compose config --no-interpolate` shows it and our loader reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename
from typing import Any

from dockwright.project.compose import ComposeFile
from dockwright.project.loader import Call, LoadError, unresolved
from dockwright.project.loader.looked import Look, looked_in
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Stack, compose_files, label, stacks
from dockwright.text import Source, lazy_regex

# Without its variable Compose leaves such a path as it is, relative to the project directory.
_DEFAULT_PATH = lazy_regex(r"^(\$\{\w+:?-)(\.\.?(?:/[^${}]*)?)(?=\}$)")

_NOTHING: Mapping[str, str] = {}


@view
def facts(project: Project) -> Mapping[str, str]:
    """Every leaf of every stack that can be read, by its place as the proof names it; what each resolves to as text."""
    files = compose_files(project)
    return {place: value for stack in stacks(project) for place, value in _facts(project, files, stack).items()}


def differences(project: Project, files: Mapping[str, ComposeFile]) -> tuple[tuple[str, str | None, str | None], ...]:
    """What a project's stacks would resolve to differently with these compose files: place, before, after."""
    found: list[tuple[str, str | None, str | None]] = []
    for stack in stacks(project):
        before, after = _facts(project, compose_files(project), stack), _facts(project, files, stack)
        if before is not after:
            found += [
                (place, before.get(place), after.get(place))
                for place in before.keys() | after.keys()
                if before.get(place) != after.get(place)
            ]
    return tuple(sorted(found, key=lambda difference: difference[0]))


def unread(project: Project, path: str) -> bool:
    """Whether a stack that reads this file, or names it in one that it reads, cannot be resolved here."""
    files = compose_files(project)
    return any(_leaves_of(project, files, stack) is None and _reads(files, stack, path) for stack in stacks(project))


def _reads(files: Mapping[str, ComposeFile], stack: Stack, path: str) -> bool:
    """Whether a stack may read a file: it is one of its own, or is named in one of them or below."""
    todo, seen = list(stack.files), set(stack.files)
    while todo:
        each = todo.pop()
        if each == path or basename(path) in files[each].source.text:
            return True
        more = {other for other in files if other not in seen and basename(other) in files[each].source.text}
        seen |= more
        todo += more
    return False


def resolved(project: Project, stack: Stack) -> Mapping[str, Any] | None:
    """A stack's model, its variables as they are written; None where Compose would refuse it."""
    return _model(project, stack, _look_in(project, compose_files(project)))


def leaves_of(value: Any, directory: str, place: str = "") -> Iterator[tuple[str, str]]:
    """Each leaf of a model as text, by its place: the keys that lead to it.

    `directory` is the project directory that the model was resolved in.
    """
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            # Extension fields mean nothing by themselves: what refers to them is resolved where it stands.
            if not key.startswith("x-"):
                yield from leaves_of(inner, directory, f"{place} / {key}" if place else key)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves_of(inner, directory, f"{place} / {index}")
    else:
        # JSON knows no difference between 1.0 and 1.
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if text.startswith("$"):
            text = _DEFAULT_PATH.sub(lambda match: f"{match[1]}./{join(directory, match[2])}", text)
        yield place, text


def _facts(project: Project, files: Mapping[str, ComposeFile], stack: Stack) -> Mapping[str, str]:
    return _leaves_of(project, files, stack) or _NOTHING


def _leaves_of(project: Project, files: Mapping[str, ComposeFile], stack: Stack) -> Mapping[str, str] | None:
    """What a stack resolves to with these files, which hangs on those of them that it reads."""
    place = f"stack {label(project, stack)}"

    def compute(look: Look) -> Mapping[str, str] | None:
        model = _model(project, stack, look)
        return None if model is None else dict(leaves_of(model, stack.project_directory, place))

    key = (place, stack)
    return project.trees.looked_up(_leaves_of, key, _look_in(project, files), compute)


def _model(project: Project, stack: Stack, look: Look) -> dict[str, Any] | None:
    env_files = tuple(path for path in stack.env_files if look(path) is not None)
    call = Call(stack.files, env_files, stack.project_directory, stack.project_name)
    try:
        return unresolved(looked_in(project, None, look), call)
    except LoadError:
        return None


def _look_in(project: Project, files: Mapping[str, ComposeFile]) -> Look:
    """Finds a file's text: a compose file's as `files` have it. The same text is the same object."""

    def look(path: str) -> Source | None:
        file = files.get(path)
        return project.sources.get(path) if file is None else file.tree.source

    return look
