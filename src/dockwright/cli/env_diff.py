"""`dockwright env diff`: two environments beside each other, without a value."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.env_values import add_folder, parse

_DESCRIPTION = """\
Compare the env files of two environments: which names each has, and whether the
values are the same. No value is shown. A and B are environments (dev, prod) or
env files; where an env file is not there, its example is compared.
"""

_EPILOG = """\
examples:
  dockwright env diff dev prod
  dockwright env diff env/.env.dev env/.env.dev.example

exit code: 0 the names are the same, whatever the values are; 1 one has a name
that the other lacks, or production shares a secret with what is not production
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env diff", _DESCRIPTION, _EPILOG)
    options.add_argument("a", metavar="A", help="an environment or an env file")
    options.add_argument("b", metavar="B", help="another one")
    add_folder(options)
    add_format(options, "json")
    given = parse(options, arguments)
    project, _ = read_project(given.path)

    from dockwright.env.comparing import compare
    from dockwright.env.environments import chosen
    from dockwright.report import env_files as report

    compared = compare(project, chosen(project, given.a), chosen(project, given.b))
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.env(project, report.compared_json(project, compared)))
    else:
        print_notices(project)
        sys.stdout.write(report.compared_text(project, compared))
    return 1 if compared.differ else 0
