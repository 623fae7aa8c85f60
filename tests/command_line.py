"""The command line as tests call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec


class Said(NamedTuple):
    """A command's exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, as `--format json` prints it."""
        return msgspec.json.decode(self.out)


Dockwright = Callable[..., Said]
