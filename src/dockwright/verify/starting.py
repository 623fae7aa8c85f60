"""Starting: a stack is built, brought up, waited for, and taken down again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dockwright.tools import Engine, StackFiles
from dockwright.verify import health
from dockwright.verify.live import Container, Live, containers
from dockwright.verify.secrets import Secrets, secrets

BUILD_SECONDS = 1800.0
"""How long images may take to build: compilers are slow, and no sign of trouble."""

_LINES = 15
_PAUSE = 0.3


class Sick(Struct, frozen=True):
    """A service that does not get well: why, and the last lines that it logged, secrets masked."""

    service: str
    reason: str
    lines: tuple[str, ...]


class Started(Struct, frozen=True):
    """How starting went: after how many seconds all was well, or who is sick, or what Compose complains of."""

    seconds: float
    sick: tuple[Sick, ...] = ()
    error: str = ""


def up(engine: Engine, stack: StackFiles, model: Mapping[str, Any], timeout: float) -> Started:
    """Build what has to be built, start the stack, and wait until it is well, at most `timeout` seconds."""
    built = engine.compose(stack, "build", seconds=BUILD_SECONDS)
    if not built.well:
        return Started(0.0, (), f"it cannot be built: {_last_words(built.err)}")
    begun = time.perf_counter()
    started = engine.compose(stack, "up", "-d", "--no-build", seconds=timeout)
    waited = settle(engine, model, timeout - (time.perf_counter() - begun))
    took = time.perf_counter() - begun
    sick = waited or (() if started.well else _unwell(engine, model))
    if started.well and not containers(engine, model):
        return Started(took, (), "Compose says that it has started, and there is no container of it")
    if sick or started.well:
        return Started(took, sick)
    return Started(took, (), f"it does not start: {_last_words(started.err)}")


def settle(engine: Engine, model: Mapping[str, Any], timeout: float) -> tuple[Sick, ...]:
    """Wait until all is well, or somebody is sick for certain; who is not well then."""
    ends = time.perf_counter() + timeout
    while True:
        there = containers(engine, model)
        verdicts = [(each, _verdict(model, there, each)) for each in there]
        if all(verdict == "well" for _, verdict in verdicts):
            return ()
        if any(verdict == "sick" for _, verdict in verdicts) or time.perf_counter() >= ends:
            return _unwell(engine, model)
        engine.sleep(_PAUSE)


def _verdict(model: Mapping[str, Any], there: tuple[Container, ...], container: Container) -> str:
    """Whether a container is well, sick for certain, or may get well yet."""
    once = health.runs_once(_seen(model, there), container.service)
    if health.judged(container, once=once).verdict != "fail":
        return "well"
    ended = container.state.get("Status") == "exited"
    return "sick" if container.health == "unhealthy" or (ended and container.exit_code) else "waiting"


def _unwell(engine: Engine, model: Mapping[str, Any]) -> tuple[Sick, ...]:
    there = containers(engine, model)
    live = _seen(model, there)
    verdicts = [(each, _verdict(model, there, each)) for each in there]
    # Those that are still starting may only be waiting for the one that is sick for certain.
    worst = "sick" if any(verdict == "sick" for _, verdict in verdicts) else "waiting"
    found = []
    for container, verdict in verdicts:
        if verdict == worst and container.state.get("Status") != "created":
            reason = health.judged(container, once=health.runs_once(live, container.service)).reason
            found.append(Sick(container.name, reason, _logged(engine, container, live.secrets)))
    return tuple(found)


def _seen(model: Mapping[str, Any], there: tuple[Container, ...]) -> Live:
    known = secrets([each.environment for each in there], model, "")
    return Live(StackFiles((), (), "", None), model, there, known)


def _logged(engine: Engine, container: Container, known: Secrets) -> tuple[str, ...]:
    said = engine.docker("logs", "--tail", str(_LINES), container.id)
    return tuple(known.hidden(said.out + said.err).splitlines()[-_LINES:])


def down(engine: Engine, stack: StackFiles) -> None:
    """Take the stack down; its volumes stay."""
    engine.compose(stack, "down", seconds=300)


def _last_words(said: str) -> str:
    """The last line of a complaint that says something, without a secret that stands in it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return Secrets({}).hidden(lines[-1])[:300] if lines else "Compose does not say why"
