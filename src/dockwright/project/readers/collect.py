"""Collector: what a reader finds, each place once; and the folder that a text was meant for."""

from __future__ import annotations

from collections.abc import Callable
from posixpath import dirname

from msgspec import Struct

from dockwright.project.commands import BuildCall, Commands, Invocation
from dockwright.project.model import Trees
from dockwright.project.references import Reference
from dockwright.text import Site


class Around(Struct, frozen=True):
    """All that a reader may ask besides its own file: the trees of files, and where a path leads.

    `look` is True for a file, False for a folder, and None where nothing is. What was asked is known, and the file is
    read again only where an answer is another.
    """

    trees: Trees
    look: Callable[[str], bool | None]

    def is_file(self, path: str) -> bool:
        """Whether a file is there, read or not."""
        return self.look(path) is True

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return self.look(path) is not None


class Collector:
    """Gathers what several stretches of one file say; a place that is met twice counts once."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.invocations: list[Invocation] = []
        self.builds: list[BuildCall] = []

    def add(self, commands: Commands) -> None:
        """Take in what one stretch says."""
        self.references += commands.references
        self.invocations += commands.invocations
        self.builds += commands.builds

    def commands(self) -> Commands:
        """All of it."""
        references: dict[tuple[Site, str], Reference] = {}
        # A place that a tool's option explains and that is a file's path as well is what the option says.
        for ref in sorted(self.references, key=lambda ref: ref.kind == "path"):
            references.setdefault((ref.at, ref.target), ref)
        return Commands(
            tuple(sorted(references.values(), key=lambda ref: (ref.at, ref.target))),
            tuple(self.invocations),
            tuple(dict.fromkeys(self.builds)),
        )


def where_more_is_found(around: Around, path: str, read: Callable[[str], Commands]) -> Commands:
    """A text read as if run at the root, or in the file's own folder where more of what it names lies there."""
    readings = [read(folder) for folder in dict.fromkeys(("", dirname(path)))]
    return max(readings, key=lambda reading: sum(around.is_file(ref.target) for ref in reading.references))


def only_what_is_there(around: Around, said: Commands) -> Commands:
    """What prose says, without the files that are another project's: only env files are named before they are made."""
    references = tuple(
        ref
        for ref in said.references
        if ref.pattern or around.exists(ref.target) or ref.target.rpartition("/")[2].startswith(".env")
    )
    return Commands(references, said.invocations, said.builds)
