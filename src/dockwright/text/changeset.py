"""ChangeSet: what files were and what they become, as whole states."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct


class FileState(Struct, frozen=True):
    """All of a file that apply and undo keep: bytes, permission bits, and the target of a link.

    A link has no bytes of its own: `data` is empty and `link` is set.
    """

    data: bytes
    mode: int = 0o644
    link: str | None = None


class FileChange(Struct, frozen=True):
    """One path's state before and after; None is a file that is not there."""

    before: FileState | None
    after: FileState | None


class ChangeSet(Struct, frozen=True, dict=True):
    """Every path that changes, with both states, and which of them are moves (old path, new path).

    A move is in `files` twice: the old path ends absent and the new one begins so.
    """

    files: Mapping[str, FileChange]
    moves: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files)

    @cached_property
    def moved_from(self) -> Mapping[str, str]:
        """New path to old path."""
        return {new: old for old, new in self.moves}

    @cached_property
    def moved_to(self) -> Mapping[str, str]:
        """Old path to new path."""
        return dict(self.moves)
