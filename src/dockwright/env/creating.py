"""Env files made from their examples: fresh secrets, and URLs that hold the same passwords as the variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import isabs

from msgspec import Struct

from dockwright.env.environments import Environment, model_of
from dockwright.env.generating import Generator, fresh
from dockwright.env.places import Place
from dockwright.env.schema import Schema, schema
from dockwright.env.types import fits, is_secret_type
from dockwright.env.urls import followed, passwords, read, rewritten
from dockwright.errors import DockwrightError, UsageError, did_you_mean
from dockwright.facts.connections import CONNECTIONS, named
from dockwright.facts.placeholders import holds_a_place, is_placeholder, is_stand_in
from dockwright.facts.secret_forms import FERNET_KEY, Form, form, is_secret
from dockwright.project.compose import settled, text
from dockwright.project.model import Project
from dockwright.project.python_side import reads
from dockwright.project.references import join
from dockwright.project.stacks import Stack, compose_files
from dockwright.project.variables import scalars
from dockwright.syntax import dotenv
from dockwright.syntax.interpolation import interpolate
from dockwright.text import Edit, Site, Span, lazy_regex, splice

_FERNET_CALL = lazy_regex(r"\bFernet\(([^()]*(?:\([^()]*\)[^()]*)?)\)")
_WORD = lazy_regex(r"\w+")
_OF_TLS = lazy_regex(r"(?i)\.(?:pem|key|crt|cer|der|p12|pfx|jks|json)$|(?:^|[_-])(?:tls|ssl|cert)")
_NO_VALUE = lazy_regex(r"[\0\n\r]")


class RefusedError(DockwrightError):
    """It was not done, for a reason that the user can do away with."""

    exit_code = 1


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
    files = tuple(filling.made(path, model, last=path == [*models][-1]) for path, model in models.items())
    if environment.production:
        _refuse_open(files)
    secrets = tuple(filling.secrets())
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


class Filling:
    """Values for the variables of an environment's files, found once for all of them."""

    def __init__(
        self, project: Project, environment: Environment, given: Mapping[str, str], generate: Generator
    ) -> None:
        self.project, self.environment, self.given, self.generate = project, environment, given, generate
        self.schema: Schema = schema(project)
        self.old: dict[str, str] = {}
        self.new: dict[str, str] = {}
        self.there: dict[str, str] = {}
        self.fresh: dict[str, None] = {}
        self.following: dict[str, None] = {}
        self.why: dict[str, str] = {}
        self.commented: dict[str, str] = {}
        self.fernet = fernet_names(project)
        self.said = frozenset(each.name for each in reads(project) if is_secret_type(each.type))
        self.written_out = dict(_written_out(project, environment))

    def know(self, files: Iterable[dotenv.EnvFile]) -> None:
        """Take values from files that are there: they stay, and URLs follow them."""
        for file in files:
            for entry in file.entries:
                if entry.separator is not None and not entry.uses:
                    self.new[entry.key] = plain(entry)
                    self.there[entry.key] = file.source.path

    def fill(self, models: Iterable[dotenv.EnvFile], only: frozenset[str] | None = None) -> None:
        """Find a value for each variable of the examples, or for those in `only`; the others' are known."""
        comments: dict[str, str] = {}
        models = tuple(models)
        for model in models:
            said = comments_of(model)
            for entry in model.entries:
                if entry.separator is not None:
                    self.old[entry.key] = plain(entry)
                    comments[entry.key] = said[entry.key]
            self.commented |= {entry.key: plain(entry) for entry in model.commented}
        settled = {entry.key for model in models for entry in model.entries if not entry.uses and entry.separator}
        self._lead()
        for name, value in self.old.items():
            if name in self.given:
                self.new[name] = self.given[name]
            elif name not in self.new and name in settled and (only is None or name in only):
                self._find(name, value, comments[name])
        if only is None:
            self._wake()
        for name, value in self.old.items():
            if name not in self.given and name in settled and "://" in value and (only is None or name in only):
                self._follow(name, value)

    def _lead(self) -> None:
        """Let variables follow the URLs that are given, as those would follow them."""
        for name, value in self.given.items():
            url = read(value) if "://" in value else None
            if url is None:
                continue
            others = {each: text for each, text in self.old.items() if each != name}
            secrets = frozenset(each for each in others if self.is_secret(each))
            led = {**followed(value, others, secrets), **followed(self.old.get(name, ""), others, secrets)}
            for part, each in led.items():
                if part in url.parts and each not in self.given and each not in self.new:
                    self.new[each] = url.parts[part].text

    def _wake(self) -> None:
        """Find values for what the examples have commented out, and what a stack or the code needs all the same."""
        for name, value in self.commented.items():
            known = name in self.old or name in self.new or name in self.given
            if known or not self.is_needed(name) or not (self.is_secret(name) or self.environment.production):
                continue
            made = form(name, value) if self.is_secret(name) else None
            if made is not None:
                self.new[name] = self._alias(name, value) or self.generate(made)
                self.fresh[name] = None
            else:
                self.why[name] = "the example has it commented out, and it is needed"

    def _find(self, name: str, value: str, comment: str) -> None:
        """A value for one variable: a fresh one, the example's, or the reason why there is none."""
        url = read(value) if "://" in value else None
        if url is not None and url.password:
            return  # It follows the others, or has nothing to follow.
        if self.is_secret(name) and not _is_none(value):
            made = FERNET_KEY if name in self.fernet else form(name, value, comment)
            if made is not None and self._is_off(name, value):
                made = None
            elif made is not None and value in self.written_out:
                at = self.written_out[value]
                line = self.project.sources[at.path].position(at.span.start).line
                self.why[name] = f"{at.path}:{line} has the same password written out"
                made = None
            elif made is None and (value or self.is_needed(name)):
                self.why[name] = "somebody else gives it out"
            if made is not None:
                self.new[name] = self._alias(name, value) or self.generate(made)
                self.fresh[name] = None
        elif is_stand_in(value) or (self.environment.production and holds_a_place(value)):
            self.why[name] = "the example only holds its place"
        elif not value and self.environment.production and self.is_needed(name):
            self.why[name] = "the example has no value, and it is needed"

    def _is_off(self, name: str, value: str) -> bool:
        """Whether an empty password means that none is asked for: Redis runs without one until it is told of one."""
        redis = any(each.title == "Redis" for each in named(name, "password"))
        return not value and redis and not self.is_needed(name)

    def _alias(self, name: str, value: str) -> str | None:
        """The value of another variable for the same password."""
        kinds = {each.title for each in named(name, "password")}
        for other in self.fresh:
            if self.old.get(other) == value and kinds & {each.title for each in named(other, "password")}:
                return self.new[other]
        return None

    def _follow(self, name: str, value: str) -> None:
        """Bring a URL in line with the variables that say its parts."""
        url = read(value)
        if url is None:
            return
        values = {each: text for each, text in self.old.items() if each != name}
        secrets = frozenset(each for each in values if self.is_secret(each))
        parts = {part: self.new.get(each, values[each]) for part, each in followed(value, values, secrets).items()}
        if name in self.new and name not in self.fresh:
            return  # a file that is there has it
        changed = {part: text for part, text in parts.items() if text != url.parts[part].text}
        if changed:
            self.new[name] = rewritten(value, changed)
            self.following[name] = None
        if url.password and "password" not in parts and "$" not in url.password:
            self.why[name] = "its password is nowhere else in the env files"

    def is_secret(self, name: str) -> bool:
        """Whether a variable holds a secret, by its name or by what the code says of it."""
        return is_secret(name) or (name in self.said and "://" not in self.old.get(name, ""))

    def is_needed(self, name: str) -> bool:
        """Whether a stack of the environment, or the code, does not do without a value."""
        known = self.schema.get(name)
        stacks = {stack.name for stack in self.environment.stacks}
        return known is not None and any(
            (place.required or place.wanted)
            and (not place.envs or not stacks.isdisjoint(place.envs))
            and sure(self.project, place)
            for place in known.read
        )

    def check_given(self) -> None:
        """Raise for a value that will not do, and for a name that nothing knows. Never says a value."""
        for name, value in self.given.items():
            known = self.schema.get(name)
            if name in self.there and name not in self.old:
                hint = f"dockwright env rotate {name} {self.environment.name} --stdin"
                raise UsageError(f"--set {name}: {self.there[name]} has it already", hint=hint)
            if name not in self.old and name not in self.commented and (known is None or not known.read):
                hint = did_you_mean(name, [*self.old, *self.commented]) or "write it into the example first"
                raise UsageError(f"--set {name}: neither the example nor anything else knows this name", hint=hint)
            check_value(name, value, self.schema, production=self.environment.production)

    def made(self, path: str, model: dotenv.EnvFile, *, last: bool) -> MadeFile:
        """The file that a model becomes; the last one takes what is given and stands in none."""
        edits, here = [], []
        for entry in model.entries:
            here.append(entry.key)
            if entry.key in self.new and self.new[entry.key] != plain(entry):
                edits.append(edit_of(model, entry, self.new[entry.key]))
        at = {entry.key: Site(model.source.path, entry.key_span) for entry in (*model.commented, *model.entries)}
        for entry in {entry.key: entry for entry in reversed(model.commented)}.values():
            if entry.key not in self.old and entry.key in {**self.given, **self.fresh}:
                here.append(entry.key)
                value = self.given.get(entry.key, self.new.get(entry.key, ""))
                start = model.source.text.rfind("\n", 0, entry.span.start) + 1
                assigned = f"{entry.key}={dotenv.quote(value)}"
                edits.append(Edit(model.source.path, Span(start, entry.value_span.end), assigned))
        given = [name for name in self.given if name in here]
        for name in self.given:
            if last and name not in self.old and name not in self.commented:
                edits += dotenv.append(model, name, self.given[name])
                given.append(name)
        return MadeFile(
            path,
            model.source.path,
            splice(model.source.text, edits),
            tuple(name for name in self.fresh if name in here),
            tuple(given),
            tuple(name for name in self.following if name in here),
            tuple(Left(name, at[name], why) for name, why in self.why.items() if name in at),
        )

    def secrets(self) -> Iterator[MadeSecret | MissingSecret]:
        """The files that the stacks' compose files name as secrets and that are not there."""
        done: set[str] = set()
        for stack in self.environment.stacks:
            for name, target, at in secret_files(self.project, stack):
                if target in done or self.project.exists(target):
                    continue
                done.add(target)
                value = None if _OF_TLS.search(f"{name} {target}") else self._secret(name)
                yield MissingSecret(target, at) if value is None else MadeSecret(target, value, at)

    def _secret(self, name: str) -> str | None:
        """What belongs into the file of a secret: what the variable of its name holds, else a fresh value."""
        variable = name.upper().replace("-", "_")
        if self.new.get(variable):
            return self.new[variable]
        made: Form | None = form(variable) if is_secret(variable) else None
        return None if made is None else self.generate(made)


def _is_none(value: str) -> bool:
    """Whether a value is no secret, whatever its name promises: a truth value or a path."""
    return value.lower() in ("true", "false", "yes", "no", "on", "off") or value.startswith(("/", "./"))


def sure(project: Project, place: Place) -> bool:
    """Whether what reads a variable does so in any case: code that is indented may stand below a condition."""
    if place.kind != "code" or "pydantic" in place.what:
        return True
    source = project.sources[place.at.path]
    return source.line(source.position(place.at.span.start).line)[:1] not in (" ", "\t")


def secret_files(project: Project, stack: Stack) -> Iterator[tuple[str, str, Site]]:
    """The files below the root that a stack's compose files name as secrets: the secret's name, the path, the place."""
    for path in stack.files:
        for name, node in compose_files(project)[path].top_level("secrets"):
            written = settled(text(node.get("file")) or "")
            target = "" if not written or isabs(written) else join(stack.project_directory, written)
            if target and not target.startswith(".."):
                yield name, target, Site(path, node.span)


def check_value(name: str, value: str, known: Schema, *, production: bool) -> None:
    """Raise UsageError or RefusedError for a value that a variable cannot have, without saying it."""
    if _NO_VALUE.search(value):
        raise UsageError(f"the value for {name} has a line break in it", hint="an env file holds one line a variable")
    variable = known.get(name)
    if value and variable is not None and variable.typed and not fits(value, variable.type, variable.choices):
        choices = f"one of {', '.join(variable.choices)}" if variable.choices else f"of the type {variable.type}"
        raise UsageError(f"the value for {name} is not {choices}", hint="that is how the code reads it")
    if production and (is_placeholder(value) if is_secret(name) else holds_a_place(value)):
        raise RefusedError(f"the value for {name} is a placeholder", hint="give production a value of its own")


def plain(entry: dotenv.Entry) -> str:
    """The value of an entry that names no variable, as its readers get it: `$$` is one."""
    if entry.literal or "$" not in entry.value.text:
        return entry.value.text
    try:
        return interpolate(entry.value.text, lambda name: None)
    except DockwrightError:
        return entry.value.text


def edit_of(file: dotenv.EnvFile, entry: dotenv.Entry, value: str) -> Edit:
    """The edit that gives one entry a value, in the quotes that it has."""
    if entry.separator is None:
        return Edit(file.source.path, entry.value_span, f"={dotenv.quote(value)}")
    like = entry.quote or ('"' if not value and entry.comment_span else None)
    return Edit(file.source.path, entry.value_span, dotenv.quote(value, like))


def comments_of(file: dotenv.EnvFile) -> dict[str, str]:
    """What is written beside each variable: the comment behind it, and the one right above it."""
    found: dict[str, str] = {}
    above = ""
    for piece in file.pieces:
        if piece.entry is not None:
            behind = file.source.slice(piece.entry.comment_span) if piece.entry.comment_span else ""
            found[piece.entry.key] = f"{above}\n{behind}"
        above = f"{above}\n{file.source.slice(piece.span)}" if piece.kind == "comment" else ""
    return found


def fernet_names(project: Project) -> frozenset[str]:
    """The variables that the code hands to `Fernet(...)`, by the words in the call."""
    found: set[str] = set()
    for source in project.of_kind("python"):
        if "Fernet(" in source.text:
            for call in _FERNET_CALL.finditer(source.text):
                found.update(word.upper() for word in _WORD.findall(call[1]))
    return frozenset(name for name in found if is_secret(name))


def _written_out(project: Project, environment: Environment) -> Iterator[tuple[str, Site]]:
    """The passwords that compose files of the environment have in their URLs, and where."""
    for path in dict.fromkeys(path for stack in environment.stacks for path in stack.files):
        for scalar in scalars(compose_files(project)[path].root):
            if "://" in scalar.value:
                for _, password in passwords({"": scalar.value.partition("=")[2] or scalar.value}):
                    yield password, Site(path, scalar.span)
                for _, password in passwords({"": scalar.value}):
                    yield password, Site(path, scalar.span)


PASSWORD_NAMES = frozenset(name for each in CONNECTIONS for name in each.names["password"])
"""The variables that hold a data service's password."""
