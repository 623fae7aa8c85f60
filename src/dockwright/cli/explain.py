"""`dockwright explain`: a rule's page."""

from __future__ import annotations

import sys

from dockwright.cli.arguments import parser
from dockwright.errors import UsageError, did_you_mean
from dockwright.rule import all_rules


def run(arguments: list[str]) -> int:
    """Run the command. Raises UsageError for a rule that does not exist."""
    options = parser("explain", "Print a rule's page: what it finds, why it matters, how to mend it.")
    options.add_argument("rule", metavar="RULE", help="a rule's code or name, such as DW101 or runs-as-root")
    wanted = options.parse_args(arguments).rule
    for rule in all_rules():
        if wanted.lower() in (rule.code.lower(), rule.name):
            from dockwright.report import markdown

            sys.stdout.write(markdown.rule_page(rule))
            return 0
    names = [name for rule in all_rules() for name in (rule.code, rule.name)]
    hint = did_you_mean(wanted, names) or "`dockwright rules` lists them all"
    raise UsageError(f"no rule is called {wanted}", hint=hint)
