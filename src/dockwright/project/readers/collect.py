"""Collector: what a reader finds, each place once."""

from __future__ import annotations

from dockwright.project.commands import BuildCall, Commands, Invocation
from dockwright.project.references import Reference


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
        references = {(ref.at, ref.target): ref for ref in reversed(self.references)}
        return Commands(
            tuple(sorted(references.values(), key=lambda ref: (ref.at, ref.target))),
            tuple(self.invocations),
            tuple(dict.fromkeys(self.builds)),
        )
