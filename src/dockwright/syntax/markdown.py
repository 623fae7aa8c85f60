"""Markdown and reStructuredText as far as commands and links go: code blocks, code spans, link targets."""

from __future__ import annotations

import re
from functools import cached_property

from msgspec import Struct

from dockwright.syntax.shell import Script
from dockwright.syntax.shell import parse as parse_shell
from dockwright.text import Mapped, Source, lazy_regex

_FENCE = lazy_regex(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+.-]*)[^\n`]*\n", re.M)
_CODE_SPAN = lazy_regex(r"(?<!`)(`+)(?!`)([^`\n]+)(?<!`)\1(?!`)")
_LINK = lazy_regex(r"\]\(<?(?P<target>[^)\s>#?]+)|^\[[^\]\n]+\]:[ \t]*<?(?P<definition>[^\s>#?]+)", re.M)
_PROMPT = lazy_regex(r"^[ \t]*(?:\$|%|>|#)[ \t]+")
_SHELLS = frozenset(("", "sh", "bash", "shell", "console", "zsh", "shell-session", "shellsession", "terminal", "text"))


class CodeBlock(Struct, frozen=True, dict=True):
    """A fenced block: its language in lower case, and its text without prompts."""

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
    while (match := _FENCE.search(text, at)) is not None:
        prose.append((at, match.start()))
        body, at = _body(text, match)
        blocks.append(CodeBlock(match["language"].lower(), body))
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
        prompt = _PROMPT.match(line)
        # A `#` begins a comment as often as it is root's prompt: only the other signs are cut off.
        skip = prompt.end() if prompt and "#" not in prompt[0] else 0
        pieces.append((line[skip:], at + skip))
        at = end
    return Mapped.join(pieces), at
