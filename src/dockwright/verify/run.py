"""The run: every check of a stack, those that only look side by side, the one that interrupts at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from dockwright.project.lock import Lock
from dockwright.tools import Engine
from dockwright.verify import (
    answers,
    environment,
    health,
    image,
    limits,
    logs,
    network,
    ownership,
    ports,
    stop,
    user,
)
from dockwright.verify.evidence import Evidence
from dockwright.verify.live import Live
from dockwright.verify.starting import Sick

_Check = Callable[[Live, Engine], Iterator[Evidence]]

LOOKING: tuple[_Check, ...] = (
    health.check,
    answers.check,
    user.check,
    ownership.check,
    ports.check,
    environment.check,
    logs.check,
    limits.check,
    network.check,
)
"""The checks that change nothing, in the order that they are reported in."""


class Verified(Struct, frozen=True):
    """What was seen of a stack: its name, what Compose calls it, the evidence, and the logs of who is sick."""

    name: str
    project_name: str
    evidence: tuple[Evidence, ...]
    seconds: float
    sick: tuple[Sick, ...] = ()

    def count(self, verdict: str) -> int:
        """How many pieces of evidence have a verdict."""
        return sum(each.verdict == verdict for each in self.evidence)


def checked(
    live: Live, engine: Engine, lock: Lock | None, bases: Sequence[str] = (), *, stopping: bool
) -> tuple[Evidence, ...]:
    """The evidence of all checks. With `stopping` each of our services is stopped and started again at the end.

    `lock` is what production installs from, `bases` the images that ours are built on.
    """
    looking: list[_Check] = [*LOOKING, partial(image.check, lock=lock, bases=bases)]
    found = engine.at_once([partial(_timed, check, live, engine) for check in looking])
    if stopping:
        found.append(_timed(stop.check, live, engine))
    return tuple(each for evidence in found for each in evidence)


def _timed(check: _Check, live: Live, engine: Engine) -> list[Evidence]:
    """A check's evidence, each with the seconds since the one before."""
    found = []
    begun = time.perf_counter()
    for evidence in check(live, engine):
        now = time.perf_counter()
        found.append(replace(evidence, seconds=round(now - begun, 3)))
        begun = now
    return found
