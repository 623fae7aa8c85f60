"""The kernel's own word on a container: its processes, its mounts and its limits, read from inside.

Sources: proc(5), `Documentation/admin-guide/cgroup-v1` and `cgroup-v2.rst` of Linux.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct

# By what every image with a shell has. cgroup v2 first; where that is mounted, the files of v1 are not there.
READ_KERNEL = """
cat /proc/[0-9]*/status 2>/dev/null
echo '#user'; id -u; id -un 2>/dev/null
echo '#mounts'; cat /proc/self/mounts
echo '#limits'
for name in memory.max cpu.max pids.max memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us \
    pids/pids.max; do
    if [ -r "/sys/fs/cgroup/$name" ]; then read -r value < "/sys/fs/cgroup/$name" && echo "$name $value"; fi
done
echo '#sockets'; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
exit 0
"""

# Version 1 says "no limit" with the highest number of pages.
_NO_LIMIT = 1 << 60

# Docker's own resolver listens in every container, at 127.0.0.11. Addresses are in the host's byte order.
_RESOLVER = frozenset({"0B00007F", "7F00000B"})
_LISTENS = "0A"


class Process(Struct, frozen=True):
    """A process of a container. `said` are the fields of its `/proc/PID/status` by name."""

    pid: int
    parent: int
    name: str
    said: Mapping[str, str]

    @property
    def uid(self) -> int:
        """The number that it acts as."""
        return int(self.said["Uid"].split()[1])


class Kernel(Struct, frozen=True, dict=True):
    """What the kernel says. `uid` and `user` are who a command in the container is, the name empty for none.

    `listening` are the TCP ports that something in the container waits at, also for itself alone.
    """

    processes: tuple[Process, ...]
    uid: int
    user: str
    mounts: Mapping[str, frozenset[str]]
    limits: Mapping[str, str]
    listening: frozenset[int] = frozenset()

    @property
    def first(self) -> Process | None:
        """The container's first process."""
        return next((each for each in self.processes if each.pid == 1), None)

    @cached_property
    def own(self) -> tuple[Process, ...]:
        """The first process and what comes from it: a health check or an `exec`, ours too, comes from outside."""
        parents = {each.pid: each.parent for each in self.processes}
        return tuple(each for each in self.processes if _root(each.pid, parents) == 1)

    @property
    def read_only(self) -> bool:
        """Whether the root is mounted read-only."""
        return "ro" in self.mounts.get("/", frozenset())

    @property
    def memory(self) -> int | None:
        """The most bytes, or None for no limit."""
        return _number(self.limits.get("memory.max", self.limits.get("memory/memory.limit_in_bytes", "max")))

    @property
    def pids(self) -> int | None:
        """The most processes, or None for no limit."""
        return _number(self.limits.get("pids.max", self.limits.get("pids/pids.max", "max")))

    @property
    def cpus(self) -> float | None:
        """How many processors' time it gets, or None for no limit."""
        quota, _, period = self.limits.get("cpu.max", "").partition(" ")
        quota = quota or self.limits.get("cpu/cpu.cfs_quota_us", "-1")
        period = period or self.limits.get("cpu/cpu.cfs_period_us", "100000")
        number = _number(quota)
        return None if number is None else number / int(period)


def kernel(said: str) -> Kernel:
    """What `READ_KERNEL` printed."""
    processes, user, mounts, limits, sockets = _parts(said)
    uid, _, name = user.strip().partition("\n")
    options = (line.split(" ") for line in mounts.splitlines())
    values = (line.partition(" ") for line in limits.splitlines())
    return Kernel(
        tuple(_processes(processes)),
        int(uid) if uid.isdigit() else -1,
        name.strip(),
        # Of what is mounted over each other the last counts.
        {words[1]: frozenset(words[3].split(",")) for words in options if len(words) > 3},
        {name: value for name, _, value in values},
        frozenset(_listening(sockets)),
    )


def _parts(said: str) -> Iterator[str]:
    for mark in ("#user\n", "#mounts\n", "#limits\n", "#sockets\n"):
        part, _, said = said.partition(mark)
        yield part
    yield said


def _processes(said: str) -> Iterator[Process]:
    for block in said.split("Name:\t")[1:]:
        name, _, rest = block.partition("\n")
        fields = {key: value.strip() for key, _, value in (line.partition(":") for line in rest.splitlines())}
        if {"Pid", "PPid", "Uid"} <= fields.keys():  # else it ended while it was read
            yield Process(int(fields["Pid"]), int(fields["PPid"]), name, fields)


def _listening(said: str) -> Iterator[int]:
    for words in map(str.split, said.splitlines()):
        if len(words) > 3 and words[3] == _LISTENS:
            address, _, port = words[1].partition(":")
            if address not in _RESOLVER:
                yield int(port, 16)


def _root(pid: int, parents: Mapping[int, int]) -> int:
    seen = set()
    while parents.get(pid) and pid not in seen:
        seen.add(pid)
        pid = parents[pid]
    return pid


def _number(text: str) -> int | None:
    number = int(text) if text.lstrip("-").isdigit() else -1
    return number if 0 <= number < _NO_LIMIT else None
