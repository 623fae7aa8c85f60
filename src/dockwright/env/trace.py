"""A trace: every place that a value passes on its way into a process, in order, and which of them wins.

Sources: Compose's documentation, «Environment variables precedence» and «Interpolation»; compose-go's `cli/options.go`;
the Dockerfile reference, `ENV` and `ARG`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from dockwright.env.schema import Schema, Variable, schema
from dockwright.env.shown import FEWEST, Sealed, shown
from dockwright.errors import DockwrightError
from dockwright.facts.secret_settings import sets_a_secret
from dockwright.project.build_steps import filled, steps
from dockwright.project.compose import pairs
from dockwright.project.images import Image, images
from dockwright.project.interpolated import stack_calls
from dockwright.project.loader import Call, Files, LoadError, resolved, unresolved
from dockwright.project.loader.environment import project_variables, service_values
from dockwright.project.loader.files import below_root
from dockwright.project.loader.printed import printed
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.service_env_files import services_of
from dockwright.project.stacks import Stack, label
from dockwright.syntax import dockerfile, dotenv
from dockwright.syntax.interpolation import interpolate, uses
from dockwright.text import Mapped, Site

SHELL, CALL, LISTED, GIVEN, IMAGE, ARGUMENT, CODE = (
    "shell", "call", "env_file", "environment", "image", "argument", "code",
)  # fmt: skip
"""The stations on the way: the shell that calls Compose, the env files that fill in its variables, a service's
`env_file`, its `environment`, the image's ENV, a build argument, the program."""

WINS, FEEDS, LOSES, UNUSED, NOTHING, READS = "wins", "feeds", "loses", "unused", "nothing", "reads"
"""What a station does: its value is the process's; it fills in the value that is; another one is stronger; nobody
takes it; it gives none; it takes what is there."""

STARTS = ("up", "run", "start", "create", "watch")
"""The subcommands of Compose that start containers."""


class Station(Struct, frozen=True):
    """One place on the way of the variable `name`: what it is, where, what it does, and how its value is told."""

    kind: str
    name: str
    what: str
    does: str
    told: str
    at: Site | None = None
    value: Sealed | None = None


class Route(Struct, frozen=True):
    """The way into one service: its stations in order, the value that arrives, and what stands out.

    `value` is None where the variable is not set in the container, as far as Compose and the project's image decide:
    a base image may set it. `removed` is whether Compose takes it away, the image's value too.
    """

    service: str
    stations: tuple[Station, ...]
    value: Sealed | None
    told: str
    removed: bool = False

    @property
    def winner(self) -> Station | None:
        """The station whose value arrives."""
        return next((station for station in self.stations if station.does == WINS), None)


class Trace(Struct, frozen=True):
    """The ways of one variable into the services of a stack.

    `env_files` are those of the call that is followed, `called_at` that call, None where nothing calls the stack.
    `refused` is why Compose would not start at all.
    """

    name: str
    stack: Stack
    label: str
    secret: bool
    variable: Variable | None
    env_files: tuple[str, ...]
    called_at: Site | None
    routes: tuple[Route, ...]
    refused: str | None = None


def trace(project: Project, name: str, stack: Stack, environ: Mapping[str, str], service: str | None = None) -> Trace:
    """Follow a variable into the services of a stack, or into one of them, where this is the shell's environment."""
    return Tracer(project, stack, environ).trace(name, service)


class Tracer:
    """What is the same for every variable of a stack: the call, the files, the model, and the secrets' values."""

    def __init__(self, project: Project, stack: Stack, environ: Mapping[str, str]) -> None:
        self.project = project
        self.stack = stack
        self.environ = environ
        self.schema: Schema = schema(project)
        self.files = Files(project.sources, project.name, environ.get("HOME"), project.trees)
        self.called_at, self.env_files = _call(project, stack)
        name = stack.project_name if stack.named_by == "option" else None
        self.layers = services_of(project, stack)
        self.refused: str | None = None
        self.model: Mapping[str, Any] = {}
        self.written: Mapping[str, Any] = {}
        self.variables: Mapping[str, str] = {}
        self._load(environ, f"\0{stack.project_directory or '.'}", name)
        self.hidden = self.schema.secrets | self._made_of_secrets()
        self.secrets = frozenset(self._secrets())
        if any(len(each) >= FEWEST and each in (self.refused or "") for each in self.secrets):
            self.refused = "a value is not what Compose wants there; `docker compose config` says which"

    def _load(self, environ: Mapping[str, str], directory: str, name: str | None) -> None:
        """Read the stack; an env file that is missing is what stands out, and the rest is followed without it."""
        missing = [path for path in self.env_files if self.files.env(path) is None]
        there = tuple(path for path in self.env_files if path not in missing)
        call = Call(self.stack.files, there, self.stack.project_directory, name)
        if missing:
            self.refused = f"the env file {missing[0]} is not there"
        try:
            self.variables = project_variables(self.files, environ, there, directory)
            self.written = unresolved(self.files, call, environ).get("services", {})
            self.model = resolved(self.files, call, environ).get("services", {})
        except LoadError as error:
            self.refused = self.refused or str(error)

    def _made_of_secrets(self) -> frozenset[str]:
        """The names of the variables that are put together from secrets, however far away."""
        made: dict[str, set[str]] = {}
        for file in self.project.env_files.values():
            for entry in file.entries:
                made.setdefault(entry.key, set()).update(use.name for use in entry.uses)
        for service in self.written:
            for name, raw in self.given(service).items():
                made.setdefault(name, set()).update(_used(raw or ""))
        found: set[str] = set()
        while fresh := {
            name
            for name, parts in made.items()
            if name not in found
            and any(part in found or part in self.schema.secrets or sets_a_secret(part) for part in parts)
        }:
            found |= fresh
        return frozenset(found)

    def _secrets(self) -> Iterator[str]:
        """The values of all that is a secret by its name, so that none of them is shown under another name."""
        for name, value in self.environ.items():
            if self._is_hidden(name):
                yield value
        for file in self.project.env_files.values():
            for entry in (*file.entries, *file.commented):
                if self._is_hidden(entry.key):
                    yield entry.value.text
        for service in self.model.values():
            for name, value in (service.get("environment") or {}).items():
                if value is not None and self._is_hidden(name):
                    yield value.replace("$$", "$")

    def trace(self, name: str, service: str | None) -> Trace:
        """The ways of one variable."""
        variable = self.schema.get(name)
        secret = self._is_hidden(name)
        wanted = [each for each in self.layers if service in (None, each)]
        routes = tuple(self._route(name, each, secret) for each in wanted)
        return Trace(
            name,
            self.stack,
            label(self.project, self.stack),
            secret,
            variable,
            self.env_files,
            self.called_at,
            routes,
            self.refused,
        )

    def _told(self, name: str, value: Sealed | None, *, secret: bool) -> str:
        return shown(value, secret=secret or self._is_hidden(name), known=self.secrets)

    def given(self, service: str) -> Mapping[str, str | None]:
        """A service's `environment` as written; None for a name alone."""
        written = (self.written.get(service) or {}).get("environment") or {}
        if isinstance(written, list):
            entries = [str(entry).partition("=") for entry in written]
            return {name: text if equals else None for name, equals, text in entries}
        return {name: None if text is None else printed(text) for name, text in written.items()}

    def _is_hidden(self, name: str) -> bool:
        return name in self.hidden or sets_a_secret(name)

    def _route(self, name: str, service: str, secret: bool) -> Route:
        given = self.given(service)
        raw = given.get(name)
        inputs = dict.fromkeys([name, *(use.name for use in uses(Mapped.whole(raw)))] if raw else [name])
        secret = secret or any(self._is_hidden(each) for each in inputs)
        listed = list(self._listed(service, name, given, secret))
        image = list(self._image(service, name, secret))

        winner: str | None
        winning = next((station for station in (*listed, *image) if station.does == WINS), None)
        if name in given:
            sealed, winner = _sealed(self._filled(raw, name)), GIVEN
        else:
            sealed = winning.value if winning is not None else None
            winner = winning.kind if winning is not None else None
        if winner in (GIVEN, LISTED) and self.model:
            sealed = _sealed(((self.model.get(service) or {}).get("environment") or {}).get(name), escaped=True)
        removed = name in given and raw is None and sealed is None

        feeding = [each for each in inputs if name in given and (each != name or raw is None or each in _used(raw))]
        stations = [*self._inputs(inputs, feeding, secret)]
        stations += listed if winner == LISTED else [_lost(station) for station in listed]
        if name in given:
            what = "the name alone: the caller's value goes through" if raw is None else f"environment of {service}"
            told = self._told(name, sealed, secret=secret)
            does = WINS if sealed is not None else NOTHING
            stations.append(Station(GIVEN, name, what, does, told, self._site(service, name), sealed))
        stations += image if winner == IMAGE else [_lost(station) for station in image]
        return Route(service, tuple(stations), sealed, self._told(name, sealed, secret=secret), removed)

    # The variables that Compose has to fill in

    def _inputs(self, names: Iterable[str], feeding: list[str], secret: bool) -> Iterator[Station]:
        for name in names:
            found = list(self._sources(name))
            for number, (kind, what, at, value) in enumerate(found):
                last = number == len(found) - 1
                does = (FEEDS if last else LOSES) if name in feeding else UNUSED
                yield Station(kind, name, what, does, self._told(name, value, secret=secret), at, value)

    def _sources(self, name: str) -> list[tuple[str, str, Site | None, Sealed | None]]:
        """Where Compose finds a variable's value, the weakest first."""
        found: list[tuple[str, str, Site | None, Sealed | None]] = []
        default = join(self.stack.project_directory, ".env")
        for number, path in enumerate(self.env_files or (default,)):
            file = self.files.env(path)
            entry = None if file is None else file.get(name)
            if entry is not None:
                what = f"--env-file {path}" if self.env_files else f"{path}, which Compose reads by itself"
                upto = tuple((self.env_files or (default,))[: number + 1])
                value = _value(self.files, self.environ, upto, self.stack.project_directory, name)
                found.append((CALL, what, Site(path, entry.key_span), _sealed(value)))
        if name in self.environ:
            found.append((SHELL, "the shell that calls Compose", None, Sealed(self.environ[name])))
        return found

    # The service's env files

    def _listed(self, service: str, name: str, given: Mapping[str, str | None], secret: bool) -> Iterator[Station]:
        entries = self._entries(service)
        own = {key: self._filled(value, key) for key, value in given.items() if key != name}
        found: list[Station] = []
        for number, entry in enumerate(entries):
            path = below_root(entry["path"]) or entry["path"]
            source = self.files.source(entry["path"])
            if source is None:
                continue
            try:
                before = service_values(self.files, entries[:number], own, self.variables)
                after = service_values(self.files, entries[: number + 1], own, self.variables)
            except DockwrightError:
                continue
            at = _site_in(self.project, path, name)
            if name not in after or (at is None and before.get(name) == after[name]):
                continue
            raw = ", taken to the letter" if entry.get("format") == "raw" else ""
            value = Sealed(after[name])
            told = self._told(name, value, secret=secret)
            found = [_lost(station) for station in found]
            found.append(Station(LISTED, name, f"env_file {path} of {service}{raw}", WINS, told, at, value))
        yield from found

    def _entries(self, service: str) -> list[dict[str, Any]]:
        """A service's `env_file` entries, those left out that are not there and may be missing."""
        written = (self.written.get(service) or {}).get("env_file") or ()
        return [{**entry, "path": self._filled(entry["path"], "") or ""} for entry in written]

    def _filled(self, raw: str | None, name: str) -> str | None:
        """A text with the variables filled in; the caller's value for a name alone."""
        if raw is None:
            return self.variables.get(name)
        try:
            return interpolate(raw, self.variables.get)
        except DockwrightError:
            return None

    def _site(self, service: str, name: str) -> Site | None:
        """Where the layer that counts writes a variable in `environment`."""
        merged = self.layers.get(service)
        for layer, node in reversed(merged.written("environment") if merged else ()):
            found = pairs(node).get(name)
            if found is not None:
                return Site(layer.path, found[0].span)
        return None

    # The image

    def _image(self, service: str, name: str, secret: bool) -> Iterator[Station]:
        found = self.built(service)
        if found is None:
            return
        image, stage = found
        last: Station | None = None
        for step in steps(image, stage):
            instruction = step.instruction
            if not isinstance(instruction, (dockerfile.Env, dockerfile.Arg)):
                continue
            for pair in instruction.pairs:
                if pair.key.value != name:
                    continue
                at = Site(image.path, pair.key.span)
                written = pair.value
                value = _sealed(None if written is None else filled(written.lexeme.text, step.env, image.tree.escape))
                told = self._told(name, value, secret=secret)
                if isinstance(instruction, dockerfile.Arg):
                    yield Station(ARGUMENT, name, "ARG: there while the image is built only", UNUSED, told, at, value)
                else:
                    if last is not None:
                        yield _lost(last)
                    last = Station(IMAGE, name, "ENV of the image", WINS, told, at, value)
        if last is not None:
            yield last

    def built(self, service: str) -> tuple[Image, dockerfile.Stage] | None:
        """The image and the stage that a service runs, where it or another service builds it here."""
        build = (self.written.get(service) or {}).get("build")
        if build is None:
            image = (self.written.get(service) or {}).get("image")
            build = next(
                (each["build"] for each in self.written.values() if each.get("build") and each.get("image") == image),
                None,
            )
        if not build or not image_of(self.project, build):
            return None
        found = image_of(self.project, build)
        stages = found.tree.stages if found else ()
        if not found or not stages:
            return None
        target = str(build.get("target") or "").lower()
        return found, found.by_name.get(target, stages[-1])


def image_of(project: Project, build: Mapping[str, Any]) -> Image | None:
    """The Dockerfile that a resolved `build` means."""
    context = below_root(str(build.get("context") or ".")) or ""
    path = join("" if context == "." else context, str(build.get("dockerfile") or "Dockerfile"))
    return next((image for image in images(project) if image.path == path), None)


def _call(project: Project, stack: Stack) -> tuple[Site | None, tuple[str, ...]]:
    """The call that is followed, one that starts the stack where there is one, and the env files that it passes."""
    calls = [call for _, call, _ in stack_calls(project, stack)]
    starting = [call for call in calls if call.subcommand in STARTS] or calls
    if not starting:
        return None, stack.env_files
    best = max(starting, key=lambda call: (call.subcommand == "up", len(call.env_files)))
    return best.at, tuple(ref.target for ref in best.env_files)


def _value(
    files: Files, environ: Mapping[str, str], env_files: tuple[str, ...], directory: str, name: str
) -> str | None:
    """What env files give a variable, the shell's own value aside."""
    others = {key: value for key, value in environ.items() if key != name}
    try:
        return project_variables(files, others, env_files, f"\0{directory or '.'}").get(name)
    except LoadError:
        return None


def _used(raw: str) -> frozenset[str]:
    return frozenset(use.name for use in uses(Mapped.whole(raw)))


def _lost(station: Station) -> Station:
    return structs.replace(station, does=LOSES) if station.does == WINS else station


def _sealed(text: str | None, *, escaped: bool = False) -> Sealed | None:
    if text is None:
        return None
    return Sealed(text.replace("$$", "$") if escaped else text)


def _site_in(project: Project, path: str, name: str) -> Site | None:
    source = project.sources.get(path)
    if source is None:
        return None
    entry = project.trees.of(dotenv.parse, source).get(name)
    return None if entry is None else Site(path, entry.key_span)
