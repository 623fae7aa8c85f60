"""Remedies that several examiners name: the project's own Make target before dockwright's command."""

from __future__ import annotations

import re
from collections.abc import Callable
from posixpath import basename, dirname

from dockwright.doctor.diagnosis import Command
from dockwright.project.env_names import environment
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.syntax import shell

_GIVES_UP = re.compile(r"\bexit [1-9]|(?:^|;)\s*false\s*$")
_EXAMPLES = ("{}.example", "{}.sample", "{}.template", "{}.dist")


def make_target(project: Project, wanted: Callable[[str, str], bool]) -> str | None:
    """The call of the first Make target that is wanted; asked with the folder that Make works in, and the name.

    Rules that only say what is to be done, and end with an error, make nothing.
    """
    for file in project.makefiles:
        folder = dirname(file.source.path)
        for rule in file.rules:
            if any(_GIVES_UP.search(line.mapped.text) for line in rule.recipe):
                continue
            for target in rule.targets:
                if wanted(folder, target.text):
                    return f"make -C {shell.quote(folder)} {target.text}" if folder else f"make {target.text}"
    return None


def making_env_file(project: Project, path: str) -> Command | None:
    """What makes an env file from its example; None where there is no example."""
    call = make_target(project, lambda folder, name: join(folder, name) == path)
    if call is not None:
        return Command(call)
    example = example_of(project, path)
    if example is None:
        return None
    meant = environment(path)
    if meant is not None:
        option = " --production" if meant == "prod" else ""
        return Command(f"dockwright env create {meant}{option}", f"from {example}, with secrets of its own")
    return Command(f"install -m 600 {shell.quote(example)} {shell.quote(path)}", "then fill in what is secret")


def example_of(project: Project, path: str) -> str | None:
    """The example of an env file."""
    beside = join(dirname(path), ".env.example")
    named = (*(each.format(path) for each in _EXAMPLES), beside)
    return next((each for each in named if project.is_file(each)), None)


def making_certificates(project: Project) -> Command:
    """What makes the project's certificates."""
    call = make_target(project, lambda _, name: basename(name) in ("certs", "certificates"))
    return Command(call or "dockwright certs")
