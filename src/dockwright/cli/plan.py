"""`dockwright plan`: what would change, and the proof that behaviour is kept."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.cli.planning import add_choices, add_image_proof, image_prover, planned, proving
from dockwright.errors import UsageError

_EPILOG = """\
Nothing is written, and nothing of the project is run, but for the builds that
--prove-images asks for. `--format patch` is what `git apply` takes, `--format
markdown` a comment on a pull request.

exit code: 0, or with --check 1 when anything would change (for CI)

examples:
  dockwright plan --stat                 file by file, without the diff
  dockwright plan --only layout          one step
  dockwright plan --prove-images         build both states, compare the images
  dockwright plan --format patch | git apply
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("plan", "Show what apply would change, grouped by reason, and the proof.", _EPILOG)
    add_path(options)
    add_format(options, "json", "markdown", "patch")
    add_choices(options)
    add_image_proof(options)
    options.add_argument("--stat", action="store_true", help="a line for each file instead of the diff")
    options.add_argument("--check", action="store_true", help="exit with 1 when anything would change")
    given = options.parse_args(arguments)
    if given.format == "patch" and given.prove_images:
        raise UsageError("a patch shows no proof", hint="leave out --prove-images, or take another --format")
    project, settings = read_project(given.path)
    prove_images = image_prover(project, given)
    if given.format == "patch":
        from dockwright.change.diff import unified

        plan = planned(project, settings, given)
        sys.stdout.buffer.write(unified(plan.changes).encode("utf-8", "surrogateescape"))
        return 1 if given.check and plan.changes else 0
    with proving(project) as prove:
        plan = planned(project, settings, given)
        proof = prove(plan)
    images = None if prove_images is None else prove_images(plan)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.plan(plan, proof, applied=False, images=images))
    elif given.format == "markdown":
        from dockwright.report import comment

        sys.stdout.write(comment.plan(plan, proof, images))
    else:
        from dockwright.report import terminal

        print_notices(project)
        sys.stdout.write(terminal.plan(plan, proof, stat_only=given.stat, images=images))
    return 1 if given.check and plan.changes else 0
