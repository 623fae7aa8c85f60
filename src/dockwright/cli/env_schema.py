"""`dockwright env schema`: every variable of a project."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_path, parser, print_notices, read_project
from dockwright.env.schema import schema

_DESCRIPTION = """\
List every variable that the compose files, env files and their examples,
Dockerfiles, workflows, Makefiles, scripts and the code name: its type, what stands
in for it, whether it is a secret, who gives it a value and who reads it. All by
reading: nothing is run.
"""

_EPILOG = """\
examples:
  dockwright env schema
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env schema", _DESCRIPTION, _EPILOG)
    add_path(options)
    given = options.parse_args(arguments)
    project, _ = read_project(given.path)
    found = schema(project)
    from dockwright.report import env_schema as report

    print_notices(project)
    sys.stdout.write(report.text(project, found))
    return 0
