"""Step: a part of the way to the target layout, a producer of fixes; and what it had to leave."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from msgspec import Struct, structs

from dockwright.finding import Fix, Intent
from dockwright.project.leading import let_go
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


def letting_go(project: Project, fix: Fix, targets: Container[str]) -> Fix:
    """A fix that means to take away references to these files: it declares each of them that it does."""
    gone = tuple(Intent(*each) for each in let_go(project, fix.changes, targets))
    return structs.replace(fix, intends=(*fix.intends, *gone))


class Step(Protocol):
    """One step. It is silent on a project that has nothing for it to do."""

    name: str
    title: str

    def propose(self, project: Project) -> Proposal:
        """What has to be done to this project."""
        ...
