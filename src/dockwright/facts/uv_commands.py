"""The uv commands that came late, each with a version below which no uv has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class UvCommand(NamedTuple):
    """No version below `since` has the command; `instead` does the same in those."""

    since: tuple[int, ...]
    instead: str | None = None


# uv's changelog. `uv check` runs a type checker; what people mean by it in older versions is the lock file.
LATE_COMMANDS: Mapping[str, UvCommand] = {
    "check": UvCommand((0, 11), "uv lock --check"),
    "format": UvCommand((0, 8, 13), "uvx ruff format"),
}
