"""Runs: each RUN of each Dockerfile with the commands in it, and what the packages' managers are told there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import takewhile

from msgspec import Struct

from dockwright.facts.package_managers import BY_PROGRAM, Manager, Verb
from dockwright.facts.python_installers import is_python, unversioned
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.syntax import dockerfile, shell
from dockwright.text import Site, Span

_POSIX = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})


class PackageCall(Struct, frozen=True, dict=True):
    """What one command tells a package manager.

    `options` are the names as the manager reads them, `packages` what is named without a dash. `verb_word` is the
    word that says what to do. `sure` is whether every word is known: a variable may hold an option.
    """

    manager: Manager
    verb: Verb
    verb_word: shell.Word
    options: frozenset[str]
    packages: tuple[shell.Word, ...]
    simple: shell.Simple
    written: shell.Simple
    sure: bool


class Step(Struct, frozen=True, dict=True):
    """A RUN: where it stands, and the shell that reads it."""

    image: Image
    stage: dockerfile.Stage
    run: dockerfile.Run
    shell_words: tuple[str, ...]
    shipped: bool
    environment: frozenset[str]

    @property
    def path(self) -> str:
        """The Dockerfile."""
        return self.image.path

    def site(self, span: Span) -> Site:
        """A place in the Dockerfile."""
        return Site(self.path, span)

    @cached_property
    def script(self) -> shell.Script | None:
        """The text that a shell reads; None for a program that is run directly, and for PowerShell and others."""
        script = _script(self.run.command, self.shell_words)
        shebang = None if script is None else script.shebang
        if shebang is not None and not any(name in shebang for name in _POSIX):
            return None
        return script

    @cached_property
    def written(self) -> tuple[shell.Simple, ...]:
        """The commands as they are written, `sudo` and its like included."""
        if self.script is not None:
            return self.script.commands
        words = self.run.command.words
        if not words:
            return ()
        literals = tuple(
            shell.Word(word.lexeme, 0, len(word.lexeme.text), (shell.Literal(word.value, 0, len(word.lexeme.text)),))
            for word in words
        )
        return (shell.Simple(self.run.arguments, 0, len(self.run.arguments.text), literals),)

    @cached_property
    def commands(self) -> tuple[shell.Simple, ...]:
        """The commands without what only runs them: `sudo`, `env`, `exec`."""
        return tuple(shell.unwrap(simple) for simple in self.written)

    @cached_property
    def packages(self) -> tuple[PackageCall, ...]:
        """What package managers are told, in order."""
        calls = (_package_call(simple, written) for simple, written in zip(self.commands, self.written, strict=True))
        return tuple(call for call in calls if call is not None)

    @property
    def mount_targets(self) -> tuple[str, ...]:
        """The folders that are no part of the layer: caches and temporary file systems."""
        targets = []
        for mount in self.run.mounts:
            kind, target = mount.part("type"), mount.part("target", "dst", "destination")
            if kind is not None and kind.value in ("cache", "tmpfs") and target is not None and target.value:
                targets.append(target.value.rstrip("/"))
        return tuple(targets)


@view
def runs(project: Project) -> tuple[Step, ...]:
    """Every RUN, ONBUILD's included, each Dockerfile once, in the order of paths and lines."""
    found: list[Step] = []
    by_path: dict[str, list[Image]] = {}
    for image in images(project):
        by_path.setdefault(image.path, []).append(image)
    for same in by_path.values():
        shipped = {ancestor.index for image in same for stage in image.shipped for ancestor in image.lineage(stage)}
        found += _of_image(same[0], shipped)
    return tuple(found)


def _of_image(image: Image, shipped: set[int]) -> Iterator[Step]:
    shells: dict[int, tuple[str, ...]] = {}
    variables: dict[int, frozenset[str]] = {}
    for stage in image.tree.stages:
        ancestors = [ancestor for ancestor in image.lineage(stage) if ancestor is not stage]
        current = next((shells[ancestor.index] for ancestor in ancestors), ())
        names = next((variables[ancestor.index] for ancestor in ancestors), frozenset())
        for instruction in stage.instructions:
            inner = instruction.inner if isinstance(instruction, dockerfile.Onbuild) else instruction
            if isinstance(inner, dockerfile.Shell):
                current = tuple(word.value for word in inner.command.words or ())
            elif isinstance(inner, (dockerfile.Env, dockerfile.Arg)):
                given = {pair.key.value: is_on(pair.value.value) for pair in inner.pairs if pair.value is not None}
                names = names - given.keys() | {name for name, on in given.items() if on}
            elif isinstance(inner, dockerfile.Run):
                yield Step(image, stage, inner, current, stage.index in shipped, names)
        shells[stage.index] = current
        variables[stage.index] = names


def is_on(value: str) -> bool:
    """Whether a variable's value switches something on, as the managers read it."""
    return value.strip("\"'").lower() not in ("", "0", "false", "no", "off")


def _script(command: dockerfile.Command, shell_words: tuple[str, ...]) -> shell.Script | None:
    if command.script is not None:
        return command.script if not shell_words or _is_posix(shell_words[0]) else None
    words = command.words or ()
    if len(words) > 2 and _is_posix(words[0].value):
        for at, word in enumerate(words[1:-1], 1):
            if word.value.startswith("-") and not word.value.startswith("--") and word.value.endswith("c"):
                return shell.parse(words[at + 1].lexeme)
    return None


def _is_posix(program: str) -> bool:
    return program.rpartition("/")[2].removesuffix(".exe") in _POSIX


def _package_call(simple: shell.Simple, written: shell.Simple) -> PackageCall | None:
    name, words = simple.name, simple.words
    if name is not None and is_python(name) and len(words) > 3 and words[1].value == "-m":
        # `python -m pip` is pip.
        name, words = words[2].value, words[2:]
    manager = BY_PROGRAM.get(unversioned(name or ""))
    if manager is None:
        return None
    mine = words[1:] if not manager.ends else tuple(takewhile(lambda word: word.value != "--", words[1:]))
    parsed = list(shell.options(mine, manager.values))
    operands = [option.word for option in parsed if option.name is None]
    for length in (2, 1, 0):
        verb = manager.verbs.get(tuple(word.text for word in operands[:length]))
        if verb is not None and len(operands) >= length and (length or not operands):
            break
    else:
        return None
    names = [option.name for option in parsed if option.name is not None]
    if names.count("-q") + names.count("--quiet") > 1 or any(word.text in ("-q=2", "-q2") for word in words):
        names.append("-qq")
    sure = not any(
        part.name is not None and part.start == word.start and _holds_options(part.name)
        for word in words
        for part in word.parts
        if isinstance(part, shell.Expansion)
    )
    verb_word = operands[length - 1] if length else words[0]
    return PackageCall(manager, verb, verb_word, frozenset(names), tuple(operands[length:]), simple, written, sure)


def _holds_options(variable: str) -> bool:
    lower = variable.lower()
    return any(sign in lower for sign in ("opt", "arg", "flag", "param"))
