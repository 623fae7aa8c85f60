"""`$VAR` and `${VAR...}` as Compose substitutes them (compose-go's `template` package), in compose and env files."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from msgspec import Struct

from dockwright.errors import DockwrightError
from dockwright.text import Mapped, Span, lazy_regex

MAX_DEPTH = 100  # of `${A:-${B:-...}}`

_TOKEN = lazy_regex(
    r"\$(?:(?P<escaped>\$)|(?P<named>[_A-Za-z][_A-Za-z0-9]*)"
    r"|\{(?:(?P<braced>[_A-Za-z][_A-Za-z0-9]*)(?P<operator>:?[-+?]|(?=\})))?)"
)


class Use(Struct, frozen=True):
    """A variable in a text. `span` and `name_span` are source offsets.

    `operator` is "", ":-", "-", ":+", "+", ":?" or "?"; `argument` what follows it, not substituted.
    `depth` is 0, or how many other uses' arguments it stands in.
    """

    name: str
    operator: str
    argument: str
    span: Span
    name_span: Span
    depth: int

    @property
    def required(self) -> bool:
        """Whether Compose refuses to go on without the variable."""
        return self.operator in ("?", ":?")

    @property
    def default(self) -> str | None:
        """What stands in for a variable that is not set; None for nothing."""
        return self.argument if self.operator in ("-", ":-") else None


class MissingVariableError(DockwrightError):
    """A `${NAME?reason}` whose variable has no value."""

    def __init__(self, name: str, reason: str):
        super().__init__(f"required variable {name} is missing a value{f': {reason}' if reason else ''}")
        self.name = name
        self.reason = reason


class InvalidTemplateError(DockwrightError):
    """A `${` that begins no valid substitution, at `index` of the text."""

    def __init__(self, index: int):
        super().__init__(
            "a `${` that names no variable or is not closed", hint="write `$${` for the characters themselves"
        )
        self.index = index


def uses(text: Mapped) -> tuple[Use, ...]:
    """The variables in a text, those in defaults included, in the order of their places."""
    if "$" not in text.text:
        return ()
    found: list[Use] = []
    todo = list(reversed(_Template(text.text).parts))
    depths = [0] * len(todo)
    while todo:
        part, depth = todo.pop(), depths.pop()
        if isinstance(part, _Variable):
            name_span = text.span(part.name_start, part.name_start + len(part.name))
            span = text.span(part.start, part.end)
            found.append(Use(part.name, part.operator, part.argument, span, name_span, depth))
            todo += reversed(part.parts)
            depths += [depth + 1] * len(part.parts)
    return tuple(found)


def invalid(text: Mapped) -> Span | None:
    """The first `${` that Compose refuses; None in a valid text."""
    index = _Template(text.text).invalid if "$" in text.text else None
    return None if index is None else text.span(index, index + 2)


def interpolate(text: str, lookup: Callable[[str], str | None]) -> str:
    """The text with its variables' values; `$$` becomes `$`, an unset variable nothing.

    `lookup` gives a variable's value, None for one that is not set. A default is substituted even where it is not
    needed, as Compose does.
    Raises MissingVariableError and InvalidTemplateError, as Compose refuses.
    """
    if "$" not in text:
        return text
    template = _Template(text)
    if template.invalid is not None:
        raise InvalidTemplateError(template.invalid)
    return "".join(_values(template.parts, lookup))


def _values(parts: tuple[str | _Variable, ...], lookup: Callable[[str], str | None]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
            continue
        value = lookup(part.name)
        present = value is not None and (value != "" or not part.operator.startswith(":"))
        kind = part.operator[-1:]
        # Compose looks at the argument before it knows whether it needs it: what is missing there is missing.
        argument = "".join(_values(part.parts, lookup))
        if kind == "+" if present else kind == "-":
            yield argument
        elif kind == "?" and not present:
            raise MissingVariableError(part.name, argument)
        else:
            yield value or ""


class _Variable(Struct, frozen=True):
    """A variable at [start, end) of a text, its argument cut into parts."""

    name: str
    name_start: int
    operator: str
    argument: str
    start: int
    end: int
    parts: tuple[str | _Variable, ...]


class _Template:
    """A text cut into literal strings and variables; `invalid` is the index of the first bad `${`."""

    def __init__(self, text: str):
        self.text = text
        self.invalid: int | None = None
        self.parts: tuple[str | _Variable, ...] = (text,)
        if "$" in text:
            self.braces = [found.start() for found in re.finditer(r"\}", text)]
            self.line_ends = [found.start() for found in re.finditer("\n", text)] + [len(text)]
            self.closing = _closing_braces(text)
            self.parts = self.cut(0, len(text), 0)

    def cut(self, start: int, end: int, depth: int) -> tuple[str | _Variable, ...]:
        """The parts of text[start:end]."""
        parts: list[str | _Variable] = []
        at = start
        while found := _TOKEN.search(self.text, at, end):
            if found.start() > at:
                parts.append(self.text[at : found.start()])
            at = found.end()
            if found["escaped"]:
                parts.append("$")
            elif name := found["named"]:
                parts.append(_Variable(name, found.start() + 1, "", "", found.start(), at, ()))
            else:
                variable = self.braced(found, end, depth) if found["braced"] else None
                if variable is None:
                    self.invalid = found.start() if self.invalid is None else min(self.invalid, found.start())
                    parts.append(found[0])
                else:
                    parts.append(variable)
                    at = variable.end
        if at < end:
            parts.append(self.text[at:end])
        return tuple(parts)

    def braced(self, found: re.Match[str], end: int, depth: int) -> _Variable | None:
        """The `${NAME...}` that begins at `found`; None where it is not closed on its line."""
        name, operator = found["braced"], found["operator"]
        start, body = found.start(), found.end()
        if not operator:
            return _Variable(name, start + 2, "", "", start, body + 1, ())
        close = self.closing.get(start + 1, end)
        if close >= end:  # unbalanced: the last brace of the line counts
            line_end = self.line_ends[bisect_left(self.line_ends, body)]
            last = bisect_left(self.braces, min(line_end, end)) - 1
            if last < 0 or self.braces[last] < body:
                return None
            close = self.braces[last]
        if depth >= MAX_DEPTH:
            return None
        parts = self.cut(body, close, depth + 1)
        return _Variable(name, start + 2, operator, self.text[body:close], start, close + 1, parts)


def _closing_braces(text: str) -> dict[int, int]:
    """Opening to closing braces, of each line for itself. As in compose-go, the character after a `{` never counts."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    skip = -1
    for found in re.finditer(r"[{}\n]", text):
        at = found.start()
        if found[0] == "\n":
            opened.clear()
        elif at == skip:
            continue
        elif found[0] == "{":
            opened.append(at)
            skip = at + 1
        elif opened:
            closing[opened.pop()] = at
    return closing
