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
    # What files tell.
    # What runs.
)
"""All of them, in the order that causes of one severity are reported in."""
