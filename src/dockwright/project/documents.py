"""Documents: which of them speak of the project as it is now."""

from __future__ import annotations

from posixpath import dirname

from dockwright.project.model import Project
from dockwright.project.modules import ancestors
from dockwright.text import lazy_regex

_HISTORY = lazy_regex(r"(?i)(?:^|[/_-])(?:change-?log|changes|history|news|release[_-]?notes|releases)(?:[/._-]|$)")


def is_history(path: str) -> bool:
    """Whether a document tells of what was: that stays true."""
    return _HISTORY.search(path) is not None


def says_what_is(project: Project, path: str) -> bool:
    """Whether what a file names is meant as it is now in this project.

    History tells of what was, and a document among the data of a Python package may tell of anything.
    """
    if project.kinds.get(path) != "document":
        return True
    folder = dirname(path)
    packages = [each for each in ancestors(folder) if f"{each}/__init__.py" in project.listing]
    return not is_history(path) and (not packages or f"{folder}/__init__.py" in project.listing)
