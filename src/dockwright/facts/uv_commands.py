"""The uv commands that came late, each with the version that brought it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class UvCommand(NamedTuple):
    """The version that brought the command, and what does the same in those below it."""

    since: tuple[int, ...]
    instead: str | None = None


# uv's changelog. `uv check` runs a type checker; what people mean by it in older versions is the lock file.
LATE_COMMANDS: Mapping[str, UvCommand] = {
    "check": UvCommand((0, 11, 18), "uv lock --check"),
    "format": UvCommand((0, 8, 13), "uvx ruff format"),
}
