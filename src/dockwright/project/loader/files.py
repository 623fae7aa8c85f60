"""Files: what a stack is read from, in memory, and the names of paths in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from posixpath import dirname, normpath, relpath

from msgspec import Struct, field

from dockwright.project.model import Trees
from dockwright.syntax import dotenv, yaml
from dockwright.text import Source

ROOT = "\0."
"""The project's root as an absolute path. YAML holds no NUL, so that nothing written can be taken for it."""


class Files(Struct, frozen=True, dict=True):
    """The files of a project by their path below the root, whose own name is `root_name`.

    `home` is the user's home folder, for `~`; without one such a path stays as it is written. `parsed` are files whose
    trees are known already, by path.
    """

    sources: Mapping[str, Source]
    root_name: str = ""
    home: str | None = None
    trees: Trees = field(default_factory=Trees)
    parsed: Mapping[str, yaml.YamlFile] = {}

    def yaml(self, path: str) -> yaml.YamlFile | None:
        """A file as YAML; None where it is not there."""
        known = self.parsed.get(below_root(path) or "")
        if known is not None:
            return known
        source = self.source(path)
        return None if source is None else self.trees.of(yaml.parse, source)

    def env(self, path: str) -> dotenv.EnvFile | None:
        """A file as env file; None where it is not there."""
        source = self.source(path)
        return None if source is None else self.trees.of(dotenv.parse, source)

    def source(self, path: str) -> Source | None:
        """A file's text. A relative path counts from the root, where Compose would be called."""
        return self.sources.get(below_root(path) or "")

    def is_folder(self, path: str) -> bool:
        """Whether a path is a folder that holds a file."""
        return below_root(path) in self._folders

    @cached_property
    def _folders(self) -> frozenset[str]:
        folders = {"."}
        for path in self.sources:
            folder = dirname(path)
            while folder and folder not in folders:
                folders.add(folder)
                folder = dirname(folder)
        return frozenset(folders)


def anchored(path: str) -> str:
    """The absolute path of one below the root."""
    return f"\0{normpath(path or '.')}"


def below_root(path: str) -> str | None:
    """The path below the root that an absolute or relative path names; None outside."""
    return None if path.startswith("/") else normpath(path.removeprefix("\0") or ".")


def is_absolute(path: str) -> bool:
    """Whether a path is absolute."""
    return path[:1] in ("/", "\0")


def joined(folder: str, path: str) -> str:
    """A path below a folder, dots and doubled slashes gone."""
    if folder.startswith("\0"):
        return f"\0{normpath(f'{folder[1:]}/{path}')}"
    found = normpath(f"{folder}/{path}" if folder else path or ".")
    return found[1:] if found.startswith("//") else found


def relative(path: str, folder: str) -> str:
    """An absolute path as it is called from a folder."""
    if path.startswith("\0") and folder.startswith("\0"):
        return relpath(path[1:], folder[1:])
    return path


def shown(path: str) -> str:
    """A path for people and proofs: `./compose/app` below the root, `../other` beside it, `.` for the root itself."""
    if not path.startswith("\0"):
        return path
    inner = path[1:]
    return inner if inner in (".", "..") or inner.startswith("../") else f"./{inner}"
