"""`dockwright env trace`: the way of a variable into a process."""

from __future__ import annotations

import os
import sys

from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.env_values import add_env, parse
from dockwright.env.remarks import remarks
from dockwright.env.trace import Tracer
from dockwright.errors import UsageError, did_you_mean
from dockwright.project.model import Project
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, stacks

_DESCRIPTION = """\
Why is my variable not loading? Show every place that a value passes on its way
into the containers of a stack, in order, and which one wins:

  the shell, --env-file or .env    fill in ${NAME} in the compose files
  env_file: of the service         fills the container, the last one wins
  environment: of the service      is stronger than any env file
  ENV of the image                 counts where none of them says anything
  the program                      reads it, or takes its own default

ENV is what the stack is for (dev, test, ci, staging, prod), or its name; without
it, development. The variables of the shell that you are in count, as they would
for docker compose. A value that is or may be a secret is never shown.
"""

_EPILOG = """\
examples:
  dockwright env trace DATABASE_URL
  dockwright env trace SECRET_KEY prod --service app
  dockwright env trace DEBUG dev --format json

exit code: 0 it arrives in some service; 1 in none, or Compose would not start
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env trace", _DESCRIPTION, _EPILOG)
    options.add_argument("name", metavar="NAME", help="the variable")
    add_env(options, what="the stack: what it is for, or its name")
    options.add_argument("--service", metavar="S", help="into this service alone")
    add_format(options, "json")
    given = parse(options, arguments)
    project, _ = read_project(given.path)
    tracer = Tracer(project, _chosen(project, given.env), os.environ)
    if given.service is not None and given.service not in tracer.layers:
        hint = did_you_mean(given.service, tracer.layers) or f"there are: {', '.join(tracer.layers)}"
        raise UsageError("the stack has no service of this name", hint=hint)
    found = tracer.trace(given.name, given.service)
    said = remarks(tracer, found)
    from dockwright.report import env_trace as report

    if given.format == "json":
        sys.stdout.write(report.json(project, found, said))
    else:
        print_notices(project)
        sys.stdout.write(report.text(project, found, said))
    return 0 if not found.refused and any(route.value is not None for route in found.routes) else 1


def _chosen(project: Project, env: str | None) -> Stack:
    """The stack that is meant: the one named, else development, else the first."""
    if env is not None:
        from dockwright.cli.verify import chosen

        return chosen(project, env)
    known = stacks(project)
    if not known:
        raise UsageError("there is no compose file here", path=project.root)
    return next((stack for stack in known if role(project, stack) == "dev"), known[0])
