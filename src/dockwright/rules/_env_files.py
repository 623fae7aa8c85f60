"""Env files: which are examples, which environment they are for, and which of them commands mean."""

from __future__ import annotations

from posixpath import dirname

from dockwright.project.env_names import EXAMPLE_NAMES, environment
from dockwright.project.model import Project
from dockwright.project.references import join


def is_for_developers(path: str) -> bool:
    """Whether an env file's path names an environment that serves nobody but developers."""
    return environment(path) in ("dev", "test", "ci")


def written_as(project: Project, written: str, named_in: str) -> tuple[str, ...]:
    """The env files, examples of it included, that a command in the file `named_in` can mean by a relative path."""
    bases = dict.fromkeys((join("", written), join(dirname(named_in), written)))
    candidates = [name.format(path=base) for base in bases for name in ("{path}", *EXAMPLE_NAMES)]
    return tuple(path for path in candidates if path in project.env_files)
