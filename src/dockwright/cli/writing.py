"""What `apply` and `audit --fix` share: the project as nothing interrupted left it, the refusal, and the writing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockwright import __version__
from dockwright.cli.arguments import read_project
from dockwright.cli.main import complain
from dockwright.config import Configured
from dockwright.errors import DockwrightError
from dockwright.plan import Plan, owners
from dockwright.project.model import Project
from dockwright.proof.static import Proof
from dockwright.rule import all_rules

if TYPE_CHECKING:
    from dockwright.proof.images import ImageProof


def read_to_change(path: str) -> tuple[Project, Configured]:
    """The project at PATH and its settings, once a change that was interrupted has been taken back."""
    from dockwright.change.disk import RealDisk
    from dockwright.change.undo import recover

    project, settings = read_project(path)
    recovered = recover(RealDisk(project.root))
    if recovered is None:
        return project, settings
    print(f"note: an apply that was interrupted has been taken back first ({recovered.id})", file=sys.stderr)
    return read_project(path)


def refused(proof: Proof) -> bool:
    """Whether the proof speaks against a plan; if so, it is printed on standard error."""
    if not proof.broken:
        return False
    from dockwright.report import terminal

    sys.stderr.write(terminal.proof(proof))
    complain(DockwrightError("refused: the plan would break what the proof names", hint="--skip leaves a step out"))
    return True


def images_refused(images: Sequence[ImageProof]) -> bool:
    """Whether the image proof speaks against a plan; if so, it is printed on standard error."""
    if not any(image.broken for image in images):
        return False
    from dockwright.report import images as report

    sys.stderr.write(report.text(images))
    complain(DockwrightError("refused: the images would lose what the proof names", hint="--skip leaves a step out"))
    return True


def write(plan: Plan) -> str:
    """Make a plan's changes, which must not be none, and give the number under which `undo` takes them back."""
    from dockwright.change.apply import apply
    from dockwright.change.disk import RealDisk

    disk = RealDisk(plan.before.root)
    return apply(disk, plan.changes, title=_title(owners(plan)), tool_version=__version__)


_NAMED = 4
"""How many rules a journal's title names; more are counted."""


def _title(made_by: Sequence[str]) -> str:
    """The steps by their names, and the rules too where they are few."""
    codes = {rule.code for rule in all_rules()}
    rules = [owner for owner in made_by if owner in codes]
    steps = [owner for owner in made_by if owner not in codes]
    return ", ".join([*steps, *(rules if len(rules) <= _NAMED else [f"{len(rules)} rules"])])
