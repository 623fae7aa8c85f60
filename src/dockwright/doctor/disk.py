"""Disks: no space or no inodes left where the engine keeps its data, or where the project is."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Severity
from dockwright.tools import Space

FULL, SCARCE = 200 * 2**20, 2 * 2**30
"""Bytes: below the first databases stop, below the second an image with its layers may not fit."""

FEW_INODES = 0.01
"""The share of inodes that must be free: an image has tens of thousands of files."""

_SYMPTOMS = ("build-fails", "container-exited", "container-restarting", "unhealthy", "not-started")


def examine(case: Case) -> Iterator[Diagnosis]:
    """Disks that are full, each once."""
    places = [("the project's disk", case.project.root)]
    root = case.info.get("DockerRootDir")
    if isinstance(root, str) and case.local:
        places.insert(0, ("the engine's disk", root))
    told: set[Space] = set()
    for subject, path in places:
        space = case.host.space(path)
        if space is None or space in told:
            continue
        told.add(space)
        yield from _judged(case, subject, path, space)


def _judged(case: Case, subject: str, path: str, space: Space) -> Iterator[Diagnosis]:
    if space.free < SCARCE:
        severity: Severity = "stops" if space.free < FULL else "hurts"
        left = "is full" if severity == "stops" else "is nearly full"
        seen = (f"{path}: {_bytes(space.free)} of {_bytes(space.size)} free",)
        cause = f"the disk of {path} {left}"
        yield Diagnosis("disk-full", subject, cause, seen, _ways(case), severity, explains=_SYMPTOMS)
    if space.inodes and space.free_inodes is not None and space.free_inodes < space.inodes * FEW_INODES:
        seen = (f"{path}: {space.free_inodes} of {space.inodes} inodes free, {_bytes(space.free)} in bytes",)
        cause = f"the disk of {path} has no inodes left: space is there, and no file can be made"
        yield Diagnosis("inodes-full", subject, cause, seen, _ways(case), explains=_SYMPTOMS)


def _ways(case: Case) -> tuple[Command, ...]:
    if case.engine is None:
        return (Command("df -h && df -i", "which disk it is; Docker's own is in /var/lib/docker"),)
    return (
        Command("docker system df", "what takes the space"),
        Command("docker builder prune", "deletes the build cache: the next build takes longer"),
        Command("docker image prune", "deletes images without a name that no container uses"),
    )


def _bytes(number: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number / 1000:.0f} kB"
