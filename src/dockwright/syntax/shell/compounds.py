"""Compound commands: what opens, continues and closes them, and what they hold besides commands."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.syntax.shell.expansions import ExpansionReader
from dockwright.syntax.shell.nodes import Function, Literal, Loop, Word
from dockwright.syntax.shell.reader import DEEPEST, PLAIN_WORD, OpenCommand
from dockwright.text import lazy_regex

_CONDITIONAL_OPERATOR = lazy_regex(r"&&|\|\||[()<>|&;]")
_TIMED = lazy_regex(r"time[ \t]+(?:-p[ \t]+)?(?=[{(!])")

_CLOSES: Mapping[str, frozenset[str]] = {
    "fi": frozenset({"if"}),
    "done": frozenset({"while", "until", "for", "select"}),
    "esac": frozenset({"case"}),
    "}": frozenset({"{"}),
    ")": frozenset({"("}),
}
_CONTINUES: Mapping[str, frozenset[str]] = {
    "then": _CLOSES["fi"],
    "elif": _CLOSES["fi"],
    "else": _CLOSES["fi"],
    "do": _CLOSES["done"],
}
_OPENS = frozenset({"if", "while", "until", "for", "select", "case", "{"})
_KEYWORDS = _OPENS | _CLOSES.keys() | _CONTINUES.keys() | {"!", "[["}


class Frame:
    """An open compound command; `listed` is how many commands there were when its current list began."""

    __slots__ = ("enclosing", "function", "kind", "listed", "patterns", "start")

    def __init__(
        self, kind: str, start: int, listed: int, enclosing: tuple[str, ...], function: tuple[str, int] | None = None
    ):
        self.kind = kind
        self.start = start
        self.listed = listed
        self.enclosing = enclosing
        self.patterns = False
        self.function = function


class OpenList:
    """The commands of a text or of a substitution while they are read.

    `frames` are the compound commands that are open, the first of them the text itself; `counts` says how many there
    are of a kind. `operator`, `negated` and `function` are what stands before the next command. A `)` of its own ends
    the list where `closing` is set.
    """

    __slots__ = ("closing", "command", "counts", "frames", "function", "negated", "nested", "operator")

    def __init__(self, frame: Frame, closing: bool, nested: bool):
        self.frames = [frame]
        self.counts: dict[str, int] = {}
        self.closing = closing
        self.nested = nested
        self.command: OpenCommand | None = None
        self.operator: str | None = None
        self.negated = False
        self.function: tuple[str, int] | None = None


class CompoundReader(ExpansionReader):
    """Reads what is around simple commands, and the commands that have a grammar of their own."""

    def push(self, reading: OpenList, kind: str, start: int) -> Frame:
        """Open a compound command, which is the body of the function that was named before it."""
        function = reading.function
        frame = Frame(kind, start, len(self.commands), self.enclosing, function)
        reading.frames.append(frame)
        reading.counts[kind] = reading.counts.get(kind, 0) + 1
        if len(self.enclosing) < DEEPEST:
            self.enclosing = (*self.enclosing, "function" if function is not None else kind)
        reading.function = None
        return frame

    def close(self, reading: OpenList, word: str, at: int) -> None:
        """Close what the word at `at` closes, and all that was opened in it and forgotten."""
        kinds = _CLOSES[word]
        if not any(reading.counts.get(kind) for kind in kinds):
            self.problem(at, at + len(word), f"`{word}` closes nothing")
            return
        while True:
            frame = reading.frames.pop()
            reading.counts[frame.kind] -= 1
            self.enclosing = frame.enclosing
            if frame.kind in kinds:
                break
            self.problem(frame.start, frame.start + len(frame.kind), f"`{frame.kind}` is never closed")
        if frame.function is not None:
            name, start = frame.function
            self.functions.append(Function(name, self.mapped.span(start, self.at)))

    def begin(self, reading: OpenList) -> OpenCommand:
        """Begin a command here, after what was read before it."""
        command = OpenCommand(self.at, reading.operator, self.enclosing, reading.nested, reading.negated)
        reading.command, reading.function, reading.negated = command, None, False
        return command

    def reserved(self, reading: OpenList) -> bool:
        """Read the reserved word that stands here and what belongs to it; whether one does."""
        word = self._keyword()
        if not word:
            return False
        if word == "[[":
            self._conditional(self.begin(reading))
            return True
        at = self.at
        self.at += len(word)
        reading.negated = word == "!"
        if word != "!":
            reading.operator = None
            self._compound(reading, word, at)
        reading.function = None
        return True

    def _keyword(self) -> str:
        """The reserved word that stands here, `time` with what belongs to it; empty where none does."""
        if self.text.startswith("!(", self.at, self.end):
            return "!"
        match = PLAIN_WORD.match(self.text, self.at, self.end)
        if match is None or match[0] not in _KEYWORDS:
            match = _TIMED.match(self.text, self.at, self.end)
        return match[0] if match is not None else ""

    def _compound(self, reading: OpenList, word: str, at: int) -> None:
        if word in _OPENS:
            frame = self.push(reading, word, at)
            if word == "case":
                self._case(frame)
            elif word in ("for", "select"):
                self._loop(at)
        elif word in _CONTINUES:
            if reading.frames[-1].kind not in _CONTINUES[word]:
                self.problem(at, self.at, f"`{word}` without {' or '.join(sorted(_CONTINUES[word]))}")
            reading.frames[-1].listed = len(self.commands)
        elif word in _CLOSES:
            self.close(reading, word, at)

    def _case(self, frame: Frame) -> None:
        self.skip_blanks()
        self.word()
        at = self.skip_lines()
        match = PLAIN_WORD.match(self.text, at, self.end)
        if match is not None and match[0] == "in":
            self.at = match.end()
            frame.patterns = True
        else:
            self.problem(frame.start, frame.start + 4, "`case` without `in`")

    def patterns(self, reading: OpenList) -> None:
        """Read the patterns before a `)`, or the `esac`."""
        at = self.skip_lines()
        frame = reading.frames[-1]
        frame.patterns = False
        frame.listed = len(self.commands)
        match = PLAIN_WORD.match(self.text, at, self.end)
        if match is not None and match[0] == "esac":
            self.at = match.end()
            self.close(reading, "esac", at)
            return
        if self.text.startswith("(", at, self.end):
            self.at += 1
        while self.skip_blanks() < self.end:
            char = self.text[self.at]
            if char == ")":
                self.at += 1
                return
            if char == "|":
                self.at += 1
            elif not self.word():
                break
        if at < self.end:
            self.problem(at, min(at + 1, self.end), "a case pattern without `)`")

    def _loop(self, start: int) -> None:
        at = self.skip_blanks()
        if self.text.startswith("((", at, self.end):
            self.arithmetic_command()
            return
        name = self.word()
        at = self.skip_lines()
        match = PLAIN_WORD.match(self.text, at, self.end)
        words: list[Word] = []
        if match is not None and match[0] == "in":
            self.at = match.end()
            while self.skip_blanks() < self.end and (word := self.word()) is not None:
                words.append(word)
        if name is not None:
            self.loops.append(Loop(name.value or "", tuple(words), self.mapped.span(start, self.at)))

    def _conditional(self, command: OpenCommand) -> None:
        """Read `[[ ... ]]` as one command; its operators are words."""
        regex = False
        while self.skip_lines() < self.end:
            at = self.at
            word = self.word(regex=regex)
            if word is None:
                match = _CONDITIONAL_OPERATOR.match(self.text, at, self.end)
                self.at = match.end() if match else at + 1
                word = Word(self.mapped, at, self.at, (Literal(self.text[at : self.at], at, self.at),))
            command.words.append(word)
            command.end = self.at
            if word.text == "]]":
                return
            regex = word.text == "=~"
        self.problem(command.start, command.start + 2, "`[[` is never closed")

    def arithmetic_command(self) -> bool:
        """Read `((...))`; whether it is one and not two subshells."""
        at = self.at
        self.at += 2
        if self.arithmetic([], False):
            return True
        self.at = at
        return False
