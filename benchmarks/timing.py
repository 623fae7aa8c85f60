"""What commands take, side by side."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from threading import Event, Thread
from typing import NamedTuple

Command = Sequence[str]


class Taken(NamedTuple):
    """One run: seconds on the clock, and of the processor, which other work on the machine hardly changes; bytes.

    `memory` is the most that all of the command's processes held in memory at one moment, looked at every 10 ms in
    Linux's /proc; pages that two of them share count twice. It is 0 where there is no /proc.
    """

    wall: float
    processor: float
    memory: int


class CommandFailedError(RuntimeError):
    """A command that is to be timed did not do its work."""


def measured(commands: Mapping[str, Command], runs: int, *, warm_up: bool = True) -> dict[str, list[Taken]]:
    """What the runs of each command took, by its name.

    The commands take turns, so that a machine which is busy for a while is busy for all of them. A first round, which
    fills the caches, does not count; it can be left out. Raises CommandFailedError for a command that does not do
    its work.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for turn in range(runs + warm_up):
        for name, command in commands.items():
            one = _once(command)
            if turn >= warm_up:
                taken[name].append(one)
    return taken


def _once(command: Command) -> Taken:
    before, start = _processor(), time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    memory = _Memory(process.pid)
    memory.start()
    _, said = process.communicate()
    wall, processor = time.perf_counter() - start, _processor() - before
    memory.ended.set()
    memory.join()
    # An exit code of 1 is a linter's word for findings, and Python's for an exception.
    if process.returncode not in (0, 1) or b"Traceback (most recent call last)" in said:
        raise CommandFailedError(f"{' '.join(command)[:200]} ended in {process.returncode}: {said.decode()[-500:]}")
    return Taken(wall, processor, memory.most)


class _Memory(Thread):
    """Looks at what a process and its children hold, until it ends."""

    def __init__(self, process: int) -> None:
        super().__init__()
        self.process = process
        self.most = 0
        self.ended = Event()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            self.most = max(self.most, _resident(self.process))


def _resident(process: int) -> int:
    folder = f"/proc/{process}"
    try:
        with open(f"{folder}/statm") as statm, open(f"{folder}/task/{process}/children") as children:
            pages = int(statm.read().split()[1])
            return pages * resource.getpagesize() + sum(map(_resident, map(int, children.read().split())))
    except (OSError, IndexError):  # it has ended
        return 0


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
