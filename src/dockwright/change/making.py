"""Files with secrets: made where nothing is yet, or given other bytes; never in a journal, and private all the time.

A journal keeps what a file held before. Of a secret that is replaced nothing may be kept, and of one that is made there
is nothing to give back that its own file does not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from dockwright.change.access import Lists, make_private
from dockwright.change.aside import replacing
from dockwright.change.protocol import Disk, Entry, check_open_to_change, give, parent
from dockwright.change.putting import NewFile, make_folders
from dockwright.errors import DockwrightError


class Rewritten(Struct, frozen=True):
    """A file's bytes as they were read, and those that it shall have."""

    path: str
    before: bytes
    after: bytes


def make(disk: Disk, files: Sequence[NewFile], lists: Lists | None) -> tuple[int, ...]:
    """Make files that are not there yet, all or none, readable by their owner from the first byte on.

    Gives the users who cannot read a file that they should. Raises DockwrightError where one is there after all, and
    OSError with the path as `filename`.
    """
    made: list[str] = []
    left_out: set[int] = set()
    try:
        for file in files:
            make_folders(disk, file.path)
            try:
                disk.write_new(file.path, file.data)
            except FileExistsError as error:
                hint = "It is left as it is."
                raise DockwrightError("this has come into being meanwhile", path=file.path, hint=hint) from error
            made.append(file.path)
            left_out.update(make_private(disk, file.path, file.users or (), lists))
            disk.sync_file(file.path)
    except BaseException:
        for path in made:
            with suppress(OSError):
                disk.unlink(path)
        raise
    for folder in dict.fromkeys(parent(file.path) for file in files):
        disk.sync_folder(folder)
    return tuple(sorted(left_out))


def rewrite(disk: Disk, files: Sequence[Rewritten]) -> None:
    """Give files other bytes, each in one step; mode and owner stay.

    All are written aside first, so that one that cannot be written leaves everything as it was. Raises DockwrightError
    where a file is a link, read-only, or not what was read, and OSError with the path as `filename`.
    """
    with replacing(disk) as write:
        for file in files:
            entry = writable(disk, file.path)
            if disk.read(file.path) != file.before:
                raise DockwrightError("this file was changed meanwhile", path=file.path, hint="Run the command again.")
            aside = write(file.path, file.after)
            give(disk, aside, entry.owner)
            disk.chmod(aside, entry.mode)


def writable(disk: Disk, path: str) -> Entry:
    """What a path names, which has to be a file that may be written; DockwrightError else.

    A file without its owner's write bit was made so by somebody: not even root writes over it.
    """
    check_open_to_change(path)
    entry = disk.lstat(path)
    if entry is None:
        raise DockwrightError("this file has gone meanwhile", path=path, hint="Run the command again.")
    if entry.kind == "link":
        target = disk.readlink(path)
        hint = f"Work on the file that it names, {target}, or put a file in its place."
        raise DockwrightError("this is a symbolic link, and dockwright writes through none", path=path, hint=hint)
    if entry.kind != "file":
        raise DockwrightError(f"this is a {entry.kind}, and not a file", path=path, hint="Move it out of the way.")
    if not entry.mode & 0o200 or not disk.writable(path):
        from shlex import quote

        raise DockwrightError("this file is read-only", path=path, hint=f"Allow writing: chmod u+w {quote(path)}")
    return entry
