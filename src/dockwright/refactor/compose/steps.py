"""The small steps of `compose`, in their order."""

from __future__ import annotations

from dockwright.refactor.compose.migrations import Migrations
from dockwright.refactor.compose.probes import Probes
from dockwright.refactor.compose.tags import Tags
from dockwright.refactor.step import Step

COMPOSE: tuple[Step, ...] = (Tags(), Migrations(), Probes())
