"""A stack as it stands on the engine: its containers, volumes and networks, and the commands that ask about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from posixpath import dirname, join
from typing import Any, NamedTuple

from msgspec import DecodeError, Struct
from msgspec.json import decode

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Mend, Place, Severity
from dockwright.facts.data_services import data_service
from dockwright.facts.known_errors import Step
from dockwright.project.compose import DEFAULT_NAMES
from dockwright.project.stacks import Stack
from dockwright.syntax.shell import quote
from dockwright.tools import Engine, Ran, StackFiles
from dockwright.verify.live import Container
from dockwright.verify.secrets import Secrets, secrets

LABEL = "com.docker.compose."

_NO_IMAGE = re.compile(r"(?im)no such (?:image|object): (.+)$")
_QUOTED = 6
_WIDEST = 160


class Sight(Struct, frozen=True, dict=True):
    """One stack of a case, whose engine answers."""

    case: Case
    stack: Stack
    engine: Engine

    @property
    def label(self) -> str:
        """What the stack is called."""
        return self.case.label(self.stack)

    @property
    def files(self) -> StackFiles:
        """The stack as Compose is told of it."""
        return self.case.files(self.stack)

    @property
    def model(self) -> Mapping[str, Any]:
        """The stack as its files resolve."""
        return self.case.model(self.stack)

    @property
    def name(self) -> str:
        """What Compose calls the project."""
        return str(self.model.get("name") or self.stack.project_name)

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """Each service, by name."""
        return self.model.get("services") or {}

    @property
    def containers(self) -> tuple[Container, ...]:
        """The stack's containers, running or ended, also of services that its files do not have."""
        return self.case.containers(self.stack)

    @property
    def ours(self) -> tuple[Container, ...]:
        """The containers of services that the files have."""
        return tuple(each for each in self.containers if each.service in self.services)

    @property
    def up(self) -> bool:
        """Whether any of its services runs, or tries to; those of profiles that nobody asked for do not count."""
        return any(each.running or each.state.get("Restarting") for each in self.ours)

    @cached_property
    def compose(self) -> str:
        """How Compose is called for this stack, from the project's folder."""
        asked = self.files
        words = ["docker", "compose"]
        found_by_itself = not asked.project_directory and len(asked.files) == 1 and asked.files[0] in DEFAULT_NAMES
        if not found_by_itself:
            words += [word for path in asked.files for word in ("-f", path)]
        words += [word for path in asked.env_files if path != ".env" for word in ("--env-file", path)]
        if asked.project_directory != dirname(asked.files[0]):
            words += ["--project-directory", asked.project_directory or "."]
        if asked.project_name is not None:
            words += ["-p", asked.project_name]
        return " ".join(map(quote, words))

    @cached_property
    def secrets(self) -> Secrets:
        """The values that may be shown nowhere: those of the files and of the containers."""
        given = [said.get("environment") for said in self.services.values()]
        given += [(said.get("build") or {}).get("args") for said in self.services.values()]
        declared = [
            {name: str(value) for name, value in each.items() if value is not None}
            for each in given
            if isinstance(each, dict)
        ]
        here = secrets([*(each.environment for each in self.containers), *declared], self.model, "")
        return Secrets({**self.case.secrets.values, **here.values})

    def shown(self, text: str) -> str:
        """A line that may be shown."""
        line = self.secrets.hidden(text.strip())
        return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"

    def last(self, lines: Iterable[str], most: int = _QUOTED) -> tuple[str, ...]:
        """The last few lines of an output, as they may be shown."""
        return tuple(self.shown(line) for line in lines if line.strip())[-most:]

    def found(
        self,
        fault: str,
        subject: str,
        cause: str,
        seen: Sequence[str] = (),
        way_out: Sequence[Step] = (),
        *,
        severity: Severity = "stops",
        explains: Sequence[str] = (),
        fix: Mend | None = None,
        place: Place | None = None,
        symptom_of: Sequence[str] = (),
    ) -> Diagnosis:
        """A diagnosis of this stack, with no secret in it."""
        return Diagnosis(
            fault, subject, self.secrets.hidden(cause), tuple(map(self.shown, seen)),
            tuple(Command(self.secrets.hidden(line), why) for line, why in way_out if line),
            severity, self.label, tuple(explains), fix, place, tuple(symptom_of),
        )  # fmt: skip

    def image(self, service: str) -> str:
        """The name of a service's image; what is built without a name gets the one that Compose gives it."""
        said = self.services.get(service) or {}
        return str(said.get("image") or f"{self.name}-{service}")

    def about_image(self, name: str) -> Mapping[str, Any] | None:
        """What the engine says of an image; None where it is not here, or does not say."""
        return self._images[0].get(name) or self._inspected((name,))[0].get(name)

    def missing(self, name: str) -> bool:
        """Whether the engine says that it has not one of the stack's images."""
        return name in self._images[1]

    @cached_property
    def _images(self) -> tuple[Mapping[str, Mapping[str, Any]], frozenset[str]]:
        return self._inspected(tuple(sorted({self.image(name) for name in self.services})))

    def _inspected(self, names: tuple[str, ...]) -> tuple[Mapping[str, Mapping[str, Any]], frozenset[str]]:
        """What the engine says of some images by their names, and those that it says it has not."""

        def ask() -> tuple[Mapping[str, Mapping[str, Any]], frozenset[str]]:
            said = self.engine.docker("image", "inspect", *names)
            told = {found[1].strip() for found in _NO_IMAGE.finditer(said.err)}
            lacking = frozenset(name for name in names if _familiar(name) in told)
            # What is there comes in the order that it was asked for.
            here = [name for name in names if name not in lacking]
            found = objects(said)
            return (dict(zip(here, found, strict=True)) if len(here) == len(found) else {}), lacking

        return self.case.once(("images", names), ask) if names else ({}, frozenset())

    @cached_property
    def built(self) -> frozenset[str]:
        """The services that the stack builds the image of, by themselves or by another one."""
        made = {self.image(name) for name, said in self.services.items() if said.get("build")}
        return frozenset(name for name in self.services if self.image(name) in made)

    def user(self, service: str) -> str:
        """Who a service runs as: what its files say, else its image; `0` where neither does."""
        said = str((self.services.get(service) or {}).get("user") or "")
        about = self.about_image(self.image(service)) or {}
        return said or str((about.get("Config") or {}).get("User") or "") or "0"

    def database(self, host: str = "") -> str | None:
        """The data service that a host's name means; without one the only data service with a password, if any."""
        if host in self.services:
            return host if data_service(self.image(host)) else None
        known = [
            name
            for name, said in self.services.items()
            if (kept := data_service(self.image(name)))
            and not kept.files.keys().isdisjoint(said.get("environment") or {})
        ]
        return known[0] if len(known) == 1 else None

    def log(self, container: Container, lines: int = 80) -> tuple[str, ...]:
        """The last lines that a container logged since its last start."""

        def ask() -> tuple[str, ...]:
            since = str(container.state.get("StartedAt") or "")
            # A container that starts again and again may be between two lives: then the one before is asked.
            restarts = container.state.get("Restarting") or container.about.get("RestartCount")
            after = ("--since", since) if since[:1] in "12" and not restarts else ()
            said = self.engine.docker("logs", "--tail", str(lines), *after, container.id)
            return tuple(said.out.splitlines() + said.err.splitlines()) if said.well else ()

        return self.case.once(("log", container.id, lines), ask)

    def local(self, path: str) -> str:
        """A path of the host as it is written from the project's folder."""
        below_root = self.case.below_root(path)
        return "." if path == self.case.project.root else path if below_root is None else below_root

    def dependents(self, service: str) -> tuple[str, ...]:
        """The services that wait for one, or for others that do."""
        found: list[str] = []
        waiting = [service]
        while waiting:
            name = waiting.pop()
            for other, said in self.services.items():
                if name in (said.get("depends_on") or {}) and other not in found and other != service:
                    found.append(other)
                    waiting.append(other)
        return tuple(found)


def sights(case: Case) -> Iterator[Sight]:
    """Each stack of a case that Compose can read, where an engine answers."""
    if case.engine is None or not case.compose.well:
        return
    for stack in case.stacks:
        if case.reading(stack).refusal is None:
            yield case.once(("sight", stack), partial(Sight, case, stack, case.engine))


_ROW = f'{{{{.Label "{LABEL}project"}}}}\t{{{{.Label "{LABEL}project.config_files"}}}}\t{{{{.Names}}}}\t{{{{.State}}}}'


class Row(NamedTuple):
    """A container that Compose has made, of whichever project: the files that it was made from, and how it is."""

    project: str
    files: tuple[str, ...]
    name: str
    state: str


def _familiar(image: str) -> str:
    """An image's name as the engine calls it: without Docker Hub, with its tag."""
    for prefix in ("docker.io/library/", "docker.io/", "index.docker.io/library/", "library/"):
        image = image.removeprefix(prefix)
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


def everybody(case: Case) -> tuple[Row, ...]:
    """All containers of the engine that Compose has made."""

    def ask() -> tuple[Row, ...]:
        if case.engine is None:
            return ()
        said = case.engine.docker("ps", "-a", "--filter", f"label={LABEL}project", "--format", _ROW)
        rows = [line.split("\t") for line in said.out.splitlines()]
        return tuple(Row(row[0], tuple(row[1].split(",")), row[2], row[3]) for row in rows if len(row) == 4)

    return case.once("everybody", ask)


def objects(said: Ran) -> list[Mapping[str, Any]]:
    """The objects of what `docker inspect` printed. Those that it did not find are left out."""
    try:
        found = decode(said.out or "[]")
    except DecodeError:
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def mount_of(container: Container, path: str) -> Mapping[str, Any] | None:
    """The mount of a container that a path in it lies on; None for the image's own files."""
    found = [each for each in container.about.get("Mounts") or () if below(path, str(each.get("Destination")))]
    return max(found, key=lambda each: len(str(each["Destination"])), default=None)


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder, or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def on_host(mount: Mapping[str, Any], path: str) -> str:
    """Where a path of a container is on the host, that lies on a bind mount."""
    rest = path.removeprefix(str(mount["Destination"])).lstrip("/")
    return join(str(mount["Source"]), rest) if rest else str(mount["Source"])


def folder_of(path: str, line: str) -> str:
    """The folder that somebody wants to write into who complains of a path: itself, where it was to be made."""
    folder = path.rstrip("/") if "mkdir" in line or "director" in line else dirname(path)
    return folder if folder not in ("", "/") else path
