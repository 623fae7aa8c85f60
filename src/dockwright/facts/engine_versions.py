"""Versions of the engine, of Compose and of Buildx: the oldest that have all that is asked of them."""

from __future__ import annotations

import re

OLDEST_ENGINE, OLDEST_COMPOSE = (23, 0), (2, 20)
"""The first versions with BuildKit by default, `start_interval` and `up --wait`."""

OLDEST_BUILDX = (0, 17)
"""What Compose asks of Buildx since it builds through it. Source: docker/compose, `pkg/compose/build_bake.go`."""

_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


def version(said: str) -> tuple[str, tuple[int, ...]] | None:
    """The first version in a text, as it is written and as numbers; None where there is none."""
    found = _NUMBERS.search(said)
    return None if found is None else (found[0], tuple(map(int, found[0].split("."))))


def written(numbers: tuple[int, ...]) -> str:
    """A version as people write it."""
    return ".".join(map(str, numbers))
