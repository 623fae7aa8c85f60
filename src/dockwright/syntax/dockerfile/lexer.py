"""Variables and quotes in Dockerfile words, read as BuildKit's shell lexer reads them.

The lexer imitates a shell's word expansion; what it knows and refuses is BuildKit's, not a shell's
(frontend/dockerfile/shell/lex.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from dockwright.syntax.dockerfile.blanks import BLANK, BLANKS
from dockwright.text import Mapped, Span, lazy_regex

_SPECIAL_PARAMETERS = frozenset("@*#?-$!0")
_DEEPEST = 100  # substitutions inside substitutions; more is refused rather than a deep recursion
_EMPTY: Mapping[str, str] = {}


class Expansion(Struct, frozen=True):
    """A text after expansion: its value, the variables that were set and those that were not.

    `error` says why BuildKit refuses the text (a quote left open, `${X:?}` without X); `value` is then the text as
    written.
    """

    value: str
    used: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()
    error: str | None = None


class VariableUse(Struct, frozen=True):
    """One `$NAME` or `${NAME...}`; `span` covers it whole, in the source.

    `operator` is what follows the name (`:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `##`, `%`, `%%`, `/`, `//`, or one of a
    shell's own that BuildKit refuses), `word` the text from there to the closing brace, as written.
    """

    name: str
    span: Span
    operator: str | None = None
    word: str | None = None


class RefusedError(ValueError):
    """BuildKit's lexer refuses the text."""


def expand(text: str, env: Mapping[str, str], escape: str = "\\") -> str:
    """`text` with its variables replaced and its quotes and escapes removed; what is unset is empty.

    `text` is returned as it is where BuildKit would refuse it: `expansion` says why.
    """
    return expansion(text, env, escape).value


def expansion(text: str, env: Mapping[str, str], escape: str = "\\", *, quotes: bool = True) -> Expansion:
    """As `expand`, with the names it met. `quotes=False` is for heredoc bodies, where quotes are plain characters."""
    lexer = Lexer(text, env, escape, quotes=quotes)
    try:
        value = lexer.read()
    except RefusedError as error:
        return Expansion(text, frozenset(lexer.used), frozenset(lexer.unset), str(error))
    return Expansion(value, frozenset(lexer.used), frozenset(lexer.unset))


def unquote(text: str, escape: str = "\\") -> str:
    """`text` without its quotes and escapes, variables left as written; the text itself where BuildKit refuses it."""
    if not _MARKS.search(text):
        return text
    try:
        return Lexer(text, _EMPTY, escape, keep_variables=True).read()
    except RefusedError:
        return text


def complaint(text: str, escape: str = "\\") -> str | None:
    """Why BuildKit refuses `text` whatever the variables are, or None."""
    if not _MARKS.search(text):
        return None
    try:
        Lexer(text, _EMPTY, escape, keep_variables=True).read()
    except RefusedError as error:
        return str(error)
    return None


_MARKS = lazy_regex(r"""['"$\\`]""")
_ORDINARY = {
    "\\": lazy_regex(r"""[^'"$\\}/]+"""),
    "`": lazy_regex(r"""[^'"$`}/]+"""),
}


class Lexer:
    """One pass over a text. `keep_variables` leaves `$X` as written, `raw_quotes` leaves the quotes."""

    def __init__(
        self,
        text: str,
        env: Mapping[str, str],
        escape: str = "\\",
        *,
        quotes: bool = True,
        raw_quotes: bool = False,
        keep_variables: bool = False,
    ):
        self.text = text
        self.at = 0
        self.used: set[str] = set()
        self.unset: set[str] = set()
        self._env = env
        self._escape = escape
        self._quotes = quotes
        self._raw_quotes = raw_quotes
        self._keep_variables = keep_variables
        self._ordinary = _ORDINARY[escape]
        self._depth = 0

    def read(self) -> str:
        """The whole text. Raises RefusedError."""
        return self._until("", raw_escapes=False)

    def _until(self, stop: str, *, raw_escapes: bool) -> str:
        text = self.text
        out: list[str] = []
        while self.at < len(text):
            ordinary = self._ordinary.match(text, self.at)
            if ordinary:
                out.append(ordinary[0])
                self.at = ordinary.end()
                continue
            char = text[self.at]
            if char == stop:
                self.at += 1
                return "".join(out)
            if char == "$":
                out.append(self.dollar())
            elif char == "'" and self._quotes:
                out.append(self.single_quoted())
            elif char == '"' and self._quotes:
                out.append(self.double_quoted(raw_escapes=raw_escapes))
            else:
                self.at += 1
                if char == self._escape:
                    if raw_escapes:
                        out.append(char)
                    if self.at == len(text):
                        break
                    char = text[self.at]
                    self.at += 1
                out.append(char)
        if stop:
            raise RefusedError(f"'{stop}' is missing in a substitution")
        return "".join(out)

    def single_quoted(self) -> str:
        """From one single quote to the next; nothing is special between them."""
        start = self.at
        end = self.text.find("'", start + 1)
        if end < 0:
            raise RefusedError("a single quote is left open")
        self.at = end + 1
        return self.text[start : end + 1] if self._raw_quotes else self.text[start + 1 : end]

    def double_quoted(self, *, raw_escapes: bool) -> str:
        """From one double quote to the next; `$` works inside, and the escape before `"`, `$` and itself."""
        text = self.text
        self.at += 1
        out: list[str] = ['"'] if self._raw_quotes else []
        while self.at < len(text):
            char = text[self.at]
            if char == "$":
                out.append(self.dollar())
                continue
            self.at += 1
            if char == '"':
                if self._raw_quotes:
                    out.append(char)
                return "".join(out)
            if char == self._escape:
                if raw_escapes:
                    out.append(char)
                if self.at == len(text):
                    break
                if text[self.at] in ('"', "$", self._escape):
                    char = text[self.at]
                    self.at += 1
            out.append(char)
        raise RefusedError("a double quote is left open")

    def dollar(self) -> str:
        """What stands at a dollar: a variable's value, or the dollar itself."""
        start = self.at
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedError("substitutions are nested too deeply")
        value = self._substitution()
        self._depth -= 1
        return self.text[start : self.at] if self._keep_variables else value

    def _substitution(self) -> str:
        text = self.text
        self.at += 1
        if self._peek() != "{":
            name = self._name()
            return (self._get(name) or "") if name else "$"
        self.at += 1
        if self._peek() in ("", "{", "}", ":"):
            raise RefusedError("bad substitution")
        name = self._name()
        operator = self._peek()
        self.at += 1
        if operator == "}":
            return self._get(name) or ""
        if operator == "/":
            return self._replace(name)
        empty_is_unset = operator == ":"
        if empty_is_unset:
            operator = self._peek()
            self.at += 1
        if operator not in tuple("-+?") and (operator not in tuple("#%") or empty_is_unset):
            raise RefusedError(f"'{text[self.at - 1 - empty_is_unset : self.at]}' is no operator of a substitution")
        word = self._until("}", raw_escapes=operator in "#%")
        value = self._get(name)
        if self._keep_variables:
            return ""
        missing = value is None or (empty_is_unset and not value)
        if operator == "-":
            return word if missing else value or ""
        if operator == "+":
            return "" if missing else word
        if operator == "?":
            if missing:
                raise RefusedError(f"{name}: {word or 'a value is required'}")
            return value or ""
        longest = word[:1] == operator
        trim = _without_prefix if operator == "#" else _without_suffix
        return trim(value or "", word[1:] if longest else word, longest)

    def _replace(self, name: str) -> str:
        everywhere = self._peek() == "/"
        self.at += everywhere
        pattern = self._until("/", raw_escapes=True)
        replacement = self._until("}", raw_escapes=True)
        value = self._get(name)
        if self._keep_variables:
            return ""
        glob = re.compile(_glob(_glob_parts(pattern), longest=True))
        return glob.sub(lambda _: replacement, value or "", count=0 if everywhere else 1)

    def _name(self) -> str:
        text, start = self.text, self.at
        first = self._peek()
        if first.isdecimal():
            while self._peek().isdecimal():
                self.at += 1
        elif first in _SPECIAL_PARAMETERS:
            self.at += 1
        else:
            while (char := self._peek()) == "_" or char.isalpha() or char.isdecimal():
                self.at += 1
        return text[start : self.at]

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _get(self, name: str) -> str | None:
        value = self._env.get(name)
        (self.unset if value is None else self.used).add(name)
        return value


def _glob_parts(pattern: str) -> list[str]:
    """A pattern's parts: `*`, `?`, or a literal character with a backslash before it."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "\\":
            following = pattern[at : at + 1]
            if not following or following not in "}/*?\\":
                raise RefusedError(f"'\\{following}' is no escape of a pattern")
            char += following
            at += 1
        elif char not in "*?":
            char = "\\" + char
        parts.append(char)
    return parts


def _glob(parts: list[str], *, longest: bool) -> str:
    """A regular expression that is linear: after each `*` the first place that fits is kept, which is always right."""
    stretches = [""]
    for part in parts:
        if part == "*":
            stretches.append("")
        else:
            stretches[-1] += "." if part == "?" else re.escape(part[1:])
    first, *rest = stretches
    last = f".*{rest.pop()}" if longest and rest else ""
    return first + "".join(f"(?>.*?{stretch})" for stretch in rest) + last


def _without_prefix(value: str, pattern: str, longest: bool) -> str:
    found = re.match(_glob(_glob_parts(pattern), longest=longest), value)
    return value[found.end() :] if found else value


def _without_suffix(value: str, pattern: str, longest: bool) -> str:
    # The shortest match at the end is the shortest at the beginning of everything reversed.
    found = re.match(_glob(_glob_parts(pattern)[::-1], longest=longest), value[::-1])
    return value[: len(value) - found.end()] if found else value


_NEXT_MARK = lazy_regex(r"""[\\`'"$}]""")
_VARIABLE = lazy_regex(
    r"\$(?:(?P<plain>[^\W\d]\w*)|\{(?P<prefix>[#!]?)(?P<name>[^\W\d]\w*)(?P<operator>:?[-+?=]|\#\#?|%%?|//?|[^}])?)"
)


def variables_of(text: Mapped, escape: str = "\\", *, quotes: bool = True) -> tuple[VariableUse, ...]:
    """The variables that a text uses, in order, those inside a substitution's word included.

    Single quotes and escapes are obeyed. What BuildKit refuses is read as a shell would read it. Positional
    and special parameters (`$1`, `$@`) are left out: no ARG or ENV can set them.
    `quotes=False` is for heredoc bodies, where quotes are plain characters.
    """
    written = text.text
    found: list[VariableUse] = []
    opened: list[
        tuple[str, int, str | None, int]
    ] = []  # (name, or "" for a double quote; start; operator; word's start)
    at = 0
    while mark := _NEXT_MARK.search(written, at):
        at = mark.end()
        char = mark[0]
        quoted = bool(opened) and not opened[-1][0]
        if char == escape:
            at += 1
        elif char == "'" and quotes and not quoted:
            if closing := written.find("'", at) + 1:
                at = closing
            else:
                quotes = False  # an apostrophe, and so is every later one
        elif char == '"' and (quotes or quoted):
            if quoted:
                opened.pop()
            elif len(opened) < _DEEPEST:
                opened.append(("", at, None, at))
        elif char == "}" and opened and not quoted:
            name, start, operator, word = opened.pop()
            found.append(
                VariableUse(name, text.span(start, at), operator, written[word : at - 1] if operator else None)
            )
        elif char == "$" and (use := _VARIABLE.match(written, at - 1)):
            at = use.end()
            if plain := use["plain"]:
                found.append(VariableUse(plain, text.span(use.start(), at)))
            elif len(opened) < _DEEPEST:
                opened.append((use["name"], use.start(), use["operator"] or use["prefix"] or None, at))
    found.extend(
        VariableUse(name, text.span(start, len(written)), operator) for name, start, operator, _ in opened if name
    )
    found.sort(key=_start)
    return tuple(found)


def _start(use: VariableUse) -> int:
    return use.span.start


def heredoc_words(line: str) -> list[tuple[str, int, int]]:
    """The words of a logical line, each as (text, start, end), as BuildKit reads them to find heredocs.

    `<<` takes the blanks after it into its word. A line that the lexer refuses has no words, and so no heredoc.
    """
    lexer = Lexer(line, _EMPTY, raw_quotes=True, keep_variables=True)
    words: list[tuple[str, int, int]] = []
    start = -1
    try:
        while lexer.at < len(line):
            at = lexer.at
            char = line[at]
            if char in BLANKS:
                if start >= 0:
                    words.append((line[start:at], start, at))
                start = -1
                lexer.at += 1
                continue
            if start < 0:
                start = at
            if char == "$":
                lexer.dollar()
                for blank in re.compile(BLANK).finditer(line, at, lexer.at):
                    if start >= 0:
                        words.append((line[start : blank.start()], start, blank.start()))
                    start = blank.end() if blank.end() < lexer.at else -1
            elif char == "'":
                lexer.single_quoted()
            elif char == '"':
                lexer.double_quoted(raw_escapes=True)
            elif line.startswith("<<", at):
                lexer.at += 2
                while lexer._peek() in ("\t", "\r", " "):
                    lexer.at += 1
            else:
                lexer.at += 2 if char == "\\" else 1
    except RefusedError:
        return []
    if start >= 0:
        words.append((line[start:], start, len(line)))
    return words
