"""Launches: a service's start taken apart into waiting, migrations, other work, and the server at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from dockwright.facts.start_commands import IDLE, migrates, waits
from dockwright.project.compose import scalar
from dockwright.project.merged import Merged
from dockwright.project.model import Project
from dockwright.project.processes import of_command
from dockwright.project.running import Running
from dockwright.project.serving import servers
from dockwright.syntax import dockerfile, shell, yaml
from dockwright.text import Mapped, Source

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_SOCKETS = re.compile(r"\b(?:socket|psycopg2?|asyncpg|pymysql|redis)\b")
_WRITES = re.compile(r"\b(?:open\(.*['\"][wa]|os\.(?:remove|rename|system)|subprocess|INSERT|CREATE|DROP)\b", re.I)
_VARIABLE = re.compile(r"\$\{?(\w+)")


class StartScript(Struct, frozen=True):
    """A script that only waits for other services and migrates; `hands_over` is whether it ends in `exec "$@"`.

    `variables` are those that it reads from its environment.
    """

    source: Source
    migration: tuple[str, ...] | None
    waiting: bool
    hands_over: bool
    variables: frozenset[str]


class Launch(Struct, frozen=True):
    """What stands before the server in a service's start, and what is left without it.

    `migration` is the command that brings the database up to date. `command` is what the service's `command` has to say
    instead, as YAML text; None where it may stay as it is. `entrypoint` is whether its own `entrypoint` goes.
    `in_image` is whether the image's own command is what migrates. `scripts` are those that this start no longer runs.
    """

    migration: tuple[str, ...] | None
    command: str | None
    entrypoint: bool
    in_image: bool
    scripts: tuple[StartScript, ...]


def launch(project: Project, run: Running) -> Launch | None:
    """What can be taken out of a service's start; None where there is nothing, or where it cannot be told."""
    entrypoint, command = run.service.last("entrypoint"), run.service.last("command")
    if entrypoint is None and command is None:
        return _of_image(run)
    scripts: list[StartScript] = []
    migration: tuple[str, ...] | None = None
    if entrypoint is not None:
        words = [word.value for word in entrypoint[1].strings()]
        script = _script(project, run, words[-1]) if len(words) == 1 or words[:1] in (["sh"], ["bash"]) else None
        if script is None or not script.hands_over or command is None or _has_entrypoint(run):
            return None
        scripts.append(script)
        migration = script.migration
    written = None
    if command is not None:
        taken = _of_text(project, run, command[1])
        if taken is not None:
            scripts += taken.scripts
            migration, written = taken.migration or migration, taken.command
    if not scripts and written is None:
        return None
    return Launch(migration, written, entrypoint is not None, False, tuple(scripts))


def start_script(source: Source) -> StartScript | None:
    """A script as one that only waits and migrates; None where it does, or may do, anything else."""
    parsed = shell.parse(Mapped.whole(source.text))
    migration: tuple[str, ...] | None = None
    waiting = hands_over = False
    if parsed.problems or parsed.functions or not parsed.commands:
        return None
    for simple in parsed.commands:
        if not simple.words:
            continue
        words = _words(simple)
        if words[0] == "exec" and [word.text for word in simple.words[1:]] == ['"$@"']:
            hands_over = simple is parsed.commands[-1]
        elif migrates(words) and not simple.enclosing and migration is None and None not in map(_value, simple.words):
            migration = words
        elif waits(words) or _waits_in_python(simple, words):
            waiting = True
        elif words[0] not in IDLE:
            return None
        if any(redirect.operator in (">", ">>") and _is_file(redirect) for redirect in simple.redirects):
            return None
    if migration is None and not waiting:
        return None
    own = {assignment.name for simple in parsed.commands for assignment in simple.assignments}
    own |= {loop.name for loop in parsed.loops}
    variables = frozenset(_VARIABLE.findall(source.text)) - own
    return StartScript(source, migration, waiting, hands_over, variables)


def _of_image(run: Running) -> Launch | None:
    """A start that the image alone decides; its Dockerfile is for another to change."""
    if run.image is None or run.stage is None or _has_entrypoint(run):
        return None
    instruction = run.image.last(run.stage, dockerfile.Cmd)
    processes = of_command(instruction.command) if instruction is not None else ()
    migration = next((process.words for process in processes if migrates(process.words)), None)
    if migration is None or processes[-1].server is None or any("$" in word for word in migration):
        return None
    return Launch(migration, None, False, True, ())


def _has_entrypoint(run: Running) -> bool:
    """Whether the image has an entry point, which comes back where the service's own goes."""
    if run.image is None or run.stage is None:
        return True
    return run.image.last(run.stage, dockerfile.Entrypoint) is not None


def _of_text(project: Project, run: Running, node: yaml.Node) -> Launch | None:
    """A `command` that has a shell run several commands with `&&`, the server last."""
    mapped = _shell_text(node)
    if mapped is None:
        return None
    commands = shell.parse(mapped).commands
    if not commands or any(simple.nested or simple.enclosing or simple.background for simple in commands):
        return None
    if any(simple.operator not in (None, "&&", ";", "\n") for simple in commands):
        return None
    kept: list[shell.Simple] = []
    scripts: list[StartScript] = []
    migration: tuple[str, ...] | None = None
    before = False
    for simple in commands[:-1]:
        words = _words(simple)
        script = _script(project, run, words[1] if words[0] in _SHELLS and len(words) == 2 else words[0])
        if migrates(words) and migration is None and None not in map(_value, simple.words):
            migration = words
        elif script is not None and not simple.arguments[(words[0] in _SHELLS) :]:
            scripts.append(script)
            migration = migration or script.migration
        elif not (waits(words) or words[0] in IDLE):
            kept.append(simple)
            if migration is None:
                before = True
    last = shell.unwrap(commands[-1])
    # What comes before the migration may be what it needs.
    if servers(_words(last)) is None or (migration is None and not scripts) or (before and migration is not None):
        return None
    text = _command(node, kept, last)
    return None if text is None else Launch(migration, text, False, False, tuple(scripts))


def _command(node: yaml.Node, kept: list[shell.Simple], last: shell.Simple) -> str | None:
    """What is left of a command, in the style that it was written in: a list, or a text that Compose splits."""
    words = [word.value for word in last.words]
    plain = (
        not last.assignments
        and not last.redirects
        and all(word is not None and "$$" not in word and not set(word) & set("*?[]~") for word in words)
    )
    if not kept and plain:
        texts = [word for word in words if word is not None]
        if isinstance(node, yaml.Sequence) or any(set(word) & set(" \t\"'\\") for word in texts):
            return "[" + ", ".join(yaml.quote(word) if "," not in word else f'"{word}"' for word in texts) + "]"
        return _scalar(" ".join(texts))
    script = " && ".join([*(simple.text for simple in kept), f"exec {last.text}"])
    if isinstance(node, yaml.Sequence):
        first = [word.value for word in node.strings()][:2]
        return "[" + ", ".join([*map(yaml.quote, first), yaml.quote(script)]) + "]"
    return None if '"' in script or "\\" in script else _scalar(f'sh -c "{script}"')


def _scalar(text: str) -> str:
    """A text as a value, without quotes where it needs none."""
    root = yaml.parse(Source("", f"k: {text}")).root
    value = None if root is None else root.get("k")
    plain = isinstance(value, yaml.Scalar) and value.style == "plain" and value.value == text
    return text if plain else yaml.quote(text)


def _shell_text(node: yaml.Node) -> Mapped | None:
    """The text that a command has a shell run."""
    if isinstance(node, yaml.Sequence):
        words = node.strings()
        if len(words) == 3 and basename(words[0].value) in _SHELLS and words[1].value in ("-c", "-ec"):
            return words[2].mapped
        return None
    written = scalar(node)
    if written is None:
        return None
    first = shell.parse(written.mapped).commands
    if len(first) != 1 or len(first[0].words) != 3 or first[0].name not in _SHELLS:
        return None
    option, word = first[0].words[1].value, first[0].words[2]
    if option not in ("-c", "-ec") or word.text[:1] not in ("'", '"') or word.text[-1:] != word.text[:1]:
        return None
    return word.mapped.slice(word.start + 1, word.end - 1)


def _script(project: Project, run: Running, word: str) -> StartScript | None:
    """The script of the project that a word of a service's command names."""
    context = "" if run.image is None else run.image.context
    name = word.removeprefix("/app/").removeprefix("./")
    if not name or name.startswith(("/", "-")) or "$" in name:
        return None
    source = project.sources.get(f"{context}/{name}" if context else name)
    return None if source is None or project.kinds.get(source.path) != "shell" else start_script(source)


def _words(simple: shell.Simple) -> tuple[str, ...]:
    return tuple(word.text if word.value is None else word.value for word in simple.words)


def _value(word: shell.Word) -> str | None:
    return word.value


def _waits_in_python(simple: shell.Simple, words: tuple[str, ...]) -> bool:
    """Whether Python is given a text that only opens connections."""
    if not words[0].startswith("python"):
        return False
    bodies = [redirect.body.text for redirect in simple.redirects if redirect.body is not None]
    text = "\n".join([*bodies, *(words[2:3] if words[1:2] == ("-c",) else ())])
    return _SOCKETS.search(text) is not None and _WRITES.search(text) is None


def _is_file(redirect: shell.Redirect) -> bool:
    return redirect.target is not None and redirect.target.value not in ("/dev/null", None)


def services_waited_for(service: Merged, script: StartScript) -> Iterator[str]:
    """The hosts that a script of this service is told to wait for, in the environment or in its own text."""
    values = [script.source.text]
    for layer in service.layers:
        values += [value or "" for name, (_, value) in layer.environment.items() if name in script.variables]
    for value in values:
        yield from re.findall(r"\b([a-z][\w.-]*):\d{2,5}\b", value)
