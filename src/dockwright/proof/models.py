"""Models: what each stack of a project resolves to, leaf by leaf, by dockwright's own loader."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.project.model import Project
from dockwright.project.resolved import Model, leaves_of, model_of
from dockwright.project.stacks import Stack, stacks
from dockwright.tools import Resolved, StackFiles


def stack_files(stack: Stack) -> StackFiles:
    """A stack as a resolver takes it."""
    return StackFiles(stack.files, stack.env_files, stack.project_directory, stack.given_name)


def models(project: Project, home: str | None) -> Mapping[Stack, Model]:
    """Every stack's model; the same object where nothing that it is read from has changed."""
    known = project.__dict__
    key = f"{__name__}.models {home}"
    if key not in known:
        known[key] = {stack: model_of(project, stack, home=home) for stack in stacks(project)}
    return known[key]  # type: ignore[no-any-return]


def leaves_resolved(found: Resolved, stack: Stack) -> Mapping[str, str]:
    """The leaves of what a resolver gave."""
    return {} if found.model is None else dict(leaves_of(found.model, stack.project_directory))
