"""Fixes made from changes to compose files, with the exact differences that they declare."""

from __future__ import annotations

from collections.abc import Callable

from dockwright.finding import Consent, Fix, Intent, Offer
from dockwright.project.compose_changes import ComposeChanges


def offer(title: str, change: Callable[[], ComposeChanges], consent: Consent = "refit") -> Offer:
    """The changes as one fix, worked out when somebody wants it."""

    def make() -> Fix | None:
        changes = change()
        if not changes.clean:
            return None
        return Fix(title, tuple(changes.edits()), consent, tuple(Intent(*each) for each in changes.differences()))

    return Offer(title, consent, make)
