"""The steps that bring files from the states they have to the states they shall have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from unicodedata import normalize

from msgspec import Struct

from dockwright.change.journal import Recorded
from dockwright.change.protocol import Disk, Entry, ancestors, is_folder, parent
from dockwright.text import FileState


class Goal(Struct, frozen=True):
    """What a path shall be: a state, or None for no file. `owner` is the user and group it shall have, if known."""

    path: str
    state: Recorded | None
    owner: tuple[int, int] | None


class Blocked(Struct, frozen=True):
    """A goal that cannot be reached, and why."""

    path: str
    reason: str


class Transition(Struct, frozen=True):
    """The steps, in their order: what is in the way goes first, all other removals last."""

    cleared: tuple[str, ...]
    cleared_folders: tuple[str, ...]
    made: tuple[str, ...]
    placed: tuple[Goal, ...]
    removed: tuple[str, ...]
    removed_folders: tuple[str, ...]
    blocked: tuple[Blocked, ...]


def state_of(disk: Disk, path: str, exact: bool = False) -> tuple[FileState | None, Entry | None]:
    """A file as it is now, and what its path names; a folder counts as no file, and so does a device or a pipe.

    `exact` asks for its name to the letter, on a disk that knows no case too.
    """
    entry = disk.lstat(path)
    if entry is None or entry.kind in ("folder", "special") or (exact and not _listed(disk, path)):
        return None, entry
    if entry.kind == "link":
        return FileState(b"", entry.mode, disk.readlink(path)), entry
    return FileState(disk.read(path), entry.mode), entry


def doubles(paths: Iterable[str]) -> set[str]:
    """The paths that a disk which knows no case takes for one with another of them."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        groups.setdefault(_folded(path), []).append(path)
    return {path for group in groups.values() if len(group) > 1 for path in group}


def same(a: Recorded | None, b: Recorded | None, modes: bool) -> bool:
    """Whether two states are one, permission bits compared only where the disk keeps them."""
    if modes or a is None or b is None:
        return a == b
    return (a.content, a.link) == (b.content, b.link)


def transition(disk: Disk, goals: Collection[Goal], may_go: Collection[str] | None = None) -> Transition:
    """How to reach the goals from what the disk holds now.

    Folders left empty are removed: those in `may_go`, or, without it, those that lose their last file here.
    """
    absent = {goal.path for goal in goals if goal.state is None and _is_file(disk, goal.path)}
    present = [goal for goal in goals if goal.state is not None]
    needed = {folder for goal in present for folder in ancestors(goal.path)}
    alike = doubles(goal.path for goal in goals)
    tree = _Tree(disk, absent, needed, may_go)
    emptied = tree.emptied()

    cleared = absent & alike
    cleared_folders: set[str] = set()
    made: list[str] = []
    blocked: dict[str, str] = {}

    def clear(folders: Iterable[str]) -> None:
        for folder in folders:
            cleared_folders.add(folder)
            cleared.update(path for path in absent if parent(path) == folder)

    for folder in sorted(needed):
        entry = disk.lstat(folder)
        inside = [goal.path for goal in present if goal.path.startswith(folder + "/")]
        if entry is None or folder in absent or parent(folder) in made:
            made.append(folder)
            cleared |= {folder} & absent
        elif entry.kind != "folder":
            what = "a symbolic link, and dockwright writes through none" if entry.kind == "link" else "not a folder"
            blocked |= dict.fromkeys(inside, f"{folder} is {what}")
        elif not alike.isdisjoint(inside) and not _listed(disk, folder):
            twins = [other for other in emptied if _folded(other) == _folded(folder)]
            if twins:
                clear(path for twin in twins for path in tree.vacated(twin) or ())
                made.append(folder)
            else:
                blocked |= dict.fromkeys(inside, f"on this disk {folder} is another folder too, which has more files")
    for goal in present:
        if is_folder(disk, goal.path):
            folders = tree.vacated(goal.path)
            if folders is None:
                blocked[goal.path] = "there is a folder where the file should go"
            else:
                clear(folders)
    return Transition(
        cleared=tuple(sorted(cleared)),
        cleared_folders=_deepest_first(cleared_folders),
        made=tuple(made),
        placed=tuple(present),
        removed=tuple(sorted(absent - cleared)),
        removed_folders=_deepest_first(emptied - cleared_folders),
        blocked=tuple(Blocked(path, reason) for path, reason in sorted(blocked.items())),
    )


class _Tree:
    """Which folders hold nothing more once the absent files are gone."""

    def __init__(self, disk: Disk, absent: Collection[str], needed: Collection[str], may_go: Collection[str] | None):
        self.disk = disk
        self.absent = absent
        self.needed = needed
        self.may_go = may_go
        self.known: dict[str, tuple[str, ...] | None] = {}

    def emptied(self) -> set[str]:
        """All folders that are to go."""
        losing = {folder for path in self.absent for folder in ancestors(path)}
        candidates = losing if self.may_go is None else self.may_go
        return {folder for candidate in candidates for folder in self.vacated(candidate) or ()}

    def vacated(self, folder: str) -> tuple[str, ...] | None:
        """The folder and the folders in it, if all of them may go; None if one has to stay."""
        if folder not in self.known:
            self.known[folder] = self._look(folder)
        return self.known[folder]

    def _look(self, folder: str) -> tuple[str, ...] | None:
        entry = self.disk.lstat(folder)
        if entry is None or entry.kind != "folder" or folder in self.needed:
            return None
        if self.may_go is not None and folder not in self.may_go:
            return None
        names = self.disk.listdir(folder)
        if self.may_go is None and not names:
            return None
        found: list[str] = []
        for name in names:
            path = f"{folder}/{name}"
            if path in self.absent:
                continue
            below = self.vacated(path)
            if below is None:
                return None
            found += below
        return (*found, folder)


def _folded(path: str) -> str:
    return normalize("NFC", path).casefold()


def _is_file(disk: Disk, path: str) -> bool:
    entry = disk.lstat(path)
    return entry is not None and entry.kind != "folder"


def _listed(disk: Disk, path: str) -> bool:
    return all(step.rpartition("/")[2] in disk.listdir(parent(step)) for step in (*ancestors(path), path))


def _deepest_first(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(folders, reverse=True))
