"""`dockwright env`: the variables, and the files that give them values. Each subcommand is a module of its own."""

from __future__ import annotations

from importlib import import_module

from dockwright.cli.arguments import parser
from dockwright.errors import did_you_mean

SUBCOMMANDS = {
    "schema": "every variable: type, default, secret or not, who gives it, who reads it",
    "trace": "every place a value passes on its way into a process, and which one wins",
    "check": "what is missing, unknown, empty, a placeholder, shadowed or misread",
    "create": "make an env file from its example, with fresh secrets",
    "sync": "bring examples and env files in line, values untouched",
    "diff": "compare two environments, without showing a value",
    "rotate": "replace a secret, and say what has to be restarted",
}

_EPILOG = """\
Two things are called env file, and one does not do the other's work: `--env-file`
and `.env` fill in ${NAME} in compose files; a service's `env_file:` fills its
container. `dockwright env trace` shows which of them a value takes.

No value of a secret is ever printed.

examples:
  dockwright env schema                        what this project wants to know
  dockwright env schema --format json-schema   the same for an editor or a test
  dockwright env trace DATABASE_URL dev        why is my variable not loading
  dockwright env check                         what is wrong with the env files
  dockwright env create dev                    a first env file, secrets made
  dockwright env diff dev prod                 what production has and I have not

`dockwright env SUBCOMMAND --help` says more about each.
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser(
        "env", "The variables of the stacks and programs, and the env files that give them values.", _EPILOG
    )
    options.usage = "dockwright env SUBCOMMAND [options]"
    listing = options.add_argument_group("subcommands")
    for name, summary in SUBCOMMANDS.items():
        listing.add_argument(f"_{name}", metavar=name, nargs="?", help=summary)
    if not arguments:
        options.print_help()
        return 2
    name, *rest = arguments
    if name not in SUBCOMMANDS:
        if name.startswith("-"):
            options.parse_known_args([name])
            options.error(f"no such option: {name}")
        hint = did_you_mean(name, SUBCOMMANDS)
        options.error(f"no such subcommand: {name}" + (f"; {hint}" if hint else ""))
    code: int = import_module(f"dockwright.cli.env_{name}").run(rest)
    return code
