"""Preparation: what a container's command or entry point does before its program: waits, migrates, other things."""

from __future__ import annotations

import re
from posixpath import basename

from msgspec import Struct

from dockwright.facts.start_commands import IDLE, migrates, waits
from dockwright.project.serving import servers
from dockwright.syntax import shell
from dockwright.text import Mapped, Source

ARGUMENTS = "$@"
"""What stands for the words that a script is called with."""

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_SCRIPT_OPTION = re.compile(r"-[a-z]*c")
_LOOPS = frozenset({"while", "until", "for"})
_CONNECTS = re.compile(r"\b(?:create_connection|connect|connect_ex|ping)\(")
_IMPORTS = re.compile(r"^[ \t]*(?:import|from)[ \t]+([\w., \t]+)", re.M)
# What a program that only waits for another one imports.
_OF_WAITING = frozenset({"socket", "sys", "time", "os", "asyncio", "psycopg2", "psycopg", "asyncpg", "redis"})


class Preparation(Struct, frozen=True):
    """What happens before the program starts.

    `program` are its words, with `$@` for those of the caller; None where nothing known is left to run. `migrations`
    are the commands that bring a database up to date. `plain`: all the rest only waits, tests and talks.
    """

    program: tuple[shell.Word, ...] | None
    migrations: tuple[tuple[str, ...], ...]
    plain: bool

    @property
    def words(self) -> tuple[str, ...] | None:
        """The program's words, variables as written."""
        if self.program is None:
            return None
        return tuple(word.text if word.value is None else word.value for word in self.program)

    @property
    def passes_on(self) -> bool:
        """Whether it runs what it is given, and nothing else."""
        return self.words is not None and [word.strip('"') for word in self.words] == [ARGUMENTS]


def of_script(source: Source) -> Preparation:
    """What an entry point's script does."""
    return of_shell(Mapped.whole(source.text))


def innermost(text: Mapped) -> Mapped:
    """The text behind `sh -c` where that is all that a text is; the text itself otherwise."""
    commands = [simple for simple in shell.parse(text).commands if not simple.nested]
    words = commands[0].words if len(commands) == 1 else ()
    if len(words) != 3 or commands[0].name not in _SHELLS or not _SCRIPT_OPTION.fullmatch(words[1].text):
        return text
    script = words[2]
    quoted = len(script.text) > 1 and script.text[0] in "\"'" and script.text[-1] == script.text[0]
    return innermost(script.mapped.slice(script.start + quoted, script.end - quoted))


def of_shell(text: Mapped) -> Preparation:
    """What a text does that a shell reads: a script, or the chain of a `sh -c`."""
    script = shell.parse(innermost(text))
    commands = [simple for simple in script.commands if not simple.nested]
    program: tuple[shell.Word, ...] | None = None
    migrations: list[tuple[str, ...]] = []
    plain = not script.functions
    for number, simple in enumerate(commands):
        bare = shell.unwrap(simple)
        words = tuple(word.text if word.value is None else word.value for word in bare.words)
        last = number == len(commands) - 1
        if not words:
            plain = plain and not simple.assignments
        elif last and _is_program(simple, words):
            program = bare.words
            plain = plain and not simple.assignments
        elif migrates(words):
            migrations.append(words)
            tolerated = not last and commands[number + 1].operator == "||"
            plain = plain and set(simple.enclosing) <= _LOOPS and simple.operator != "||" and not tolerated
        elif not _waits(bare, words):
            plain = False
    return Preparation(program, tuple(migrations), plain and program is not None)


def _is_program(simple: shell.Simple, words: tuple[str, ...]) -> bool:
    if simple.enclosing or simple.background or simple.operator in ("|", "||"):
        return False
    return words[0].strip('"') == ARGUMENTS or (servers(words) is not None and not migrates(words))


def _waits(simple: shell.Simple, words: tuple[str, ...]) -> bool:
    """Whether a command changes nothing: it waits, tests, talks, or sets how the shell itself behaves."""
    name = basename(words[0])
    if name == "set":
        return all(word[:1] in ("-", "+") or word == "pipefail" for word in words[1:])
    if name in ("exit", "return"):
        return bool(simple.enclosing) or simple.operator == "||"
    if name in IDLE or waits(words):
        return not any(redirect.operator in (">", ">>") and not _is_nowhere(redirect) for redirect in simple.redirects)
    if name.startswith("python"):
        code = [words[words.index("-c") + 1]] if "-c" in words[:-1] else []
        code += [redirect.body.text for redirect in simple.redirects if redirect.body is not None]
        return len(code) == 1 and _only_connects(code[0])
    return False


def _is_nowhere(redirect: shell.Redirect) -> bool:
    return redirect.target is not None and redirect.target.text in ("/dev/null", "/dev/stderr", "&2", "2")


def _only_connects(code: str) -> bool:
    named = [name.split() for each in _IMPORTS.findall(code.replace(";", "\n")) for name in each.split(",")]
    imported = {words[0].partition(".")[0] for words in named if words}
    return _CONNECTS.search(code) is not None and imported <= _OF_WAITING
