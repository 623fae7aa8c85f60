"""The journal: what a project was before each change, written before the change itself.

    .dockwright/.gitignore                   `*`, so that git sees nothing of all this
    .dockwright/lock                         held while a change is made
    .dockwright/journal/0001/manifest.json   what is done, file by file
    .dockwright/journal/0001/<sha256>        the bytes a file had before

Folders have mode 700 and files 600, for the files of a project hold secrets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from dockwright.change.protocol import HOME, Disk, check_open_to_change, give, is_folder, parent, reported
from dockwright.errors import DockwrightError
from dockwright.text import FileState

SHELF = f"{HOME}/journal"
MANIFEST = "manifest.json"
FOLDER = 0o755
"""Its folders can be listed, and its files read by their owner alone: what watches a mounted project for changes, as
another user, gives up at a folder that it may not list.
"""
FORMAT = 1

JournalId: TypeAlias = str
State: TypeAlias = Literal["applying", "applied", "undoing", "undone", "rolled back"]

UNFINISHED: frozenset[State] = frozenset({"applying", "undoing"})


class Recorded(Struct, frozen=True, omit_defaults=True):
    """A file's state with the SHA-256 of its bytes in place of them. A link has no mode and no bytes."""

    mode: int = 0
    content: str | None = None
    link: str | None = None

    @classmethod
    def of(cls, state: FileState | None) -> Recorded | None:
        """The record of a state; None stays None."""
        if state is None or state.link is not None:
            return None if state is None else cls(link=state.link)
        return cls(state.mode, sha256(state.data).hexdigest())


class Record(Struct, frozen=True):
    """One path of a change, both states, and the user and group of the file before."""

    path: str
    before: Recorded | None
    after: Recorded | None
    owner: tuple[int, int] | None


class Folder(Struct, frozen=True):
    """A folder that the change empties and removes, as it was."""

    path: str
    mode: int
    owner: tuple[int, int]


class Journal(Struct, frozen=True, kw_only=True):
    """One change of a project, from its manifest.

    `made` are the folders that the change makes, `emptied` those it removes; `kept` are the paths that undo left alone
    because somebody edited them since. `modes` is false on a disk that keeps no permission bits.
    """

    format: int = FORMAT
    id: JournalId
    time: str
    title: str
    tool_version: str
    state: State
    changes: int
    modes: bool
    records: tuple[Record, ...]
    made: tuple[str, ...]
    emptied: tuple[Folder, ...]
    kept: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Where its manifest and bytes are."""
        return f"{SHELF}/{self.id}"


class JournalEntry(Struct, frozen=True):
    """A change in the list of changes; `time` is UTC as ISO 8601 writes it, `changes` counts a move once."""

    id: JournalId
    time: str
    title: str
    state: State
    changes: int


def journals(disk: Disk) -> list[JournalEntry]:
    """All changes that were made to the project, undone ones included, the oldest first."""
    with reported():
        return [JournalEntry(j.id, j.time, j.title, j.state, j.changes) for j in read_all(disk)]


def read_all(disk: Disk) -> list[Journal]:
    """Every journal that has a manifest, the oldest first."""
    return [read(disk, id) for id in ids(disk) if disk.lstat(f"{SHELF}/{id}/{MANIFEST}")]


def ids(disk: Disk) -> list[JournalId]:
    """The numbers in use, the lowest first; a journal without a manifest has one too."""
    if not is_folder(disk, SHELF):
        return []
    return sorted((name for name in disk.listdir(SHELF) if name.isdecimal()), key=int)


def read(disk: Disk, id: JournalId) -> Journal:
    """One journal; DockwrightError where its manifest is damaged or from a later version."""
    path = f"{SHELF}/{id}/{MANIFEST}"
    try:
        data = json.loads(disk.read(path))
        if isinstance(data, dict) and isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise DockwrightError("a later dockwright wrote this journal", path=path, hint="Update dockwright.")
        journal = msgspec.convert(data, Journal)
        if journal.id != id:
            raise ValueError(id)
    except (ValueError, msgspec.ValidationError):
        raise DockwrightError(
            "this journal is damaged",
            path=path,
            hint=f"Its folder {SHELF}/{id} holds the files' former bytes. Move it elsewhere to go on without it.",
        ) from None
    for named in (*(record.path for record in journal.records), *journal.made, *(f.path for f in journal.emptied)):
        check_open_to_change(named)
    return journal


@contextmanager
def locked(disk: Disk, holder: str) -> Iterator[None]:
    """Make the journal's home where there is none, and hold its lock."""
    for folder in (HOME, SHELF):
        if disk.lstat(folder) is None:
            disk.mkdir(folder, FOLDER)
            give(disk, folder)
    ignore = f"{HOME}/.gitignore"
    if disk.lstat(ignore) is None:
        _write_over(disk, ignore, b"*\n")
    with disk.lock(f"{HOME}/lock", holder):
        yield


def create(disk: Disk, journal: Journal, contents: Iterable[bytes]) -> None:
    """Write a new journal with the bytes that files have now, durable when this returns."""
    disk.mkdir(journal.folder, FOLDER)
    give(disk, journal.folder)
    for name, data in {sha256(data).hexdigest(): data for data in contents}.items():
        _write_durable(disk, f"{journal.folder}/{name}", data)
    # At every change: a killed process may have left any of them made but not durable. The new journal's own folder is
    # made durable with its manifest.
    for folder in (SHELF, HOME, ""):
        disk.sync_folder(folder)
    write(disk, journal)


def write(disk: Disk, journal: Journal) -> None:
    """Put a manifest in the place of the one there is, durable when this returns."""
    # The standard library's JSON, because paths may hold undecodable bytes, which msgspec refuses to write.
    text = json.dumps(msgspec.to_builtins(journal), indent=1)
    _write_over(disk, f"{journal.folder}/{MANIFEST}", text.encode() + b"\n")


def marked(disk: Disk, journal: Journal, state: State, kept: Iterable[str] = ()) -> Journal:
    """The journal in another state, durable when this returns."""
    journal = msgspec.structs.replace(journal, state=state, kept=tuple(kept))
    write(disk, journal)
    return journal


def former_bytes(disk: Disk, journal: Journal, content: str) -> bytes:
    """What a file held before, checked against its hash."""
    path = f"{journal.folder}/{content}"
    data = disk.read(path)
    if sha256(data).hexdigest() != content:
        raise DockwrightError(
            "this copy of a file's former bytes is damaged", path=path, hint="Bring the file back from git."
        )
    return data


def discard_unwritten(disk: Disk) -> None:
    """Remove what a journal left that never got its manifest; its change had not begun."""
    for id in ids(disk):
        folder = f"{SHELF}/{id}"
        names = disk.listdir(folder)
        if MANIFEST not in names:
            for name in names:
                disk.unlink(f"{folder}/{name}")
            disk.rmdir(folder)


def now() -> str:
    """The time of day in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def next_id(disk: Disk) -> JournalId:
    """The number of the next change."""
    return f"{max(map(int, ids(disk)), default=0) + 1:04d}"


def keeps_modes(disk: Disk) -> bool:
    """Whether the disk keeps permission bits, tried on the lock file; Windows' disks inside WSL do not."""
    path = f"{HOME}/lock"
    try:
        for mode in (0o640, 0o600):
            disk.chmod(path, mode)
            entry = disk.lstat(path)
            if entry is None or entry.mode != mode:
                return False
    except PermissionError:
        return False
    return True


def _write_over(disk: Disk, path: str, data: bytes) -> None:
    """Give a file new bytes in one step, durable when this returns."""
    temporary = f"{path}.tmp"
    if disk.lstat(temporary):
        disk.unlink(temporary)
    _write_durable(disk, temporary, data)
    disk.rename(temporary, path)
    disk.sync_folder(parent(path))


def _write_durable(disk: Disk, path: str, data: bytes) -> None:
    disk.write_new(path, data)
    give(disk, path)
    disk.sync_file(path)
