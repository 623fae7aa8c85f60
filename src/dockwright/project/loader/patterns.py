"""Patterns: tables that give a rule for places of a model, compiled into trees that a walk goes down with the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

Rule = TypeVar("Rule")


class Branch(Generic[Rule]):
    """What a table says of one place: the rule, if there is one, and what it says of the places below."""

    __slots__ = ("_any", "_below", "rule")

    def __init__(self) -> None:
        self.rule: Rule | None = None
        self._below: dict[str, Branch[Rule]] = {}
        self._any: Branch[Rule] | None = None

    @property
    def ends(self) -> bool:
        """Whether the table says nothing of any place below."""
        return self._any is None and not self._below

    def below(self, key: str) -> Branch[Rule]:
        """The branch of a key; that of a list's elements is asked for with any text."""
        found = self._below.get(key, self._any)
        return _NOTHING if found is None else found

    def grow(self, pattern: str, rule: Rule) -> None:
        """Add a pattern such as `services.*.build`."""
        branch = self
        for part in pattern.split("."):
            if part == "*":
                if branch._any is None:
                    branch._any = Branch()
                branch = branch._any
            else:
                branch = branch._below.setdefault(part, Branch())
        branch.rule = rule


_NOTHING: Branch[Any] = Branch()


def compiled(table: Mapping[str, Rule]) -> Branch[Rule]:
    """The tree of a table whose keys are patterns, `*` for any one key. No level mixes keys and `*`."""
    root: Branch[Rule] = Branch()
    for pattern, rule in table.items():
        root.grow(pattern, rule)
    return root
