"""Disk: the few file-system operations that changing a project takes, and what every user of one asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from dockwright.errors import DockwrightError

HOME = ".dockwright"
"""Where the journal is, in the project's root."""

Kind: TypeAlias = Literal["file", "link", "folder", "special"]


class Entry(Struct, frozen=True):
    """What a path names, links not followed. `mode` is the permission bits, `owner` user and group number."""

    kind: Kind
    mode: int
    owner: tuple[int, int]


class Disk(Protocol):
    """File-system operations below one root. Paths are relative, with `/`; "" is the root itself.

    No operation follows a symbolic link, and none leaves the root. What was written is durable only after `sync_file`,
    and a name made, renamed or removed only after `sync_folder` of its folder. Failures are OSError with the path as
    `filename`.
    """

    def lstat(self, path: str) -> Entry | None:
        """What is there; None for nothing, also where a folder on the way is missing, a file or a link."""
        ...

    def read(self, path: str) -> bytes:
        """A file's bytes."""
        ...

    def readlink(self, path: str) -> str:
        """A link's target as it is written."""
        ...

    def listdir(self, path: str) -> list[str]:
        """The names in a folder."""
        ...

    def writable(self, path: str) -> bool:
        """Whether this process may write to the file, or change the folder's names."""
        ...

    def write_new(self, path: str, data: bytes) -> None:
        """Make a file that is not there yet, for its owner's eyes alone (mode 600)."""
        ...

    def symlink(self, target: str, path: str) -> None:
        """Make a link that is not there yet."""
        ...

    def mkdir(self, path: str, mode: int) -> None:
        """Make a folder; the umask applies."""
        ...

    def chmod(self, path: str, mode: int) -> None:
        """Set the permission bits of a file or folder."""
        ...

    def chown(self, path: str, owner: tuple[int, int]) -> None:
        """Set the user and group of anything."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file or link another name, over the file or link that has it."""
        ...

    def unlink(self, path: str) -> None:
        """Remove a file or link."""
        ...

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        ...

    def sync_file(self, path: str) -> None:
        """Return when bytes and mode of a file are on the medium."""
        ...

    def sync_folder(self, path: str) -> None:
        """Return when the names in a folder are on the medium."""
        ...

    def lock(self, path: str, holder: str) -> AbstractContextManager[None]:
        """Hold the lock file for a while; DockwrightError with the other holder's words where it is taken."""
        ...


def parent(path: str) -> str:
    """The folder that a path is in; "" is the root."""
    return path.rpartition("/")[0]


def ancestors(path: str) -> list[str]:
    """The folders above a path, the root not among them, outermost first."""
    return [path[:at] for at, char in enumerate(path) if char == "/"]


def inside(path: str) -> list[str]:
    """The parts of a path that stays below the root; DockwrightError for any other."""
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise DockwrightError("this path leads out of the project", path=path, hint="Name a file inside the project.")
    return parts


def check_open_to_change(path: str) -> None:
    """DockwrightError for a path that is not inside the project, or is git's or the journal's own.

    A journal is checked too before it is followed: a project from a stranger may bring one, and what is written into
    `.git` can run commands.
    """
    parts = [part.casefold() for part in inside(path)]
    if ".git" in parts or parts[0] == HOME:
        raise DockwrightError("no change may write here", path=path, hint="Leave this file out of the plan.")


def is_folder(disk: Disk, path: str) -> bool:
    """Whether a folder is there."""
    entry = disk.lstat(path)
    return entry is not None and entry.kind == "folder"


def give(disk: Disk, path: str, owner: tuple[int, int] | None = None) -> None:
    """Set the user and group as far as this process may. Without one, what root makes goes to its folder's owner."""
    entry = disk.lstat(path)
    if owner is None:
        above = disk.lstat(parent(path))
        owner = above.owner if above and entry and above.owner[0] != entry.owner[0] else None
    if entry and owner and entry.owner != owner:
        with suppress(PermissionError):
            disk.chown(path, owner)


@contextmanager
def reported(hint: str | None = None) -> Iterator[None]:
    """Turns an OSError into the user's message, with the path and the system's reason."""
    try:
        yield
    except OSError as error:
        raise refusal(error, hint) from error


def refusal(error: OSError, hint: str | None) -> DockwrightError:
    """What the system refused, as a message."""
    path = error.filename if isinstance(error.filename, str) else None
    return DockwrightError(f"the system refused this change: {error.strerror or error}", path=path, hint=hint)
