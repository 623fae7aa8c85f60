"""Known errors: a line that a program prints, why it prints it, and what mends that.

The tables of builds and of logs are made of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """A command to run, or words to write, and what for. `{name}` is a group of the line's pattern."""

    line: str
    why: str = ""


class Known(NamedTuple):
    """One error. `line` finds it in a line of output, whose groups fill in `cause` and `steps`.

    `having` and `lacking` are patterns of what was run: the error is this one only where the first is found in it, and
    the second is not.
    """

    fault: str
    line: re.Pattern[str]
    cause: str
    steps: tuple[Step, ...]
    having: re.Pattern[str] | None = None
    lacking: re.Pattern[str] | None = None

    def fits(self, ran: str) -> bool:
        """Whether what was run is what this error comes from."""
        return (self.having is None or self.having.search(ran) is not None) and (
            self.lacking is None or self.lacking.search(ran) is None
        )


class Recognised(NamedTuple):
    """An error that was found: the line that told it, and what its pattern's groups are."""

    known: Known
    line: str
    groups: Mapping[str, str]

    def cause(self, **more: str) -> str:
        """Why, as a clause without its full stop."""
        return self.known.cause.format_map({**self.groups, **more})

    def steps(self, **more: str) -> tuple[Step, ...]:
        """What mends it."""
        values = {**self.groups, **more}
        return tuple(Step(step.line.format_map(values), step.why.format_map(values)) for step in self.known.steps)


def by_rank(table: Sequence[Known], lines: Sequence[str], ran: str = "") -> Recognised | None:
    """The first error of a table that some line tells: for output that is all about one failure."""
    fitting = (known for known in table if known.fits(ran))
    return next((found for known in fitting for line in lines if (found := _told(known, line, ran))), None)


def by_place(table: Sequence[Known], lines: Iterable[str], ran: str = "") -> Recognised | None:
    """The error of the last line that tells one: a program ends of what it says last."""
    fitting = [known for known in table if known.fits(ran)]
    for line in reversed(list(lines)):
        for known in fitting:
            found = _told(known, line, ran)
            if found is not None:
                return found
    return None


def _told(known: Known, line: str, ran: str) -> Recognised | None:
    match = known.line.search(line)
    if match is None:
        return None
    also = known.having.search(ran) if known.having is not None else None
    groups: dict[str, str] = {}
    for each in filter(None, (also, match)):
        for name, value in each.groupdict().items():
            groups[name] = value or groups.get(name, "")
    return Recognised(known, line.strip(), groups)
