"""RealDisk: the disk below a project's root, which no path and no link leads out of."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dockwright.change.protocol import Disk, Entry, Kind, inside
from dockwright.errors import DockwrightError

__all__ = ["Disk", "Entry", "RealDisk"]

KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFLNK: "link", stat.S_IFDIR: "folder"}

NO_FOLDER_SYNC = frozenset({errno.EBADF, errno.EINVAL, errno.ENOTSUP})
"""What file systems answer that cannot fsync a folder (some FUSE and network mounts)."""


class RealDisk:
    """The disk below a root folder; see `Disk` for what each operation does.

    Every folder on the way to a file is opened by itself and links are refused, so no link that turns up in the middle
    of an operation can lead it outside the root.
    """

    def __init__(self, root: str | os.PathLike[str]):
        self.root = Path(root).resolve()

    def lstat(self, path: str) -> Entry | None:
        """What is there, links not followed."""
        with _named(path):
            try:
                with self._at(path) as (folder, name):
                    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                return None
        kind = KINDS.get(stat.S_IFMT(found.st_mode), "special")
        return Entry(kind, stat.S_IMODE(found.st_mode), (found.st_uid, found.st_gid))

    def read(self, path: str) -> bytes:
        """A file's bytes."""
        with self._opened(path, os.O_RDONLY) as fd, open(fd, "rb", closefd=False) as file:
            return file.read()

    def readlink(self, path: str) -> str:
        """A link's target."""
        with _named(path), self._at(path) as (folder, name):
            return os.readlink(name, dir_fd=folder)

    def listdir(self, path: str) -> list[str]:
        """The names in a folder."""
        with self._opened(path, os.O_DIRECTORY) as fd:
            return os.listdir(fd)

    def writable(self, path: str) -> bool:
        """Whether the file can be written, or the folder's names changed."""
        with _named(path), self._at(path) as (folder, name):
            entry = os.stat(name, dir_fd=folder, follow_symlinks=False)
            wanted = os.W_OK | os.X_OK if stat.S_ISDIR(entry.st_mode) else os.W_OK
            return os.access(name, wanted, dir_fd=folder, effective_ids=os.access in os.supports_effective_ids)

    def write_new(self, path: str, data: bytes) -> None:
        """A new file with mode 600."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with self._opened(path, flags) as fd, open(fd, "wb", closefd=False) as file:
            file.write(data)

    def symlink(self, target: str, path: str) -> None:
        """A new link."""
        with _named(path), self._at(path) as (folder, name):
            os.symlink(target, name, dir_fd=folder)

    def mkdir(self, path: str, mode: int) -> None:
        """A new folder."""
        with _named(path), self._at(path) as (folder, name):
            os.mkdir(name, mode, dir_fd=folder)

    def chmod(self, path: str, mode: int) -> None:
        """Other permission bits."""
        with self._opened(path, os.O_RDONLY) as fd:
            os.fchmod(fd, mode)

    def chown(self, path: str, owner: tuple[int, int]) -> None:
        """Another user and group."""
        with _named(path), self._at(path) as (folder, name):
            os.chown(name, *owner, dir_fd=folder, follow_symlinks=False)

    def rename(self, old: str, new: str) -> None:
        """Another name, over what has it."""
        with _named(new), self._at(old) as (source, name), self._at(new) as (target, new_name):
            os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)

    def unlink(self, path: str) -> None:
        """One file or link less."""
        with _named(path), self._at(path) as (folder, name):
            os.unlink(name, dir_fd=folder)

    def rmdir(self, path: str) -> None:
        """One empty folder less."""
        with _named(path), self._at(path) as (folder, name):
            os.rmdir(name, dir_fd=folder)

    def sync_file(self, path: str) -> None:
        """Bytes and mode to the medium."""
        entry = self.lstat(path)
        readable = entry is None or entry.mode & stat.S_IRUSR
        with self._opened(path, os.O_RDONLY if readable else os.O_WRONLY) as fd:
            _sync(fd)

    def sync_folder(self, path: str) -> None:
        """Names to the medium."""
        with self._opened(path, os.O_DIRECTORY) as fd:
            try:
                _sync(fd)
            except OSError as error:
                if error.errno not in NO_FOLDER_SYNC:
                    raise

    @contextmanager
    def lock(self, path: str, holder: str) -> Iterator[None]:
        """Hold a lock file, which says who holds it; the system frees it when the process ends."""
        try:
            import fcntl
        except ImportError:  # Windows itself, which has neither such locks nor such modes
            message = "files can be changed on Linux and macOS only"
            raise DockwrightError(message, hint="Run dockwright inside WSL.") from None
        fd = self._open(path, os.O_RDWR | os.O_CREAT)
        try:
            with _named(path):
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    other = os.pread(fd, 200, 0).decode("utf-8", "replace").strip()
                    raise DockwrightError(
                        f"another dockwright is changing this project ({other or 'it has just begun'})",
                        hint="Wait until it has ended, then run this again.",
                    ) from None
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"process {os.getpid()}, {holder}\n".encode("utf-8", "replace")[:200], 0)
            try:
                yield
            finally:
                with suppress(OSError):
                    os.ftruncate(fd, 0)
        finally:
            os.close(fd)

    @contextmanager
    def _at(self, path: str) -> Iterator[tuple[int, str]]:
        """The folder of a path as a descriptor, and the last name."""
        parts = inside(path) if path else ["."]
        fd = os.open(self.root, os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts[:-1]:
                below = os.open(part, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
                os.close(fd)
                fd = below
            yield fd, parts[-1]
        finally:
            os.close(fd)

    def _open(self, path: str, flags: int) -> int:
        with _named(path), self._at(path) as (folder, name):
            # O_NONBLOCK: a pipe that took a file's place must not hang us.
            return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=folder)

    @contextmanager
    def _opened(self, path: str, flags: int) -> Iterator[int]:
        fd = self._open(path, flags)
        try:
            with _named(path):
                yield fd
        finally:
            os.close(fd)


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Gives an OSError the path below the root, not the last name alone."""
    try:
        yield
    except OSError as error:
        error.filename = path or "."
        raise


def _sync(fd: int) -> None:
    """Flush to the medium; on macOS fsync leaves the bytes in the drive's cache, F_FULLFSYNC does not."""
    try:
        import fcntl

        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined,unused-ignore]  # macOS alone has it
    except (AttributeError, ImportError, OSError):
        os.fsync(fd)
