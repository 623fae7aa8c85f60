"""Ports: one that the stack publishes is taken, by which container or program of the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from msgspec import Struct

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Place, Severity
from dockwright.facts.host_programs import PROXIES, UNITS
from dockwright.project.ports import ports
from dockwright.project.stacks import Stack
from dockwright.syntax import shell
from dockwright.tools import Listener

_LABEL = "com.docker.compose."
_SYMPTOMS = ("not-started", "container-exited", "container-created")


class Wanted(Struct, frozen=True):
    """A port that a service publishes."""

    service: str
    number: int
    address: str
    protocol: str


class Holder(Struct, frozen=True):
    """A container that publishes a port; `project` is empty for one that Compose has not made."""

    name: str
    project: str
    service: str
    number: int
    address: str
    protocol: str


def examine(case: Case) -> Iterator[Diagnosis]:
    """The ports that somebody else has; those that one other stack has are one trouble."""
    holders = _holders(case)
    listeners = case.host.listeners()
    for stack in case.stacks:
        by_stack: dict[str, list[tuple[Wanted, Holder]]] = {}
        for wanted in _wanted(case.model(stack)):
            holder = _holder(case, stack, wanted, holders)
            if isinstance(holder, Holder) and holder.project:
                by_stack.setdefault(holder.project, []).append((wanted, holder))
            elif isinstance(holder, Holder):
                yield _of_container(case, stack, wanted, holder)
            elif not holder:
                yield from _of_program(case, stack, wanted, listeners)
        for project, taken in by_stack.items():
            yield _of_stack(case, stack, project, taken)


def _holder(case: Case, stack: Stack, wanted: Wanted, holders: Sequence[Holder]) -> Holder | bool:
    """The container of somebody else that has a port; True where the service itself has it, False where none has."""
    name = case.model(stack).get("name", stack.project_name)
    having = [each for each in holders if each.number == wanted.number and _meet(wanted, each.address, each.protocol)]
    if any((each.project, each.service) == (name, wanted.service) for each in having):
        return True
    return having[0] if having else False


def _of_stack(case: Case, stack: Stack, project: str, taken: Sequence[tuple[Wanted, Holder]]) -> Diagnosis:
    numbers = ", ".join(_port(wanted) for wanted, _ in taken)
    cause = f"port {numbers} is taken by the stack {project}, which runs"
    if len(taken) > 1:
        cause = f"the ports {numbers} are taken by the stack {project}, which runs"
    seen = tuple(
        f"docker ps: {holder.name} publishes {holder.address or '*'}:{_port(wanted)}" for wanted, holder in taken
    )
    same = case.model(stack).get("name", stack.project_name) == project
    services = "" if len(taken) > 1 and not same else f" {shell.quote(taken[0][1].service)}"
    ways = (Command(f"docker compose -p {shell.quote(project)} stop{services}", "its containers and volumes stay"),)
    return _found(case, stack, [wanted for wanted, _ in taken], cause, seen, ways)


def _of_container(case: Case, stack: Stack, wanted: Wanted, holder: Holder) -> Diagnosis:
    cause = f"port {_port(wanted)} is taken by the container {holder.name}"
    seen = (f"docker ps: {holder.name} publishes {holder.address or '*'}:{_port(wanted)}",)
    return _found(case, stack, [wanted], cause, seen, (Command(f"docker stop {shell.quote(holder.name)}"),))


def _of_program(case: Case, stack: Stack, wanted: Wanted, listeners: Sequence[Listener]) -> Iterator[Diagnosis]:
    meeting = (each for each in listeners if each.port == wanted.number and _meet(wanted, each.address, each.protocol))
    for listener in meeting:
        cause, ways = _program(_port(wanted), listener)
        who = f"{listener.program}, pid {listener.pid}" if listener.program else "a process of another user"
        seen = (f"/proc/net/{listener.protocol}: {listener.address}:{listener.port} is held by {who}",)
        # It may be the stack itself that runs, where no engine tells whose containers these are.
        unsure = case.engine is None and (listener.program is None or listener.program in PROXIES)
        yield _found(case, stack, [wanted], cause, seen, ways, "note" if unsure else "stops")
        return


def _found(
    case: Case,
    stack: Stack,
    wanted: Sequence[Wanted],
    cause: str,
    seen: tuple[str, ...],
    ways: tuple[Command, ...],
    severity: Severity = "stops",
) -> Diagnosis:
    services = list(dict.fromkeys(each.service for each in wanted))
    explains = tuple(f"{fault}:{service}" for fault in _SYMPTOMS for service in services)
    place = _place(case, stack, wanted[0])
    label = case.label(stack)
    return Diagnosis(
        "port-taken", ", ".join(services), cause, seen, ways, severity, label, explains=explains, place=place
    )


def _port(wanted: Wanted) -> str:
    return str(wanted.number) if wanted.protocol == "tcp" else f"{wanted.number}/{wanted.protocol}"


def _program(port: str, listener: Listener) -> tuple[str, tuple[Command, ...]]:
    if listener.program in PROXIES:
        cause = f"port {port} is taken by a container of some engine of this machine"
        return cause, (Command(f"docker ps --filter publish={port}", "which one it is"),)
    if listener.program is None or listener.pid is None:
        cause = f"port {port} is taken by a program of another user"
        return cause, (Command(f"sudo ss -Hlnp 'sport = :{listener.port}'", "which one it is; then stop it"),)
    cause = f"port {port} is taken by {listener.program} (pid {listener.pid}), a program of this machine"
    unit = UNITS.get(listener.program)
    if unit is not None:
        return cause, (Command(f"sudo systemctl stop {unit}", "`disable --now` keeps it so"),)
    return cause, (Command(f"kill {listener.pid}", f"`ps -fp {listener.pid}` says what it is"),)


def _wanted(model: Mapping[str, Any]) -> Iterator[Wanted]:
    told = set()
    for name, service in (model.get("services") or {}).items():
        for entry in service.get("ports") or ():
            published = str(entry.get("published") or "") if isinstance(entry, dict) else ""
            if published.isdecimal() and len(published) <= 5:
                wanted = Wanted(
                    name, int(published), str(entry.get("host_ip") or ""), str(entry.get("protocol") or "tcp")
                )
                if wanted not in told:
                    told.add(wanted)
                    yield wanted


def _place(case: Case, stack: Stack, wanted: Wanted) -> Place | None:
    """Where a service publishes a port: its entry by the number, else the only one."""
    run = case.services(stack).get(wanted.service)
    entries = () if run is None else ports(run.service)
    named = [each for each in entries if wanted.number in each.numbers] or (entries if len(entries) == 1 else ())
    return case.place(named[0].site) if named else None


def _holders(case: Case) -> tuple[Holder, ...]:
    """The ports that containers publish now."""
    running = (about for about in case.everybody if about["State"].get("Running"))
    return tuple(holder for about in running for holder in _published(about))


def _published(about: Mapping[str, Any]) -> Iterator[Holder]:
    labels = about["Config"].get("Labels") or {}
    name = str(about.get("Name", "")).removeprefix("/")
    for key, bindings in (about["NetworkSettings"].get("Ports") or {}).items():
        for binding in bindings or ():
            yield Holder(
                name,
                labels.get(f"{_LABEL}project", ""),
                labels.get(f"{_LABEL}service", ""),
                int(binding["HostPort"]),
                str(binding.get("HostIp") or ""),
                key.partition("/")[2] or "tcp",
            )


def _meet(wanted: Wanted, address: str, protocol: str) -> bool:
    """Whether two sockets want the same address."""
    if protocol != wanted.protocol:
        return False
    return _everywhere(wanted.address) or _everywhere(address) or _number(wanted.address) == _number(address)


def _everywhere(address: str) -> bool:
    return address in ("", "0.0.0.0", "::", "*")  # noqa: S104


def _number(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
