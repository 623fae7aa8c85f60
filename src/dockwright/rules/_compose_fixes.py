"""Fixes made from changes to compose files, with the exact differences that they declare."""

from __future__ import annotations

from dockwright.finding import Consent, Fix, Intent
from dockwright.project.compose_changes import ComposeChanges


def fix_of(changes: ComposeChanges, title: str, consent: Consent = "refit") -> Fix | None:
    """The changes as one fix; None where there are none, or where they reach what was not meant."""
    if not changes.clean:
        return None
    return Fix(title, tuple(changes.edits()), consent, tuple(Intent(*each) for each in changes.differences()))
