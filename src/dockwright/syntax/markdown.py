"""Markdown and reStructuredText as far as commands and links go: code blocks, code spans, link targets."""

from __future__ import annotations

import re
from functools import cached_property

from msgspec import Struct

from dockwright.syntax.shell import Script
from dockwright.syntax.shell import parse as parse_shell
from dockwright.text import Mapped, Source, lazy_regex

_FENCE = lazy_regex(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+.-]*)[^\n`]*\n", re.M)
_LITERAL = lazy_regex(
    r"^(?P<indent>[ \t]*(?:(?:[-*+]|#\.|\d{1,3}\.)[ \t]+)?)"
    r"(?:\.\. (?:code-block|code|sourcecode)::[ \t]*(?P<language>[\w+.-]*)[ \t]*"
    r"|[^\s.][^\n]*::[ \t]*|::[ \t]*)\n(?:[ \t]+:[\w-]+:[^\n]*\n)*(?:[ \t]*\n)+(?=[ \t])",
    re.M,
)
"""What opens a literal block in reStructuredText: a paragraph that ends in two colons, or a directive."""

_CODE_SPAN = lazy_regex(r"(?<!`)(`+)(?!`)([^`\n]+)(?<!`)\1(?!`)")
_LINK = lazy_regex(r"\]\(<?(?P<target>[^)\s>#?]+)|^\[[^\]\n]+\]:[ \t]*<?(?P<definition>[^\s>#?]+)", re.M)
_PROMPT = lazy_regex(r"^[ \t]*(?:\$|%|>|#)[ \t]+")
_SHELLS = frozenset(("", "sh", "bash", "shell", "console", "zsh", "shell-session", "shellsession", "terminal", "text"))


class CodeBlock(Struct, frozen=True, dict=True):
    """A fenced or a literal block: its language in lower case, and its text without prompts."""

    language: str
    body: Mapped

    @cached_property
    def script(self) -> Script:
        """What a shell reads in the text."""
        return parse_shell(self.body)

    @property
    def is_shell(self) -> bool:
        """Whether it may hold shell commands; blocks without a language often do."""
        return self.language in _SHELLS


class Piece(Struct, frozen=True, dict=True):
    """A code span's or a link target's text, in its place."""

    mapped: Mapped

    @cached_property
    def script(self) -> Script:
        """What a shell reads in the text."""
        return parse_shell(self.mapped)


class Document(Struct, frozen=True):
    """What a document says to a machine."""

    source: Source
    blocks: tuple[CodeBlock, ...]
    code_spans: tuple[Piece, ...]
    links: tuple[Piece, ...]


def parse(source: Source) -> Document:
    """The document that a text is; any text is one."""
    text = source.text
    blocks: list[CodeBlock] = []
    prose: list[tuple[int, int]] = []
    at = 0
    restructured = source.path.endswith(".rst")
    opening, read = (_LITERAL, _indented) if restructured else (_FENCE, _body)
    while (match := opening.search(text, at)) is not None:
        prose.append((at, match.start()))
        body, at = read(text, match)
        blocks.append(CodeBlock((match["language"] or "").lower(), body))
    prose.append((at, len(text)))
    spans = [
        Piece(Mapped.whole(found[2], found.start(2)))
        for start, end in prose
        for found in _CODE_SPAN.finditer(text, start, end)
    ]
    links = [
        Piece(Mapped.whole(found[group], found.start(group)))
        for start, end in prose
        for found in _LINK.finditer(text, start, end)
        for group in ("target", "definition")
        if found[group]
    ]
    return Document(source, tuple(blocks), tuple(spans), tuple(links))


def _body(text: str, opening: re.Match[str]) -> tuple[Mapped, int]:
    """The text of a fenced block and the offset behind its closing fence."""
    pieces: list[tuple[str, int]] = []
    at = opening.end()
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end]
        if line.strip(" \t>\r\n").startswith(opening["fence"]):
            return Mapped.join(pieces), end
        pieces.append(_without_prompt(line, at))
        at = end
    return Mapped.join(pieces), at


def _indented(text: str, opening: re.Match[str]) -> tuple[Mapped, int]:
    """The text of a literal block, which lasts as long as its lines are indented, and the offset behind it."""
    pieces: list[tuple[str, int]] = []
    at = opening.end()
    least = len(opening["indent"])
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        line = text[at:end]
        if line.strip() and len(line) - len(line.lstrip(" \t")) <= least:
            break
        pieces.append(_without_prompt(line, at))
        at = end
    return Mapped.join(pieces), at


def _without_prompt(line: str, at: int) -> tuple[str, int]:
    prompt = _PROMPT.match(line)
    # A `#` begins a comment as often as it is root's prompt: only the other signs are cut off.
    skip = prompt.end() if prompt and "#" not in prompt[0] else 0
    return line[skip:], at + skip
