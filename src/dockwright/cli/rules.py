"""`dockwright rules`: every rule in a line."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import add_format, parser
from dockwright.rule import all_rules


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("rules", "List every rule.", "`dockwright explain CODE` prints a rule's page.")
    add_format(options, "json")
    given = options.parse_args(arguments)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.rules(all_rules()))
    else:
        from dockwright.report import terminal

        sys.stdout.write(terminal.rules(all_rules()))
    return 0
