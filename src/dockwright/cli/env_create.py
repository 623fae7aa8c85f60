"""`dockwright env create`: an env file from its example, with fresh secrets."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.env_values import add_env, parse, refusing, values
from dockwright.errors import UsageError
from dockwright.project.model import Project

if TYPE_CHECKING:
    from dockwright.env.creating import Created

_DESCRIPTION = """\
Make the env file of an environment from its example: fresh random secrets, URLs
that hold the same passwords as the variables, mode 600. A file that is there is
never written over.
"""

_EPILOG = """\
What nobody can make up, such as a key that a provider gives out or a domain,
comes by --set. In development it stays as the example has it, and is named.
Production needs --production, and is not made while such a value is missing.

  --set NAME=-       from standard input, a line each; asked for on a terminal
  --set NAME         from your environment
  --set NAME=VALUE   as it is; the list of processes and your history show it

File secrets that the compose files name are made as well, as far as they are
passwords. Certificates are not: dockwright certs makes those of development.

examples:
  dockwright env create dev
  dockwright env create prod --production --set STRIPE_KEY=- --set DOMAIN=x.test

exit code: 0 made; 1 not made: it is there already, or values are missing
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env create", _DESCRIPTION, _EPILOG)
    add_env(options, needed=True, what="the environment (dev, test, ci, staging, prod), or its env file")
    options.add_argument("--production", action="store_true", help="allow making production's file")
    options.add_argument(
        "--set", action="append", default=[], metavar="NAME[=VALUE]", help="give a value; see below; may be repeated"
    )
    add_format(options, "json")
    given = parse(options, arguments)
    project, _ = read_project(given.path)

    from dockwright.change.access import LinuxLists
    from dockwright.change.disk import RealDisk
    from dockwright.change.making import make
    from dockwright.change.putting import NewFile
    from dockwright.env.creating import create
    from dockwright.env.environments import chosen
    from dockwright.project.tls import serving
    from dockwright.report import env_files as report
    from dockwright.text import encode

    environment = chosen(project, given.env)
    if environment.production and not given.production:
        hint = "Run it there, not where the code is written: the file belongs on the server alone."
        raise UsageError(f"{environment.name} is production: --production says that you mean it", hint=hint)
    found, shown = values(given.set, os.environ)
    created = create(project, environment, found)
    disk = RealDisk(project.root)
    lists = LinuxLists(disk.root) if sys.platform == "linux" else None
    files = [NewFile(file.path, encode(file.text), ()) for file in created.files]
    files += [NewFile(secret.path, encode(secret.text), serving(project).users) for secret in created.secrets]
    with refusing():
        unreadable = make(disk, files, lists)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.env(project, report.created_json(project, created, unreadable)))
    else:
        print_notices(project)
        sys.stdout.write(report.created_text(project, created, unreadable, _exposed(project, created), shown))
    return 0


def _exposed(project: Project, created: Created) -> list[str]:
    """The files that were made and that git would take."""
    from dockwright.cli.certs import in_repository
    from dockwright.project.env_names import git_ignores

    if not in_repository(project.root):
        return []
    ignored = git_ignores(project)
    return [
        path for path in (*(f.path for f in created.files), *(s.path for s in created.secrets)) if not ignored(path)
    ]
