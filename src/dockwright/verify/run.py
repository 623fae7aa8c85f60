"""The run: every check of a stack, those that only look side by side, those that disturb it at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from secrets import token_hex

from msgspec import Struct
from msgspec.structs import replace

from dockwright.project.lock import Lock
from dockwright.tools import Engine
from dockwright.verify import (
    answers,
    cache,
    data,
    environment,
    health,
    image,
    limits,
    logs,
    network,
    ownership,
    ports,
    restart,
    starting,
    stop,
    user,
)
from dockwright.verify.evidence import Evidence, skipped
from dockwright.verify.live import Live, containers
from dockwright.verify.starting import Sick

_Check = Callable[[Live, Engine], Iterable[Evidence]]

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


class Wish(Struct, frozen=True):
    """What is asked for beyond looking.

    `disturb`: services are stopped and killed. `own`: the stack is up for this run alone, so that it may be taken down
    and brought up, too. `rebuild`: images are built again. `timeout` is how many seconds all may take to be well.
    """

    disturb: bool = False
    own: bool = False
    rebuild: bool = False
    timeout: float = 120.0


def checked(
    live: Live,
    engine: Engine,
    lock: Lock | None,
    bases: Sequence[str] = (),
    contexts: Callable[[str, str, str], cache.Context | None] = lambda folder, dockerfile, target: None,
    wish: Wish = Wish(),  # noqa: B008 (frozen)
) -> tuple[Evidence, ...]:
    """The evidence of all checks that are asked for.

    `lock` is what production installs from, `bases` the images that ours are built on, `contexts` what is known of the
    folders that they are built from.
    """
    looking: list[_Check] = [*LOOKING, partial(image.check, lock=lock, bases=bases)]
    tag = f"dockwright-verify:{token_hex(8)}"
    if wish.rebuild:
        looking.append(partial(cache.check, contexts=contexts, tag=tag, built=wish.own))
    try:
        found = engine.at_once([partial(_timed, check, live, engine) for check in looking])
    finally:
        if wish.rebuild:
            engine.docker("image", "rm", "--force", tag)
    if wish.disturb:
        found += _disturbed(live, engine, wish)
    return tuple(each for evidence in found for each in evidence)


def _disturbed(live: Live, engine: Engine, wish: Wish) -> Iterator[list[Evidence]]:
    yield _timed(stop.check, live, engine)
    if wish.own:
        yield _timed(partial(data.check, timeout=wish.timeout), live, engine)
    else:
        stop.start_again(live, engine)
        reason = "the stack stays up; `--up` on one that is down takes it down and up"
        yield [skipped(data.CHECK, str(live.model.get("name")), reason)]
    starting.settle(engine, live.model, wish.timeout)
    now = replace(live, containers=containers(engine, live.model))
    yield _timed(partial(restart.check, timeout=wish.timeout), now, engine)


def _timed(check: _Check, live: Live, engine: Engine) -> list[Evidence]:
    """A check's evidence, each with the seconds since the one before."""
    found = []
    begun = time.perf_counter()
    for evidence in check(live, engine):
        now = time.perf_counter()
        found.append(replace(evidence, seconds=round(now - begun, 3)))
        begun = now
    return found
