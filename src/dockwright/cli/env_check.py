"""`dockwright env check`: what is wrong with the env files."""

from __future__ import annotations

import os
import sys

from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.env_values import add_env, parse

_DESCRIPTION = """\
Check the env files of an environment, or of all: what is missing, unknown,
empty, only a placeholder or of the wrong type; what another environment lacks
or shares with production; what `environment:`, another file or your shell takes
the place of; what python-dotenv reads otherwise than Compose; what git has, and
what others on this machine can read. No value is shown.
"""

_EPILOG = """\
examples:
  dockwright env check                 all environments whose files are here
  dockwright env check prod            on the server, before it starts
  dockwright env check --format json

exit code: 0 nothing is wrong, or only worth knowing; 1 errors or warnings
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env check", _DESCRIPTION, _EPILOG)
    add_env(options, what="the environment, or an env file (default: all)")
    add_format(options, "json")
    given = parse(options, arguments)
    project, _ = read_project(given.path)

    from dockwright.cli.certs import in_repository
    from dockwright.engine.git import RealGit
    from dockwright.env.checking import INFO, Outside, check
    from dockwright.env.environments import all_but_the_editor_s, chosen
    from dockwright.report import env_check as report

    wanted = (chosen(project, given.env),) if given.env else all_but_the_editor_s(project)
    repository = in_repository(project.root)
    tracked = RealGit().tracked(project.root) if repository else frozenset()
    outside = Outside(tracked, repository, os.environ)
    troubles = check(project, wanted, outside, asked=given.env is not None)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.env(project, report.body(project, wanted, troubles)))
    else:
        print_notices(project)
        sys.stdout.write(report.text(project, wanted, troubles))
    return 1 if any(each.level != INFO for each in troubles) else 0
