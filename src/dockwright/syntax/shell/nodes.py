"""Values: words and their parts, simple commands, and the script that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Span


class Literal(Struct, frozen=True):
    """A stretch of a word that stands for itself: its text without quotes and escapes, and its raw offsets."""

    text: str
    start: int
    end: int
    quoted: bool = False


class Expansion(Struct, frozen=True):
    """A stretch of a word that the shell replaces.

    `kind` is `parameter` (`$A`, `${A:-b}`), `command` (`$(..)`, backquotes), `arithmetic`, `process` (`<(..)`),
    `array` (the `(..)` of `a=(..)`, whose elements are `words`), or `opaque` (a caller's own stretch).
    `operator` and `argument` are those of `${name operator argument}`; `prefix` is `#` for a length
    and `!` for an indirection. `start` and `end` are offsets of the mapped text, `span` is in the source.
    """

    kind: str
    start: int
    end: int
    span: Span
    name: str | None = None
    operator: str = ""
    argument: Word | None = None
    prefix: str = ""
    words: tuple[Word, ...] = ()
    quoted: bool = False


class Word(Struct, frozen=True, dict=True):
    """A word: `start` and `end` are offsets of the mapped text, quotes included."""

    mapped: Mapped
    start: int
    end: int
    parts: tuple[Literal | Expansion, ...]
    quoted: bool = False

    @property
    def text(self) -> str:
        """The word as it is written."""
        return self.mapped.text[self.start : self.end]

    @property
    def span(self) -> Span:
        """Where the word stands in the source."""
        return self.mapped.span(self.start, self.end)

    @property
    def inner(self) -> Mapped:
        """The word without the quotes around the whole of it."""
        quoted = self.end - self.start >= 2 and self.text[0] in "\"'" and self.text[-1] == self.text[0]
        return self.mapped.slice(self.start + quoted, self.end - quoted)

    @property
    def contiguous(self) -> bool:
        """Whether the word stands in the source to the letter, so that it can be replaced there."""
        return self.mapped.contiguous(self.start, self.end)

    @cached_property
    def value(self) -> str | None:
        """What the program gets, quotes and escapes removed; None where the shell expands something.

        Globs, tildes and braces are left as they are written.
        """
        parts = self.parts
        if len(parts) == 1:
            part = parts[0]
            return part.text if isinstance(part, Literal) else None
        texts: list[str] = []
        for part in parts:
            if isinstance(part, Expansion):
                return None
            texts.append(part.text)
        return "".join(texts)

    @cached_property
    def prefix(self) -> str:
        """The static text before the first expansion; all of it for a static word."""
        texts: list[str] = []
        for part in self.parts:
            if isinstance(part, Expansion):
                break
            texts.append(part.text)
        return "".join(texts)

    @property
    def expansions(self) -> tuple[Expansion, ...]:
        """Every expansion in the order of the text, those inside `${A:-...}` and arrays too."""
        return tuple(_expansions(self.parts))

    def after(self, count: int) -> Word:
        """The rest of the word behind the first `count` characters of `prefix`, as in `--file=` and its value."""
        for number, part in enumerate(self.parts):
            if count <= 0 or isinstance(part, Expansion):
                return Word(self.mapped, self._open(number), self.end, self.parts[number:], self.quoted)
            if count < len(part.text):
                escaped = part.end - part.start != len(part.text)
                start = part.end if escaped else part.start + count
                rest = Literal(part.text[count:], start, part.end, part.quoted)
                last = number == len(self.parts) - 1
                return Word(
                    self.mapped, start, part.end if last else self.end, (rest, *self.parts[number + 1 :]), self.quoted
                )
            count -= len(part.text)
        end = self._open(len(self.parts))
        return Word(self.mapped, end, max(end, self.end), (), self.quoted)

    def _open(self, number: int) -> int:
        """Where the part `number` begins, the quote that opens it included."""
        if number == 0:
            return self.start
        before = self.parts[number - 1]
        closing = before.quoted and self.mapped.text[before.end : before.end + 1] in ("'", '"')
        return min(before.end + closing, self.end)


def _expansions(parts: Iterable[Literal | Expansion]) -> Iterator[Expansion]:
    for part in parts:
        if isinstance(part, Expansion):
            yield part
            if part.argument is not None:
                yield from _expansions(part.argument.parts)
            for word in part.words:
                yield from _expansions(word.parts)


class Assignment(Struct, frozen=True):
    """`NAME=value` before a command or alone; `elements` are the words of `NAME=(a b)`."""

    name: str
    word: Word

    @property
    def elements(self) -> tuple[Word, ...]:
        """The words of an array; none where the value is no array."""
        first = self.word.parts[0] if self.word.parts else None
        return first.words if isinstance(first, Expansion) else ()


class Redirect(Struct, frozen=True):
    """`operator` is without its number; `target` is the word behind it, `body` the text of a here-document."""

    operator: str
    target: Word | None
    descriptor: str = ""
    body: Word | None = None


class Simple(Struct, frozen=True):
    """A simple command. `words[0]` is the program; a command may be assignments or redirections alone.

    `operator` is what stands before it: `&&`, `||`, `|`, `|&`, `;`, `&`, a line feed, or None at the beginning of
    the text or of a compound command. `enclosing` lists what it stands in, outermost first: `if`, `while`,
    `until`, `for`, `select`, `case`, `function`, `{`, `(`, `$(`, a backquote, `<(`. `nested` is set inside a
    substitution. `background` is set where `&` ends its list.
    """

    mapped: Mapped
    start: int
    end: int
    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    operator: str | None = None
    enclosing: tuple[str, ...] = ()
    nested: bool = False
    negated: bool = False
    background: bool = False

    @property
    def span(self) -> Span:
        """Where the command stands in the source, assignments and redirections included."""
        return self.mapped.span(self.start, self.end)

    @property
    def text(self) -> str:
        """The command as it is written."""
        return self.mapped.text[self.start : self.end]

    @property
    def name(self) -> str | None:
        """The program's name without its folder; None where it is expanded or there is none."""
        value = self.words[0].value if self.words else None
        return value.rpartition("/")[2] if value is not None else None

    @property
    def arguments(self) -> tuple[Word, ...]:
        """The words behind the program."""
        return self.words[1:]

    @property
    def inside(self) -> str | None:
        """The innermost construct that the command stands in."""
        return self.enclosing[-1] if self.enclosing else None

    @property
    def depth(self) -> int:
        """How many constructs the command stands in."""
        return len(self.enclosing)


class Function(Struct, frozen=True):
    """A function's name and the source span of its whole definition."""

    name: str
    span: Span


class Loop(Struct, frozen=True):
    """`for name in words` or `select name in words`."""

    name: str
    words: tuple[Word, ...]
    span: Span


class Script(Struct, frozen=True):
    """The commands of a text. `shebang` is its first line behind `#!`."""

    mapped: Mapped
    commands: tuple[Simple, ...]
    functions: tuple[Function, ...]
    loops: tuple[Loop, ...]
    problems: tuple[Problem, ...]
    shebang: str | None
