"""What became of a project's certificates, for reports."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from dockwright.certs.judging import State


class Certificate(Struct, frozen=True):
    """A certificate with its key and the authority beside it, by their paths; what became of it, and why.

    `ends` is None where there is no certificate that can be read.
    """

    certificate: str
    key: str
    authority: str
    state: State
    reasons: tuple[str, ...]
    names: tuple[str, ...]
    ends: datetime | None


class Outcome(Struct, frozen=True):
    """All of a project's certificates, and whoever signs them.

    `fingerprint` is the authority's, None where there is none; `new` is whether it was made just now, and has to be
    trusted. `left_out` are the numbers of the containers' users who cannot read a key.
    """

    certificates: tuple[Certificate, ...]
    fingerprint: str | None
    new: bool
    left_out: tuple[int, ...]
