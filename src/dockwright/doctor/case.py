"""Case: all that an examiner may ask, each thing asked at most once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from posixpath import join, normpath
from typing import Any, TypeVar

from msgspec import DecodeError, Struct
from msgspec.json import decode

from dockwright.doctor.diagnosis import Place
from dockwright.errors import DockwrightError
from dockwright.project.loader import Call, Files, resolved, unresolved
from dockwright.project.model import Project
from dockwright.project.running import Running, running
from dockwright.project.stacks import Stack, label
from dockwright.text import Site
from dockwright.tools import Engine, Host, Ran, StackFiles
from dockwright.verify import live
from dockwright.verify.live import Container
from dockwright.verify.secrets import Secrets, secrets

_T = TypeVar("_T")

_IN_IMAGE = re.compile(r"[/:@]")

PATIENCE = 20.0
"""Seconds that an engine has to answer at all."""


_RUNS_IN_A_MACHINE = ("Docker Desktop", "OrbStack", "Rancher Desktop")
"""Engines in a virtual machine of their own, as `docker info` calls their systems: numbers of users and folders are
the machine's, and files of the host come in for whoever asks.
"""


class Bind(Struct, frozen=True):
    """A folder or file of the host in a container. `source` is absolute, `creates` whether Docker makes a folder of it
    where nothing is.
    """

    service: str
    source: str
    target: str
    read_only: bool
    creates: bool


class Reading(Struct, frozen=True):
    """What a stack's files come to. Where they are refused, `model` is as far as files alone can tell, or empty."""

    model: Mapping[str, Any]
    refusal: DockwrightError | None = None


class Case(Struct, frozen=True, dict=True):
    """A project on this machine. `stacks` are those that are looked at; `docker` is None where it is not installed.

    `environ` is the environment that Compose is called with: its values are for resolving and never for showing.
    `building` is whether images are built that are here already.
    """

    project: Project
    stacks: tuple[Stack, ...]
    host: Host
    docker: Engine | None
    environ: Mapping[str, str] = {}
    building: bool = False

    def once(self, key: object, ask: Callable[[], _T]) -> _T:
        """The answer to a question that is asked at most once."""
        known: dict[object, _T] = self.__dict__.setdefault("answers", {})
        if key not in known:
            known[key] = ask()
        return known[key]

    def place(self, at: Site) -> Place:
        """A place of the project for people."""
        source = self.project.sources.get(at.path)
        return Place(at.path, None if source is None else source.position(at.span.start).line)

    @cached_property
    def now(self) -> datetime:
        """The host's time."""
        return datetime.fromtimestamp(self.host.clock(), UTC)

    # The engine

    @cached_property
    def greeting(self) -> Ran:
        """What `docker version` says, as JSON; it fails where no engine answers."""
        if self.docker is None:
            return Ran(127, "", "docker is not installed")
        return self.docker.docker("version", "--format", "{{json .}}", seconds=PATIENCE)

    @cached_property
    def engine(self) -> Engine | None:
        """The engine, if it answers."""
        return self.docker if self.greeting.well else None

    @cached_property
    def versions(self) -> Mapping[str, Any]:
        """`Client` and `Server` as `docker version` tells them."""
        return _object(self.greeting.out)

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """What `docker info` says; empty without an engine."""
        if self.engine is None:
            return {}
        return _object(self.engine.docker("info", "--format", "{{json .}}", seconds=PATIENCE).out)

    @cached_property
    def compose(self) -> Ran:
        """What `docker compose version --short` says; it fails where Compose is not installed."""
        if self.docker is None:
            return Ran(127, "", "docker is not installed")
        return self.docker.docker("compose", "version", "--short", seconds=PATIENCE)

    @cached_property
    def endpoint(self) -> tuple[str, str]:
        """Where docker looks for its engine, and the name of the context that says so."""
        if self.docker is None:
            return "", ""
        shown = "{{.Endpoints.docker.Host}} {{.Name}}"
        said = self.docker.docker("context", "inspect", "--format", shown, seconds=PATIENCE)
        endpoint, _, name = said.out.strip().partition(" ")
        return (endpoint, name) if said.well else (self.environ.get("DOCKER_HOST", ""), "")

    @cached_property
    def local(self) -> bool:
        """Whether the engine runs on this very machine, so that its folders and users are the host's own."""
        system = str(self.info.get("OperatingSystem", ""))
        here = self.endpoint[0].startswith("unix://") or not self.endpoint[0]
        return self.host.system == "linux" and here and not any(name in system for name in _RUNS_IN_A_MACHINE)

    # Stacks

    def services(self, stack: Stack) -> Mapping[str, Running]:
        """A stack's services with the images that they are built from, as far as files tell."""
        return dict(running(self.project)).get(stack) or {}

    def built_from(self, folder: str) -> bool:
        """Whether an image of the stacks is built from a folder; of any where there is no stack."""
        runs = [run for stack in self.stacks for run in self.services(stack).values()]
        return not runs or any(run.image is not None and run.image.context == folder for run in runs)

    def binds(self, stack: Stack) -> Iterator[Bind]:
        """What a stack's services mount of the host."""
        for name, service in (self.model(stack).get("services") or {}).items():
            for volume in service.get("volumes") or ():
                if isinstance(volume, dict) and volume.get("type") == "bind" and volume.get("source"):
                    creates = bool((volume.get("bind") or {}).get("create_host_path"))
                    source = self.absolute(str(volume["source"]))
                    yield Bind(name, source, str(volume["target"]), bool(volume.get("read_only")), creates)

    def absolute(self, path: str) -> str:
        """A path of a model, or of the project, on this machine."""
        return normpath(join(self.project.root, path))

    def below_root(self, path: str) -> str | None:
        """An absolute path as the project calls it; None outside."""
        root = self.project.root.rstrip("/") + "/"
        return path[len(root) :] if path.startswith(root) else None

    def label(self, stack: Stack) -> str:
        """What a stack is called."""
        return label(self.project, stack)

    def files(self, stack: Stack) -> StackFiles:
        """The stack as Compose is told of it. Of env files those that are there, since calls may name several."""
        there = tuple(path for path in stack.env_files if self.project.is_file(path))
        name = stack.project_name if stack.named_by == "option" else None
        return StackFiles(stack.files, there, stack.project_directory, name)

    def reading(self, stack: Stack) -> Reading:
        """What a stack's files come to: by Compose where it is installed, else by dockwright's own loader."""
        return self.once(("reading", stack), lambda: self._reading(stack))

    def model(self, stack: Stack) -> Mapping[str, Any]:
        """A stack's model. Values in it are not for showing."""
        return self.reading(stack).model

    def containers(self, stack: Stack) -> tuple[Container, ...]:
        """A stack's containers, running or ended; none without an engine that answers."""
        return self.once(("containers", stack), lambda: self._containers(stack))

    @cached_property
    def everybody(self) -> tuple[Mapping[str, Any], ...]:
        """Every container of the engine, whoever made it, as `docker inspect` has it; none where it does not say."""
        listed = None if self.engine is None else self.engine.docker("ps", "-aq", "--no-trunc")
        identifiers = listed.out.split() if listed is not None and listed.well else []
        if self.engine is None or not identifiers:
            return ()
        try:
            return tuple(decode(self.engine.docker("inspect", *identifiers).out or "[]"))
        except DecodeError:
            return ()

    def _containers(self, stack: Stack) -> tuple[Container, ...]:
        model = self.model(stack)
        if self.engine is None:
            return ()
        return live.containers(self.engine, {"name": stack.project_name, **model})

    def _reading(self, stack: Stack) -> Reading:
        files = Files(self.project.sources, self.project.name, self.environ.get("HOME"), self.project.trees)
        asked = self.files(stack)
        call = Call(asked.files, asked.env_files, asked.project_directory, asked.project_name)
        try:
            read = Reading(resolved(files, call, self.environ))
        except DockwrightError as error:
            read = Reading(self._as_written(files, call), error)
        if self.docker is None or not self.compose.well:
            return read
        try:
            return Reading(live.resolved(self.docker, asked))
        except DockwrightError as error:
            # Ours knows the line, and says the same: the tests hold one against the other.
            return Reading(read.model, read.refusal or error)

    def _as_written(self, files: Files, call: Call) -> Mapping[str, Any]:
        try:
            return unresolved(files, call)
        except DockwrightError:
            return {}

    # What may not be shown

    @cached_property
    def secrets(self) -> Secrets:
        """The values that may stand in no output, as far as files tell."""
        # One name has a value in each environment, and none of them may be shown.
        variables = {
            f"{entry.key} of {path}": entry.value.text
            for path, file in self.project.env_files.items()
            for entry in file.entries
        }
        # Names are open: a development's password that is called as the project or its database hides nothing.
        names = {self.project.name}
        for stack in self.stacks:
            names.add(stack.project_name)
            for service, said in (self.model(stack).get("services") or {}).items():
                names.update((service, *_IN_IMAGE.split(str(said.get("image") or ""))))
                given = said.get("environment")
                for key, value in (given if isinstance(given, dict) else {}).items():
                    variables[f"{key} of {self.label(stack)} / {service}"] = "" if value is None else str(value)
        found = secrets([variables], {}, "").values
        return Secrets({key: value for key, value in found.items() if not any(value in name for name in names)})


def _object(said: str) -> Mapping[str, Any]:
    try:
        found = decode(said or "{}")
    except DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
