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

  required   some reader fails without it: ${NAME:?}, os.environ["NAME"], a field
             of a settings class without a default
  wanted     somewhere nothing stands in for it: ${NAME} is then empty
  secret     by its name, its type or the shape of a value; it has no default here
"""

_EPILOG = """\
formats:
  text          a table; `?` marks a type that is a guess by defaults and names
  json          the whole schema with every place (docs/json.md)
  json-schema   draft 2020-12: the environment as an object of texts
  example       an env file with comments and without secrets

examples:
  dockwright env schema
  dockwright env schema --format example > .env.example
  dockwright env schema --format json-schema > env.schema.json
"""

_FORMATS = ("text", "json", "json-schema", "example")


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env schema", _DESCRIPTION, _EPILOG)
    add_path(options)
    options.add_argument("--format", choices=_FORMATS, default="text", help="how to print it (default: text)")
    given = options.parse_args(arguments)
    project, _ = read_project(given.path)
    from dockwright.report import env_schema as report

    if given.format == "text":
        print_notices(project)
    write = {
        "text": report.text,
        "json": report.json,
        "json-schema": report.json_schema,
        "example": report.example,
    }[given.format]
    sys.stdout.write(write(project, schema(project)))
    return 0
