"""Cutting a Dockerfile into lines, directives, comments, instructions and heredocs, as BuildKit's parser does.

The grammar is that of frontend/dockerfile/parser in BuildKit.
"""

from __future__ import annotations

import re
from typing import Literal

from dockwright.syntax.dockerfile.blanks import BLANK, BLANKS
from dockwright.syntax.dockerfile.lexer import Lexer, RefusedError, heredoc_words
from dockwright.syntax.dockerfile.nodes import (
    Directive,
    Dockerfile,
    Heredoc,
    Instruction,
    Onbuild,
    Piece,
    instruction,
)
from dockwright.syntax.dockerfile.words import joined, json_strings, part
from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Source, Span, encode, lazy_regex

_LONGEST_LINE = 65535  # bytes; bufio.MaxScanTokenSize - 1 in Go
_HEREDOC_KEYWORDS = frozenset(("RUN", "COPY", "ADD"))
_DIRECTIVE = lazy_regex(rf"#{BLANK}*+([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_DIRECTIVE_NAMES = frozenset(("syntax", "escape", "check"))
_CONTINUED = {
    "\\": lazy_regex(r"(?<!\\)\\[ \t]*\Z"),
    "`": lazy_regex(r"(?<!`)`[ \t]*\Z"),
}
_HEREDOC = lazy_regex(r"\d*<<(-?)[\t\n\f\r ]*([^<]+)\Z", re.ASCII)
_LEADING_TABS = lazy_regex(r"^\t+", re.MULTILINE)


def parse(source: Source) -> Dockerfile:
    """The tree of a Dockerfile, for any text: what BuildKit would refuse is in its `problems`."""
    return _Scanner(source).dockerfile()


class _Scanner:
    def __init__(self, source: Source):
        self.source = source
        self.text = source.text
        self.at = 0
        self.escape = "\\"
        self.pieces: list[Piece] = []
        self.directives: list[Directive] = []
        self.instructions: list[Instruction] = []
        self.problems: list[Problem] = []
        # BuildKit looks for directives twice: the parser for `escape`, past indentation; before it the frontend
        # for `syntax` and `check`, past a shebang.
        self.parser_looks = True
        self.frontend_looks = True

    def dockerfile(self) -> Dockerfile:
        text = self.text
        while self.at < len(text):
            start = self.at
            line = self.line()
            body = line.lstrip(BLANKS)
            if not start and text.startswith("\ufeff"):
                body = line[1:].lstrip(BLANKS)
            where = start + len(line) - len(body)
            kind: Literal["directive", "comment", "blank", "instruction"]
            if body.startswith("#"):
                kind = "directive" if self.directive(body, where) else "comment"
            else:
                self.parser_looks = self.frontend_looks = False
                kind = "instruction" if body else "blank"
                if body:
                    self.instruction(start, where, body)
            self.pieces.append(Piece(kind, Span(start, self.at)))
        return Dockerfile(
            self.source,
            tuple(self.pieces),
            tuple(self.directives),
            self.escape,
            tuple(self.instructions),
            tuple(self.problems),
        )

    def line(self) -> str:
        """The line at hand, without its end; goes on to the next."""
        start = self.at
        self.at = self.text.find("\n", start) + 1 or len(self.text)
        line = self.text[start : self.at].rstrip("\r\n")
        if len(line) * 4 > _LONGEST_LINE and len(encode(line)) > _LONGEST_LINE:
            self.problem(start, start + len(line), f"a line may have {_LONGEST_LINE} bytes at most")
        return line

    def problem(self, start: int, end: int, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(Span(start, end), message, hint))

    def directive(self, comment: str, start: int) -> bool:
        """Whether a comment is a directive; keeps it."""
        if not self.parser_looks and not self.frontend_looks:
            return False
        found = _DIRECTIVE.match(comment)
        name = found[1].lower() if found else ""
        known = name in _DIRECTIVE_NAMES
        self.parser_looks = self.parser_looks and known
        plain = start == 0 or self.text[start - 1] in "\n\ufeff"
        shebang = comment.startswith("#!") and not self.pieces
        self.frontend_looks = self.frontend_looks and plain and (known or shebang)
        looks = self.parser_looks if name == "escape" else self.frontend_looks
        if not (found and known and looks):
            return False
        low, high = found.span(2)
        seen = any(each.name == name for each in self.directives)
        self.directives.append(Directive(name, found[2], Span(start, start + high), Span(start + low, start + high)))
        if seen:
            self.problem(start, start + high, f"the directive '{name}' is given twice", "keep one of them")
        elif name == "escape" and found[2] not in _CONTINUED:
            self.problem(start + low, start + high, "the escape character is neither \\ nor `")
        elif name == "escape":
            self.escape = found[2]
        return True

    def instruction(self, start: int, where: int, body: str) -> None:
        """The instruction whose first line is `body`, at `where`; reads on to its end, heredocs included."""
        continued = _CONTINUED[self.escape]
        pieces: list[tuple[str, int]] = []
        text = self.text
        while True:
            more = continued.search(body)
            pieces.append((body[: more.start()] if more else body, where))
            if more is None:
                break
            body = ""
            while self.at < len(text):
                where = self.at
                body = self.line()
                bare = body.lstrip(BLANKS)
                if bare and not bare.startswith("#"):
                    break
                body = ""
            if not body:
                break
        logical = Mapped.join(pieces)
        bare = logical.text.strip(BLANKS)
        if bare:
            before = len(logical.text) - len(logical.text.lstrip(BLANKS))
            logical = part(logical, before, before + len(bare))
        else:
            logical = Mapped.whole("", where)
        node = instruction(logical, Span(start, self.at), self.escape)
        if "<<" in bare and _may_have_heredocs(node):
            heredocs = self.heredocs(logical)
            if heredocs:
                node = instruction(logical, Span(start, self.at), self.escape, heredocs)
        self.instructions.append(node)

    def heredocs(self, logical: Mapped) -> tuple[Heredoc, ...]:
        """The documents that an instruction's line announces, read from the lines at hand."""
        found = []
        for word, start, end in heredoc_words(logical.text):
            marker = _HEREDOC.match(word)
            if marker is None:
                continue
            tabs, rest = marker.groups()
            try:
                delimiter, expand = _delimiter(rest)
            except RefusedError as error:
                self.problem(*logical.span(start, end), f"the heredoc's delimiter: {error}")
                continue
            if delimiter is not None:
                found.append(self.heredoc(delimiter, logical.span(start, end), expand, strip_tabs=bool(tabs)))
        return tuple(found)

    def heredoc(self, delimiter: str, marker: Span, expand: bool, *, strip_tabs: bool) -> Heredoc:
        text, start = self.text, self.at
        while self.at < len(text):
            line_start = self.at
            line = self.line()
            if (line.lstrip("\t") if strip_tabs else line) == delimiter:
                end = line_start + len(line)
                closing = [Mapped.whole(delimiter, end - len(delimiter))]
                break
        else:
            self.problem(*marker, f"the heredoc has no end: no line is '{delimiter}'")
            line_start = end = len(text)
            closing = []
        body = Mapped.whole(text[start:line_start], start)
        opening = start - 1 if text[start - 1] == "\n" else start
        written = joined([Mapped.whole(text[opening:start], opening), body, *closing])
        if strip_tabs and "\t" in body.text:
            body = _without_leading_tabs(body)
        return Heredoc(delimiter, marker, body, expand, Span(start, end), written)


def _may_have_heredocs(node: Instruction) -> bool:
    if isinstance(node, Onbuild):
        node = node.inner
    return node.keyword in _HEREDOC_KEYWORDS and json_strings(node.arguments.text) is None


def _delimiter(rest: str) -> tuple[str | None, bool]:
    """The delimiter that stands after `<<`, None when it is not one word, and whether the document is expanded."""
    delimiter = Lexer(rest, {}, keep_variables=True).read()
    if not delimiter or len(heredoc_words(rest)) != 1:
        return None, False
    return delimiter, sum(map(rest.count, "'\"")) == sum(map(delimiter.count, "'\""))


def _without_leading_tabs(body: Mapped) -> Mapped:
    pieces: list[Mapped | str] = []
    at = 0
    for tabs in _LEADING_TABS.finditer(body.text):
        pieces.append(part(body, at, tabs.start()))
        at = tabs.end()
    pieces.append(part(body, at, len(body.text)))
    return joined(pieces)
