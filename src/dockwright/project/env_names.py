"""Env files by their names: which are examples, which environment they are for, and which of them git hides."""

from __future__ import annotations

from collections.abc import Callable
from posixpath import basename

from dockwright.project.model import Project, view
from dockwright.project.stacks import ENVIRONMENTS
from dockwright.syntax.ignorefile import git_matcher
from dockwright.text import lazy_regex

_EXAMPLE = lazy_regex(r"(?i)(?:^|[._-])(?:example|sample|template|tmpl|tpl|dist|default|defaults|skel)(?:[._-]|$)")
_PARTS = lazy_regex(r"[._/-]+")

EXAMPLE_NAMES = (
    "{path}.example",
    "{path}.sample",
    "{path}.template",
    "{path}.dist",
    "{path}-example",
    "{path}-sample",
)
"""How the example of an env file is called."""


def is_example(path: str) -> bool:
    """Whether an env file is meant to be copied and not to be read."""
    return _EXAMPLE.search(basename(path)) is not None


def environment(path: str) -> str | None:
    """The environment that an env file's path names: dev, test, ci, staging, prod; None where it names none."""
    found = [ENVIRONMENTS[part] for part in _PARTS.split(path.lower()) if part in ENVIRONMENTS and part != "override"]
    return found[-1] if found else None


@view
def git_ignores(project: Project) -> Callable[[str], bool]:
    """Whether git ignores a path, by the `.gitignore` files of the project."""
    files = [
        file
        for source in project.of_kind("ignore")
        if basename(source.path) == ".gitignore" and (file := project.ignore_file(source.path)) is not None
    ]
    return git_matcher(files)
