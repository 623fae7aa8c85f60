"""Containers that run, and complain in their log of a path that they may not use, or not write."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dockwright.doctor.because import reason
from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis
from dockwright.doctor.sight import Sight, sights
from dockwright.facts.known_errors import by_place
from dockwright.facts.log_causes import LOG_CAUSES
from dockwright.verify.live import Container

_FAULTS = ("path-denied", "path-read-only")
_KNOWN = tuple(known for known in LOG_CAUSES if known.fault in _FAULTS)
_LINES = 200

_STILL = r"""
if [ -d "$1" ]; then [ -w "$1" ] && [ -x "$1" ]
elif [ -e "$1" ]; then [ -w "$1" ]
else [ -w "$(dirname "$1")" ]
fi
"""
"""Whether somebody may write a path by now."""


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each container that runs and has complained, unless what it complained of is mended."""
    for sight in sights(case):
        there = [each for each in sight.ours if each.running and each.service in sight.built]
        if there:
            sight.engine.at_once([partial(sight.log, each, _LINES) for each in there])
        for container in there:
            yield from _complaint(sight, container)


def _complaint(sight: Sight, container: Container) -> Iterator[Diagnosis]:
    told = by_place(_KNOWN, sight.log(container, _LINES))
    path = next((each for each in told.groups.values() if each.startswith("/")), "") if told is not None else ""
    if told is None or not path:
        return
    said = sight.engine.docker("exec", container.id, "sh", "-c", _STILL, "sh", path)
    if said.status != 1:
        return
    because = reason(sight, container, told)
    yield sight.found(
        told.known.fault, container.name, because.cause,
        (f"docker compose logs {container.service}: {told.line}", *because.seen), because.steps,
        severity="hurts", symptom_of=("key-unreadable", "mount-unreadable", "mount-owner", "volume-not-owned"),
    )  # fmt: skip
