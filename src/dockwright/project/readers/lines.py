"""What lines of text say of other files: comments, and the task files whose formats are not read."""

from __future__ import annotations

import re

from dockwright.project.commands import Commands, read_commands
from dockwright.project.model import Project
from dockwright.project.readers.collect import Collector
from dockwright.text import Mapped, Source

_COMMENT = re.compile(r"#[^\n]*\b(?:docker|podman)[^\n]*")
_CALL = re.compile(r"\b(?:docker|podman)(?:-compose| compose| (?:buildx )?build)\b")
_FILLED_IN = re.compile(r"\{\{[^}\n]*\}\}")
_QUOTES = "\"'`"


def comments(project: Project, source: Source) -> Commands:
    """Each call of Docker in a comment is read as if typed at the root."""
    found = Collector()
    for comment in _COMMENT.finditer(source.text):
        _calls(project, source, comment.start(), comment.end(), found)
    return found.commands()


def task_file(project: Project, source: Source) -> Commands:
    """Each call of Docker in any line is read as if typed at the root; `{{ .. }}` is something that is filled in."""
    found = Collector()
    _calls(project, source, 0, len(source.text), found)
    return found.commands()


def _calls(project: Project, source: Source, start: int, end: int, found: Collector) -> None:
    text = source.text
    while (call := _CALL.search(text, start, end)) is not None:
        before = text[call.start() - 1 : call.start()]
        # A quote before the call ends it; without one, the line does.
        stop = text.find(before if before and before in _QUOTES else "\n", call.end(), end)
        line_end = text.find("\n", call.end(), end)
        start = min(place for place in (stop, line_end, end) if place >= 0)
        mapped = Mapped.whole(text[call.start() : start].rstrip(), call.start())
        opaque = {match.start(): match.end() for match in _FILLED_IN.finditer(mapped.text)}
        found.add(read_commands(source.path, mapped, "", project.is_file, opaque))
