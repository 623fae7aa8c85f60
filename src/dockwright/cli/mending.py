"""`doctor --fix`: the mends of causes, round by round, each round examined anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from dockwright import __version__
from dockwright.doctor.case import Case
from dockwright.doctor.run import Diagnosed, Mended, diagnosed
from dockwright.errors import DockwrightError
from dockwright.project.model import Project, changes_between
from dockwright.text import Change, ChangeSet, FileChange
from dockwright.tools import Engine

_ROUNDS = 8
"""How often a mend may bring a cause to light that it had hidden; more is a circle."""


class OurHands:
    """What a mend does is done to this project and this engine."""

    def __init__(self, project: Project, engine: Engine | None) -> None:
        self._project, self._engine = project, engine

    @property
    def engine(self) -> Engine:
        """The engine that the diagnosis was made with."""
        if self._engine is None:
            raise DockwrightError("docker is not installed")
        return self._engine

    def change(self, changes: Sequence[Change], title: str) -> str:
        """Change files of the project, journaled."""
        return self._apply(changes_between(self._project, self._project.replace(changes)), title)

    def rewrite(self, path: str, change: FileChange, title: str) -> str:
        """Change one file as a whole, journaled."""
        return self._apply(ChangeSet({path: change}), title)

    def _apply(self, changes: ChangeSet, title: str) -> str:
        from dockwright.change.apply import apply
        from dockwright.change.disk import RealDisk

        journal = apply(RealDisk(self._project.root), changes, title=title, tool_version=__version__)
        return f"journaled as {journal}"

    def certify(self) -> str:
        """What `dockwright certs` does."""
        from dockwright.cli.certs import certified, check_library

        check_library()
        outcome = certified(self._project)
        refused = [each for each in outcome.certificates if each.state == "refused"]
        if refused:
            hint = "dockwright certs --renew replaces it, its key too"
            raise DockwrightError("dockwright has not made it", path=refused[0].certificate, hint=hint)
        if outcome.left_out:
            raise DockwrightError("this file system has no access-control lists, which the key needs")
        return ", ".join(f"{each.certificate} {each.state}" for each in outcome.certificates)


def mended(case: Case, again: Callable[[], Case]) -> Diagnosed:
    """Make the mends of what is found, and say what was done and what is left. `again` is the case as it is then."""
    made: list[Mended] = []
    for _ in range(_ROUNDS):
        seen = diagnosed(case)
        tried = {(each.fault, each.subject) for each in made}
        touched: set[str] = set()
        for found in seen.found:
            fault, subject, fix = found.diagnosis.fault, found.diagnosis.subject, found.diagnosis.fix
            if fix is None or (fault, subject) in tried or not touched.isdisjoint(fix.touches):
                continue
            touched.update(fix.touches)
            try:
                outcome, done = fix.how(OurHands(case.project, case.docker)), True
            except DockwrightError as error:
                outcome, done = f"{error}; {error.hint}" if error.hint else str(error), False
            made.append(Mended(fault, subject, fix.title, case.secrets.hidden(outcome), done))
        if not touched:
            break
        case = again()
    return replace(seen, mended=tuple(made))
