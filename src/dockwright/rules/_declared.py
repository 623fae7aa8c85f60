"""Which packaging a stage's installation reads, and the edits that give a command an option."""

from __future__ import annotations

from posixpath import basename, dirname

from dockwright.project.build_steps import Install
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.project.packaging import Packaging
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Span


def packaging_of(project: Project, image: Image) -> Packaging | None:
    """The packaging whose manifest alone an image copies, else that in its context, else the project's only one."""
    found = packagings(project)
    copied = {
        join(image.context, dirname(word.value))
        for copy in image.tree.instructions
        if isinstance(copy, (dockerfile.Copy, dockerfile.Add)) and copy.from_ is None
        for word in copy.sources
        if basename(word.value) in ("pyproject.toml", "Pipfile")
    }
    folder = copied.pop() if len(copied) == 1 else image.context
    in_context = [each for each in found if each.folder == folder]
    if in_context:
        return in_context[0]
    return found[0] if len(found) == 1 else None


def option_added(image: Image, install: Install, option: str) -> Edit | None:
    """The edit that writes an option behind the subcommand; None in exec form."""
    word = _subcommand(install)
    return None if word is None else Edit(image.path, Span(word, word), f" {option}")


def _subcommand(install: Install) -> int | None:
    places = install.call.places
    return None if places is None or not places[install.at].contiguous else places[install.at].span.end


def option_span(install: Install, option: str) -> Span | None:
    """Where an option is written to the letter."""
    for word in install.call.places or ():
        if word.value == option and word.contiguous:
            return word.span
    return None
