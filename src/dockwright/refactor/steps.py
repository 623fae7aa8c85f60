"""The steps to the target layout, in their order; each is made against what the one before it left."""

from __future__ import annotations

from dockwright.refactor.backup import Backup
from dockwright.refactor.ci.steps import BEFORE_LEFTOVERS, CI
from dockwright.refactor.compose.steps import BEFORE_DOCKERFILE, COMPOSE
from dockwright.refactor.dockerfile import Stages
from dockwright.refactor.env import ENV
from dockwright.refactor.layout import LAYOUT
from dockwright.refactor.make import MAKE
from dockwright.refactor.packaging.leftovers import Leftovers
from dockwright.refactor.packaging.locking import Locking
from dockwright.refactor.step import Step
from dockwright.tools import Tools


def to_target_layout(tools: Tools) -> tuple[Step, ...]:
    """Every step in its order. Several may share a name: `--only` and `--skip` mean all of them."""
    return (
        *LAYOUT,
        *BEFORE_DOCKERFILE,
        Locking(tools.uv),
        Stages(),
        *COMPOSE,
        *ENV,
        *MAKE,
        *BEFORE_LEFTOVERS,
        Leftovers(),
        *CI,
    )


CLOSING: tuple[Step, ...] = (Backup(),)
"""Taken last, and only where there is something to change at all."""
