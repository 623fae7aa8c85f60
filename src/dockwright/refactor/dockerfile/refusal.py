"""Refused: why a Dockerfile is left as it is."""

from __future__ import annotations

from dockwright.text import Span


class Refused(Exception):  # noqa: N818  # no error: a Dockerfile that only a person can take further
    """A Dockerfile that cannot be rewritten with certainty: why, and the place that tells, in `path` or in itself."""

    def __init__(
        self, reason: str, at: Span, what: str = "the Dockerfile stays as it is", path: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at
        self.what = what
        self.path = path
