"""Finding, Site, Fix: what a rule reports, where, and what would mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from dockwright.text import Change, Site, Span

Severity: TypeAlias = Literal["error", "warning", "info"]
"""By consequence: an error breaks or leaks, a warning will one day, information is worth knowing."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Consent: TypeAlias = Literal["safe", "refit", "unsafe"]
"""Who has to agree to a change: nobody (`audit --fix` makes it), whoever asked for the target layout
(`apply` makes it), or the user by name (`--unsafe-fixes`), since it guesses about the application."""


class Related(Struct, frozen=True):
    """Another place that a finding is about, and what stands there."""

    at: Site
    message: str


class Intent(Struct, frozen=True, order=True):
    """One difference that a change means to make in the resolved model; None is not there.

    `place` is as the proof names it: `stack dev / services.app.user`.
    """

    place: str
    before: str | None
    after: str | None


class Fix(Struct, frozen=True):
    """Changes that mend a finding or take a step, all or nothing."""

    title: str
    changes: tuple[Change, ...]
    consent: Consent = "safe"
    intends: tuple[Intent, ...] = ()


class Offer(Struct, frozen=True):
    """A fix that is worked out when it is wanted: `make` gives it, or None where it would reach more than is meant."""

    title: str
    consent: Consent
    make: Callable[[], Fix | None]


def made(fix: Fix | Offer) -> Fix | None:
    """A fix, worked out where it was only offered."""
    return fix.make() if isinstance(fix, Offer) else fix


class Finding(Struct, frozen=True):
    """One thing that is wrong, with its reason; `advice` is the fix as words to write."""

    rule: str
    name: str
    severity: Severity
    message: str
    at: Site
    advice: str | None = None
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix | Offer, ...] = ()

    @property
    def order(self) -> tuple[int, str, str, Span]:
        """What breaks or leaks first, then by rule and place: the same on every run."""
        return (SEVERITIES.index(self.severity), self.rule, self.at.path, self.at.span)
