"""The nodes of a Dockerfile: words, flags, heredocs, one class an instruction, stages, and the file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, TypeVar, cast

from msgspec import Struct

from dockwright.syntax.dockerfile.blanks import BLANKS
from dockwright.syntax.dockerfile.lexer import VariableUse, expand, unquote, variables_of
from dockwright.syntax.dockerfile.words import (
    BETWEEN,
    PLAIN,
    behind,
    flag,
    flag_decoded,
    joined,
    json_decoded,
    json_strings,
    part,
    quoted,
)
from dockwright.syntax.problem import Problem
from dockwright.syntax.shell import Script, parse
from dockwright.text import Mapped, Source, Span


class Word(Struct, frozen=True, dict=True):
    """One argument.

    `mapped` is the word as written, continuations removed and quotes kept. `lexeme` is what BuildKit's lexer
    gets to see: the same, but decoded where the word is a JSON string. `escape` is the character that escapes
    in it; None where BuildKit takes the word as it is and expands nothing (RUN, CMD, ENTRYPOINT, SHELL, MAINTAINER).
    """

    mapped: Mapped
    lexeme: Mapped
    escape: str | None

    @property
    def text(self) -> str:
        """The word as written, quotes included, continuations removed."""
        return self.mapped.text

    @cached_property
    def span(self) -> Span:
        """Where the word stands, quotes included."""
        return self.mapped.span()

    @cached_property
    def value(self) -> str:
        """The word without quotes and escapes, variables as written."""
        return self.lexeme.text if self.escape is None else unquote(self.lexeme.text, self.escape)

    def expand(self, env: Mapping[str, str]) -> str:
        """The word as the build sees it where `env` is set; what is unset is empty."""
        return self.lexeme.text if self.escape is None else expand(self.lexeme.text, env, self.escape)


class FlagPart(Struct, frozen=True):
    """One field of a flag's value: `type=cache` and `ro` of `--mount=type=cache,ro`; `key` is lower-case."""

    key: str
    value: str | None
    span: Span
    value_span: Span | None


class Flag(Struct, frozen=True, dict=True):
    """`--name` or `--name=value`, quotes and escapes removed from the value, variables as written.

    `span` and `value_span` cover what is written, quotes included. `mapped` is the value, mapped.
    """

    name: str
    value: str | None
    span: Span
    value_span: Span | None
    mapped: Mapped | None

    @cached_property
    def parts(self) -> tuple[FlagPart, ...]:
        """The value's comma-separated fields, as a `--mount` has them."""
        if self.mapped is None:
            return ()
        parts = []
        for field in re.finditer(_CSV_FIELD, self.mapped.text):
            start, end = field.span(1)
            text = field[1]
            if text[:1] == '"' and text[-1:] == '"' and end - start > 1:
                start, end, text = start + 1, end - 1, text[1:-1].replace('""', '"')
            key, equals, value = text.partition("=")
            at = start + len(key) + 1
            span = self.mapped.span(start, end)
            # Nothing at the end of a field stands there, and not where the text goes on behind a quote.
            value_span = self.mapped.span(at, end) if at < end else Span(span.end, span.end)
            parts.append(FlagPart(key.lower(), value if equals else None, span, value_span if equals else None))
        return tuple(parts)

    def part(self, *keys: str) -> FlagPart | None:
        """The last field with one of these keys, which is the one that counts."""
        return next((part for part in reversed(self.parts) if part.key in keys), None)


class Heredoc(Struct, frozen=True):
    """A document that follows its instruction.

    `marker` is the `<<EOF` on the instruction's line; `body` the lines, without their leading tabs after `<<-`;
    `span` the body and the end line, without its newline. `expand` is False when the delimiter is quoted.
    `written` is what a shell gets to read: the newline before the body, the body with its tabs, the delimiter.
    """

    delimiter: str
    marker: Span
    body: Mapped
    expand: bool
    span: Span
    written: Mapped


class Command(Struct, frozen=True, dict=True):
    """What is run: `words` in exec form, else `shell`, the text that the shell gets.

    The text of `RUN <<EOF` is the document alone, which is then `heredoc`; with more on the line it is
    the line and its documents, for the shell to read.
    """

    words: tuple[Word, ...] | None
    shell: Mapped | None
    heredoc: Heredoc | None = None

    @cached_property
    def script(self) -> Script | None:
        """What a POSIX shell reads in the text; None in exec form."""
        return None if self.shell is None else parse(self.shell)


class Instruction(Struct, frozen=True, dict=True):
    """One instruction.

    `keyword` is in upper case. `logical` is the whole instruction as one line, from its keyword on: continuations,
    comments between them and heredocs removed. `line_span` is its lines whole, the last newline included.
    """

    keyword: str
    logical: Mapped
    line_span: Span
    escape: str
    heredocs: tuple[Heredoc, ...] = ()

    @property
    def keyword_span(self) -> Span:
        """The keyword as written."""
        return self.logical.span(0, self._keyword_length)

    @cached_property
    def span(self) -> Span:
        """From the keyword to the end of the last character, heredocs included, the final newline excluded."""
        end = self.heredocs[-1].span.end if self.heredocs else self.logical.offset(len(self.logical.text))
        return Span(self.logical.offset(0), end)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """The `--flags` in front of the arguments."""
        return self._flags_and_arguments[0]

    @property
    def arguments(self) -> Mapped:
        """All that follows the flags, as one line."""
        return self._flags_and_arguments[1]

    def flag(self, name: str) -> Flag | None:
        """The first flag of that name."""
        return next((flag for flag in self.flags if flag.name == name), None)

    @cached_property
    def _keyword_length(self) -> int:
        gap = BETWEEN.search(self.logical.text)
        return gap.start() if gap else len(self.logical.text)

    @cached_property
    def _flags_and_arguments(self) -> tuple[tuple[Flag, ...], Mapped]:
        text = self.logical.text
        at = _after_blanks(text, self._keyword_length)
        flags: list[Flag] = []
        if text.startswith("--", at):
            while word := flag(self.escape).match(text, at):
                at = _after_blanks(text, word.end())
                if word[0] == "--":
                    break
                flags.append(_flag(part(self.logical, *word.span()), self.escape))
        return tuple(flags), part(self.logical, len(text) - len(text[at:].lstrip(BLANKS)), len(text))

    def _words(self, *, literal: bool = False) -> tuple[Word, ...]:
        """The arguments separated by blanks."""
        escape = None if literal else self.escape
        return tuple(_word(self.arguments, *found.span(), escape) for found in PLAIN.finditer(self.arguments.text))

    def _json_or_words(self) -> tuple[Word, ...]:
        strings = json_strings(self.arguments.text)
        return self._words() if strings is None else _json_words(self.arguments, strings, self.escape)

    def _command(self, arguments: Mapped) -> Command:
        strings = json_strings(arguments.text)
        if strings is not None:
            return Command(_json_words(arguments, strings, None), None)
        if not self.heredocs:
            return Command(None, arguments)
        if len(self.heredocs) == 1 and self.heredocs[0].marker == arguments.span():
            return Command(None, self.heredocs[0].body, self.heredocs[0])
        return Command(None, joined([arguments, *(heredoc.written for heredoc in self.heredocs)]))


class From(Instruction, frozen=True, dict=True):
    """`FROM [--platform=…] image [AS alias]`; without an image the word is empty."""

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All arguments, `AS` included."""
        return self._words()

    @cached_property
    def image(self) -> Word:
        """The image, or an earlier stage's name."""
        return self.words[0] if self.words else _word(self.arguments, 0, 0, self.escape)

    @cached_property
    def alias(self) -> Word | None:
        """The stage's name as written."""
        return self.words[2] if len(self.words) == 3 and self.words[1].text.lower() == "as" else None

    @property
    def platform(self) -> Flag | None:
        """The `--platform` flag."""
        return self.flag("platform")


class _Runs(Instruction, frozen=True, dict=True):
    @cached_property
    def command(self) -> Command:
        """What is run."""
        return self._command(self.arguments)


class Run(_Runs, frozen=True, dict=True):
    """`RUN`, in shell form, exec form or with heredocs."""

    @property
    def mounts(self) -> tuple[Flag, ...]:
        """The `--mount` flags."""
        return tuple(flag for flag in self.flags if flag.name == "mount")


class Cmd(_Runs, frozen=True, dict=True):
    """`CMD`."""


class Entrypoint(_Runs, frozen=True, dict=True):
    """`ENTRYPOINT`."""


class Shell(_Runs, frozen=True, dict=True):
    """`SHELL ["executable", "argument"]`; its command has no words when it is not in exec form, which is refused."""


class _Copies(Instruction, frozen=True, dict=True):
    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All arguments, heredoc markers and the destination included."""
        return self._json_or_words()

    @cached_property
    def sources(self) -> tuple[Word, ...]:
        """The paths that are copied, without those that heredocs give."""
        markers = {heredoc.marker for heredoc in self.heredocs}
        return tuple(word for word in self.words[:-1] if word.span not in markers)

    @cached_property
    def destination(self) -> Word:
        """Where they are copied to; an empty word when there are no two arguments."""
        words = self.words
        return (
            words[-1]
            if len(words) > 1
            else _word(self.arguments, len(self.arguments.text), len(self.arguments.text), self.escape)
        )

    @property
    def from_(self) -> Flag | None:
        """The `--from` flag."""
        return self.flag("from")


class Copy(_Copies, frozen=True, dict=True):
    """`COPY`."""


class Add(_Copies, frozen=True, dict=True):
    """`ADD`."""


class Pair(Struct, frozen=True):
    """`key=value`, `key value` when `legacy`, or an ARG's `key` alone, whose value is None."""

    key: Word
    value: Word | None
    span: Span
    legacy: bool = False


class _Pairs(Instruction, frozen=True, dict=True):
    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The pairs in their order."""
        arguments = self.arguments
        words = [found.span() for found in quoted(self.escape).finditer(arguments.text)]
        if words and self._allows_legacy and "=" not in arguments.text[slice(*words[0])]:
            return (self._legacy_pair(),)
        return tuple(self._pair(start, end) for start, end in words)

    @property
    def _allows_legacy(self) -> bool:
        return True

    def _pair(self, start: int, end: int) -> Pair:
        arguments = self.arguments
        equals = arguments.text.find("=", start, end)
        key = _word(arguments, start, end if equals < 0 else equals, self.escape)
        if equals < 0:
            return Pair(key, None, arguments.span(start, end))
        if equals + 1 < end:
            return Pair(key, _word(arguments, equals + 1, end, self.escape), arguments.span(start, end))
        empty = behind(arguments, equals)
        return Pair(key, Word(empty, empty, self.escape), arguments.span(start, end))

    def _legacy_pair(self) -> Pair:
        arguments = self.arguments
        gap = BETWEEN.search(arguments.text)
        if gap is None:
            return Pair(_word(arguments, 0, len(arguments.text), self.escape), None, arguments.span(), legacy=True)
        key = _word(arguments, 0, gap.start(), self.escape)
        return Pair(key, _word(arguments, gap.end(), len(arguments.text), self.escape), arguments.span(), legacy=True)


class Env(_Pairs, frozen=True, dict=True):
    """`ENV key=value …` or the legacy `ENV key value`."""


class Label(_Pairs, frozen=True, dict=True):
    """`LABEL key=value …` or the legacy `LABEL key value`."""


class Arg(_Pairs, frozen=True, dict=True):
    """`ARG name[=default] …`."""

    @property
    def _allows_legacy(self) -> bool:
        return False


class Healthcheck(Instruction, frozen=True, dict=True):
    """`HEALTHCHECK NONE` or `HEALTHCHECK [flags] CMD command`."""

    @cached_property
    def kind(self) -> Word:
        """`NONE` or `CMD` as written."""
        gap = BETWEEN.search(self.arguments.text)
        return _word(self.arguments, 0, gap.start() if gap else len(self.arguments.text), None)

    @property
    def none(self) -> bool:
        """Whether the check of the base image is switched off."""
        return self.kind.text.upper() == "NONE"

    @cached_property
    def command(self) -> Command | None:
        """The test."""
        if self.kind.text.upper() != "CMD":
            return None
        start = _after_blanks(self.arguments.text, len(self.kind.text))
        return self._command(part(self.arguments, start, len(self.arguments.text)))


class Onbuild(Instruction, frozen=True, dict=True):
    """`ONBUILD` and the instruction that it keeps for later; heredocs belong to both."""

    @cached_property
    def inner(self) -> Instruction:
        """The instruction kept; an unknown one with an empty keyword when there is none."""
        return instruction(self.arguments, self.line_span, self.escape, self.heredocs)


class _Valued(Instruction, frozen=True, dict=True):
    @cached_property
    def value(self) -> Word:
        """The one argument, to the end of the line; an empty word when there is none."""
        return _word(self.arguments, 0, len(self.arguments.text), self.escape)


class User(_Valued, frozen=True, dict=True):
    """`USER`."""


class Workdir(_Valued, frozen=True, dict=True):
    """`WORKDIR`."""


class Stopsignal(_Valued, frozen=True, dict=True):
    """`STOPSIGNAL`."""


class Maintainer(Instruction, frozen=True, dict=True):
    """`MAINTAINER`, whose value is taken as it is."""

    @cached_property
    def value(self) -> Word:
        """The name, to the end of the line."""
        return _word(self.arguments, 0, len(self.arguments.text), None)


class Expose(Instruction, frozen=True, dict=True):
    """`EXPOSE`."""

    @cached_property
    def values(self) -> tuple[Word, ...]:
        """The ports."""
        return self._words()


class Volume(Instruction, frozen=True, dict=True):
    """`VOLUME`, as words or a JSON array."""

    @cached_property
    def values(self) -> tuple[Word, ...]:
        """The paths."""
        return self._json_or_words()


class Unknown(Instruction, frozen=True, dict=True):
    """A keyword that BuildKit does not know; the build is refused."""


KINDS: Mapping[str, type[Instruction]] = {
    "ADD": Add,
    "ARG": Arg,
    "CMD": Cmd,
    "COPY": Copy,
    "ENTRYPOINT": Entrypoint,
    "ENV": Env,
    "EXPOSE": Expose,
    "FROM": From,
    "HEALTHCHECK": Healthcheck,
    "LABEL": Label,
    "MAINTAINER": Maintainer,
    "ONBUILD": Onbuild,
    "RUN": Run,
    "SHELL": Shell,
    "STOPSIGNAL": Stopsignal,
    "USER": User,
    "VOLUME": Volume,
    "WORKDIR": Workdir,
}

_KEYWORDS = {keyword.lower(): keyword for keyword in KINDS}

Kind = TypeVar("Kind", bound=Instruction)


def instruction(logical: Mapped, line_span: Span, escape: str, heredocs: tuple[Heredoc, ...] = ()) -> Instruction:
    """The instruction that a logical line is; the line has no blanks around it."""
    gap = BETWEEN.search(logical.text)
    written = logical.text[: gap.start()] if gap else logical.text
    keyword = _KEYWORDS.get(written.lower())
    if keyword is None:
        return Unknown(written.upper(), logical, line_span, escape, heredocs)
    return KINDS[keyword](keyword, logical, line_span, escape, heredocs)


class Piece(Struct, frozen=True):
    """A stretch of whole lines; the pieces of a file tile it."""

    kind: Literal["directive", "comment", "blank", "instruction"]
    span: Span


class Directive(Struct, frozen=True):
    """A parser directive in effect, `# name=value`; `name` is lower-case, `span` from the `#` to the value's end."""

    name: str
    value: str
    span: Span
    value_span: Span


class Stage(Struct, frozen=True, dict=True):
    """A build stage: its FROM, and the instructions up to the next one."""

    index: int
    from_: From
    instructions: tuple[Instruction, ...]

    @property
    def name(self) -> str | None:
        """The alias as BuildKit compares it: lower-case."""
        return self.from_.alias.text.lower() if self.from_.alias else None

    @property
    def span(self) -> Span:
        """From the FROM's line to the last instruction's, whole lines."""
        last = self.instructions[-1] if self.instructions else self.from_
        return Span(self.from_.line_span.start, last.line_span.end)

    def last(self, kind: type[Kind]) -> Kind | None:
        """The last instruction of a class, which is the one that counts for CMD, USER and their like."""
        return next((each for each in reversed(self.instructions) if isinstance(each, kind)), None)

    def of(self, *kinds: type[Kind]) -> tuple[Kind, ...]:
        """The instructions of these classes, in order."""
        return tuple(each for each in self.instructions if isinstance(each, kinds))


class Dockerfile(Struct, frozen=True, dict=True):
    """A Dockerfile. `lexical_problems` are those met while cutting it into lines; `problems` has them all."""

    source: Source
    pieces: tuple[Piece, ...]
    directives: tuple[Directive, ...]
    escape: str
    instructions: tuple[Instruction, ...]
    lexical_problems: tuple[Problem, ...]

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in their order."""
        starts = [at for at, each in enumerate(self.instructions) if isinstance(each, From)]
        ends = [*starts[1:], len(self.instructions)]
        return tuple(
            Stage(index, cast(From, self.instructions[start]), self.instructions[start + 1 : end])
            for index, (start, end) in enumerate(zip(starts, ends, strict=False))
        )

    @cached_property
    def global_args(self) -> tuple[Arg, ...]:
        """The ARG instructions before the first FROM."""
        found = []
        for each in self.instructions:
            if isinstance(each, From):
                break
            if isinstance(each, Arg):
                found.append(each)
        return tuple(found)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What BuildKit would refuse, in the order of the file."""
        from dockwright.syntax.dockerfile.check import check

        return check(self)

    def directive(self, name: str) -> Directive | None:
        """The directive of that name, which is lower-case."""
        return next((each for each in self.directives if each.name == name), None)

    def comments_above(self, below: Instruction) -> Span | None:
        """The lines of comment directly above an instruction, no blank line between; None when there are none."""
        at = bisect_left(self.pieces, below.line_span.start, key=_start_of)
        first = at
        while first and self.pieces[first - 1].kind == "comment":
            first -= 1
        return Span(self.pieces[first].span.start, below.line_span.start) if first < at else None


def variables(text: Mapped | Word, escape: str = "\\", *, quotes: bool = True) -> tuple[VariableUse, ...]:
    """The variables that a text uses, in order, those inside a substitution's word included.

    Single quotes and escapes are obeyed; a Word knows its own escape character. What BuildKit refuses is read as a
    shell would read it. Positional and special parameters (`$1`, `$@`) are left out: no ARG or ENV can set them.
    `quotes=False` is for heredoc bodies, where quotes are plain characters.
    """
    if isinstance(text, Word):
        return variables_of(text.lexeme, text.escape or escape, quotes=quotes)
    return variables_of(text, escape, quotes=quotes)


_CSV_FIELD = r'(?:^|,)("(?:[^"]|"")*+"|[^,]*+)'


def _after_blanks(text: str, at: int) -> int:
    gap = BETWEEN.match(text, at)
    return gap.end() if gap else at


def _word(text: Mapped, start: int, end: int, escape: str | None) -> Word:
    word = part(text, start, end)
    return Word(word, word, escape)


def _json_words(text: Mapped, strings: list[tuple[int, int]], escape: str | None) -> tuple[Word, ...]:
    words = [part(text, *string) for string in strings]
    return tuple(Word(word, json_decoded(word), escape) for word in words)


def _flag(word: Mapped, escape: str) -> Flag:
    decoded = flag_decoded(word, escape)
    name, equals, value = decoded.text[2:].partition("=")
    if not equals:
        return Flag(name, None, word.span(), None, None)
    at = len(name) + 3
    span = Span(decoded.offset(at - 1) + 1, word.span().end)
    return Flag(name, value, word.span(), span, part(decoded, at, len(decoded.text)))


def _start_of(piece: Piece) -> int:
    return piece.span.start
