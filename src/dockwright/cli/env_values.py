"""What the subcommands of `env` share that work on values: their arguments, and how values come in and go out.

Nothing here repeats what the user wrote behind a `=`: it may be a secret.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dockwright.change.protocol import refusal
from dockwright.errors import UsageError
from dockwright.project.stacks import ENVIRONMENTS

FROM_INPUT = "-"


def parse(options: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments, where `env` may be the project's folder: `dockwright env check ../shop`."""
    given, unknown = options.parse_known_args(arguments)
    positional = [getattr(given, name, None) for name in ("env", "path", "name", "a", "b")]
    for argument in (*unknown, *(each for each in positional if each and "=" in each)):
        name, equals, _ = argument.partition("=")
        hint = f"a value is given with --set {name}=-" if equals and name[:1] != "-" else "--help lists what is known"
        raise UsageError(f"not understood: {name}{'=...' if equals else ''}", hint=hint)
    if getattr(given, "env", None) and given.path is None and _is_folder(given.env):
        given.env, given.path = None, given.env
    given.path = given.path or "."
    return given


def _is_folder(said: str) -> bool:
    """Whether an argument means a folder: `test` may be both, and is the environment."""
    return said.lower() not in ENVIRONMENTS and os.path.isdir(said)


def add_env(options: argparse.ArgumentParser, *, needed: bool = False, what: str) -> None:
    """ENV and PATH."""
    options.add_argument("env", metavar="ENV", nargs=None if needed else "?", help=what)
    add_folder(options)


def add_folder(options: argparse.ArgumentParser) -> None:
    """PATH, which is read after other arguments."""
    options.add_argument("path", nargs="?", metavar="PATH", help="the project's folder (default: the current folder)")


def values(said: Sequence[str], environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The values that `--set` means, by name, and the names of those that stood on the command line.

    `NAME=VALUE` says it, `NAME` takes it from the environment, `NAME=-` from standard input: a line each, in order,
    asked for where somebody types. Raises UsageError, which never says a value.
    """
    found: dict[str, str] = {}
    shown = []
    for each in said:
        name, equals, value = each.partition("=")
        if not name or not name.replace("_", "").replace(".", "").isalnum():
            raise UsageError("--set wants NAME=VALUE, NAME=- or NAME")
        if name in found:
            raise UsageError(f"--set gives {name} twice")
        if not equals:
            if name not in environ:
                hint = f"export it first, or write --set {name}=- to be asked"
                raise UsageError(f"--set {name}: your environment has no variable of this name", hint=hint)
            value = environ[name]
        elif value == FROM_INPUT:
            value = asked(name)
        else:
            shown.append(name)
        found[name] = value
    return found, shown


def asked(name: str) -> str:
    """A value from standard input: typed unseen on a terminal, else the next line."""
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"{name}: ", stream=sys.stderr)
    line = sys.stdin.readline()
    if not line:
        raise UsageError(f"standard input has no line for {name}", hint="one line for each, in their order")
    return line.rstrip("\r\n")


@contextmanager
def refusing(hint: str = "Mend the cause and run the command again; nothing was written.") -> Iterator[None]:
    """Turns what the system refuses into the user's message."""
    try:
        yield
    except OSError as error:
        raise refusal(error, hint) from error
