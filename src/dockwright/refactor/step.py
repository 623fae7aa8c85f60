"""Step: a part of the way to the target layout, a producer of fixes; and what it had to leave."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from dockwright.finding import Fix
from dockwright.project.model import Project
from dockwright.text import Site


class Deferred(Struct, frozen=True):
    """Something that was not done: by whom, what, why, and where a person has to look."""

    owner: str
    what: str
    reason: str
    at: Site | None = None


class Proposal(Struct, frozen=True):
    """What a step would do to a project, and what it leaves."""

    fixes: tuple[Fix, ...] = ()
    deferred: tuple[Deferred, ...] = ()


class Step(Protocol):
    """One step. It is silent on a project that has nothing for it to do."""

    name: str
    title: str

    def propose(self, project: Project) -> Proposal:
        """What has to be done to this project."""
        ...
