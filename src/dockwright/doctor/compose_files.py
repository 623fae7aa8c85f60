"""Compose files: what Compose refuses, with the line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Place
from dockwright.project.stacks import Stack, stacks
from dockwright.syntax import shell

_LEAD = re.compile(r"^(?:Compose cannot read the stack: )?(?:error while interpolating [\w.\[\]-]+: )?")


def examine(case: Case) -> Iterator[Diagnosis]:
    """Stacks that Compose cannot read."""
    for stack in case.stacks:
        refusal = case.reading(stack).refusal
        if refusal is None:
            continue
        # Where in the model it stands is told by the line.
        message = _LEAD.sub("", refusal.message)
        # One that nothing calls is most often a part, to be laid over another file.
        part = not stack.invoked_from and len(stacks(case.project)) > 1
        path = refusal.path or stack.files[0]
        yield Diagnosis(
            "compose-refused",
            path,
            f"Compose cannot read the stack: {message}",
            (f"{config_call(stack)}: refused",),
            (Command(config_call(stack), "says nothing once the line is mended"),),
            "note" if part else "stops",
            case.label(stack),
            explains=("not-started", "container-missing"),
            place=Place(path, refusal.line) if path in case.project.sources else None,
        )


def config_call(stack: Stack) -> str:
    """The call of Compose that only reads a stack's files."""
    words = [f"-f {shell.quote(path)}" for path in stack.files]
    words += [f"--env-file {shell.quote(path)}" for path in stack.env_files]
    return f"docker compose {' '.join(words)} config --quiet"
