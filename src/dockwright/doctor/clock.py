"""Clocks: the host's against its files, the engine's against the host's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dockwright.doctor.case import PATIENCE, Case
from dockwright.doctor.diagnosis import Command, Diagnosis

APART = timedelta(seconds=30)
"""What tokens and signed requests put up with is some minutes; a clock that is kept is off by less than a second."""

_AHEAD = timedelta(hours=25)
"""How far a file may be ahead: time zones make up for a day, where an archive was written without one."""

_CERTIFICATES = ("certificate-not-yet-valid", "certificate-expired")


def examine(case: Case) -> Iterator[Diagnosis]:
    """Clocks that are wrong."""
    newest = max(_files(case), default=None)
    if newest is not None and newest[0] - case.now > _AHEAD:
        cause = "this machine's clock is behind: files of the project come from the future"
        seen = (
            f"it is {case.now:%Y-%m-%d %H:%M} UTC by the clock",
            f"{newest[1]} is of {newest[0]:%Y-%m-%d %H:%M} UTC",
        )
        ways: tuple[Command, ...] = (
            Command("sudo timedatectl set-ntp true"),
            Command("sudo hwclock --hctosys", "in WSL, or where NTP is off"),
        )
        if case.host.system == "darwin":
            ways = (Command("sudo sntp -sS time.apple.com"),)
        yield Diagnosis(
            "clock-skew", "this machine", cause, seen, ways, "hurts", explains=(*_CERTIFICATES, "clock-skew:the engine")
        )
    if case.engine is None:
        return
    before = case.host.clock()
    said = case.engine.docker("info", "--format", "{{.SystemTime}}", seconds=PATIENCE)
    after = case.host.clock()
    told = _time(said.out.strip()) if said.well else None
    if told is None:
        return
    first, last = (datetime.fromtimestamp(each, UTC) for each in (before, after))
    apart = max(first - told, told - last, timedelta(0))
    if apart > APART:
        cause = f"the engine's clock and this machine's are {_span(apart)} apart"
        seen = (f"docker info: {told:%Y-%m-%d %H:%M:%S} UTC", f"this machine: {last:%Y-%m-%d %H:%M:%S} UTC")
        yield Diagnosis("clock-skew", "the engine", cause, seen, _ways(case), "hurts", explains=_CERTIFICATES)


def _ways(case: Case) -> tuple[Command, ...]:
    if case.host.system == "darwin":
        return (
            Command(
                "osascript -e 'quit app \"Docker\"' && open -a Docker", "its machine takes the time when it starts"
            ),
        )
    if case.local:
        return (Command("sudo timedatectl set-ntp true"),)
    return (Command("docker run --rm --privileged alpine hwclock -s", "sets the clock of the engine's machine"),)


def _files(case: Case) -> Iterator[tuple[datetime, str]]:
    for path in case.project.sources:
        found = case.host.file(case.absolute(path))
        if found is not None and found.modified < 2**33:
            yield datetime.fromtimestamp(found.modified, UTC), path


def _time(said: str) -> datetime | None:
    """A time as Go prints it: with nanoseconds, of which Python takes six digits."""
    head, dot, rest = said.partition(".")
    zone = rest.lstrip("0123456789") if dot else ""
    try:
        found = datetime.fromisoformat(f"{head}{zone}" if dot else head)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _span(apart: timedelta) -> str:
    seconds = int(apart.total_seconds())
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
