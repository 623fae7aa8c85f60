"""Problem: a place in a file that its own tool would refuse, as every parser reports it."""

from __future__ import annotations

from msgspec import Struct

from dockwright.text import Span


class Problem(Struct, frozen=True):
    """What is wrong at `span`, in words that name no value of a secret, and the way out.

    Parsers never raise on any input: they return a tree of what they understood, and problems.
    """

    span: Span
    message: str
    hint: str | None = None
