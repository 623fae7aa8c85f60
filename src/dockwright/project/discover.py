"""Discovery: which files of a folder matter, read into a Project. The one module of the model that touches the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from dockwright.errors import DockwrightError, UsageError
from dockwright.project.kinds import PRUNED, is_yaml, kind_of
from dockwright.project.model import Notice, Project
from dockwright.text import Source

MAX_BYTES = 5_000_000
"""A larger file is not read: no hand-written infrastructure file comes near it."""

# Python files matter only for what they say of the environment, the server and other files.
_TELLING_PYTHON = (
    b"environ", b"getenv", b"Settings", b"config(", b"Env(", b"FastAPI", b"Flask", b"Starlette", b"Celery", b"DJANGO",
    b"docker", b"uvicorn", b"run_app", b"Quart", b"Litestar", b"Sanic", b"WSGI", b"ASGI", b"wsgi", b"asgi",
    b"setup(", b"Application(", b"ssl", b"/health", b"urlpatterns",
)  # fmt: skip
_ROOT_MARKS = (".git", "pyproject.toml", "setup.py", "Pipfile", "requirements.txt", "manage.py")


def discover(path: str) -> Project:
    """The project at `path`: a folder, or a single Dockerfile or compose file inside one.

    For a single file the project is the nearest folder above it that has a `.git` or Python packaging,
    the file's own folder where none has, and the file is the project's focus.
    Raises UsageError where nothing is there, DockwrightError where it cannot be read.
    """
    absolute = os.path.realpath(path)
    if os.path.isdir(absolute):
        return _read(absolute, None)
    if not os.path.exists(absolute):
        raise UsageError(
            f"{path}: no such file or folder", hint="give a project folder, a Dockerfile or a compose file"
        )
    if not os.path.isfile(absolute):
        raise UsageError(f"{path}: neither a file nor a folder", hint="give a project folder")
    root = _root_above(absolute)
    focus = os.path.relpath(absolute, root).replace(os.sep, "/")
    return _read(root, focus)


def _root_above(file: str) -> str:
    own = folder = os.path.dirname(file)
    home = os.path.expanduser("~")
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in _ROOT_MARKS):
            return folder
        above = os.path.dirname(folder)
        if above in (folder, home):
            return own
        folder = above


def _read(root: str, focus: str | None) -> Project:
    sources: dict[str, Source] = {}
    listing: set[str] = set()
    notices: list[Notice] = []
    for path, entry in _walk(root, "", notices):
        listing.add(path)
        if not _wanted(path, focus):
            continue
        try:
            source = _source(root, path, entry)
        except _LeftOut as left_out:
            if path == focus or _infrastructure(path):
                notices.append(Notice(path, left_out.message, left_out.hint))
            continue
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            notices.append(Notice(path, f"not read: {reason}", "make it readable, or leave it out with an ignore rule"))
            continue
        if source is not None:
            sources[path] = source
    if focus is not None and focus not in sources and not any(notice.path == focus for notice in notices):
        raise DockwrightError("not read: it is none of the files that dockwright knows", path=focus)
    return Project(root, os.path.basename(root), sources, frozenset(listing), tuple(notices), focus)


def _walk(root: str, folder: str, notices: list[Notice]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if not folder:
            raise DockwrightError(f"cannot be read: {(error.strerror or '').lower()}", path=root) from error
        notices.append(Notice(folder, f"folder not read: {(error.strerror or '').lower()}", "make it readable"))
        return
    for entry in ordered:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in PRUNED and not os.path.exists(os.path.join(root, path, "pyvenv.cfg")):
                yield from _walk(root, path, notices)
        else:
            yield path, entry


def _infrastructure(path: str) -> bool:
    """Whether leaving a file out is worth a word: documents and code are many, infrastructure is not."""
    return kind_of(path) not in (None, "python", "document", "packaging") or "compose" in path.rpartition("/")[2]


def _wanted(path: str, focus: str | None) -> bool:
    name = path.rpartition("/")[2]
    return path == focus or is_yaml(path) or kind_of(path) is not None or "." not in name


class _LeftOut(Exception):  # noqa: N818
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def _source(root: str, path: str, entry: os.DirEntry[str]) -> Source | None:
    full = os.path.join(root, path)
    link = None
    if entry.is_symlink():
        link = os.readlink(full)
        real = os.path.realpath(full)
        if real != root and not real.startswith(root + os.sep):
            raise _LeftOut(
                "not read: the link leads outside the project", "copy the file in, or run dockwright above both"
            )
        if not os.path.exists(full):
            raise _LeftOut("not read: the link leads nowhere", "remove it, or restore what it names")
        if os.path.isdir(full):
            return None
    info = os.stat(full)
    if not stat.S_ISREG(info.st_mode):
        return None
    if info.st_size > MAX_BYTES:
        raise _LeftOut(
            f"not read: {info.st_size / 1e6:.0f} MB is over the limit of 5 MB", "no infrastructure file is that large"
        )
    with open(full, "rb") as file:
        kind = kind_of(path)
        if kind is None and not is_yaml(path):
            # A script without an ending shows itself in its first two bytes.
            data = file.read(2)
            if data != b"#!":
                return None
            data += file.read()
        else:
            data = file.read()
    if kind == "python" and not any(mark in data for mark in _TELLING_PYTHON):
        return None
    if b"\0" in data[:8192]:
        raise _LeftOut("not read: it is binary", "if it is text, save it as UTF-8")
    return Source.read(path, data, stat.S_IMODE(info.st_mode), link)
