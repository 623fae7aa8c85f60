"""`dockwright show`: the model, for whoever meets a repository for the first time."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser(
        "show",
        "Print what is here: images and stages, stacks and services, variables, and every\n"
        "reference from file to file. Values of variables are never printed.",
    )
    add_path(options)
    add_format(options, "json")
    given = options.parse_args(arguments)
    project, _ = read_project(given.path)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.show(project))
    else:
        from dockwright.report import terminal

        print_notices(project)
        sys.stdout.write(terminal.show(project))
    return 0
