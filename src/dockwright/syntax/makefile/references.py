"""References to variables: where they end, and all of a text."""

from __future__ import annotations

from msgspec import Struct

from dockwright.text import Mapped, Span, lazy_regex

_PARENTHESES = lazy_regex(r"[()]")
_BRACES = lazy_regex(r"[{}]")
_REFERENCE_SIGNS = lazy_regex(r"\$(?:[^\s]|)|[(){}]")
REFERENCE_NAME = lazy_regex(r"([^\s:$(){}]+)")
_FUNCTIONS = frozenset(
    {
        "subst", "patsubst", "strip", "findstring", "filter", "filter-out", "sort", "word", "wordlist", "words",
        "firstword", "lastword", "dir", "notdir", "suffix", "basename", "addsuffix", "addprefix", "join",
        "wildcard", "realpath", "abspath", "if", "or", "and", "intcmp", "foreach", "let", "file", "call", "value",
        "eval", "origin", "flavor", "shell", "guile", "error", "warning", "info",
    }
)  # fmt: skip


class Use(Struct, frozen=True):
    """A reference: `start` and `end` are offsets of the mapped text, `span` is in the source.

    `name` is the variable's or function's name, None where it is itself put together from references.
    `function` is set for `$(name arguments)`, `escaped` for `$$`.
    """

    start: int
    end: int
    span: Span
    name: str | None
    function: bool = False
    escaped: bool = False


def uses(mapped: Mapped) -> tuple[Use, ...]:
    """The references in a text before its expansion, nested ones behind the one that they stand in."""
    text = mapped.text
    found: list[tuple[int, int]] = []
    open_references: list[tuple[int, str, int]] = []
    for match in _REFERENCE_SIGNS.finditer(text):
        sign = match[0]
        if sign[0] == "$":
            if len(sign) == 2 and sign[1] in "({":
                open_references.append((match.start(), ")" if sign[1] == "(" else "}", 0))
            elif len(sign) == 2:
                found.append((match.start(), match.end()))
        elif open_references:
            start, closer, depth = open_references[-1]
            if sign == closer and depth == 0:
                open_references.pop()
                found.append((start, match.end()))
            elif sign == closer:
                open_references[-1] = (start, closer, depth - 1)
            elif sign == ("(" if closer == ")" else "{"):
                open_references[-1] = (start, closer, depth + 1)
    found.sort()
    return tuple(_use(mapped, start, end) for start, end in found)


def _use(mapped: Mapped, start: int, end: int) -> Use:
    text = mapped.text
    span = mapped.span(start, end)
    if end - start == 2:
        return Use(start, end, span, text[start + 1], escaped=text[start + 1] == "$")
    match = REFERENCE_NAME.match(text, start + 2, end - 1)
    name = match[1] if match is not None else None
    followed = text[match.end() : match.end() + 1] if match is not None else ""
    if followed == "$":
        return Use(start, end, span, None)
    return Use(start, end, span, name, function=followed in (" ", "\t") and name in _FUNCTIONS)


def reference_end(text: str, at: int) -> int:
    """Where the reference to a variable that begins with the `$` at `at` ends; the text's end if it never does."""
    opener = text[at + 1 : at + 2]
    if opener not in ("(", "{"):
        return min(at + 2, len(text))
    depth = 0
    for match in (_PARENTHESES if opener == "(" else _BRACES).finditer(text, at + 1):
        depth += 1 if match[0] == opener else -1
        if depth == 0:
            return match.end()
    return len(text)
