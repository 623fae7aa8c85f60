"""The arguments that several commands share."""

from __future__ import annotations

import argparse
import sys

from dockwright.cli.main import COMMANDS
from dockwright.cli.settings import configured
from dockwright.config import Configured
from dockwright.project.discover import discover
from dockwright.project.model import Project
from dockwright.text import printable


def parser(command: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    """A command's parser."""
    return argparse.ArgumentParser(
        prog=f"dockwright {command}",
        description=description or COMMANDS[command],
        epilog=epilog or None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_path(parser: argparse.ArgumentParser) -> None:
    """PATH."""
    parser.add_argument(
        "path",
        nargs="?",
        default=".",
        metavar="PATH",
        help="a project folder, or one Dockerfile or compose file in it (default: the current folder)",
    )


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """--format."""
    parser.add_argument(
        "--format", choices=("text", *formats), default="text", help="how to print the result (default: text)"
    )


def read_project(path: str) -> tuple[Project, Configured]:
    """The project at PATH without the files that its settings leave out, and those settings."""
    return configured(discover(path))


def print_notices(project: Project) -> None:
    """One line for each file that could not be taken in, on standard error: the rest goes on."""
    for notice in project.notices:
        if project.focus in (None, notice.path):
            place = f"{notice.path}:{notice.line}" if notice.line else notice.path
            way_out = f"; {notice.hint}" if notice.hint else ""
            print(f"note: {printable(place)}: {notice.message}{way_out}", file=sys.stderr)
