"""The commands by name, and what happens around each: errors in one line, exit codes, a closed pipe."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from dockwright import __version__
from dockwright.errors import DockwrightError, did_you_mean
from dockwright.text import printable

COMMANDS = {
    "show": "what is here: images, stages, stacks, services, variables, references",
    "audit": "what is wrong, across all files at once, with the place and the reason",
    "plan": "what would change: a summary by step and rule, and the diff",
    "apply": "make the planned changes, journaled and atomic",
    "undo": "give every byte back that the last apply changed",
    "verify": "the running stack: user, health, ownership, logs, limits, network, signals",
    "env": "the variables: their schema, the env files, and why a value does not arrive",
    "doctor": "why it does not run here: the cause, and the command that mends it",
    "certs": "the TLS certificates for development, by a local authority",
    "rules": "every rule in a line",
    "explain": "a rule's page: what, why, how to mend it",
}

_EXAMPLES = """\
examples:
  dockwright show                 get to know a repository
  dockwright audit                find what is wrong in this folder
  dockwright plan --stat          see what would change, file by file
  dockwright apply --yes          change it; dockwright undo takes it back

`dockwright COMMAND --help` says more about each. PATH is a project folder, or one
Dockerfile or compose file in it; without it, the current folder.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dockwright",
        description="Audit, refactor, prove and verify the Docker infrastructure of Python services.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="dockwright COMMAND [PATH] [options]",
    )
    parser.add_argument("--version", "-V", action="version", version=f"dockwright {__version__}")
    listing = parser.add_argument_group("commands")
    for name, summary in COMMANDS.items():
        listing.add_argument(f"_{name}", metavar=name, nargs="?", help=summary)
    return parser


def run(arguments: list[str]) -> int:
    """Run one command; the exit code is per `docs/exit-codes.md`."""
    if not arguments:
        _parser().print_help()
        return 2
    name, *rest = arguments
    if name not in COMMANDS:
        parser = _parser()
        if name.startswith("-"):
            known, _ = parser.parse_known_args([name])
            parser.error(f"no such option: {name}" if known is not None else "")
        hint = did_you_mean(name, COMMANDS)
        parser.error(f"no such command: {name}" + (f"; {hint}" if hint else ""))
    try:
        code: int = import_module(f"dockwright.cli.{name}").run(rest)
        sys.stdout.flush()
    except DockwrightError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough; Python must not complain about it while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def complain(error: DockwrightError) -> None:
    """An error as the user sees it: what, where, and the way out."""
    print(f"dockwright: {printable(str(error))}", file=sys.stderr)
    if error.hint:
        print(f"  {printable(error.hint)}", file=sys.stderr)
