"""Scripts that containers start with: without the permission to run, or for an interpreter that the image lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, join, normpath

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend, Place
from dockwright.facts.shells import shell_of
from dockwright.project.context import taken
from dockwright.project.references import join as below
from dockwright.project.running import Running
from dockwright.project.stacks import Stack
from dockwright.syntax import dockerfile, shell
from dockwright.text import FileChange, FileState, Source

_SYMPTOMS = ("container-exited", "container-restarting", "not-started")
_SHEBANG = re.compile(r"#![ \t]*(?:/usr/bin/env[ \t]+(?:-S[ \t]+)?)?(?P<program>[^\s]+)")
_SHELLS = frozenset({"bash", "zsh", "ksh", "fish", "dash"})


def examine(case: Case) -> Iterator[Diagnosis]:
    """What keeps the scripts of the stacks from running."""
    told: set[tuple[str, str]] = set()
    for stack in case.stacks:
        for service, run in case.services(stack).items():
            for word in _started(run):
                source, mounted = _file(case, stack, run, word)
                if source is None:
                    continue
                for found in (
                    *_run_bit(case, stack, service, run, source, mounted),
                    *_interpreter(case, stack, run, source),
                ):
                    if (found.fault, source.path) not in told:
                        told.add((found.fault, source.path))
                        yield found


def _started(run: Running) -> Iterator[str]:
    """What the container runs by its path: its entry point, its command."""
    words = []
    for key, kind in (("entrypoint", dockerfile.Entrypoint), ("command", dockerfile.Cmd)):
        written = run.service.last(key)
        if written is not None:
            entries = [word.value for word in written[1].strings()]
            words.append(entries[0].split()[0] if entries and entries[0].split() else "")
        elif run.image is not None and run.stage is not None and not (key == "command" and _own_entrypoint(run)):
            instruction = run.image.last(run.stage, kind)
            if instruction is not None and instruction.command.words:
                words.append(instruction.command.words[0].value)
    yield from dict.fromkeys(word for word in words if "/" in word and "$" not in word)


def _own_entrypoint(run: Running) -> bool:
    """A service's own entry point takes the image's command away."""
    return run.service.last("entrypoint") is not None


def _file(case: Case, stack: Stack, run: Running, word: str) -> tuple[Source | None, bool]:
    """The project's file that a path in a container is, and whether it is mounted there."""
    path = word if word.startswith("/") else normpath(join(_folder(run), word))
    binds = [bind for bind in case.binds(stack) if bind.service == run.service.name]
    for bind in sorted(binds, key=lambda each: len(each.target), reverse=True):
        target = bind.target.rstrip("/")
        if path == target or path.startswith(f"{target}/"):
            found = case.below_root(normpath(bind.source + path[len(target) :]))
            return (case.project.sources.get(found) if found else None), True
    if run.image is None:
        return None, False
    for source in taken(run.image):
        context = below(run.image.context, source.path)
        for candidate in (context, below(context, basename(path)), below(run.image.context, word)):
            file = case.project.sources.get(candidate)
            if file is not None and basename(candidate) == basename(path):
                return file, False
    return None, False


def _folder(run: Running) -> str:
    said = run.service.text("working_dir")
    if said is not None or run.image is None or run.stage is None:
        return said or "/"
    found = "/"
    for stage in reversed(list(run.image.lineage(run.stage))):
        for instruction in stage.instructions:
            if isinstance(instruction, dockerfile.Workdir):
                found = join(found, instruction.value.value)
    return found


def _run_bit(
    case: Case, stack: Stack, service: str, run: Running, source: Source, mounted: bool
) -> Iterator[Diagnosis]:
    if source.mode & 0o111 or source.link is not None:
        return
    if not mounted and run.image is not None and any(s in run.image.tree.source.text for s in ("chmod", "install -")):
        return
    came = "mounted" if mounted else "copied"
    word = shell.quote(source.path)
    yield Diagnosis(
        "script-not-executable",
        source.path,
        f"{service} starts with {source.path}, which may not be run: it is {came} with the permissions it has",
        (f"{source.path}: mode {source.mode & 0o777:o}",),
        (Command(f"chmod +x {word}"), Command(f"git update-index --chmod=+x {word}", "so that it stays so in git")),
        stack=case.label(stack),
        explains=tuple(f"{each}:{service}" for each in _SYMPTOMS),
        fix=Mend("let it be run", (source.path,), lambda hands: _made_executable(hands, source)),
        place=Place(source.path),
    )


def _made_executable(hands: Hands, source: Source) -> str:
    before = FileState(source.data, source.mode)
    change = FileChange(before, FileState(source.data, source.mode | (source.mode & 0o444) >> 2))
    return hands.rewrite(source.path, change, f"doctor: run bit of {source.path}")


def _interpreter(case: Case, stack: Stack, run: Running, source: Source) -> Iterator[Diagnosis]:
    found = _SHEBANG.match(source.text)
    if found is None or run.image is None or run.stage is None:
        return
    program, base = basename(found["program"]), run.image.base(run.stage)
    # busybox is all that Alpine has of its own; distroless images have no shell at all.
    alpine = shell_of(base, "/bin/sh") == "ash" and program in _SHELLS - {"dash"}
    bare = "distroless" in base and "debug" not in base and program in _SHELLS | {"sh"}
    if not (alpine or bare) or _installed(run, program):
        return
    service = run.service.name
    place = Place(source.path, 1)
    cause = f"{service} starts with {source.path}, a script for {program}, and its image, from {base}, has none"
    seen = (f"{source.path}:1 {found[0]}", f"{run.image.path} installs no {program}")
    if alpine:
        ways = (
            Command(
                f"sed -i '1s|.*|#!/bin/sh|' {shell.quote(source.path)}",
                f"if it keeps to sh; else `RUN apk add {program}`",
            ),
        )
    else:
        ways = (
            Command(
                f"sed -n 1,40p {shell.quote(source.path)}", "its last line is what ENTRYPOINT should say by itself"
            ),
        )
    explains = tuple(f"{each}:{service}" for each in _SYMPTOMS)
    yield Diagnosis(
        "interpreter-missing", source.path, cause, seen, ways, stack=case.label(stack), explains=explains, place=place
    )


def _installed(run: Running, program: str) -> bool:
    """Whether some stage of the image names the program as a package."""
    if run.image is None or run.stage is None:
        return True
    texts = (
        run.image.tree.source.slice(instruction.span)
        for stage in run.image.lineage(run.stage)
        for instruction in stage.of(dockerfile.Run)
    )
    return any(re.search(rf"\badd\b[^;&|]*\b{re.escape(program)}\b", text) for text in texts)
