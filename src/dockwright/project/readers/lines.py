"""What lines of text say of other files: comments, and the task files whose formats are not read."""

from __future__ import annotations

from dockwright.project.commands import Commands, read_script
from dockwright.project.readers.collect import Around, Collector, only_what_is_there, where_more_is_found
from dockwright.syntax import shell
from dockwright.text import Mapped, Source, lazy_regex

_COMMENT = lazy_regex(r"#[^\n]*\b(?:docker|podman)[^\n]*")
_CALL = lazy_regex(r"\b(?:docker|podman)(?:-compose| compose| (?:buildx )?build)(?![\w.-])")
_FILLED_IN = lazy_regex(r"\{\{[^}\n]*\}\}")
_QUOTES = "\"'`"


def comments(around: Around, source: Source) -> Commands:
    """Each call of Docker in a comment is read as if typed at the root, or in the folder of the file."""
    found = Collector()
    for comment in _COMMENT.finditer(source.text):
        _calls(around, source, comment.start(), comment.end(), found)
    return only_what_is_there(around, found.commands())


def task_file(around: Around, source: Source) -> Commands:
    """Each call of Docker in any line is read as if typed at the root; `{{ .. }}` is something that is filled in."""
    found = Collector()
    _calls(around, source, 0, len(source.text), found)
    return found.commands()


def _calls(around: Around, source: Source, start: int, end: int, found: Collector) -> None:
    text = source.text
    while (call := _CALL.search(text, start, end)) is not None:
        before = text[call.start() - 1 : call.start()]
        # A quote before the call ends it; without one, the line does.
        stop = text.find(before if before and before in _QUOTES else "\n", call.end(), end)
        line_end = text.find("\n", call.end(), end)
        start = min(place for place in (stop, line_end, end) if place >= 0)
        mapped = Mapped.whole(text[call.start() : start].rstrip(), call.start())
        script = shell.parse(mapped, {match.start(): match.end() for match in _FILLED_IN.finditer(mapped.text)})
        found.add(_read(around, source.path, script))


def _read(around: Around, path: str, script: shell.Script) -> Commands:
    return where_more_is_found(around, path, lambda cwd: read_script(path, script, cwd, around.is_file))
