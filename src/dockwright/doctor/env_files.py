"""Env files: one that is not there, one that only Compose can read, values in a word processor's quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend, Place
from dockwright.doctor.remedies import making_env_file
from dockwright.project.compose import settled
from dockwright.project.references import is_relative, join
from dockwright.project.stacks import Stack
from dockwright.syntax import dotenv, shell
from dockwright.text import Edit, Source, Span

_BOM = "\ufeff"
_CURLY = "\u201c\u201d\u2018\u2019\u201e"
_SYMPTOMS = (
    "variable-required",
    "compose-refused",
    "variable-unread",
    "variable-blank",
    "container-exited",
    "container-restarting",
)


def examine(case: Case) -> Iterator[Diagnosis]:
    """What is wrong with the env files of the stacks."""
    told: set[str] = set()
    for stack in case.stacks:
        for path, place in _named(case, stack):
            if case.project.is_file(path):
                file = case.project.env_files.get(path)
                if file is not None and path not in told:
                    yield from _mangled(case, stack, file)
            elif path not in told:
                yield _missing(case, stack, path, place)
            told.add(path)


def _named(case: Case, stack: Stack) -> Iterator[tuple[str, Place | None]]:
    """The env files that a stack cannot do without, each with the place that says so."""
    for run in case.services(stack).values():
        for layer, _ in run.service.written("env_file"):
            for entry in layer.env_files:
                written = settled(entry.path.value)
                if entry.required and written and is_relative(written):
                    source = case.project.sources.get(layer.path)
                    line = None if source is None else source.position(entry.path.span.start).line
                    yield join(stack.project_directory, written), Place(layer.path, line)
    if not any(case.project.is_file(path) for path in stack.env_files):
        for path in stack.env_files[:1]:
            yield path, None
    yield from ((path, None) for path in stack.env_files if case.project.is_file(path))


def _missing(case: Case, stack: Stack, path: str, place: Place | None) -> Diagnosis:
    making = making_env_file(case.project, path)
    way_out = (
        (Command(f"install -m 600 /dev/null {shell.quote(path)}", "then fill it"),) if making is None else (making,)
    )
    explained = "no example is there that says what belongs into it" if making is None else "git does not keep it"
    mounted = (bind.service for bind in case.binds(stack) if case.below_root(bind.source) == path)
    return Diagnosis(
        "env-file-missing",
        path,
        f"the env file {path} is not there: {explained}",
        (f"{path}: no such file",),
        way_out,
        stack=case.label(stack),
        explains=(*_SYMPTOMS, *(f"mount-missing:{service}" for service in mounted)),
        place=place,
    )


def _mangled(case: Case, stack: Stack, file: dotenv.EnvFile) -> Iterator[Diagnosis]:
    source = file.source
    readers = list(_other_readers(case, source.path))
    marks = [
        said
        for sign, said in ((_BOM, "a byte-order mark at its start"), ("\r\n", "line endings of Windows"))
        if sign in source.text
    ]
    if marks and readers:
        who = readers[0]
        word = shell.quote(source.path)
        yield Diagnosis(
            "env-file-mangled",
            source.path,
            f"{source.path} has {' and '.join(marks)}: {who} takes that for part of names and values, and Compose not",
            (f"read by {', '.join(readers[:3])}",),
            (Command(f"sed -i -e '1s/^\\xef\\xbb\\xbf//' -e 's/\\r$//' {word}"),),
            "hurts",
            case.label(stack),
            ("variable-unread",),
            Mend("take both out", (source.path,), lambda hands: _cleaned(hands, source)),
            Place(source.path, 1),
        )
    for entry in file.entries:
        value = entry.value.text
        if value[:1] and value[0] in _CURLY:
            yield Diagnosis(
                "env-file-quotes",
                entry.key,
                f"the value of {entry.key} stands in a word processor's quotes, which are part of it for everybody",
                (f"{source.path}: {entry.key} begins with U+{ord(value[0]):04X}",),
                (Command(f"sed -i 's/[\u201c\u201d\u201e]/\"/g' {shell.quote(source.path)}"),),
                "hurts",
                case.label(stack),
                place=Place(source.path, source.position(entry.key_span.start).line),
            )


def _other_readers(case: Case, path: str) -> Iterator[str]:
    """Makefiles and scripts that read an env file by themselves."""
    reading = re.compile(
        rf"(?m)^[\t @-]*(?:-?include|source|\.|set -a[^\n]*)[ \t][^\n]*{re.escape(basename(path))}(?![\w.-])"
    )
    for source in case.project.of_kind("make", "shell", "ci"):
        found = reading.search(source.text)
        if found is not None:
            yield f"{source.path}:{source.position(found.end() - 1).line}"


def _cleaned(hands: Hands, source: Source) -> str:
    edits = [
        Edit(source.path, Span(found.start(), found.end()), "")
        for found in re.finditer("\\A\ufeff|\r(?=\n)", source.text)
    ]
    return hands.change(edits, f"doctor: {source.path} for every reader")
