"""Environments: what people call them, the env files of each, their examples, and the stacks that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, normpath

from msgspec import Struct

from dockwright.errors import UsageError, did_you_mean
from dockwright.project.env_names import environment, is_example
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.roles import PRODUCTION, role
from dockwright.project.service_env_files import example_of, interpolation_files, listed, stands_for
from dockwright.project.stacks import ENVIRONMENTS, Stack, stacks
from dockwright.syntax import dotenv

# Examples for whatever file lies beside them.
_GENERAL = (".env.example", "env.example", "example.env", ".env.sample", ".env.template", ".env.dist")

EDITOR = "devcontainer"
"""What the stack is called that an editor starts for itself."""


class Pair(Struct, frozen=True):
    """An env file, there or not, and its own example, if there is one. `needed` is whether a stack fails without it."""

    path: str
    example: str | None
    needed: bool = False


class Environment(Struct, frozen=True):
    """An environment by its name: its env files in the order in which they are read, and its stacks."""

    name: str
    files: tuple[Pair, ...]
    stacks: tuple[Stack, ...]

    @property
    def production(self) -> bool:
        """Whether it is on a server."""
        return self.name in PRODUCTION

    def there(self, project: Project) -> Mapping[str, dotenv.EnvFile]:
        """Its env files that are there, by path."""
        return {pair.path: project.env_files[pair.path] for pair in self.files if pair.path in project.env_files}


@view
def environments(project: Project) -> Mapping[str, Environment]:
    """Every environment that has a stack or an env file, the stacks' own order first."""
    files: dict[str, dict[str, bool]] = {}
    found: dict[str, list[Stack]] = {}
    for stack in stacks(project):
        name = role(project, stack) or stack.name
        found.setdefault(name, []).append(stack)
        known = files.setdefault(name, {})
        for path, needed in _named(project, stack):
            if not is_example(path):
                known[path] = known.get(path, False) or needed
    claimed = {path for known in files.values() for path in known}
    for path in project.env_files:
        meant = stands_for(project, path) if is_example(path) else path
        if meant not in claimed and not is_example(meant):
            called = environment(meant) or ("dev" if basename(meant) == ".env" else None)
            if called is not None:
                files.setdefault(called, {})[meant] = False
    return {
        name: Environment(
            name,
            tuple(Pair(path, example_of(project, path), needed) for path, needed in _own(name, known)),
            tuple(found.get(name, ())),
        )
        for name, known in files.items()
    }


def _own(name: str, known: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    """The files of an environment, without others' that its stacks read besides those that are called for it.

    Some call may name another environment's, and Compose looks for `.env` unasked.
    """
    called = any(environment(path) == name for path in known)
    for path, needed in known.items():
        unasked = basename(path) == ".env" and not needed
        if not called or environment(path) == name or (environment(path) is None and not unasked):
            yield path, needed


def _named(project: Project, stack: Stack) -> Iterator[tuple[str, bool]]:
    """The env files of a stack, and whether it fails without each."""
    for path in interpolation_files(stack):
        if stack.env_files or path in project.env_files or example_of(project, path):
            yield path, bool(stack.env_files)
    for each in listed(project, stack):
        yield each.path, each.entry.required


def all_but_the_editor_s(project: Project) -> tuple[Environment, ...]:
    """Every environment but the one that an editor starts for itself: what it hands to Compose, no file here says."""
    return tuple(each for name, each in environments(project).items() if name != EDITOR)


def chosen(project: Project, said: str) -> Environment:
    """The environment that somebody means: by its name, by another word for it, or by the path of an env file.

    A path gives the environment with that file alone. Raises UsageError where there is none.
    """
    known = environments(project)
    if said in known:
        return known[said]
    alias = ENVIRONMENTS.get(said.lower(), said)
    if alias in known:
        return known[alias]
    path = normpath(said)
    for each in known.values():
        for pair in each.files:
            if pair.path == path:
                return Environment(each.name, (pair,), each.stacks)
    if path in project.env_files:
        return Environment(environment(path) or said, (Pair(path, example_of(project, path)),), ())
    names = sorted(known)
    if not names:
        hint = "dockwright env works on env files and on the compose files that read them"
        raise UsageError("there is no compose file and no env file here", hint=hint)
    raise UsageError(
        f"no environment is called {said}", hint=did_you_mean(said, names) or f"there are: {', '.join(names)}"
    )


def model_of(project: Project, pair: Pair) -> str | None:
    """What an env file can be made from: its own example, else the one for whatever lies in its folder."""
    if pair.example is not None:
        return pair.example
    general = (join(dirname(pair.path), name) for name in _GENERAL)
    return next((path for path in general if path in project.env_files), None)
