"""The stack as it runs: what Compose makes of its files, and what the engine and the kernel say of its containers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import Any

from msgspec import Struct
from msgspec.json import decode

from dockwright.errors import DockwrightError
from dockwright.facts.data_services import DataService, data_service
from dockwright.project.roles import PRODUCTION
from dockwright.tools import Engine, Ran, StackFiles
from dockwright.verify.kernel import READ_KERNEL, Kernel, kernel
from dockwright.verify.secrets import Secrets, secrets

_LABEL = "com.docker.compose."

FOR_TESTS = frozenset({"test", "ci"})
"""Roles of stacks that run tests and keep nothing."""


class Port(Struct, frozen=True, order=True):
    """A port of a container that the host publishes."""

    address: str
    published: str
    target: int
    protocol: str

    def __str__(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        udp = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"{address}:{self.published}->{self.target}{udp}"


class Container(Struct, frozen=True, dict=True):
    """A container of a service, as `docker inspect` has it, and what its kernel says; None where nobody could ask."""

    service: str
    about: Mapping[str, Any]
    kernel: Kernel | None = None
    unasked: str = ""

    @property
    def id(self) -> str:
        """What the engine calls it."""
        return str(self.about["Id"])

    @property
    def name(self) -> str:
        """What people call it: the service, with its number where there are several."""
        number = (self.about["Config"].get("Labels") or {}).get(f"{_LABEL}container-number", "1")
        return self.service if number == "1" else f"{self.service} {number}"

    @property
    def state(self) -> Mapping[str, Any]:
        """Whether it runs, since when, and how it ended."""
        return self.about["State"]  # type: ignore[no-any-return]

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return bool(self.state.get("Running")) and not self.state.get("Restarting")

    @property
    def exit_code(self) -> int:
        """With what it ended, if it has."""
        return int(self.state.get("ExitCode") or 0)

    @property
    def health(self) -> str | None:
        """What its health check says: starting, healthy, unhealthy; None where it has none."""
        return (self.state.get("Health") or {}).get("Status")

    @property
    def image(self) -> str:
        """The image's name as the container was made from it."""
        return str(self.about["Config"].get("Image") or "")

    @property
    def user(self) -> str:
        """The declared user, as the image or the compose file writes it; empty for root."""
        return str(self.about["Config"].get("User") or "")

    @property
    def folder(self) -> str:
        """The working directory."""
        return str(self.about["Config"].get("WorkingDir") or "/")

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """Its variables with their values, which are for comparing and never for showing."""
        written = self.about["Config"].get("Env") or ()
        return {name: value for name, _, value in (each.partition("=") for each in written)}

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """What the host publishes of it."""
        found = []
        for key, bindings in (self.about["NetworkSettings"].get("Ports") or {}).items():
            target, _, protocol = key.partition("/")
            for binding in bindings or ():
                address, published = str(binding.get("HostIp") or "0.0.0.0"), str(binding["HostPort"])  # noqa: S104
                found.append(Port(address, published, int(target), protocol or "tcp"))
        return tuple(sorted(found))

    @cached_property
    def mounts(self) -> Mapping[str, str]:
        """What is mounted where: bind, volume or tmpfs, by folder."""
        return {str(each["Destination"]): str(each["Type"]) for each in self.about.get("Mounts") or ()}

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        """Its address in each network that it is in, by the network's name."""
        networks = self.about["NetworkSettings"].get("Networks") or {}
        return {name: str(said["IPAddress"]) for name, said in networks.items() if said.get("IPAddress")}

    @property
    def data(self) -> DataService | None:
        """What is known of its image where that is a database, a queue or a cache."""
        return data_service(self.image)


class Live(Struct, frozen=True, dict=True):
    """A stack that runs. `model` is what Compose makes of its files now; values in it are never for showing.

    `production` is whether it is for a server, `for_tests` whether for a run of tests. `certificates` are the files
    that its servers' certificates are checked with, `authorities` what is in them. `images` is what the engine says
    of the images that run, by their identifiers.
    """

    stack: StackFiles
    model: Mapping[str, Any]
    containers: tuple[Container, ...]
    secrets: Secrets
    about_engine: Mapping[str, Any] = {}
    production: bool = False
    certificates: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    for_tests: bool = False
    images: Mapping[str, Mapping[str, Any]] = {}

    @property
    def services(self) -> Mapping[str, Mapping[str, Any]]:
        """Each service as Compose resolves it, by name."""
        return self.model.get("services") or {}

    def service(self, container: Container) -> Mapping[str, Any]:
        """What the files say of a container's service."""
        return self.services.get(container.service) or {}

    def declared_user(self, container: Container) -> str:
        """Who a container is to run as, by the files or else by its image; empty for root."""
        own = self.service(container).get("user")
        image = self.images.get(str(container.about["Image"]))
        if own is not None or image is None:
            return container.user if own is None else str(own)
        return str((image.get("Config") or {}).get("User") or "")

    @cached_property
    def ours(self) -> frozenset[str]:
        """The services whose image is built from the project, by themselves or by another one."""
        built = {said.get("image") for said in self.services.values() if said.get("build")} - {None}
        return frozenset(
            name for name, said in self.services.items() if said.get("build") or said.get("image") in built
        )

    @property
    def running(self) -> Iterator[Container]:
        """The containers that run."""
        return (each for each in self.containers if each.running)


def resolved(engine: Engine, stack: StackFiles) -> Mapping[str, Any]:
    """What Compose makes of a stack's files. Raises DockwrightError where it refuses them."""
    said = engine.compose(stack, "config", "--format", "json")
    if not said.well:
        reason = said.err.strip().rpartition("\n")[2]
        hint = "an env file is made from its example: cp NAME.example NAME" if "env file" in reason else None
        raise DockwrightError(f"Compose cannot read the stack: {reason}", path=stack.files[0], hint=hint)
    model: Mapping[str, Any] = _undoubled(decode(said.out))
    return model


def _undoubled(value: Any) -> Any:
    """The model as it reaches containers: `config` doubles every dollar, so that its output can be read again."""
    if isinstance(value, dict):
        return {name: _undoubled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_undoubled(each) for each in value]
    return value.replace("$$", "$") if isinstance(value, str) else value


def containers(engine: Engine, model: Mapping[str, Any]) -> tuple[Container, ...]:
    """The containers of a stack, running or ended, in the order of its services; those of `run` left out.

    Raises DockwrightError where the engine does not say.
    """
    listed = engine.docker("ps", "-aq", "--no-trunc", "--filter", f"label={_LABEL}project={model['name']}")
    if not listed.well:
        raise DockwrightError(f"the engine does not list its containers: {listed.err.strip()}")
    identifiers = listed.out.split()
    if not identifiers:
        return ()
    inspected = engine.docker("inspect", *identifiers)
    # One that is gone by now is left out of the answer, which is an error to `docker` and none to us.
    found = []
    for about in decode(inspected.out or "[]"):
        labels = about["Config"].get("Labels") or {}
        if labels.get(f"{_LABEL}oneoff") != "True":
            found.append(Container(labels.get(f"{_LABEL}service", ""), about))
    order = list(model.get("services") or {})
    return tuple(sorted(found, key=lambda one: (_place(order, one.service), one.name)))


def _place(order: list[str], service: str) -> int:
    return order.index(service) if service in order else len(order)


def read(
    engine: Engine,
    stack: StackFiles,
    model: Mapping[str, Any],
    *,
    role: str | None = None,
    certificates: Mapping[str, str] = {},
    secret_files: Mapping[str, str] = {},
) -> Live:
    """All that several checks look at, asked side by side.

    `role` is what the stack is for, `certificates` are texts by their files' paths, `secret_files` what is in the files
    that its secrets are made from, by the secrets' names.
    """
    there = containers(engine, model)
    running = [each for each in there if each.running]
    questions: list[Callable[[], Ran]] = [
        partial(engine.docker, "info", "--format", "{{json .}}"),
        partial(engine.compose, stack, "config", "--environment"),
    ]
    identifiers = sorted({str(one.about["Image"]) for one in there})
    questions.append(partial(engine.docker, "image", "inspect", *identifiers))
    questions += [partial(engine.docker, "exec", one.id, "sh", "-c", READ_KERNEL) for one in running]
    about, environment, inspected, *kernels = engine.at_once(questions)
    asked = dict(zip((each.id for each in running), kernels, strict=True))
    there = tuple(_with_kernel(each, asked.get(each.id)) for each in there)
    info = decode(about.out) if about.well else {}
    interpolated = environment.out if environment.well else ""
    known = secrets([each.environment for each in there], model, interpolated, secret_files)
    images = {str(each["Id"]): each for each in (decode(inspected.out) if inspected.well else ())}
    return Live(
        stack,
        model,
        there,
        known,
        info,
        production=role in PRODUCTION,
        certificates=tuple(certificates),
        authorities=tuple(certificates.values()),
        for_tests=role in FOR_TESTS,
        images=images,
    )


def _with_kernel(container: Container, said: Ran | None) -> Container:
    if said is None:
        return container
    if not said.well:
        reason = re.sub(r"\s+", " ", said.err.strip())[:120]
        return Container(container.service, container.about, None, f"nothing can be asked inside: {reason}")
    return Container(container.service, container.about, kernel(said.out))
