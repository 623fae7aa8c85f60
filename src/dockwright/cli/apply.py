"""`dockwright apply`: the plan, made."""

from __future__ import annotations

import sys

from dockwright import __version__
from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.cli.main import complain
from dockwright.cli.planning import add_choices, planned, proved
from dockwright.errors import DockwrightError, UsageError
from dockwright.plan import owners

_EPILOG = """\
Every file that changes is kept in .dockwright/ first, which git ignores; `dockwright
undo` gives every byte back. A plan that would break something is refused.

exit code: 0 applied or nothing to do, 1 refused or declined
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("apply", "Make the changes that `dockwright plan` shows.", _EPILOG)
    add_path(options)
    add_format(options, "json")
    add_choices(options)
    options.add_argument("--yes", "-y", action="store_true", help="do not ask")
    given = options.parse_args(arguments)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if not given.yes and (given.format != "text" or not interactive):
        raise UsageError(
            "nobody can be asked here", hint="look at `dockwright plan`, then run `dockwright apply --yes`"
        )
    from dockwright.change.disk import RealDisk
    from dockwright.change.undo import recover

    project = read_project(given.path)
    recovered = recover(RealDisk(project.root))
    if recovered is not None:
        print(f"note: an apply that was interrupted has been taken back first ({recovered.id})", file=sys.stderr)
        project = read_project(given.path)
    plan = planned(project, given)
    proof = proved(plan)
    if proof.broken:
        from dockwright.report import terminal

        sys.stderr.write(terminal.proof(proof))
        complain(DockwrightError("refused: the plan would break what the proof names", hint="--skip leaves a step out"))
        return 1
    if given.format == "text":
        from dockwright.report import terminal

        print_notices(project)
        sys.stdout.write(terminal.plan(plan, proof, stat_only=True))
        if plan.changes and not given.yes and not _agreed():
            print("nothing was changed")
            return 1
    if plan.changes:
        from dockwright.change.apply import apply

        journal = apply(RealDisk(project.root), plan.changes, title=", ".join(owners(plan)), tool_version=__version__)
        if given.format == "text":
            print(f"applied as {journal}; `dockwright undo {given.path}` takes it back".replace(" .`", "`"))
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.plan(plan, proof, applied=bool(plan.changes)))
    return 0


def _agreed() -> bool:
    try:
        return input("make these changes? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
