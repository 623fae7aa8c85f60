"""Resolved: each stack, leaf by leaf, as `docker compose config --no-interpolate` shows it and our loader reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from posixpath import basename
from typing import Any

from msgspec import Struct

from dockwright.project.compose import ComposeFile
from dockwright.project.loader import Call, LoadError, unresolved
from dockwright.project.loader.looked import Look, looked_in, names_read
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Stack, compose_files, label, stacks
from dockwright.text import Source, lazy_regex

# Without its variable Compose leaves such a path as it is, relative to the project directory.
_DEFAULT_PATH = lazy_regex(r"^(\$\{\w+:?-)(\.\.?(?:/[^${}]*)?)(?=\}$)")


class Model(Struct, frozen=True):
    """A stack's model with its variables as they are written, or why there is none; nothing of it may be changed.

    `leaves` are what it comes to, by the keys that lead there. `documents` are the YAML files that were read for it,
    `names` the variables that they read, and `env_files` the env files of those that are included.
    """

    model: Mapping[str, Any] | None
    leaves: Mapping[str, str]
    error: str | None
    documents: tuple[str, ...]
    names: frozenset[str]
    env_files: tuple[str, ...]


def model_of(
    project: Project, stack: Stack, files: Mapping[str, ComposeFile] | None = None, home: str | None = None
) -> Model:
    """What a stack comes to, with these compose files or those that are there; the same object from the same texts.

    `home` is the user's home folder, which `~` in a path means.
    """
    known = compose_files(project) if files is None else files

    def find(path: str) -> Source | None:
        file = known.get(path)
        # The same text is the same tree, whoever wrote it.
        return project.sources.get(path) if file is None else file.tree.source

    key = (stack.files, stack.env_files, stack.project_directory, stack.given_name, home)
    return project.trees.looked_up(model_of, key, find, lambda look: _model(project, stack, home, look))


def _model(project: Project, stack: Stack, home: str | None, look: Look) -> Model:
    files = looked_in(project, home, look)
    env_files = tuple(path for path in stack.env_files if look(path) is not None)
    model: dict[str, Any] | None = None
    leaves: dict[str, str] = {}
    error = None
    try:
        model = unresolved(files, Call(stack.files, env_files, stack.project_directory, stack.given_name))
        leaves = dict(leaves_of(model, stack.project_directory))
    except LoadError as refused:
        error = str(refused)
    own = {*env_files, join(stack.project_directory, ".env")}
    included = tuple(dict.fromkeys(path for path in files.env_files if path not in own))
    documents = tuple(dict.fromkeys(files.documents))
    trees = [(path, tree) for path in documents if (tree := files.yaml(path)) is not None]
    names = [project.trees.kept(names_read, path, (tree,), partial(names_read, tree)) for path, tree in trees]
    return Model(model, leaves, error, documents, frozenset().union(*names), included)


@view
def facts(project: Project) -> Mapping[str, str]:
    """Every leaf of every stack that can be read, by its place as the proof names it; what each resolves to as text."""
    return {
        f"stack {label(project, stack)} / {place}": text
        for stack in stacks(project)
        for place, text in model_of(project, stack).leaves.items()
    }


def differences(project: Project, files: Mapping[str, ComposeFile]) -> tuple[tuple[str, str | None, str | None], ...]:
    """What a project's stacks would resolve to differently with these compose files: place, before, after."""
    found: list[tuple[str, str | None, str | None]] = []
    for stack in stacks(project):
        before, after = model_of(project, stack), model_of(project, stack, files)
        if before is not after:
            name, old, new = f"stack {label(project, stack)}", before.leaves, after.leaves
            found += [
                (f"{name} / {place}", old.get(place), new.get(place))
                for place in old.keys() | new.keys()
                if old.get(place) != new.get(place)
            ]
    return tuple(sorted(found, key=lambda difference: difference[0]))


def unread(project: Project, path: str) -> bool:
    """Whether a stack that reads this file, or names it in one that it reads, cannot be resolved here."""
    files = compose_files(project)
    return any(model_of(project, stack).error is not None and _reads(files, stack, path) for stack in stacks(project))


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
