"""`dockwright audit`: findings in, a report out, and an exit code for CI."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.finding import SEVERITIES
from dockwright.rule import all_rules
from dockwright.rule import run as run_rules

_EPILOG = """\
exit code: 0 nothing at or above the threshold, 1 findings, 2 wrong usage,
3 the project cannot be read

examples:
  dockwright audit                       this folder
  dockwright audit docker/Dockerfile     one file, seen with all the others
  dockwright audit --fail-on error       let warnings pass
  dockwright audit --format json | jq '.summary'
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("audit", "Find what is wrong in a project's Docker infrastructure.", _EPILOG)
    add_path(options)
    add_format(options, "json")
    options.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, "never"),
        default="warning",
        help="the least severity that makes the exit code 1 (default: warning)",
    )
    given = options.parse_args(arguments)
    project = read_project(given.path)
    findings = [finding for finding in run_rules(all_rules(), project) if project.focus in (None, finding.at.path)]
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.audit(project, findings))
    else:
        from dockwright.report import terminal

        print_notices(project)
        sys.stdout.write(terminal.audit(project, findings))
    failing = SEVERITIES[: SEVERITIES.index(given.fail_on) + 1] if given.fail_on != "never" else ()
    return 1 if any(finding.severity in failing for finding in findings) else 0
