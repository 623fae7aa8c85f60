"""`audit --fix`: the safe fixes of what the audit would report, made and journaled."""

from __future__ import annotations

from dockwright.cli.planning import proved
from dockwright.cli.settings import Choice
from dockwright.cli.writing import refused, write
from dockwright.finding import Consent, Finding
from dockwright.plan import make_plan
from dockwright.project.model import Project
from dockwright.refactor.steps import CLOSING
from dockwright.report.audited import Repaired

_SAFE: tuple[Consent, ...] = ("safe",)


def fix(project: Project, choice: Choice) -> tuple[bool, Repaired | None]:
    """Make the safe fixes; whether the proof let them pass, and what was done, None where there was nothing to do."""

    def wanted(state: Project, finding: Finding, path: str) -> bool:
        return project.focus in (None, path) and choice.wanted(state, finding, path)

    plan = make_plan(project, choice.rules, closing=CLOSING, consents=_SAFE, wanted=wanted)
    if refused(proved(plan)):
        return False, None
    return True, Repaired(write(plan), plan.patches) if plan.changes else None
