"""Env files made from their examples, and the files that compose files name as secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import isabs

from msgspec import Struct

from dockwright.env.entries import edit_of, plain
from dockwright.env.environments import Environment, model_of
from dockwright.env.filling import Filling, RefusedError
from dockwright.env.generating import Generator, fresh
from dockwright.facts.connections import CONNECTIONS
from dockwright.facts.secret_forms import Form, form, is_secret
from dockwright.project.compose import settled, text
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.stacks import Stack, compose_files
from dockwright.syntax import dotenv
from dockwright.text import Edit, Site, Span, lazy_regex, splice

_OF_TLS = lazy_regex(r"(?i)\.(?:pem|key|crt|cer|der|p12|pfx|jks|json)$|(?:^|[_-])(?:tls|ssl|cert)")


class Left(Struct, frozen=True):
    """A variable that did not get a value: its name, its place in the example, and why."""

    name: str
    at: Site
    why: str


class MadeFile(Struct, frozen=True):
    """An env file to be written: its text, what it was made from, and by name what was done.

    `fresh` are the secrets that were made up, `given` the values that the user gave, `following` the URLs that were
    brought in line, and `left` what is still as the example has it.
    """

    path: str
    model: str
    text: str
    fresh: tuple[str, ...]
    given: tuple[str, ...]
    following: tuple[str, ...]
    left: tuple[Left, ...]


class MadeSecret(Struct, frozen=True):
    """A file that a compose file names as a secret, to be written: its text, and where it is named."""

    path: str
    text: str
    at: Site


class MissingSecret(Struct, frozen=True):
    """A file that a compose file names as a secret, which is not there and cannot be made up."""

    path: str
    at: Site


class Created(Struct, frozen=True):
    """What makes an environment. `kept` are the files that were there already, `unmade` those without an example."""

    environment: Environment
    files: tuple[MadeFile, ...]
    kept: tuple[str, ...]
    unmade: tuple[str, ...]
    secrets: tuple[MadeSecret, ...]
    missing: tuple[MissingSecret, ...]


def create(
    project: Project, environment: Environment, given: Mapping[str, str], generate: Generator = fresh
) -> Created:
    """The env files that an environment lacks. `given` are values by name, which win.

    Raises RefusedError where there is nothing to make, where there is no example, and for production with the names
    of what nobody has given; UsageError for a name that nothing knows and a value that will not do.
    """
    wanted = [pair for pair in environment.files if pair.path not in project.listing]
    kept = tuple(pair.path for pair in environment.files if pair.path in project.listing)
    if not environment.files:
        raise RefusedError(
            f"no env file belongs to {environment.name}", hint="its stacks name none, or run on an example as it is"
        )
    if not wanted:
        raise RefusedError(
            "it is there already, and is not written over",
            path=kept[0],
            hint="dockwright env sync adds what it lacks, dockwright env rotate NAME makes one secret anew",
        )
    found = {pair.path: model_of(project, pair) for pair in wanted}
    models = {path: project.env_files[model] for path, model in found.items() if model is not None}
    if not models:
        hint = "dockwright apply --only env writes one, dockwright env schema lists what belongs into it"
        raise RefusedError("there is no example to make it from", path=wanted[0].path, hint=hint)
    there = [project.env_files[path] for path in kept if path in project.env_files]
    filling = Filling(project, environment, given, generate)
    filling.know(there)
    filling.fill(models.values())
    filling.check_given()
    files = tuple(_made(filling, path, model, last=path == [*models][-1]) for path, model in models.items())
    if environment.production:
        _refuse_open(files)
    secrets = tuple(_secrets(filling))
    return Created(
        environment,
        files,
        kept,
        tuple(path for path in found if path not in models),
        tuple(each for each in secrets if isinstance(each, MadeSecret)),
        tuple(each for each in secrets if isinstance(each, MissingSecret)),
    )


def _refuse_open(files: Iterable[MadeFile]) -> None:
    """Production is not made with a gap in it: RefusedError with the names."""
    left = [each for file in files for each in file.left]
    if not left:
        return
    why = {each.name: each.why for each in left}
    asked = " ".join(f"--set {name}=-" for name in why)
    raise RefusedError(
        f"production needs values that nobody can make up: {', '.join(f'{name} ({why[name]})' for name in why)}",
        path=left[0].at.path,
        hint=f"{asked} asks for each, a line of standard input; --set NAME takes it from your environment",
    )


def _made(filling: Filling, path: str, model: dotenv.EnvFile, *, last: bool) -> MadeFile:
    """The file that a model becomes; the last one takes what is given and stands in none."""
    edits, here = [], []
    for entry in model.entries:
        here.append(entry.key)
        if entry.key in filling.new and filling.new[entry.key] != plain(entry):
            edits.append(edit_of(model, entry, filling.new[entry.key]))
    at = {entry.key: Site(model.source.path, entry.key_span) for entry in (*model.commented, *model.entries)}
    for entry in {entry.key: entry for entry in reversed(model.commented)}.values():
        if entry.key not in filling.old and entry.key in {**filling.given, **filling.fresh}:
            here.append(entry.key)
            value = filling.given.get(entry.key, filling.new.get(entry.key, ""))
            start = model.source.text.rfind("\n", 0, entry.span.start) + 1
            assigned = f"{entry.key}={dotenv.quote(value)}"
            edits.append(Edit(model.source.path, Span(start, entry.value_span.end), assigned))
    given = [name for name in filling.given if name in here]
    for name in filling.given:
        if last and name not in filling.old and name not in filling.commented:
            edits += dotenv.append(model, name, filling.given[name])
            given.append(name)
    return MadeFile(
        path,
        model.source.path,
        splice(model.source.text, edits),
        tuple(name for name in filling.fresh if name in here),
        tuple(given),
        tuple(name for name in filling.following if name in here),
        tuple(Left(name, at[name], why) for name, why in filling.why.items() if name in at),
    )


def _secrets(filling: Filling) -> Iterator[MadeSecret | MissingSecret]:
    """The files that the stacks' compose files name as secrets and that are not there."""
    done: set[str] = set()
    for stack in filling.environment.stacks:
        for name, target, at in secret_files(filling.project, stack):
            if target in done or filling.project.exists(target):
                continue
            done.add(target)
            value = None if _OF_TLS.search(f"{name} {target}") else _secret(filling, name)
            yield MissingSecret(target, at) if value is None else MadeSecret(target, value, at)


def _secret(filling: Filling, name: str) -> str | None:
    """What belongs into the file of a secret: what the variable of its name holds, else a fresh value."""
    variable = name.upper().replace("-", "_")
    if filling.new.get(variable):
        return filling.new[variable]
    made: Form | None = form(variable) if is_secret(variable) else None
    return None if made is None else filling.generate(made)


def secret_files(project: Project, stack: Stack) -> Iterator[tuple[str, str, Site]]:
    """The files below the root that a stack's compose files name as secrets: the secret's name, the path, the place."""
    for path in stack.files:
        for name, node in compose_files(project)[path].top_level("secrets"):
            written = settled(text(node.get("file")) or "")
            target = "" if not written or isabs(written) else join(stack.project_directory, written)
            if target and not target.startswith(".."):
                yield name, target, Site(path, node.span)


PASSWORD_NAMES = frozenset(name for each in CONNECTIONS for name in each.names["password"])
"""The variables that hold a data service's password."""
