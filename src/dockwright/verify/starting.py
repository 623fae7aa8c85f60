"""Starting: a stack is built, brought up, waited for, and taken down again."""

from __future__ import annotations

import re
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
_LONGEST = 160


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
    way_out: str = ""

    @property
    def well(self) -> bool:
        """Whether all is well."""
        return not self.error and not self.sick

    @property
    def complaint(self) -> str:
        """What is not well, in a sentence."""
        return "; ".join(f"{each.service}: {each.reason}" for each in self.sick) or self.error


def up(engine: Engine, stack: StackFiles, model: Mapping[str, Any], timeout: float) -> Started:
    """Build what has to be built, and start the stack as `start` does."""
    built = engine.compose(stack, "build", seconds=BUILD_SECONDS)
    if not built.well:
        return Started(0.0, (), f"it cannot be built: {_last_words(built.err)}", "docker compose build shows all of it")
    return start(engine, stack, model, timeout)


def start(engine: Engine, stack: StackFiles, model: Mapping[str, Any], timeout: float) -> Started:
    """Start the stack, and wait until it is well, at most `timeout` seconds."""
    begun = time.perf_counter()
    started = engine.compose(stack, "up", "-d", "--no-build", seconds=timeout)
    if started.status is None:
        return Started(timeout, _unwell(engine, model), f"it does not start within {timeout:.0f} s", _SLOW)
    if not started.well:
        # Compose has given up: nothing that was never started will be. Who is sick is why, if somebody is.
        sick = _unwell(engine, model, certain=True)
        error = "" if sick else f"it does not start: {_last_words(started.err)}"
        way_out = next((way for sign, way in _REFUSALS if re.search(sign, started.err)), _COMPOSE_SAYS)
        return Started(time.perf_counter() - begun, sick, error, way_out)
    sick = settle(engine, model, timeout - (time.perf_counter() - begun))
    took = time.perf_counter() - begun
    if not containers(engine, model):
        return Started(took, (), "Compose says that it has started, and there is no container of it", _COMPOSE_SAYS)
    return Started(took, sick)


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


def _unwell(engine: Engine, model: Mapping[str, Any], *, certain: bool = False) -> tuple[Sick, ...]:
    """Who is not well, or only who is sick for certain."""
    there = containers(engine, model)
    live = _seen(model, there)
    verdicts = [(each, _verdict(model, there, each)) for each in there]
    # Those that are still starting may only be waiting for the one that is sick for certain.
    worst = "sick" if certain or any(verdict == "sick" for _, verdict in verdicts) else "waiting"
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


_SLOW = "give it more time: --timeout SECONDS"
_COMPOSE_SAYS = "docker compose up shows all of it"
_REFUSALS = (
    (
        r"port is already allocated|address already in use|ports are not available",
        "another program or stack has the port: `docker ps` and `ss -ltnp` show which; stop it, or publish another",
    ),
    (r"No such image|pull access denied|manifest unknown|not found: manifest", "build or pull what it names first"),
)
"""What the engine says when it refuses to start something, and the way out."""


def _last_words(said: str) -> str:
    """The last line of a complaint that says something, without a secret that stands in it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return "Compose does not say why"
    # The reason stands at the end, behind all who handed it on.
    words = re.sub(r" \([0-9a-f]{64}\)", "", Secrets({}).hidden(lines[-1]))
    return words if len(words) <= _LONGEST else f"… {words[-_LONGEST:].partition(' ')[2]}"
