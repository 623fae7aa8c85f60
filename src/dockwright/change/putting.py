"""Files that a command makes outside every plan, each whole or not at all, and never in a journal: keys are in none."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dockwright.change.access import Lists, make_private
from dockwright.change.aside import replacing
from dockwright.change.protocol import Disk, ancestors, check_open_to_change, give
from dockwright.errors import DockwrightError

_PUBLIC = 0o644
_FOLDER = 0o755


class NewFile(Struct, frozen=True):
    """A file to be written. `users` are those who may read it beside its owner; None for everybody."""

    path: str
    data: bytes
    users: tuple[int, ...] | None = None


def put(disk: Disk, files: Sequence[NewFile], lists: Lists | None) -> tuple[int, ...]:
    """Write files over what has their names, in their order, and return when they are durable.

    All of them are written aside first, so that one that cannot be written leaves everything as it was. Gives the
    users who cannot read a file that they should. Raises DockwrightError, or OSError with the path as `filename`.
    """
    left_out: set[int] = set()
    with replacing(disk) as write:
        for file in files:
            make_folders(disk, file.path)
            aside = write(file.path, file.data)
            if file.users is None:
                disk.chmod(aside, _PUBLIC)
                give(disk, aside)
            else:
                left_out.update(make_private(disk, aside, file.users, lists))
    return tuple(sorted(left_out))


def make_folders(disk: Disk, path: str) -> None:
    """Make the folders above a path that are not there; DockwrightError where something else has their name, or its."""
    check_open_to_change(path)
    for folder in ancestors(path):
        entry = disk.lstat(folder)
        if entry is None:
            disk.mkdir(folder, _FOLDER)
            disk.chmod(folder, _FOLDER)  # The containers' user has to pass, whatever the umask is.
            give(disk, folder)
        elif entry.kind != "folder":
            hint = "Move it out of the way, or put a folder in its place."
            raise DockwrightError(f"this is a {entry.kind}, and not a folder", path=folder, hint=hint)
    entry = disk.lstat(path)
    if entry is not None and entry.kind != "file":
        raise DockwrightError(f"this is a {entry.kind}, and not a file", path=path, hint="Move it out of the way.")
