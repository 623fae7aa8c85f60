"""Health checks that fail: each is run again by hand in its container, and what it says tells why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.json import encode

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis
from dockwright.doctor.inside import LISTENING, listening
from dockwright.doctor.sight import Sight, sights
from dockwright.facts.known_errors import Step, by_place
from dockwright.facts.log_causes import PROBE_CAUSES
from dockwright.syntax.shell import quote
from dockwright.tools import Ran
from dockwright.verify.live import Container

_CAUSES: Mapping[str, tuple[str, ...]] = {
    "probe-certificate": ("certificate-expired", "certificate-missing", "certificate-mismatch"),
    "probe-port": ("probe-scheme",),
    "probe-scheme": ("probe-scheme",),
}
"""What the files tell, and what comes of it in a health check."""

_NANO = 1_000_000_000
_LONGEST = 60.0
_PORT = re.compile(r"(?<=[:\s,'\"])(\d{2,5})(?=[/'\")\s]|$)")
_URL = re.compile(r"https?://[^\s'\")]+")
_PYTHON = "[CMD, python, -c, \"import urllib.request as r; r.urlopen('{url}', timeout=3)\"]"


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each container whose health check says that it is not well."""
    for sight in sights(case):
        sick = [each for each in sight.ours if each.running and each.health == "unhealthy"]
        if sick:
            yield from sight.engine.at_once([partial(_unhealthy, sight, container) for container in sick])


def _unhealthy(sight: Sight, container: Container) -> Diagnosis:
    about: Mapping[str, Any] = container.about["Config"].get("Healthcheck") or {}
    test = [str(word) for word in about.get("Test") or ()]
    seconds = min(int(about.get("Timeout") or 30 * _NANO) / _NANO, _LONGEST)
    said = _by_hand(sight, container, test, seconds)
    logged = [str(each.get("Output") or "") for each in (container.state.get("Health") or {}).get("Log") or ()]
    lines = [line for line in (*(logged[-1:]), said.out, said.err) for line in line.splitlines() if line.strip()]
    command = " ".join(test[1:])
    seen = [f"docker exec {container.service} {command}", _ended(said, seconds), *sight.last(lines, 3)]
    explains = [
        f"{fault}:{name}"
        for name in sight.dependents(container.service)
        for fault in ("not-started", "connection-refused", "probe-fails", "probe-server-error")
    ]
    if said.well:
        start = int(about.get("StartPeriod") or 0) / _NANO
        cause = (
            f"its health check passes by now: it failed while the server started, which takes longer than {start:.0f} s"
        )
        if start > 60:
            cause = "its health check passes by now, and failed before: the server does not always answer in time"
        ways: tuple[Step, ...] = (
            Step("start_period: 60s", f"in the healthcheck of {container.service}: failures count from then on"),
            Step(f"{sight.compose} up -d {quote(container.service)}"),
        )
        return sight.found("probe-too-early", container.name, cause, seen, ways, severity="hurts", explains=explains)
    known = by_place(PROBE_CAUSES, [*lines, said.err] if said.status is not None else [*lines, "timed out"])
    if known is None:
        cause = (
            f"its health check fails: {sight.last(lines, 1)[0]}" if lines else "its health check fails without a word"
        )
        ways = (Step(f"{sight.compose} exec {quote(container.service)} {command}", "the health check by hand"),)
        return sight.found(
            "probe-fails", container.name, cause, seen, ways, severity="hurts", explains=explains,
            symptom_of=_CAUSES["probe-certificate"],
        )  # fmt: skip
    values = {
        name: value for name, value in _values(sight, container, test, seconds).items() if not known.groups.get(name)
    }
    if known.known.fault == "probe-port" and values["ports"]:
        seen.append(f"/proc/net/tcp of {container.service}:{values['ports'].removeprefix('; it listens on')}")
    return sight.found(
        known.known.fault, container.name, known.cause(**values), seen, known.steps(**values), severity="hurts",
        explains=explains, symptom_of=_CAUSES.get(known.known.fault, ()),
    )  # fmt: skip


def _by_hand(sight: Sight, container: Container, test: Sequence[str], seconds: float) -> Ran:
    """The health check, run as the engine runs it."""
    kind, *words = test or ("NONE",)
    if kind == "CMD-SHELL":
        shell = container.about["Config"].get("Shell") or ["/bin/sh", "-c"]
        words = [*map(str, shell), *words]
    elif kind != "CMD":
        return Ran(1, "", "it has none")
    return sight.engine.docker("exec", container.id, *words, seconds=seconds)


def _ended(said: Ran, seconds: float) -> str:
    return f"no answer within {seconds:.0f} s" if said.status is None else f"ended with {said.status}"


def _values(sight: Sight, container: Container, test: Sequence[str], seconds: float) -> dict[str, str]:
    command = " ".join(test[1:])
    found = _URL.search(command)
    url = found[0] if found else "http://localhost:8000/"
    listed = sight.engine.docker("exec", container.id, "sh", "-c", LISTENING)
    ports = listening(listed.out) if listed.well else ()
    target = ports[0] if ports else None

    def written(change: Callable[[str], str]) -> str:
        return encode([test[0], *map(change, test[1:])]).decode() if test else ""

    return {
        "compose": sight.compose,
        "service": quote(container.service),
        "user": container.user or "root",
        "timeout": f"{seconds:.0f} s",
        "ports": f"; it listens on {', '.join(map(str, ports[:4]))}" if ports else "; it listens on none",
        "ported": written(lambda word: _PORT.sub(str(target), word) if target is not None else word),
        "http": written(lambda word: word.replace("https://", "http://")),
        "https": written(lambda word: word.replace("http://", "https://")),
        "better": _better(container, url),
        "password_variable": next(iter(container.data.files), "PASSWORD") if container.data else "PASSWORD",
    }


def _better(container: Container, url: str) -> str:
    """A health check that the image can run."""
    if container.data is not None and container.data.probe:
        return encode(list(container.data.probe)).decode()
    return _PYTHON.format(url=url)
