"""Evidence: what a check asked of whom, and what it saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct

Verdict = Literal["pass", "fail", "skip"]


class Evidence(Struct, frozen=True):
    """What one check saw of one subject: a service, or an image.

    `reason` is what was seen, in a sentence without its full stop; `way_out` what to do where it failed. `detail` is
    the same for machines. No secret's value is in any of them. `seconds` is how long it took to see.
    """

    check: str
    subject: str
    verdict: Verdict
    reason: str
    way_out: str = ""
    detail: Mapping[str, Any] = {}
    seconds: float = 0.0


def passed(check: str, subject: str, reason: str, **detail: Any) -> Evidence:
    """What is as it should be."""
    return Evidence(check, subject, "pass", reason, "", detail)


def failed(check: str, subject: str, reason: str, way_out: str, **detail: Any) -> Evidence:
    """What is not, and the way out."""
    return Evidence(check, subject, "fail", reason, way_out, detail)


def skipped(check: str, subject: str, reason: str, **detail: Any) -> Evidence:
    """What could not be seen, or has nothing to be seen, and why."""
    return Evidence(check, subject, "skip", reason, "", detail)


def some(names: Iterable[str], most: int = 4) -> str:
    """The first few of some names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
