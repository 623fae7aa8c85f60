"""Models: what each stack of a project resolves to, leaf by leaf, by dockwright's own loader."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from dockwright.project.loader import Call, LoadError, unresolved
from dockwright.project.loader.looked import Look, looked_in, names_read
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.resolved import leaves_of
from dockwright.project.stacks import Stack, stacks
from dockwright.tools import Resolved, StackFiles


class Model(Struct, frozen=True):
    """A stack's model with its variables as they are written, or why there is none.

    `documents` are the YAML files that were read for it, `names` the variables that they read, and `env_files` the
    env files of those that are included.
    """

    model: Mapping[str, Any] | None
    leaves: Mapping[str, str]
    error: str | None
    documents: tuple[str, ...]
    names: frozenset[str]
    env_files: tuple[str, ...]


def stack_files(stack: Stack) -> StackFiles:
    """A stack as a resolver takes it."""
    # A name from the folder is made here, since the copy that Compose reads lies in another.
    given = stack.project_name if stack.named_by in ("folder", "option", "COMPOSE_PROJECT_NAME") else None
    return StackFiles(stack.files, stack.env_files, stack.project_directory, given)


def models(project: Project, home: str | None) -> Mapping[Stack, Model]:
    """Every stack's model; the same object where nothing that it is read from has changed."""
    known = project.__dict__
    key = f"{__name__}.models {home}"
    if key not in known:
        known[key] = {stack: _model(project, stack, home) for stack in stacks(project)}
    return known[key]  # type: ignore[no-any-return]


def _model(project: Project, stack: Stack, home: str | None) -> Model:
    said = stack_files(stack)

    def compute(look: Look) -> Model:
        files = looked_in(project, home, look)
        env_files = tuple(path for path in said.env_files if look(path) is not None)
        model: dict[str, Any] | None = None
        leaves: dict[str, str] = {}
        error = None
        try:
            model = unresolved(files, Call(said.files, env_files, said.project_directory, said.project_name))
            leaves = dict(leaves_of(model, said.project_directory))
        except LoadError as refused:
            error = str(refused)
        own = {*env_files, join(said.project_directory, ".env")}
        included = tuple(dict.fromkeys(path for path in files.env_files if path not in own))
        documents = tuple(dict.fromkeys(files.documents))
        trees = [(path, tree) for path in documents if (tree := files.yaml(path)) is not None]
        names = [project.trees.kept(names_read, path, (tree,), partial(names_read, tree)) for path, tree in trees]
        return Model(model, leaves, error, documents, frozenset().union(*names), included)

    return project.trees.looked_up(_model, (said, home), project.sources.get, compute)


def leaves_resolved(found: Resolved, stack: Stack) -> Mapping[str, str]:
    """The leaves of what a resolver gave."""
    return {} if found.model is None else dict(leaves_of(found.model, stack.project_directory))
