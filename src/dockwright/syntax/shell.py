"""Shell text: the simple commands of a POSIX sh or bash text and their words, each with its place.

This finds commands, it does not run them. Compound commands are flattened: what stands in an `if`, a loop,
a function or a `$(...)` is listed in the order of the text, and says what it stands in.
The grammar is that of POSIX.1-2024, XCU 2, with bash's `[[`, `((`, arrays, `$'..'`, `<(...)` and extended globs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Span

_DEEPEST = 40  # Nested substitutions; below that their text is taken as it stands.

_SKIP = re.compile(r"(?:[ \t]+|\\\r?\n|\r(?=\n)|#[^\n]*)*")
_SKIP_LINES = re.compile(r"(?:[ \t\n]+|\\\r?\n|\r(?=\n)|#[^\n]*)*")
_PLAIN_WORD = re.compile(r"[^ \t\n\r|&;()<>\\'\"$`]+(?=[ \t\n|&;)<>]|\Z)")
_OPERATOR = re.compile(r"&&|\|\||\|&|;;&|;;|;&|[;&|()\n]")
_CONDITIONAL_OPERATOR = re.compile(r"&&|\|\||[()<>|&;]")
_REDIRECT = re.compile(
    r"(?:[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?(?:<<<|<<-|<<|<>|<&|>>|>&|>\||<(?!\()|>(?!\())|&>>|&>",
)
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]\n]*\])?\+?=")
_FUNCTION = re.compile(
    r"function[ \t]+([^ \t\n\r|&;()<>\\'\"$`]+)(?:[ \t]*\([ \t]*\))?"
    r"|([^ \t\n\r|&;()<>\\'\"$`=]+)[ \t]*\([ \t]*\)",
)
_TIMED = re.compile(r"time[ \t]+(?:-p[ \t]+)?(?=[{(!])")
_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_BRACED = re.compile(
    r"\$\{([#!]?)([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])?(\[[^\]}\n]*\])?"
    r"(:[-+=?]|[-+=?]|##?|%%?|//?[#%]?|\^\^?|,,?|@|:|\*)?",
)
_ANSI_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))", re.S
)
_ANSI_LETTERS: Mapping[str, str] = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_ANSI_BODY = re.compile(r"(?:[^'\\]|\\.)*", re.S)
_SAFE = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")

# What ends a stretch that stands for itself.
_IN_WORD = re.compile(r"[^ \t\n\r|&;()<>\\'\"$`]+")
_IN_QUOTES = re.compile(r"[^\"\\$`]+")
_IN_BRACES = re.compile(r"[^}\\'\"$`]+")
_IN_HEREDOC = re.compile(r"[^\\$`]+")
_IN_ARITHMETIC = re.compile(r"[^()\\'\"$`]+")


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


def parse(mapped: Mapped, opaque: Mapping[int, int] = {}) -> Script:
    """The script that a text is, whatever the text is.

    `opaque` maps offsets of the text to ends: stretches that something else replaces before a shell
    reads the text, such as Make's `$(NAME)`. Each becomes an Expansion of kind `opaque`.
    """
    text = mapped.text
    parser = _Parser(mapped, opaque)
    parser.run(None)
    shebang = text[2:].partition("\n")[0].strip() if text.startswith("#!") else None
    return Script(
        mapped,
        parser.finished(),
        tuple(parser.functions),
        tuple(parser.loops),
        tuple(sorted(parser.problems, key=lambda problem: problem.span)),
        shebang,
    )


class Option(NamedTuple):
    """One option of a command, or one operand: then `name` is None and `value` is the word itself."""

    name: str | None
    value: Word | None
    word: Word


def options(words: Iterable[Word], takes_value: frozenset[str] = frozenset()) -> Iterator[Option]:
    """The options and operands of a command line as getopt_long and Go's pflag read them.

    `takes_value` names the options whose value may be a word of its own (`-f x`, `--file x`); `--file=x`, `-fx` and
    `-f=x` are understood too, and so are clusters (`-it`). Behind `--` all is operands. The first operand of
    `docker compose -f a up -f` changes what options mean: stop there and read the rest with the subcommand's own.
    """
    rest = iter(words)
    for word in rest:
        prefix = word.prefix
        if prefix == "--" and word.value is not None:
            for operand in rest:
                yield Option(None, operand, operand)
            return
        if len(prefix) < 2 or prefix[0] != "-":
            yield Option(None, word, word)
        elif prefix in takes_value and word.value is not None:
            yield Option(prefix, next(rest, None), word)
        elif prefix[1] == "-":
            name, equals, _ = prefix.partition("=")
            yield Option(name, word.after(len(name) + 1) if equals else None, word)
        else:
            yield from _cluster(word, prefix, rest, takes_value)


def _cluster(word: Word, prefix: str, rest: Iterator[Word], takes_value: frozenset[str]) -> Iterator[Option]:
    name, equals, _ = prefix.partition("=")
    if equals and name in takes_value:
        yield Option(name, word.after(len(name) + 1), word)
        return
    for at in range(1, len(prefix)):
        letter = "-" + prefix[at]
        if letter in takes_value:
            attached = at + 1 < len(prefix) or word.value is None
            yield Option(letter, word.after(at + 1) if attached else next(rest, None), word)
            return
        yield Option(letter, None, word)


class _Wrapper(NamedTuple):
    """A program that runs another: its options that take a value, and how many operands come before the program."""

    takes_value: frozenset[str] = frozenset()
    operands: int = 0
    assignments: bool = False


_WRAPPERS: Mapping[str, _Wrapper] = {
    "builtin": _Wrapper(),
    "chrt": _Wrapper(operands=1),
    "command": _Wrapper(),
    "doas": _Wrapper(frozenset({"-u", "-C"})),
    "dumb-init": _Wrapper(frozenset({"-r", "--rewrite"})),
    "env": _Wrapper(frozenset({"-u", "--unset", "-C", "--chdir"}), assignments=True),
    "exec": _Wrapper(frozenset({"-a"})),
    "gosu": _Wrapper(operands=1),
    "ionice": _Wrapper(frozenset({"-c", "-n", "--class", "--classdata"})),
    "nice": _Wrapper(frozenset({"-n", "--adjustment"})),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "stdbuf": _Wrapper(frozenset({"-i", "-o", "-e", "--input", "--output", "--error"})),
    "su-exec": _Wrapper(operands=1),
    "sudo": _Wrapper(
        frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "-r", "-t", "--user", "--group", "--chdir"}),
        assignments=True,
    ),
    "time": _Wrapper(frozenset({"-f", "-o", "--format", "--output"})),
    "timeout": _Wrapper(frozenset({"-s", "-k", "--signal", "--kill-after"}), operands=1),
    "tini": _Wrapper(frozenset({"-p", "-e"})),
}
_ONLY_LOOKS_UP: Mapping[str, frozenset[str]] = {"command": frozenset({"-v", "-V"}), "sudo": frozenset({"-l", "-v"})}


def unwrap(simple: Simple) -> Simple:
    """The command that `exec`, `env A=b`, `sudo`, `time`, `gosu user` and their like run, through any number of them.

    What `env` and `sudo` assign joins the assignments. A wrapper that runs nothing is given back as it is.
    """
    while (wrapper := _WRAPPERS.get(simple.name or "")) is not None:
        inner = _unwrap_once(simple, wrapper)
        if inner is None:
            break
        simple = inner
    return simple


def _unwrap_once(simple: Simple, wrapper: _Wrapper) -> Simple | None:
    lookups = _ONLY_LOOKS_UP.get(simple.name or "", frozenset())
    assignments = list(simple.assignments)
    operands = wrapper.operands
    for option in options(simple.arguments, wrapper.takes_value):
        if option.name in lookups:
            return None
        if option.name is not None:
            continue
        if wrapper.assignments and (match := _ASSIGNMENT.match(option.word.prefix)) is not None:
            assignments.append(Assignment(match[1], option.word.after(match.end())))
        elif operands:
            operands -= 1
        else:
            program = option.word
            break
    else:
        return None
    words = simple.words[next(at for at, word in enumerate(simple.words) if word is program) :]
    return Simple(
        simple.mapped, simple.start, simple.end, words, tuple(assignments), simple.redirects, simple.operator,
        simple.enclosing, simple.nested, simple.negated, simple.background,
    )  # fmt: skip


def quote(text: str) -> str:
    """The text as one word of sh that means it to the letter."""
    if _SAFE.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


class _Command:
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


class _Frame:
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
_OPENS = frozenset({"if", "while", "until", "{"})
_KEYWORDS = _OPENS | _CLOSES.keys() | _CONTINUES.keys() | {"for", "select", "case", "!", "[["}
_ENDS_PATTERN_LIST = frozenset({";;", ";&", ";;&"})


class _Parser:
    def __init__(self, mapped: Mapped, opaque: Mapping[int, int]):
        self.mapped = mapped
        self.opaque = opaque
        self.text = mapped.text
        self.end = len(self.text)
        self.at = 1 if self.text.startswith("\ufeff") else 0
        self.depth = 0
        self.enclosing: tuple[str, ...] = ()
        self.commands: list[_Command] = []
        self.background: list[tuple[int, int]] = []
        self.functions: list[Function] = []
        self.loops: list[Loop] = []
        self.problems: list[Problem] = []
        self.heredocs: list[tuple[list[Redirect], int]] = []

    def finished(self) -> tuple[Simple, ...]:
        """The commands in the order of the text."""
        mapped = self.mapped
        steps = [0] * (len(self.commands) + 1)
        for first, behind in self.background:
            steps[first] += 1
            steps[behind] -= 1
        out = []
        level = 0
        for step, c in zip(steps, self.commands, strict=False):
            level += step
            out.append(
                Simple(
                    mapped, c.start, c.end, tuple(c.words), tuple(c.assignments), tuple(c.redirects), c.operator,
                    c.enclosing, c.nested, c.negated, level > 0,
                )
            )  # fmt: skip
        out.sort(key=_start_of)
        return tuple(out)

    def problem(self, start: int, end: int, message: str) -> None:
        self.problems.append(Problem(self.mapped.span(start, end), message))

    # Commands

    def run(self, opener: str | None) -> bool:
        """Reads commands up to the parenthesis that closes `opener`, or to the end; whether it was closed."""
        outer = self.enclosing
        nested = bool(opener) or self.depth > 0
        if opener:
            self.enclosing = (*outer, opener)
        frames = [_Frame("", self.at, len(self.commands), outer)]
        open_kinds: dict[str, int] = {}
        closed = self._lists(frames, open_kinds, opener is not None and opener != "`", nested)
        for frame in frames[1:]:
            self.problem(frame.start, frame.start + len(frame.kind), f"`{frame.kind}` is never closed")
        if opener is None:
            for redirects, index in self.heredocs:
                target = redirects[index].target
                if target is not None:
                    self.problem(target.start, target.end, "the here-document has no text")
        self.enclosing = outer
        return closed

    def _lists(self, frames: list[_Frame], open_kinds: dict[str, int], closing: bool, nested: bool) -> bool:
        text = self.text
        operator: str | None = None
        command: _Command | None = None
        negated = False
        function: tuple[str, int] | None = None
        while True:
            match = _SKIP.match(text, self.at, self.end)
            self.at = at = match.end() if match else self.at
            if at >= self.end:
                self._finish(command)
                return False
            if command is None and frames[-1].patterns:
                self._patterns(frames, open_kinds)
                operator = None
                continue
            char = text[at]
            if char in "\n;&|()" and text[at : at + 2] != "&>":
                match = _OPERATOR.match(text, at, self.end)
                sign = match[0] if match else char
                if sign == "(":
                    if command is None and text.startswith("((", at) and self._arithmetic_command():
                        continue
                    self._finish(command)
                    self.at += 1
                    self._push(frames, open_kinds, "(", at, function)
                    function = None
                    command, operator, negated = None, None, False
                    continue
                self.at += len(sign)
                self._finish(command)
                if sign == ")":
                    if frames[-1].kind != "(" and closing and not open_kinds.get("("):
                        return True
                    self._close(frames, open_kinds, ")", at)
                    command, operator = None, None
                    continue
                if sign == "\n":
                    self._read_heredocs()
                    if command is None and operator in ("&&", "||", "|", "|&"):
                        continue
                    if function is not None:
                        continue
                elif sign in _ENDS_PATTERN_LIST:
                    if frames[-1].kind == "case":
                        frames[-1].patterns = True
                    else:
                        self.problem(at, self.at, f"`{sign}` outside a case")
                    sign = ""
                if sign == "&":
                    self.background.append((frames[-1].listed, len(self.commands)))
                if sign in ("&", ";", "\n", ""):
                    frames[-1].listed = len(self.commands)
                    negated = False
                command, operator = None, sign or None
                continue
            if command is None:
                taken = self._reserved(frames, open_kinds, function)
                if taken is not None:
                    operator = None if taken != "!" else operator
                    negated = taken == "!"
                    function = None
                    if taken == "[[":
                        command = _Command(at, operator, self.enclosing, nested, negated)
                        self._conditional(command)
                    continue
                match = _FUNCTION.match(text, at, self.end)
                if match is not None:
                    name = match[1] or match[2]
                    function = (name, at)
                    self.at = match.end()
                    continue
                command = _Command(at, operator, self.enclosing, nested, negated)
                function = None
                negated = False
            if char in "<>&{0123456789" and (match := _REDIRECT.match(text, at, self.end)) is not None:
                self._redirect(command, match)
            else:
                self._command_word(command)
            command.end = self.at

    def _finish(self, command: _Command | None) -> None:
        if command is not None:
            self.commands.append(command)

    def _push(
        self,
        frames: list[_Frame],
        open_kinds: dict[str, int],
        kind: str,
        start: int,
        function: tuple[str, int] | None,
    ) -> _Frame:
        frame = _Frame(kind, start, len(self.commands), self.enclosing, function)
        frames.append(frame)
        open_kinds[kind] = open_kinds.get(kind, 0) + 1
        if len(self.enclosing) < _DEEPEST:
            self.enclosing = (*self.enclosing, "function" if function is not None else kind)
        return frame

    def _close(self, frames: list[_Frame], open_kinds: dict[str, int], word: str, at: int) -> None:
        kinds = _CLOSES[word]
        if not any(open_kinds.get(kind) for kind in kinds):
            self.problem(at, at + len(word), f"`{word}` closes nothing")
            return
        while True:
            frame = frames.pop()
            open_kinds[frame.kind] -= 1
            self.enclosing = frame.enclosing
            if frame.kind in kinds:
                break
            self.problem(frame.start, frame.start + len(frame.kind), f"`{frame.kind}` is never closed")
        if frame.function is not None:
            name, start = frame.function
            self.functions.append(Function(name, self.mapped.span(start, self.at)))

    def _reserved(
        self, frames: list[_Frame], open_kinds: dict[str, int], function: tuple[str, int] | None
    ) -> str | None:
        """Takes the reserved word that stands here, if one does."""
        at = self.at
        if self.text.startswith("!(", at, self.end):
            self.at += 1
            return "!"
        match = _PLAIN_WORD.match(self.text, at, self.end)
        if match is None or match[0] not in _KEYWORDS:
            timed = _TIMED.match(self.text, at, self.end)
            if timed is not None:
                self.at = timed.end()
                return "time"
            return None
        word = match[0]
        if word == "[[":
            return word
        self.at = match.end()
        if word in _OPENS or word in ("for", "select", "case"):
            frame = self._push(frames, open_kinds, word, at, function)
            if word == "case":
                self._case(frame)
            elif word in ("for", "select"):
                self._loop(at)
        elif word in _CONTINUES:
            if frames[-1].kind not in _CONTINUES[word]:
                self.problem(at, self.at, f"`{word}` without {' or '.join(sorted(_CONTINUES[word]))}")
            frames[-1].listed = len(self.commands)
        elif word in _CLOSES:
            self._close(frames, open_kinds, word, at)
        return word

    def _skip_lines(self) -> int:
        match = _SKIP_LINES.match(self.text, self.at, self.end)
        self.at = match.end() if match else self.at
        return self.at

    def _skip_blanks(self) -> int:
        match = _SKIP.match(self.text, self.at, self.end)
        self.at = match.end() if match else self.at
        return self.at

    def _case(self, frame: _Frame) -> None:
        self._skip_blanks()
        self._word()
        at = self._skip_lines()
        match = _PLAIN_WORD.match(self.text, at, self.end)
        if match is not None and match[0] == "in":
            self.at = match.end()
            frame.patterns = True
        else:
            self.problem(frame.start, frame.start + 4, "`case` without `in`")

    def _patterns(self, frames: list[_Frame], open_kinds: dict[str, int]) -> None:
        """Reads the patterns before a `)`, or the `esac`."""
        at = self._skip_lines()
        frames[-1].patterns = False
        frames[-1].listed = len(self.commands)
        match = _PLAIN_WORD.match(self.text, at, self.end)
        if match is not None and match[0] == "esac":
            self.at = match.end()
            self._close(frames, open_kinds, "esac", at)
            return
        if self.text.startswith("(", at, self.end):
            self.at += 1
        while self._skip_blanks() < self.end:
            char = self.text[self.at]
            if char == ")":
                self.at += 1
                return
            if char == "|":
                self.at += 1
            elif not self._word():
                break
        if at < self.end:
            self.problem(at, min(at + 1, self.end), "a case pattern without `)`")

    def _loop(self, start: int) -> None:
        at = self._skip_blanks()
        if self.text.startswith("((", at, self.end):
            self._arithmetic_command()
            return
        name = self._word()
        at = self._skip_lines()
        match = _PLAIN_WORD.match(self.text, at, self.end)
        words: list[Word] = []
        if match is not None and match[0] == "in":
            self.at = match.end()
            while self._skip_blanks() < self.end and (word := self._word()) is not None:
                words.append(word)
        if name is not None:
            self.loops.append(Loop(name.value or "", tuple(words), self.mapped.span(start, self.at)))

    def _conditional(self, command: _Command) -> None:
        """Reads `[[ ... ]]` as one command; its operators are words."""
        regex = False
        while self._skip_lines() < self.end:
            at = self.at
            word = self._word(regex=regex)
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

    def _arithmetic_command(self) -> bool:
        """Reads `((...))`; whether it is one and not two subshells."""
        at = self.at
        self.at += 2
        if self._arithmetic([], False):
            return True
        self.at = at
        return False

    def _redirect(self, command: _Command, match: re.Match[str]) -> None:
        operator = match[0].lstrip("0123456789")
        descriptor = match[0][: len(match[0]) - len(operator)]
        if operator[0] == "{":
            descriptor, _, operator = operator.partition("}")
            descriptor = descriptor[1:]
        self.at = match.end()
        self._skip_blanks()
        target = self._word()
        if target is None:
            self.problem(match.start(), match.end(), f"`{operator}` without a word behind it")
        command.redirects.append(Redirect(operator, target, descriptor))
        if operator in ("<<", "<<-") and target is not None:
            self.heredocs.append((command.redirects, len(command.redirects) - 1))

    def _read_heredocs(self) -> None:
        """Reads the bodies of the here-documents that the line before announced."""
        pending, self.heredocs = self.heredocs, []
        text = self.text
        for redirects, index in pending:
            redirect = redirects[index]
            target = redirect.target
            if target is None:
                continue
            delimiter = target.value if target.value is not None else target.text
            start = line = self.at
            while line < self.end:
                stop = text.find("\n", line, self.end)
                stop = self.end if stop < 0 else stop
                content = text[line:stop].removesuffix("\r")
                if (content.lstrip("\t") if redirect.operator == "<<-" else content) == delimiter:
                    body = self._heredoc_body(start, line, target.quoted)
                    self.at = min(stop + 1, self.end)
                    break
                line = stop + 1
            else:
                self.problem(target.start, target.end, f"no line `{delimiter}` ends the here-document")
                body = self._heredoc_body(start, self.end, target.quoted)
                self.at = self.end
            redirects[index] = Redirect(redirect.operator, target, redirect.descriptor, body)

    def _heredoc_body(self, start: int, end: int, quoted: bool) -> Word:
        if quoted:
            return Word(self.mapped, start, end, (Literal(self.text[start:end], start, end, True),), True)
        outer, self.end, self.at = self.end, end, start
        parts: list[Literal | Expansion] = []
        self._quoted_text(parts, _IN_HEREDOC, "")
        self.end = outer
        return Word(self.mapped, start, end, tuple(parts))

    def _command_word(self, command: _Command) -> None:
        at = self.at
        word = self._word()
        if word is None:  # A character that begins no word here; it stands for itself.
            self.at = at + 1
            word = Word(self.mapped, at, self.at, (Literal(self.text[at], at, self.at),))
        if not command.words and (match := _ASSIGNMENT.match(self.text, at, word.end)) is not None:
            value = _behind(word, match.end())
            if value is not None:
                command.assignments.append(Assignment(match[1], value))
                return
        command.words.append(word)

    # Words

    def _word(self, regex: bool = False) -> Word | None:
        """Reads the word that begins here; None where none does."""
        text, start = self.text, self.at
        if not self.opaque or start not in self.opaque:
            match = _PLAIN_WORD.match(text, start, self.end)
            if match is not None and not regex:
                self.at = end = match.end()
                return Word(self.mapped, start, end, (Literal(match[0], start, end),))
        parts: list[Literal | Expansion] = []
        quoted = False
        parentheses = 0
        while self.at < self.end:
            at = self.at
            match = _IN_WORD.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                parts.append(Literal(match[0], at, self.at))
                continue
            char = text[at]
            if char == "\\":
                quoted = self._escape(parts) or quoted
            elif char == "'":
                quoted = True
                self._single_quotes(parts)
            elif char == '"':
                quoted = True
                self._double_quotes(parts)
            elif char == "$":
                quoted = self._dollar(parts, False) or quoted
            elif char == "`":
                self._backquotes(parts, False)
            elif char in "<>" and text.startswith("(", at + 1, self.end):
                self._substitution(parts, "process", 2, False)
            elif char == "\r" and not text.startswith("\n", at + 1):
                parts.append(Literal(char, at, at + 1))
                self.at += 1
            elif char == "(" and (regex or parentheses or _opens_glob(parts)):
                parentheses += 1
                parts.append(Literal(char, at, at + 1))
                self.at += 1
            elif char == "(" and parts and self.depth < _DEEPEST and _ASSIGNMENT.fullmatch(text, start, at):
                self._array(parts)
            elif char not in "\r\n" and parentheses:
                parentheses -= char == ")"
                parts.append(Literal(char, at, at + 1))
                self.at += 1
            elif regex and char == "|":
                parts.append(Literal(char, at, at + 1))
                self.at += 1
            else:
                break
        if self.at == start:
            return None
        return Word(self.mapped, start, self.at, tuple(parts), quoted)

    def _escape(self, parts: list[Literal | Expansion]) -> bool:
        """Reads a backslash and what it escapes; whether it quotes and does not join lines."""
        at, text = self.at, self.text
        if text.startswith("\n", at + 1, self.end):
            self.at += 2
            return False
        if text.startswith("\r\n", at + 1, self.end):
            self.at += 3
            return False
        self.at = min(at + 2, self.end)
        parts.append(Literal(text[at + 1 : self.at] or "\\", at, self.at, True))
        return True

    def _single_quotes(self, parts: list[Literal | Expansion]) -> None:
        at = self.at
        close = self.text.find("'", at + 1, self.end)
        if close < 0:
            self.problem(at, at + 1, "a single quote is never closed")
            close = self.end
        if self.opaque:
            self._split_at_opaque(parts, at + 1, close)
        else:
            parts.append(Literal(self.text[at + 1 : close], at + 1, close, True))
        self.at = min(close + 1, self.end)

    def _split_at_opaque(self, parts: list[Literal | Expansion], start: int, end: int) -> None:
        at = start
        while (dollar := self.text.find("$", at, end)) >= 0:
            stop = self.opaque.get(dollar)
            if stop is not None and stop <= end:
                parts.append(Literal(self.text[start:dollar], start, dollar, True))
                parts.append(Expansion("opaque", dollar, stop, self.mapped.span(dollar, stop), quoted=True))
                start = at = stop
            else:
                at = dollar + 1
        parts.append(Literal(self.text[start:end], start, end, True))

    def _double_quotes(self, parts: list[Literal | Expansion]) -> None:
        at = self.at
        self.at += 1
        before = len(parts)
        self._quoted_text(parts, _IN_QUOTES, '"')
        if len(parts) == before:
            parts.append(Literal("", at + 1, at + 1, True))
        if self.at < self.end:
            self.at += 1
        else:
            self.problem(at, at + 1, "a double quote is never closed")

    def _quoted_text(self, parts: list[Literal | Expansion], plain: re.Pattern[str], close: str) -> None:
        """Reads text in which only `$`, backquotes and backslashes mean something, up to `close`."""
        text = self.text
        escapable = "$`\\" + close
        while self.at < self.end:
            at = self.at
            match = plain.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                parts.append(Literal(match[0], at, self.at, True))
                continue
            char = text[at]
            if char == close:
                return
            if char == "$":
                self._dollar(parts, True)
            elif char == "`":
                self._backquotes(parts, True)
            else:
                following = text[at + 1 : min(at + 2, self.end)]
                if following == "\n":
                    self.at += 2
                elif following == "\r" and text.startswith("\n", at + 2, self.end):
                    self.at += 3
                else:
                    taken = 2 if following and following in escapable else 1
                    self.at += taken
                    parts.append(Literal(following if taken == 2 else "\\", at, self.at, True))

    def _dollar(self, parts: list[Literal | Expansion], quoted: bool) -> bool:
        """Reads what begins with `$`; whether it quotes."""
        text, at = self.text, self.at
        if self.opaque and (stop := self.opaque.get(at)) is not None and stop <= self.end:
            self.at = stop
            parts.append(Expansion("opaque", at, stop, self.mapped.span(at, stop), quoted=quoted))
            return False
        match = _PARAMETER.match(text, at, self.end)
        if match is not None:
            self.at = match.end()
            parts.append(Expansion("parameter", at, self.at, self.mapped.span(at, self.at), match[1], quoted=quoted))
            return False
        following = text[at + 1 : min(at + 2, self.end)]
        if following == "(" and self.depth < _DEEPEST:
            if text.startswith("((", at + 1, self.end) and self._arithmetic_expansion(parts, quoted):
                return False
            self._substitution(parts, "command", 2, quoted)
        elif following == "{" and self.depth < _DEEPEST:
            self._braces(parts, quoted)
        elif following == "'" and not quoted:
            self._ansi_quotes(parts)
            return True
        elif following == '"' and not quoted:
            self.at += 1
            self._double_quotes(parts)
            return True
        else:
            self.at += 1
            parts.append(Literal("$", at, self.at, quoted))
        return False

    def _ansi_quotes(self, parts: list[Literal | Expansion]) -> None:
        at = self.at
        match = _ANSI_BODY.match(self.text, at + 2, self.end)
        close = match.end() if match else at + 2
        body = self.text[at + 2 : close]
        parts.append(Literal(_ANSI_ESCAPE.sub(_ansi_char, body) if "\\" in body else body, at + 2, close, True))
        if close < self.end and self.text[close] == "'":
            self.at = close + 1
        else:
            self.problem(at, at + 2, "a single quote is never closed")
            self.at = self.end

    def _substitution(self, parts: list[Literal | Expansion], kind: str, opener: int, quoted: bool) -> None:
        at = self.at
        self.at += opener
        if self.depth >= _DEEPEST:
            parts.append(Literal(self.text[at : self.at], at, self.at, quoted))
            return
        self.depth += 1
        if not self.run("$(" if kind == "command" else "<("):
            self.problem(at, at + opener, f"`{self.text[at : at + opener]}` is never closed")
        self.depth -= 1
        parts.append(Expansion(kind, at, self.at, self.mapped.span(at, self.at), quoted=quoted))

    def _backquotes(self, parts: list[Literal | Expansion], quoted: bool) -> None:
        """Reads a backquoted command. Its escapes are not undone: commands nested by them are not found."""
        text, at = self.text, self.at
        close = at + 1
        while True:
            close = text.find("`", close, self.end)
            if close < 0:
                self.problem(at, at + 1, "a backquote is never closed")
                close = self.end
                break
            backslashes = close - len(text[at + 1 : close].rstrip("\\")) - at - 1
            if backslashes % 2 == 0:
                break
            close += 1
        if self.depth < _DEEPEST:
            known = len(self.problems)
            outer, self.end, self.at = self.end, close, at + 1
            self.depth += 1
            self.run("`")
            self.depth -= 1
            self.end = outer
            if "\\" in text[at:close]:
                del self.problems[known:]
        self.at = min(close + 1, self.end)
        parts.append(Expansion("command", at, self.at, self.mapped.span(at, self.at), quoted=quoted))

    def _braces(self, parts: list[Literal | Expansion], quoted: bool) -> None:
        text, at = self.text, self.at
        match = _BRACED.match(text, at, self.end)
        if match is None:
            return
        prefix, name, _, operator = match.group(1, 2, 3, 4)
        if name is None and prefix:  # ${#} and ${!} are parameters of their own.
            prefix, name = "", prefix
        self.at = match.end()
        self.depth += 1
        argument: list[Literal | Expansion] = []
        # Inside double quotes a single quote means itself in ${a:-it's}, but quotes in the pattern of ${a#'}'}.
        literal_quote = quoted and operator in (None, "-", "+", "=", "?", ":-", ":+", ":=", ":?")
        inner = self.at
        quotes = self._brace_argument(argument, literal_quote)
        self.depth -= 1
        word = Word(self.mapped, inner, self.at, tuple(argument), quotes) if operator or argument else None
        if self.at < self.end:
            self.at += 1
        else:
            self.problem(at, min(at + 2, self.end), "`${` is never closed")
        parts.append(
            Expansion(
                "parameter", at, self.at, self.mapped.span(at, self.at), name, operator or "", word, prefix,
                quoted=quoted,
            )
        )  # fmt: skip

    def _brace_argument(self, parts: list[Literal | Expansion], literal_quote: bool) -> bool:
        text = self.text
        quoted = False
        while self.at < self.end:
            at = self.at
            match = _IN_BRACES.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                parts.append(Literal(match[0], at, self.at))
                continue
            char = text[at]
            if char == "}":
                break
            if char == "\\":
                quoted = self._escape(parts) or quoted
            elif char == "'" and literal_quote:
                self.at += 1
                parts.append(Literal(char, at, self.at))
            elif char == "'":
                quoted = True
                self._single_quotes(parts)
            elif char == '"':
                quoted = True
                self._double_quotes(parts)
            elif char == "$":
                self._dollar(parts, literal_quote)
            else:
                self._backquotes(parts, literal_quote)
        return quoted

    def _arithmetic_expansion(self, parts: list[Literal | Expansion], quoted: bool) -> bool:
        at = self.at
        self.at += 3
        if not self._arithmetic([], quoted):
            self.at = at
            return False
        parts.append(Expansion("arithmetic", at, self.at, self.mapped.span(at, self.at), quoted=quoted))
        return True

    def _arithmetic(self, parts: list[Literal | Expansion], quoted: bool) -> bool:
        """Reads up to `))`; what it found is forgotten where a single `)` says that it is no arithmetic."""
        text, start = self.text, self.at
        if self.depth >= _DEEPEST:
            return False
        known = (len(self.commands), len(self.problems), len(self.functions), len(self.loops), len(self.background))
        self.depth += 1
        open_parentheses = 0
        closed = True
        while self.at < self.end:
            at = self.at
            match = _IN_ARITHMETIC.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                continue
            char = text[at]
            if char == "(":
                open_parentheses += 1
                self.at += 1
            elif char == ")":
                self.at += 1
                if open_parentheses:
                    open_parentheses -= 1
                elif text.startswith(")", self.at, self.end):
                    self.at += 1
                    break
                else:
                    closed = False
                    break
            elif char == "\\":
                self._escape(parts)
            elif char == "'":
                self._single_quotes(parts)
            elif char == '"':
                self._double_quotes(parts)
            elif char == "$":
                self._dollar(parts, quoted)
            else:
                self._backquotes(parts, quoted)
        else:
            self.problem(start - 2, start, "`((` is never closed")
        self.depth -= 1
        if not closed:
            for found, length in zip(
                (self.commands, self.problems, self.functions, self.loops, self.background), known, strict=True
            ):
                del found[length:]  # type: ignore[attr-defined]
        return closed

    def _array(self, parts: list[Literal | Expansion]) -> None:
        at = self.at
        self.at += 1
        self.depth += 1
        words: list[Word] = []
        while self._skip_lines() < self.end:
            word = self._word()
            if word is not None:
                words.append(word)
            elif self.text[self.at] == ")":
                self.at += 1
                break
            else:
                self.at += 1
        else:
            self.problem(at, at + 1, "`(` is never closed")
        self.depth -= 1
        parts.append(Expansion("array", at, self.at, self.mapped.span(at, self.at), words=tuple(words)))


def _opens_glob(parts: list[Literal | Expansion]) -> bool:
    last = parts[-1] if parts else None
    return isinstance(last, Literal) and not last.quoted and last.text[-1] in "?*+@!"


def _behind(word: Word, offset: int) -> Word | None:
    """What follows the sign that ends at the raw `offset`; None where that sign is quoted."""
    for number, part in enumerate(word.parts):
        if part.start < offset <= part.end:
            if isinstance(part, Expansion) or part.quoted:
                return None
            rest = word.parts[number + 1 :]
            if offset < part.end:
                rest = (Literal(word.mapped.text[offset : part.end], offset, part.end), *rest)
            return Word(word.mapped, offset, word.end, rest, word.quoted)
    return None


def _start_of(command: Simple) -> int:
    return command.start


def _ansi_char(match: re.Match[str]) -> str:
    short, four, eight, octal, control, letter = match.groups()
    if letter is not None:
        return _ANSI_LETTERS.get(letter, letter if letter in "\\'\"?" else "\\" + letter)
    if control is not None:
        return chr(ord(control) & 0x1F)
    code = int(octal, 8) & 0xFF if octal else int(short or four or eight, 16)
    return chr(code) if code < 0x110000 else "\ufffd"
