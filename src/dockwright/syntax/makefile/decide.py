"""Decisions: which definitions count, as far as the conditionals around them can be decided by the file itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dockwright.syntax.makefile.nodes import Arm, Condition, Makefile
from dockwright.text import Mapped

# What make sets by itself; a condition on one of them cannot be decided here.
BUILT_IN = frozenset(
    {
        "MAKE", "MAKEFLAGS", "MAKECMDGOALS", "MAKEFILE_LIST", "MAKELEVEL", "MAKEOVERRIDES", "MAKE_VERSION",
        "MAKE_HOST", "MAKE_COMMAND", "CURDIR", "SHELL", "PWD", "OS", "PATH", "HOME", "USER", ".SHELLFLAGS",
        ".DEFAULT_GOAL", ".VARIABLES", ".FEATURES", ".INCLUDE_DIRS", "SUFFIXES",
    }
)  # fmt: skip


def active(file: Makefile, arms: Iterable[Arm], value: Callable[[Mapped], str | None]) -> bool | None:
    """Whether what stands below these conditions counts; None where that cannot be known.

    `value` gives what a text of a condition expands to, None where that is unknown.
    """
    unknown = False
    for arm in arms:
        decided = None if arm.condition is None else _decide(file.memory.decided, arm.condition, value)
        if decided is None:
            unknown = True
        elif decided != arm.holds:
            return False
    return None if unknown else True


def _decide(
    known: dict[Condition, bool | None], condition: Condition, value: Callable[[Mapped], str | None]
) -> bool | None:
    if condition not in known:
        known[condition] = None  # A condition on a variable that it guards itself stays undecided.
        known[condition] = _compare(condition, value)
    return known[condition]


def _compare(condition: Condition, value: Callable[[Mapped], str | None]) -> bool | None:
    if condition.keyword in ("ifdef", "ifndef"):
        name = condition.left.text
        if "$" in name or name in BUILT_IN:
            return None
        defined = value(Mapped(f"$({name})", ()))
        return None if defined is None else bool(defined) == (condition.keyword == "ifdef")
    left, right = value(condition.left), value(condition.right)
    if left is None or right is None:
        return None
    return (left == right) == (condition.keyword == "ifeq")
