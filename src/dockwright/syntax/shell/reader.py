"""Reader: how far a text is read, and what was found in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeAlias

from dockwright.syntax.problem import Problem
from dockwright.syntax.shell.nodes import Assignment, Expansion, Function, Literal, Loop, Redirect, Word
from dockwright.text import Mapped, lazy_regex

DEEPEST = 40  # Nested substitutions; below that their text is taken as it stands.

PLAIN_WORD = lazy_regex(r"[^ \t\n\r|&;()<>\\'\"$`]+(?=[ \t\n|&;)<>]|\Z)")
ASSIGNMENT = lazy_regex(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]\n]*\])?\+?=")

_BLANKS = lazy_regex(r"(?:[ \t]+|\\\r?\n|\r(?=\n)|#[^\n]*)*")
_LINES = lazy_regex(r"(?:[ \t\n]+|\\\r?\n|\r(?=\n)|#[^\n]*)*")

Parts: TypeAlias = list[Literal | Expansion]


class OpenCommand:
    """A simple command while it is read."""

    __slots__ = ("assignments", "enclosing", "end", "negated", "nested", "operator", "redirects", "start", "words")

    def __init__(self, start: int, operator: str | None, enclosing: tuple[str, ...], nested: bool, negated: bool):
        self.start = self.end = start
        self.operator = operator
        self.enclosing = enclosing
        self.nested = nested
        self.negated = negated
        self.words: list[Word] = []
        self.assignments: list[Assignment] = []
        self.redirects: list[Redirect] = []


class Reader(ABC):
    """The state that words, expansions and commands are read with; each layer of the parser adds what it reads.

    `at` is the next character, `end` where the part that is being read ends. `background` are the ranges of
    `commands` that `&` ends; `heredocs` are redirections whose bodies come behind the line, by list and index.
    """

    def __init__(self, mapped: Mapped, opaque: Mapping[int, int]):
        self.mapped = mapped
        self.opaque = opaque
        self.text = mapped.text
        self.end = len(self.text)
        self.at = 1 if self.text.startswith("\ufeff") else 0
        self.depth = 0
        self.enclosing: tuple[str, ...] = ()
        self.commands: list[OpenCommand] = []
        self.background: list[tuple[int, int]] = []
        self.functions: list[Function] = []
        self.loops: list[Loop] = []
        self.problems: list[Problem] = []
        self.heredocs: list[tuple[list[Redirect], int]] = []

    def found(self) -> tuple[list[Any], ...]:
        """The lists that grow while a command is read."""
        return (self.commands, self.problems, self.functions, self.loops, self.background)

    def problem(self, start: int, end: int, message: str) -> None:
        """Note what is wrong between two offsets of the text."""
        self.problems.append(Problem(self.mapped.span(start, end), message))

    def skip_blanks(self) -> int:
        """Go past blanks, joined lines and a comment; where that leads."""
        match = _BLANKS.match(self.text, self.at, self.end)
        self.at = match.end() if match else self.at
        return self.at

    def skip_lines(self) -> int:
        """Go past blanks, comments and line feeds; where that leads."""
        match = _LINES.match(self.text, self.at, self.end)
        self.at = match.end() if match else self.at
        return self.at

    @abstractmethod
    def run(self, opener: str | None) -> bool:
        """Read commands up to the parenthesis that closes `opener`, or to the end; whether it was closed."""

    @abstractmethod
    def dollar(self, parts: Parts, quoted: bool) -> bool:
        """Read what begins with `$`; whether it quotes."""

    @abstractmethod
    def backquotes(self, parts: Parts, quoted: bool) -> None:
        """Read a backquoted command."""

    @abstractmethod
    def substitution(self, parts: Parts, kind: str, opener: int, quoted: bool) -> None:
        """Read the commands of `$(..)` or `<(..)`, whose opening signs are `opener` characters long."""
