"""What commands take, side by side."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Command = Sequence[str]


class Taken(NamedTuple):
    """One run, in seconds: on the clock, and of the processor, which other work on the machine hardly changes."""

    wall: float
    processor: float


class CommandFailedError(RuntimeError):
    """A command that is to be timed did not do its work."""


def measured(commands: Mapping[str, Command], runs: int) -> dict[str, list[Taken]]:
    """What the runs of each command took, by its name.

    The commands take turns, so that a machine which is busy for a while is busy for all of them; a first round, which
    fills the caches, does not count. Raises CommandFailedError for a command that does not do its work.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            one = _once(command)
            if turn:
                taken[name].append(one)
    return taken


def _once(command: Command) -> Taken:
    before, start = _processor(), time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    one = Taken(time.perf_counter() - start, _processor() - before)
    # An exit code of 1 is a linter's word for findings, and Python's for an exception.
    if done.returncode not in (0, 1) or b"Traceback (most recent call last)" in done.stderr:
        raise CommandFailedError(f"{' '.join(command)} ended in {done.returncode}: {done.stderr.decode()[-500:]}")
    return one


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
