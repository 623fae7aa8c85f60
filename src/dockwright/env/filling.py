"""Values for the variables of an environment's files: fresh secrets, and URLs that hold the same as other variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dockwright.env.entries import comments_of, plain
from dockwright.env.environments import Environment
from dockwright.env.generating import Generator
from dockwright.env.places import Place
from dockwright.env.schema import Schema, schema
from dockwright.env.types import fits, is_secret_type
from dockwright.env.urls import followed, passwords, read, rewritten
from dockwright.errors import DockwrightError, UsageError, did_you_mean
from dockwright.facts.connections import named
from dockwright.facts.placeholders import holds_a_place, is_placeholder, is_stand_in
from dockwright.facts.secret_forms import FERNET_KEY, form, is_secret
from dockwright.project.model import Project
from dockwright.project.python_side import reads
from dockwright.project.stacks import compose_files
from dockwright.project.variables import scalars
from dockwright.syntax import dotenv
from dockwright.text import Site, lazy_regex

_FERNET_CALL = lazy_regex(r"\bFernet\(([^()]*(?:\([^()]*\)[^()]*)?)\)")
_WORD = lazy_regex(r"\w+")
_NO_VALUE = lazy_regex(r"[\0\n\r]")


class RefusedError(DockwrightError):
    """It was not done, for a reason that the user can do away with."""

    exit_code = 1


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


def _is_none(value: str) -> bool:
    """Whether a value is no secret, whatever its name promises: a truth value or a path."""
    return value.lower() in ("true", "false", "yes", "no", "on", "off") or value.startswith(("/", "./"))


def sure(project: Project, place: Place) -> bool:
    """Whether what reads a variable does so in any case: code that is indented may stand below a condition."""
    if place.kind != "code" or "pydantic" in place.what:
        return True
    source = project.sources[place.at.path]
    return source.line(source.position(place.at.span.start).line)[:1] not in (" ", "\t")


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
