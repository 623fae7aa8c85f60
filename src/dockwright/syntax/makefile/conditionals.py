"""Conditionals: what `ifeq`, `else` and `endif` say of the lines between them."""

from __future__ import annotations

from msgspec import Struct

from dockwright.syntax.makefile.nodes import Arm, Condition
from dockwright.syntax.makefile.words import TOKEN, find, stripped
from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Span, lazy_regex

_MOST = 32  # Arms and levels; what stands deeper counts as undecided.
_UNDECIDED = Arm(None, True)

_CONDITIONS = frozenset({"ifdef", "ifndef", "ifeq", "ifneq"})
_QUOTED = lazy_regex(r"""[ \t]*(?:"([^"]*)"|'([^']*)')[ \t]*(?:"([^"]*)"|'([^']*)')""")


class _Open(Struct):
    """An open conditional: its place, its arms so far, and the conditions that it stands under itself."""

    span: Span
    arms: list[Arm]
    outer: tuple[Arm, ...]


class Conditionals:
    """The conditionals that are open while a file is read; `conditions` are what the line at hand stands under."""

    def __init__(self, problems: list[Problem]):
        self.conditions: tuple[Arm, ...] = ()
        self._problems = problems
        self._open: list[_Open] = []

    def read(self, word: str, line: Mapped, behind: int, span: Span) -> bool:
        """Take a line that begins with `word` and goes on at `behind`; whether it belongs to a conditional."""
        if word == "endif":
            if self._open:
                self.conditions = self._open.pop().outer
            else:
                self._problem(span, "`endif` without a conditional")
            return True
        if word in _CONDITIONS:
            self._open.append(_Open(span, [self._arm(word, line, behind, span)], self.conditions))
        elif word == "else":
            self._else(line, behind, span)
        else:
            return False
        if self._open:
            top = self._open[-1]
            known = len(top.outer) + len(top.arms) <= _MOST
            self.conditions = (*top.outer, *top.arms) if known else (_UNDECIDED,)
        return True

    def finish(self) -> None:
        """Note the conditionals that the file leaves open."""
        for conditional in self._open:
            self._problem(conditional.span, "this conditional has no `endif`")

    def _problem(self, span: Span, message: str) -> None:
        self._problems.append(Problem(span, message))

    def _else(self, line: Mapped, behind: int, span: Span) -> None:
        if not self._open:
            self._problem(span, "`else` without a conditional")
            return
        arms = self._open[-1].arms
        arms[-1] = Arm(arms[-1].condition, not arms[-1].holds)
        match = TOKEN.match(line.text, behind)
        if match is not None and match[1] in _CONDITIONS:
            arms.append(self._arm(match[1], line, match.end(), span))
        if len(arms) > _MOST:
            arms[:] = [_UNDECIDED]

    def _arm(self, word: str, line: Mapped, behind: int, span: Span) -> Arm:
        text = line.text
        tested = stripped(line.slice(behind, find(text, behind, len(text), "#")))
        sides = (tested, tested) if word in ("ifdef", "ifndef") else _sides(tested)
        if sides is None:
            self._problem(span, f"`{word}` needs two arguments")
        left, right = sides or (tested, tested)
        return Arm(Condition(word, left, right, span), True)


def _sides(tested: Mapped) -> tuple[Mapped, Mapped] | None:
    """The two texts of `(a,b)` or `"a" "b"`; None where there are no two."""
    text = tested.text
    quoted = _QUOTED.match(text)
    if quoted is not None:
        first, second = (1 if quoted[1] is not None else 2), (3 if quoted[3] is not None else 4)
        return tested.slice(*quoted.span(first)), tested.slice(*quoted.span(second))
    if not (text.startswith("(") and text.endswith(")")):
        return None
    end = len(text) - 1
    comma = find(text, 1, end, ",")
    return None if comma >= end else (stripped(tested.slice(1, comma)), stripped(tested.slice(comma + 1, end)))
