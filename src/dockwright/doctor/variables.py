"""Variables: one that Compose cannot do without, and one that is in a file and reaches no container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis
from dockwright.errors import DockwrightError
from dockwright.facts.host_variables import HOST_VARIABLES
from dockwright.project.interpolated import needed, stack_calls
from dockwright.project.loader import Files
from dockwright.project.loader.environment import project_variables
from dockwright.project.python_side import reads
from dockwright.project.references import join
from dockwright.project.stacks import Stack
from dockwright.syntax import shell
from dockwright.text import Site, Span

_SHAPING = ("image", "build", "volumes")
_SYMPTOMS = ("mount-missing", "image-missing", "build-fails", "not-started", "container-exited")


def examine(case: Case) -> Iterator[Diagnosis]:
    """What does not reach Compose, and what does not get past it."""
    for stack in case.stacks:
        known = _known(case, stack)
        if known is not None:
            yield from _required(case, stack, known)
            yield from _blank(case, stack, known)
        if case.reading(stack).refusal is None:
            yield from _unread(case, stack)


def _known(case: Case, stack: Stack) -> Mapping[str, str] | None:
    """What Compose fills into a stack's files; None where it cannot read an env file."""
    files = Files(case.project.sources, case.project.name, case.environ.get("HOME"), case.project.trees)
    asked = case.files(stack)
    try:
        return project_variables(files, case.environ, asked.env_files, f"\0{asked.project_directory or '.'}")
    except DockwrightError:
        return None


def _required(case: Case, stack: Stack, known: Mapping[str, str]) -> Iterator[Diagnosis]:
    told: set[str] = set()
    for use in needed(case.project, stack):
        if not use.required or known.get(use.name) or use.name in told or _set_by_callers(case, stack, use.name):
            continue
        told.add(use.name)
        read = case.files(stack).env_files or (join(stack.project_directory, ".env"),)
        word = "is empty" if use.name in known else "is in none of them"
        yield Diagnosis(
            "variable-required",
            use.name,
            f"{case.place(use.at)} insists on {use.name}, and nothing gives it a value",
            (f"Compose fills in from {', '.join(read)} and from the shell: {use.name} {word}",),
            (
                Command(f"printf '%s\\n' '{use.name}=' >> {shell.quote(read[-1])}", "then write its value behind it"),
                Command(f"dockwright env trace {use.name}", "every place that it may come from"),
            ),
            stack=case.label(stack),
            explains=("compose-refused",),
            place=case.place(use.at),
        )


def _blank(case: Case, stack: Stack, known: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Variables without a default in a mount, an image or a build: Compose only warns, and fills in nothing."""
    blank: dict[str, tuple[Site, list[str]]] = {}
    for use in needed(case.project, stack):
        if use.required or use.default or use.name in known or use.name in HOST_VARIABLES:
            continue
        if _set_by_callers(case, stack, use.name):
            continue
        for name, run in case.services(stack).items():
            nodes = ((layer, node) for key in _SHAPING for layer, node in run.service.written(key))
            if any(layer.path == use.at.path and _within(use.at.span, node.span) for layer, node in nodes):
                blank.setdefault(use.name, (use.at, []))[1].append(name)
    for name, (at, services) in blank.items():
        read = case.files(stack).env_files or (join(stack.project_directory, ".env"),)
        yield Diagnosis(
            "variable-blank",
            name,
            f"nothing gives {name} a value, and Compose goes on without: a mount, an image or a build is another one",
            (f"Compose fills in from {', '.join(read)} and from the shell: {name} is in none of them",),
            (
                Command(f"printf '%s\\n' '{name}=' >> {shell.quote(read[-1])}", "then write its value behind it"),
                Command(f"dockwright env trace {name}", "every place that it may come from"),
            ),
            stack=case.label(stack),
            explains=tuple(f"{fault}:{each}" for fault in _SYMPTOMS for each in dict.fromkeys(services)),
            place=case.place(at),
        )


def _set_by_callers(case: Case, stack: Stack, name: str) -> bool:
    """Whether a Makefile or a script that calls the stack gives a variable its value."""
    assigned = re.compile(rf"(?<![\w$]){re.escape(name)}\s*[:?+!]{{0,3}}=")
    callers = {path for path, _, _ in stack_calls(case.project, stack)}
    return any(assigned.search(case.project.sources[path].text) for path in callers)


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _unread(case: Case, stack: Stack) -> Iterator[Diagnosis]:
    """What code cannot do without, is in a file for Compose, and is passed on to no service."""
    given = {
        entry.key: path
        for path in case.files(stack).env_files or (join(stack.project_directory, ".env"),)
        if (file := case.project.env_files.get(path)) is not None
        for entry in file.entries
    }
    services = case.model(stack).get("services") or {}
    passed = {name for service in services.values() for name in service.get("environment") or {}}
    ours = [name for name, run in case.services(stack).items() if run.image is not None]
    if not ours or not services:
        return
    built_in = {
        pair.key.value
        for run in case.services(stack).values()
        if run.image is not None
        for instruction in run.image.tree.instructions
        for pair in getattr(instruction, "pairs", ())
    }
    told: set[str] = set()
    for read in reads(case.project):
        if not read.required or read.in_tests or read.name in passed | built_in | told or read.name not in given:
            continue
        told.add(read.name)
        source = case.project.sources.get(read.path)
        line = "" if source is None else f":{source.position(read.span.start).line}"
        path = given[read.name]
        yield Diagnosis(
            "variable-unread",
            read.name,
            f"{read.name} is in {path}, which only fills in the compose files: no service passes it to its container",
            (f"{read.path}{line} cannot do without it",),
            (
                Command(f"dockwright env trace {read.name}", "every place that it passes"),
                Command(
                    "$EDITOR " + shell.quote(stack.files[-1]), f"write `env_file: {path}` or `{read.name}:` for it"
                ),
            ),
            stack=case.label(stack),
            explains=tuple(
                f"{fault}:{name}" for fault in ("container-exited", "container-restarting") for name in ours
            ),
        )
