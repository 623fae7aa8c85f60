"""How much work a call is, counted and not timed: a loaded machine counts the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any


def steps(run: Callable[[], object]) -> int:
    """How many lines of Python a call executes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


def is_linear(run: Callable[[str], object], unit: str, length: int = 1500) -> bool:
    """Whether four times the text is about four times the work, and not sixteen times."""
    run(unit)  # What is compiled or read once must not count.
    small, large = (steps(partial(run, unit * (size // len(unit)))) for size in (length, 4 * length))
    return large <= 6 * small + 1000
