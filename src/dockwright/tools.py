"""Protocols of the outside tools. `cli/` passes in what `engine/` implements, tests pass in their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct


class StackFiles(Struct, frozen=True):
    """What a resolver needs to know of a stack: paths below the root, as `docker compose` would be given them."""

    files: tuple[str, ...]
    env_files: tuple[str, ...]
    project_directory: str
    project_name: str | None


class Resolved(Struct, frozen=True):
    """A stack's resolved model with the root's path written as `.`, or the reason why there is none."""

    model: Mapping[str, Any] | None
    error: str | None = None


class ComposeResolver(Protocol):
    """Resolves stacks as Compose does, without starting anything."""

    def resolve(self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]) -> list[Resolved]:
        """Each stack's model in a project that holds just these files, by path."""
        ...
