"""Whether a certificate that is there will do, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct

from dockwright.certs.hosts import uncovered

NEAR = timedelta(days=30)
"""A certificate is renewed when less than this is left of it, or a third of its time where that is shorter."""

LONGEST = 397
"""How many days a certificate may be valid. Source: CA/Browser Forum, Baseline Requirements, section 6.3.2; longer ones
some clients refuse.
"""

State: TypeAlias = Literal["made", "renewed", "mended", "fine", "left", "refused"]
"""What became of a certificate. `mended` is one whose key had other readers, or that lacked its authority beside it;
`left` is one of somebody else's that will do, `refused` one that will not.
"""


class Seen(Struct, frozen=True):
    """A certificate that is there, by what matters here.

    `ours` is whether an authority of dockwright's made it, `current` whether it was the one that makes certificates
    today, `fits` whether the key beside it is its own.
    """

    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    ours: bool
    current: bool
    fits: bool


class Judged(Struct, frozen=True):
    """What is to become of a certificate, and why."""

    state: State
    reasons: tuple[str, ...] = ()


def judged(seen: Seen | None, wanted: Iterable[str], now: datetime, *, there: bool, renew: bool = False) -> Judged:
    """What is to become of a certificate for the wanted names.

    `there` is whether any file is in its place or its key's; `seen` is None where that is no certificate. One that
    dockwright has not made is replaced when `renew` asks for it, and never else: its key may be the only one.
    """
    if not there:
        return Judged("made")
    found = ("what is there is no certificate with a key",) if seen is None else tuple(_wrong(seen, wanted, now))
    if renew:
        return Judged("renewed", found or ("--renew asks for it",))
    if seen is None or not seen.ours:
        return Judged("refused" if found else "left", found)
    if not seen.current:
        found = (*found, "another authority made it")
    return Judged("renewed" if found else "fine", found)


def _wrong(seen: Seen, wanted: Iterable[str], now: datetime) -> Iterator[str]:
    if now >= seen.ends:
        yield f"it ended on {seen.ends:%Y-%m-%d}"
    elif seen.ends - now < min(NEAR, (seen.ends - seen.begins) / 3):
        yield f"it ends on {seen.ends:%Y-%m-%d}"
    if now < seen.begins:
        yield f"it begins on {seen.begins:%Y-%m-%d}"
    missing = uncovered(wanted, seen.names)
    if missing:
        yield f"it is not for {', '.join(missing)}"
    if not seen.fits:
        yield "the key beside it is not its own"
