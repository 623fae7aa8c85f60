"""Interpolation: the variables that a stack's files need, and which names each call of Compose has values for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.project.commands import Invocation
from dockwright.project.kinds import Kind
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Stack, commands, compose_files, looked_up
from dockwright.project.variables import scalars
from dockwright.syntax.interpolation import uses
from dockwright.text import Site

_EXAMPLES = (".example", ".sample", ".template", ".dist")

CALLERS: frozenset[Kind] = frozenset({"make", "shell", "ci", "task"})
"""The files that make calls of Compose; prose and comments only show them."""

_IF_SET = ("+", ":+")


class Needed(Struct, frozen=True):
    """A variable in a compose file: where, whether Compose refuses without it, and whether it has a default."""

    name: str
    at: Site
    required: bool
    default: bool


def needed(project: Project, stack: Stack) -> Iterator[Needed]:
    """Every variable of a stack's files that stands by itself, not in another one's default."""
    for path in stack.files:
        yield from _needed(project)[path]


@view
def _needed(project: Project) -> Mapping[str, tuple[Needed, ...]]:
    """The variables of each compose file."""
    return {
        path: tuple(
            Needed(
                use.name, Site(path, use.name_span), use.required, use.default is not None or use.operator in _IF_SET
            )
            for scalar in scalars(file.root)
            if "$" in scalar.value
            for use in uses(scalar.mapped)
            if not use.depth
        )
        for path, file in compose_files(project).items()
    }


def stack_calls(project: Project, stack: Stack) -> Iterator[tuple[str, Invocation, int]]:
    """The calls of a stack that a tool makes: the file, the call, and its number among that file's calls."""
    for path, said in commands(project).items():
        if project.kinds.get(path) in CALLERS:
            for number, call in enumerate(said.invocations, 1):
                files = looked_up(project, call) if call.implicit else tuple(ref.target for ref in call.files)
                if call.whole and files == stack.files and _directory(call, files) == stack.project_directory:
                    yield path, call, number


def _directory(call: Invocation, files: tuple[str, ...]) -> str:
    return dirname(files[0]) if call.project_directory is None else call.project_directory


def names_in(project: Project, path: str) -> frozenset[str] | None:
    """The names that an env file gives, by its example where only that is there; None where nobody can know."""
    for candidate in (path, *(path + ending for ending in _EXAMPLES)):
        file = project.env_files.get(candidate)
        if file is not None:
            return frozenset(entry.key for entry in file.entries)
    return None


def names_by_default(project: Project, stack: Stack) -> frozenset[str]:
    """The names that Compose has where no call says `--env-file`: those of the project directory's `.env`."""
    return names_in(project, join(stack.project_directory, ".env")) or frozenset()
