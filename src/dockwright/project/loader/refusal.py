"""LoadError: why Compose refuses a stack, and where in its model."""

from __future__ import annotations

from dockwright.errors import DockwrightError
from dockwright.text import Site

Place = tuple[str, ...]
"""Where a value stands in a model: keys, and the numbers of list elements as text."""


class LoadError(DockwrightError):
    """What Compose would refuse.

    `place` is where in the model the fault is, as far as one place is at fault; `at` the same in the file that
    writes it, which is filled in when the whole stack is known.
    """

    def __init__(self, message: str, place: Place = (), *, path: str | None = None, at: Site | None = None):
        super().__init__(message, path=path)
        self.place = place
        self.at = at


def dotted(place: Place) -> str:
    """A place as Compose writes it."""
    return ".".join(place)
