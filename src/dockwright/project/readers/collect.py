"""Collector: what a reader finds, each place once."""

from __future__ import annotations

from dockwright.project.commands import BuildCall, Commands, Invocation
from dockwright.project.references import Reference
from dockwright.text import Site


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
