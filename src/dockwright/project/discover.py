"""Discovery: which files of a folder matter, read into a Project. The one module of the model that touches the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from dockwright.errors import DockwrightError, UsageError
from dockwright.project.kinds import (
    PRUNED,
    Kind,
    is_dockerfile,
    is_yaml,
    kind_by_content,
    kind_of,
    template_mark,
)
from dockwright.project.model import Notice, Project, Trees
from dockwright.project.references import ReferenceKind
from dockwright.text import Source, printable

MAX_BYTES = 5_000_000
"""A larger file is not read: no hand-written infrastructure file comes near it."""

MAX_FILES = 200_000
"""Where a walk ends: somebody has pointed at a disk, and no project."""

# What a file is that another one names in this way, whatever its own name.
_NAMED: dict[ReferenceKind, Kind] = {
    "dockerfile": "dockerfile",
    "compose file": "compose",
    "extends": "compose",
    "include": "compose",
    "env file": "env",
    "env_file": "env",
}

# Python files matter only for what they say of the environment, the server and other files.
_TELLING_PYTHON = (
    b"environ", b"getenv", b"Settings", b"config(", b"Env(", b"FastAPI", b"Flask", b"Starlette", b"Celery", b"DJANGO",
    b"docker", b"uvicorn", b"run_app", b"Quart", b"Litestar", b"Sanic", b"WSGI", b"ASGI", b"wsgi", b"asgi", b"dotenv",
    b"ynaconf", b"setup(", b"Application(", b"ssl", b"/health", b"urlpatterns",
)  # fmt: skip
_MAX_PYTHON_BYTES = 1_000_000
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
            f"{printable(path)}: no such file or folder", hint="give a project folder, a Dockerfile or a compose file"
        )
    if not os.path.isfile(absolute):
        raise UsageError(f"{printable(path)}: neither a file nor a folder", hint="give a project folder")
    root = _root_above(absolute)
    focus = os.path.relpath(absolute, root).replace(os.sep, "/")
    return _read(root, focus)


def _root_above(file: str) -> str:
    own = folder = os.path.dirname(file)
    home = os.path.expanduser("~")
    if not PRUNED.isdisjoint(own.split(os.sep)):
        return own
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in _ROOT_MARKS):
            return folder
        above = os.path.dirname(folder)
        if above in (folder, home):
            return own
        folder = above


def _read(root: str, focus: str | None) -> Project:
    reader = _Reader(root, focus)
    reader.walk()
    project = reader.project()
    while (named := _named(project)) and reader.read_named(named):
        project = reader.project()
    if focus is not None and focus not in project.kinds and focus not in reader.noticed:
        raise DockwrightError(
            "it is none of the files that dockwright knows",
            path=printable(focus),
            hint="give a project folder, a Dockerfile or a compose file",
        )
    if not any(kind in ("dockerfile", "compose") for kind in project.kinds.values()) and not reader.notices:
        reader.note(".", "no Dockerfile and no compose file is here", "give the folder of a project that has one")
        project = reader.project()
    return project


def _named(project: Project) -> dict[str, Kind]:
    """Files that no name gives away, and that another file says what they are."""
    from dockwright.project.naming import references

    return {
        ref.target: kind
        for ref in references(project)
        if (kind := _NAMED.get(ref.kind)) is not None
        and ref.target not in project.kinds
        and ref.target in project.listing
        and kind_of(ref.target) is None
    }


class _LeftOut(Exception):  # noqa: N818
    def __init__(self, message: str, hint: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line


class _Reader:
    """Reads what matters of a folder; what cannot be read becomes a notice, and the rest goes on."""

    def __init__(self, root: str, focus: str | None) -> None:
        self.root = root
        self.focus = focus
        self.sources: dict[str, Source] = {}
        self.named: dict[str, Kind] = {}
        self.listing: set[str] = set()
        self.notices: list[Notice] = []
        self.folder_links: dict[str, str] = {}
        self.trees = Trees()

    @property
    def noticed(self) -> set[str]:
        return {notice.path for notice in self.notices}

    def note(self, path: str, message: str, hint: str, line: int | None = None) -> None:
        self.notices.append(Notice(path, message, hint, line))

    def project(self) -> Project:
        notices = tuple(sorted(self.notices, key=lambda notice: notice.path))
        name = os.path.basename(self.root)
        listing = frozenset(self.listing)
        return Project(self.root, name, dict(self.sources), listing, notices, self.focus, dict(self.named), self.trees)

    def walk(self) -> None:
        for path, entry in _walk(self.root, self):
            if entry.is_symlink() and self._leads_to_folder(path):
                continue
            self.listing.add(path)
            if path == self.focus or is_yaml(path) or kind_of(path) is not None or "." not in entry.name:
                self._take(path, None)
            if len(self.listing) >= MAX_FILES:
                self.note(".", f"only the first {MAX_FILES} files are looked at", "give the folder of one project")
                break
        for link, folder in self.folder_links.items():
            inside = folder + "/" if folder else ""
            self.listing.update([link + "/" + path[len(inside) :] for path in self.listing if path.startswith(inside)])

    def read_named(self, named: dict[str, Kind]) -> bool:
        """Take in files that others name; whether there was one that is new."""
        new = {path: kind for path, kind in named.items() if path not in self.named}
        for path, kind in new.items():
            self.named[path] = kind
            self._take(path, kind)
        return bool(new)

    def _leads_to_folder(self, path: str) -> bool:
        """Whether a link leads to a folder: it is not walked again, but what lies there is there by this name, too."""
        full = os.path.join(self.root, path)
        if not os.path.isdir(full):
            return False
        folder = os.path.relpath(os.path.realpath(full), self.root).replace(os.sep, "/")
        if folder != "." and not folder.startswith("..") and not path.startswith(folder + "/"):
            self.folder_links[path] = folder
        return True

    def _take(self, path: str, named: Kind | None) -> None:
        try:
            source = self._source(path, named)
        except _LeftOut as left_out:
            if path == self.focus or named or _infrastructure(path):
                self.note(path, left_out.message, left_out.hint, left_out.line)
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            self.note(path, f"not read: {reason}", "make it readable")
        else:
            if source is not None:
                self.sources[path] = source

    def _source(self, path: str, named: Kind | None) -> Source | None:
        full = os.path.join(self.root, path)
        link = self._link(full)
        info = os.stat(full)
        if not stat.S_ISREG(info.st_mode):
            raise _LeftOut("not read: it is no regular file", "put a file in its place")
        kind = kind_of(path) or named
        if kind == "python" and info.st_size > _MAX_PYTHON_BYTES and path != self.focus:
            return None
        if info.st_size > MAX_BYTES:
            size = info.st_size / 1e6
            raise _LeftOut(f"not read: {size:.1f} MB is over 5 MB", "is it an infrastructure file?")
        data = _data(full, needs_shebang=kind is None and not is_yaml(path) and path != self.focus)
        if data is None or (kind == "python" and not any(map(data.__contains__, _TELLING_PYTHON))):
            return None
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise _LeftOut("not read: it is UTF-16", "save it as UTF-8")
        if b"\0" in data:
            raise _LeftOut("not read: it is binary", "if it is text, save it as UTF-8")
        source = Source.read(path, data, stat.S_IMODE(info.st_mode), link)
        kind = kind_by_content(path, source.text) or named
        if kind is None and path == self.focus and is_dockerfile(source.text):
            kind = self.named[path] = "dockerfile"
        mark = template_mark(kind, source.text)
        if mark is not None:
            hint = "run dockwright on the project that is made from it"
            raise _LeftOut("not read: it is a template, to be filled in first", hint, source.position(mark).line)
        return None if kind is None else source

    def _link(self, full: str) -> str | None:
        """A link's target; None for what is none."""
        if not os.path.islink(full):
            return None
        real = os.path.realpath(full)
        if not os.path.exists(real):
            raise _LeftOut("not read: the link leads nowhere", "remove it, or restore what it names")
        if not real.startswith(self.root.rstrip(os.sep) + os.sep):
            raise _LeftOut(
                "not read: the link leads outside the project", "copy the file in, or run dockwright above both"
            )
        return os.readlink(full)


def _walk(root: str, reader: _Reader) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file below the root, folder by folder; links to folders are given as files and not followed."""
    todo = [""]
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:
                ordered = sorted(entries, key=_name)
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            if not folder:
                raise DockwrightError(f"cannot be read: {reason}", path=printable(root)) from error
            reader.note(folder, f"folder not read: {reason}", "make it readable")
            continue
        if folder and any(entry.name == "pyvenv.cfg" for entry in ordered):
            continue
        prefix = f"{folder}/" if folder else ""
        folders = []
        for entry in ordered:
            if not entry.is_dir(follow_symlinks=False):
                yield prefix + entry.name, entry
            elif entry.name not in PRUNED:
                folders.append(prefix + entry.name)
        todo += reversed(folders)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _data(full: str, *, needs_shebang: bool) -> bytes | None:
    """A file's bytes; None for one that is to be a script and does not begin as one."""
    with open(full, "rb") as file:
        if not needs_shebang:
            return file.read()
        # A script without an ending shows itself in its first two bytes.
        start = file.read(2)
        return start + file.read() if start == b"#!" else None


def _infrastructure(path: str) -> bool:
    """Whether leaving a file out is worth a word: documents and code are many, infrastructure is not."""
    return (
        kind_of(path) not in (None, "python", "document", "packaging") or "compose" in path.rpartition("/")[2].lower()
    )
