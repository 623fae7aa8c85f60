"""Processes: the commands that a container really runs, through shells and chains, and the servers among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from dockwright.project.serving import Server, servers
from dockwright.syntax import dockerfile, shell, yaml
from dockwright.text import Mapped, Span

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "/bin/sh", "/bin/bash", "/bin/ash", "/bin/dash", "/usr/bin/bash"})


class Process(Struct, frozen=True):
    """One command as its words, and where it stands; `in_shell` is whether a shell is its parent."""

    words: tuple[str, ...]
    span: Span
    in_shell: bool

    @property
    def server(self) -> Server | None:
        """The server that it starts."""
        return servers(self.words)


def of_command(command: dockerfile.Command) -> tuple[Process, ...]:
    """The processes of a CMD, ENTRYPOINT, RUN or HEALTHCHECK, in order."""
    if command.words is not None:
        words = tuple(word.value for word in command.words)
        span = Span(command.words[0].span.start, command.words[-1].span.end) if command.words else Span(0, 0)
        scripts = [word.lexeme for word in command.words]
        return tuple(_of_words(words, scripts, span))
    return () if command.shell is None else tuple(_of_shell(command.shell))


def of_compose(command: Mapped | tuple[yaml.Scalar, ...]) -> tuple[Process, ...]:
    """The processes of a service's `command` or `entrypoint`; Compose splits a text into words, without a shell."""
    if isinstance(command, Mapped):
        first = next(iter(shell.parse(command).commands), None)
        if first is None:
            return ()
        words = tuple(_text(word) for word in first.words)
        return tuple(_of_words(words, [word.inner for word in first.words], first.span))
    words = tuple(node.value for node in command)
    span = Span(command[0].span.start, command[-1].span.end) if command else Span(0, 0)
    return tuple(_of_words(words, [node.mapped for node in command], span))


def of_words(words: Sequence[str]) -> tuple[Process, ...]:
    """The processes of a command as an engine or Compose has it: a list of words, which stand nowhere."""
    return tuple(_of_words(tuple(words), [Mapped.whole(word) for word in words], Span(0, 0)))


def _of_words(words: tuple[str, ...], scripts: list[Mapped], span: Span) -> Iterator[Process]:
    script = _script_of_shell(words)
    if script is not None:
        yield from _of_shell(scripts[script])
    elif words:
        yield Process(words, span, False)


def _script_of_shell(words: tuple[str, ...]) -> int | None:
    """The index of the text that `sh -c` and its like run; None where no shell runs one."""
    at = 2 if words[:1] == ("/usr/bin/env",) else 1
    if words[at - 1 : at] and words[at - 1] in _SHELLS:
        while at + 1 < len(words) and words[at].startswith("-"):
            if words[at].endswith("c") and not words[at].startswith("--"):
                return at + 1
            at += 1
    return None


def _of_shell(script: Mapped) -> Iterator[Process]:
    for simple in shell.parse(script).commands:
        if simple.words and not simple.nested:
            words = tuple(_text(word) for word in simple.words)
            inner = list(_of_words(words, [word.inner for word in simple.words], simple.span))
            yield from (Process(process.words, process.span, True) for process in inner)


def _text(word: shell.Word) -> str:
    return word.text if word.value is None else word.value
