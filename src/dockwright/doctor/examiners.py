"""Examiners: a row a module of this package, in the order of what is to be mended first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Literal, TypeAlias

from msgspec import Struct

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis

Needs: TypeAlias = Literal["files", "engine"]


class Examiner(Struct, frozen=True):
    """A module of this package with `examine(case)`: what it looks at, in a few words, and what it cannot do without.

    Those that need no engine are asked in any case, and say less without one.
    """

    module: str
    looks_at: str
    needs: Needs = "files"

    @property
    def examine(self) -> Callable[[Case], Iterator[Diagnosis]]:
        """The module's function."""
        found: Callable[[Case], Iterator[Diagnosis]] = import_module(f"{__package__}.{self.module}").examine
        return found


EXAMINERS: tuple[Examiner, ...] = (
    # The machine and the engine.
    Examiner("engine", "the engine, Compose and Buildx"),
    Examiner("disk", "disks and inodes"),
    Examiner("clock", "clocks"),
    Examiner("ports", "ports"),
    Examiner("names", "names of projects and containers", "engine"),
    # What files tell.
    Examiner("env_files", "env files"),
    Examiner("variables", "variables"),
    Examiner("compose_files", "what Compose reads"),
    Examiner("compose_v1", "calls of the first Compose"),
    Examiner("certificates", "certificates and keys"),
    Examiner("mounts", "mounts and their owners"),
    Examiner("scripts", "scripts that containers start with"),
    Examiner("platforms", "processors"),
    Examiner("lock", "lock files"),
    Examiner("by_rule", "what the audit knows to stop a build or a start"),
    # What runs.
    Examiner("images", "images that others publish", "engine"),
    Examiner("builds", "builds", "engine"),
    Examiner("left_behind", "volumes of former names", "engine"),
    Examiner("volume_owners", "owners of volumes", "engine"),
    Examiner("data_versions", "versions of data", "engine"),
    Examiner("strays", "orphans and networks", "engine"),
    Examiner("outdated", "containers that are older than their files", "engine"),
    Examiner("ended", "containers that have ended", "engine"),
    Examiner("complaints", "complaints in logs", "engine"),
    Examiner("probes", "health checks", "engine"),
)
"""All of them, in the order that causes of one severity are reported in."""
