"""`dockwright apply`: the plan, made."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_format, add_path, parser, print_notices
from dockwright.cli.planning import add_choices, add_image_proof, image_prover, planned, proving
from dockwright.cli.writing import images_refused, read_to_change, refused, write
from dockwright.errors import UsageError

_EPILOG = """\
Every file that changes is kept in .dockwright/ first, which git ignores; `dockwright
undo` gives every byte back. A plan that would break something is refused.
With --prove-images that is also one whose images lose something.

exit code: 0 applied or nothing to do, 1 refused or declined
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("apply", "Make the changes that `dockwright plan` shows.", _EPILOG)
    add_path(options)
    add_format(options, "json")
    add_choices(options)
    add_image_proof(options)
    options.add_argument("--yes", "-y", action="store_true", help="do not ask")
    given = options.parse_args(arguments)
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if not given.yes and (given.format != "text" or not interactive):
        raise UsageError(
            "nobody can be asked here", hint="look at `dockwright plan`, then run `dockwright apply --yes`"
        )
    project, settings = read_to_change(given.path)
    prove_images = image_prover(project, given)
    with proving(project) as prove:
        plan = planned(project, settings, given)
        proof = prove(plan)
    if refused(proof):
        return 1
    images = None if prove_images is None else prove_images(plan)
    if images and images_refused(images):
        return 1
    if given.format == "text":
        from dockwright.report import terminal

        print_notices(project)
        sys.stdout.write(terminal.plan(plan, proof, stat_only=True, images=images))
        if plan.changes and not given.yes and not _agreed():
            print("nothing was changed")
            return 1
    if plan.changes:
        journal = write(plan)
        if given.format == "text":
            print(f"applied as {journal}; `dockwright undo {given.path}` takes it back".replace(" .`", "`"))
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.plan(plan, proof, applied=bool(plan.changes), images=images))
    return 0


def _agreed() -> bool:
    try:
        return input("make these changes? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
