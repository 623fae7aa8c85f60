"""A disk in memory that forgets what was not made durable, and worlds to try changes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from dockwright.change.protocol import Disk, Entry, ancestors
from dockwright.errors import DockwrightError
from dockwright.text import ChangeSet, FileChange, FileState

Choose = Callable[[int], int]
"""How much survives a crash: given n, a number from 0 (nothing that was not synced) to n (everything)."""

Snapshot = dict[str, tuple[str, int, bytes | str]]

OWNER = (1000, 1000)


class Crash(BaseException):
    """The power is gone: no operation from here on does anything."""


class File:
    def __init__(self, data: bytes = b"", mode: int = 0o600, owner: tuple[int, int] = OWNER):
        self.data, self.mode, self.owner = data, mode, owner
        self.durable: tuple[bytes, int] = (b"", 0o600)

    def sync(self) -> None:
        self.durable = (self.data, self.mode)

    def after_crash(self, choose: Choose) -> File:
        data, mode = self.durable
        if self.durable != (self.data, self.mode):
            survives = choose(2)
            data = (data, self.data[: len(self.data) // 2], self.data)[survives]
            mode = self.mode if survives else mode
        file = File(data, mode, self.owner)
        file.sync()
        return file


class Link:
    mode = 0o777
    owner = OWNER

    def __init__(self, target: str):
        self.target = target

    def after_crash(self, choose: Choose) -> Link:
        return Link(self.target)


class Folder:
    """Names with what they name; `pending` are the changes of names since the last sync, in order."""

    def __init__(self, mode: int = 0o755, owner: tuple[int, int] = OWNER):
        self.names: dict[str, Node] = {}
        self.mode, self.owner = mode, owner
        self.durable: tuple[dict[str, Node], int] = ({}, mode)
        self.pending: list[dict[str, Node | None]] = []

    def change(self, names: dict[str, Node | None]) -> None:
        self.pending.append(names)
        _rename(self.names, names)

    def sync(self) -> None:
        self.durable = (dict(self.names), self.mode)
        self.pending = []

    def after_crash(self, choose: Choose) -> Folder:
        names, mode = dict(self.durable[0]), self.durable[1]
        lost: set[str] = set()
        for change in self.pending:
            if lost.isdisjoint(change) and choose(1):
                _rename(names, change)
            else:
                lost |= change.keys()
        folder = Folder(self.mode if mode != self.mode and choose(1) else mode, self.owner)
        folder.names = {name: node.after_crash(choose) for name, node in names.items()}
        folder.sync()
        return folder


Node = File | Link | Folder


def _rename(names: dict[str, Node], change: Mapping[str, Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class SimulatedDisk:
    """Obeys the `Disk` protocol. After `limit` steps comes a Crash; step `fails_at` is refused with `error`.

    Of the changes of a folder's names since its last sync any may be lost, but none survives the loss of an earlier one
    of the same name. A rename inside a folder is whole or not at all, one between two folders may come apart.
    """

    def __init__(self, root: Folder | None = None, *, knows_case: bool = True, new_owner: tuple[int, int] = OWNER):
        self.root = root or Folder()
        self.new_owner = new_owner
        self.knows_case = knows_case
        self.steps = 0
        self.limit: int | None = None
        self.fails_at: int | None = None
        self.error = errno.ENOSPC
        self.log: list[str] = []
        self.held = False

    @classmethod
    def of(
        cls,
        files: Mapping[str, FileState],
        folders: Mapping[str, int],
        *,
        knows_case: bool = True,
        new_owner: tuple[int, int] = OWNER,
    ) -> SimulatedDisk:
        disk = cls(knows_case=knows_case, new_owner=new_owner)
        for path in sorted({*folders, *(folder for file in files for folder in ancestors(file))}):
            above, name = disk._folder(path)
            above.names[name] = Folder(folders.get(path, 0o755))
        for path, state in files.items():
            above, name = disk._folder(path)
            above.names[name] = File(state.data, state.mode) if state.link is None else Link(state.link)
        disk.sync_all(disk.root)
        return disk

    def sync_all(self, folder: Folder) -> None:
        for node in folder.names.values():
            if isinstance(node, Folder):
                self.sync_all(node)
            elif isinstance(node, File):
                node.sync()
        folder.sync()

    def crashed(self, choose: Choose) -> SimulatedDisk:
        """The disk after the power came back."""
        return SimulatedDisk(self.root.after_crash(choose), knows_case=self.knows_case)

    def killed(self) -> SimulatedDisk:
        """The disk after the process alone has died: all is there, nothing more is durable."""
        return SimulatedDisk(self.root, knows_case=self.knows_case)

    def _step(self, what: str, path: str) -> None:
        if self.limit is not None and self.steps >= self.limit:
            raise Crash
        self.steps += 1
        self.log.append(f"{what} {path}")
        if self.steps == self.fails_at:
            raise OSError(self.error, os.strerror(self.error), path)

    def _name(self, folder: Folder, name: str) -> str:
        if self.knows_case:
            return name
        return next((other for other in folder.names if other.casefold() == name.casefold()), name)

    def _folder(self, path: str) -> tuple[Folder, str]:
        folder = self.root
        *above, name = path.split("/")
        for part in above:
            node = folder.names.get(self._name(folder, part))
            if node is None:
                raise FileNotFoundError(errno.ENOENT, "no such folder", path)
            if not isinstance(node, Folder):
                raise NotADirectoryError(errno.ENOTDIR, "not a folder", path)
            folder = node
        return folder, self._name(folder, name)

    def _node(self, path: str) -> Node:
        if not path:
            return self.root
        folder, name = self._folder(path)
        if name not in folder.names:
            raise FileNotFoundError(errno.ENOENT, "no such file", path)
        return folder.names[name]

    def _new(self, path: str, node: Node) -> None:
        folder, name = self._folder(path)
        if name in folder.names:
            raise FileExistsError(errno.EEXIST, "exists", path)
        folder.change({name: node})

    def lstat(self, path: str) -> Entry | None:
        try:
            node = self._node(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        kind = "file" if isinstance(node, File) else "link" if isinstance(node, Link) else "folder"
        return Entry(kind, node.mode, node.owner)  # type: ignore[arg-type]  # one of its kinds

    def read(self, path: str) -> bytes:
        node = self._node(path)
        assert isinstance(node, File)
        return node.data

    def readlink(self, path: str) -> str:
        node = self._node(path)
        assert isinstance(node, Link)
        return node.target

    def listdir(self, path: str) -> list[str]:
        node = self._node(path)
        assert isinstance(node, Folder)
        return list(node.names)

    def writable(self, path: str) -> bool:
        return bool(self._node(path).mode & 0o200)

    def write_new(self, path: str, data: bytes) -> None:
        self._step("create", path)
        file = File(owner=self.new_owner)
        self._new(path, file)
        self._step("write", path)
        file.data = data

    def symlink(self, target: str, path: str) -> None:
        self._step("symlink", path)
        self._new(path, Link(target))

    def mkdir(self, path: str, mode: int) -> None:
        self._step("mkdir", path)
        self._new(path, Folder(mode & ~0o022, self.new_owner))

    def chmod(self, path: str, mode: int) -> None:
        self._step("chmod", path)
        node = self._node(path)
        assert not isinstance(node, Link)
        node.mode = mode

    def chown(self, path: str, owner: tuple[int, int]) -> None:
        self._step("chown", path)
        node = self._node(path)
        assert not isinstance(node, Link)
        node.owner = owner

    def rename(self, old: str, new: str) -> None:
        self._step("rename", f"{old} -> {new}")
        node = self._node(old)
        source, name = self._folder(old)
        target, new_name = self._folder(new)
        if isinstance(node, Folder) or isinstance(target.names.get(new_name), Folder):
            raise IsADirectoryError(errno.EISDIR, "is a folder", new)
        if source is target:
            source.change({name: None, new_name: node})
        else:
            target.change({new_name: node})
            source.change({name: None})

    def unlink(self, path: str) -> None:
        self._step("unlink", path)
        assert not isinstance(self._node(path), Folder)
        folder, name = self._folder(path)
        folder.change({name: None})

    def rmdir(self, path: str) -> None:
        self._step("rmdir", path)
        node = self._node(path)
        assert isinstance(node, Folder)
        if node.names:
            raise OSError(errno.ENOTEMPTY, "not empty", path)
        folder, name = self._folder(path)
        folder.change({name: None})

    def sync_file(self, path: str) -> None:
        self._step("sync", path)
        node = self._node(path)
        assert isinstance(node, File)
        node.sync()

    def sync_folder(self, path: str) -> None:
        self._step("sync", path + "/")
        node = self._node(path)
        assert isinstance(node, Folder)
        node.sync()

    @contextmanager
    def lock(self, path: str, holder: str) -> Iterator[None]:
        if self.lstat(path) is None:
            self._step("create", path)
            self._new(path, File(owner=self.new_owner))
        if self.held:
            raise DockwrightError("another dockwright is changing this project")
        self.held = True
        try:
            yield
        finally:
            self.held = False


def snapshot(disk: Disk, folder: str = "") -> Snapshot:
    """Everything below a folder but the journal: path to kind, mode and content."""
    found: Snapshot = {}
    for name in disk.listdir(folder):
        path = f"{folder}/{name}" if folder else name
        entry = disk.lstat(path)
        assert entry
        if path == ".dockwright":
            continue
        if entry.kind == "folder":
            found[path] = ("folder", entry.mode, b"")
            found |= snapshot(disk, path)
        elif entry.kind == "link":
            found[path] = ("link", 0o777, disk.readlink(path))
        else:
            found[path] = ("file", entry.mode, disk.read(path))
    return found


def changed(before: Mapping[str, FileState], after: Mapping[str, FileState], *moves: tuple[str, str]) -> ChangeSet:
    """The change set that leads from one tree to another."""
    paths = [path for path in (*before, *(p for p in after if p not in before)) if before.get(path) != after.get(path)]
    return ChangeSet({path: FileChange(before.get(path), after.get(path)) for path in paths}, moves)
