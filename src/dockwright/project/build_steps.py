"""Build steps: what each stage's RUN lines run, in which folder and with which variables, and what they install."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from posixpath import basename, join, normpath

from msgspec import Struct

from dockwright.facts.python_installers import INSTALLERS, Installer, is_python, unversioned
from dockwright.project.images import Image
from dockwright.project.runs import is_on
from dockwright.project.surroundings import Subshells
from dockwright.syntax import dockerfile, shell
from dockwright.text import Span


class Call(Struct, frozen=True):
    """One command of a RUN.

    `words` are its words with the variables filled in that the Dockerfile sets, `python -m pip` as `pip`; `places`
    the words as written, None in exec form. `cwd` is the folder it runs in, None where nothing tells.
    """

    run: dockerfile.Run
    words: tuple[str, ...]
    places: tuple[shell.Word, ...] | None
    span: Span
    cwd: str | None
    env: Mapping[str, str]

    @property
    def program(self) -> str:
        """The program's name without its folder."""
        return basename(self.words[0])

    @property
    def has_unknown(self) -> bool:
        """Whether a variable in it is not known."""
        return any("$" in word or "`" in word for word in self.words)


class Step(Struct, frozen=True, dict=True):
    """One instruction of a stage with what holds before it: the variables, and the folder, None where unknown."""

    stage: dockerfile.Stage
    instruction: dockerfile.Instruction
    env: Mapping[str, str]
    cwd: str | None

    def absolute(self, path: str) -> str | None:
        """A path of this instruction, absolute; None where a variable or the working directory is unknown."""
        return resolved(self.cwd, path)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The commands of a RUN, in order; those inside `$(...)` are left out."""
        return tuple(_calls(self, self.instruction)) if isinstance(self.instruction, dockerfile.Run) else ()


def resolved(folder: str | None, path: str) -> str | None:
    """A path seen from a folder, absolute and normal; None where either is unknown."""
    if "$" in path:
        return None
    if path.startswith("/"):
        return normpath("/" + path.lstrip("/"))
    return None if folder is None else normpath(join(folder, path))


def steps(image: Image, stage: dockerfile.Stage) -> tuple[Step, ...]:
    """A stage's instructions behind those of the stages it is built upon, oldest first."""
    known = image.__dict__.setdefault("build_steps", {})
    if stage.index not in known:
        known[stage.index] = tuple(_steps(image, stage))
    return known[stage.index]  # type: ignore[no-any-return]


def _steps(image: Image, stage: dockerfile.Stage) -> Iterator[Step]:
    env: dict[str, str] = {}
    cwd: str | None = "/" if starts_at_root(image.base(stage)) else None
    for ancestor in reversed(list(image.lineage(stage))):
        for instruction in ancestor.instructions:
            yield Step(ancestor, instruction, dict(env), cwd)
            if isinstance(instruction, (dockerfile.Env, dockerfile.Arg)):
                _assign(image, instruction, env)
            elif isinstance(instruction, dockerfile.Workdir):
                cwd = resolved(cwd, filled(instruction.value.lexeme.text, env, image.tree.escape))


def starts_at_root(base: str) -> bool:
    """Whether an image is a plain one, whose working directory is `/` and which brings no project's files."""
    name = base.partition("@")[0]
    name = name.removeprefix("docker.io/").removeprefix("library/").partition(":")[0]
    return name in _PLAIN or name.startswith("ghcr.io/astral-sh/uv")


_PLAIN = frozenset({"python", "debian", "ubuntu", "alpine", "node", "buildpack-deps", "pypy", "scratch"})


def filled(text: str, env: Mapping[str, str], escape: str) -> str:
    """A word with the variables that are known filled in; one that is not known stays, and keeps its `$`."""
    if "$" not in text:
        return dockerfile.expand(text, {}, escape)
    expansion = dockerfile.expansion(text, env, escape)
    return text if expansion.unset or expansion.error else expansion.value


def _assign(image: Image, instruction: dockerfile.Env | dockerfile.Arg, env: dict[str, str]) -> None:
    # ENV reads what holds before the whole line, ARG what holds before each name.
    before = dict(env) if isinstance(instruction, dockerfile.Env) else env
    for pair in instruction.pairs:
        name = pair.key.value
        if pair.value is not None:
            env[name] = filled(pair.value.lexeme.text, before, image.tree.escape)
        elif name in image.global_defaults:
            env[name] = image.global_defaults[name]


def _calls(step: Step, run: dockerfile.Run) -> Iterator[Call]:
    command = run.command
    if command.words is not None:
        words = tuple(word.value for word in command.words)
        if words:
            span = Span(command.words[0].span.start, command.words[-1].span.end)
            yield Call(run, _plain(words)[0], None, span, step.cwd, step.env)
        return
    if command.script is None:
        return
    cwd, env = step.cwd, step.env
    subshells: Subshells[tuple[str | None, Mapping[str, str]]] = Subshells()
    for written in command.script.commands:
        if written.nested:
            continue
        cwd, env = subshells.before(written, (cwd, env))
        simple = shell.unwrap(written)
        own = {each.name: _text(each.word, env) for each in simple.assignments}
        if not simple.words:
            env = {**env, **own}
            continue
        words = tuple(_text(word, env) for word in simple.words)
        if words[0] == "export":
            env = {**env, **dict(each.split("=", 1) for each in words[1:] if "=" in each)}
        elif words[0] == "cd":
            # Home, the folder before, and options are not followed.
            folder = words[1] if len(words) > 1 else "~"
            cwd = None if folder[:1] in ("~", "-") else resolved(cwd, folder)
        else:
            plain, dropped = _plain(words)
            yield Call(run, plain, simple.words[dropped:], simple.span, cwd, {**env, **own})


def _plain(words: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The words of `python -m pip install` as those of `pip install`, and how many were dropped."""
    name = basename(words[0])
    if is_python(name) and words[1:2] == ("-m",) and len(words) > 2:
        return words[2:], 2
    return (("pip", *words[1:]) if unversioned(name) == "pip" else words), 0


def _text(word: shell.Word, env: Mapping[str, str]) -> str:
    pieces = []
    for part in word.parts:
        if isinstance(part, shell.Literal):
            pieces.append(part.text)
        elif (
            part.kind == "parameter"
            and part.name is not None
            and part.name in env
            and not part.operator
            and not part.prefix
        ):
            pieces.append(env[part.name])
        else:
            pieces.append(word.mapped.text[part.start : part.end])
    return "".join(pieces)


class Install(Struct, frozen=True):
    """A command that installs Python dependencies: the row of the table that reads it, its options and operands.

    `options` are (name, value) in the order of the command line, `operands` what stands between them behind the
    subcommand; `at` is the number of the subcommand's last word.
    """

    tool: str
    installer: Installer
    call: Call
    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]
    at: int

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(name in names for name, _ in self.options)

    def values(self, *names: str) -> list[str]:
        """The values of all options of these names."""
        return [value for name, value in self.options if name in names and value is not None]

    def switched(self, variables: tuple[str, ...]) -> bool:
        """Whether one of these variables is set to something that is not false."""
        return any(is_on(self.call.env.get(name, "")) for name in variables)

    @property
    def only_explains(self) -> bool:
        """Whether it changes nothing: `--help`, `--dry-run`."""
        return self.has("--help", "--dry-run", "--version")


def installs(step: Step) -> Iterator[Install]:
    """The commands of a RUN that install Python dependencies."""
    for call in step.calls:
        found = _install(call)
        if found is not None and not found.only_explains:
            yield found


def _install(call: Call) -> Install | None:
    words = list(call.words)
    name = call.program
    for (tool, *subcommands), installer in INSTALLERS.items():
        if tool != name:
            continue
        at = 0
        # Options may stand before the subcommand; those with values of their own are rare there.
        for subcommand in subcommands:
            at += 1
            while at < len(words) and words[at].startswith("-"):
                at += 2 if words[at] in installer.values else 1
            if at >= len(words) or words[at] != subcommand:
                break
        else:
            return Install(tool, installer, call, *_read(words[at + 1 :], installer.values), at)
    return None


def _read(words: list[str], takes_value: frozenset[str]) -> tuple[tuple[tuple[str, str | None], ...], tuple[str, ...]]:
    options: list[tuple[str, str | None]] = []
    operands: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            operands.append(word)
        elif word in takes_value:
            options.append((word, next(rest, None)))
        elif equals and word.startswith("--"):
            options.append((name, value))
        elif word[:2] in takes_value and not word.startswith("--"):
            options.append((word[:2], word[2:]))
        else:
            options.append((word, None))
    return tuple(options), tuple(operands)
