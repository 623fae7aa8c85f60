"""Paths: what a model says of files, from the folder that it is relative to.

Source: compose-go's `paths` package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dockwright.project.loader.files import is_absolute, joined
from dockwright.project.loader.patterns import Branch, compiled
from dockwright.project.loader.printed import printed
from dockwright.project.loader.refusal import LoadError, Place
from dockwright.text import lazy_regex

_REMOTE = ("https://", "http://", "git://", "ssh://", "github.com/", "git@")
_WINDOWS = lazy_regex(r"[A-Za-z]:[\\/]|[\\/]{2}[^\\/]+[\\/]+[^\\/]+")


class Folder:
    """A folder that paths start from, and the home folder that `~` means."""

    def __init__(self, path: str, home: str | None) -> None:
        self.path = path
        self.home = home

    def at(self, written: str) -> str:
        """A path of this folder."""
        path = self.expanded(written)
        return path if not path or self.settled(path) else joined(self.path, path)

    def on_any_system(self, written: str) -> str:
        """The same for a path that may be a Windows one."""
        path = self.expanded(written)
        return path if self.settled(path) or _WINDOWS.match(path) else joined(self.path, path)

    def expanded(self, path: str) -> str:
        """A path with the home folder for `~`."""
        return joined(self.home, path[1:]) if path.startswith("~") and self.home is not None else path

    def settled(self, path: str) -> bool:
        """Whether a path starts from nowhere else."""
        return is_absolute(path) or (path.startswith("~") and self.home is None)


def resolve_paths(model: dict[str, Any], folder: Folder) -> None:
    """Make a model's relative paths start from a folder. Raises LoadError for a bind mount that names none."""
    _walk(model, _PATHS, folder, ())


def is_remote(written: str) -> bool:
    """Whether a file is one that Compose would fetch."""
    return written.startswith((*_REMOTE, "oci://")) or "://" in written


Resolve = Callable[[Any, Folder, Place], Any]


def _walk(value: Any, branch: Branch[Resolve], folder: Folder, place: Place) -> Any:
    if branch.rule is not None:
        return branch.rule(value, folder, place)
    if isinstance(value, dict):
        for key, inner in value.items():
            below = branch.below(key)
            if below.rule is not None or not below.ends:
                value[key] = _walk(inner, below, folder, (*place, key))
    elif isinstance(value, list):
        below = branch.below("[]")
        for index, inner in enumerate(value):
            value[index] = _walk(inner, below, folder, (*place, str(index)))
    return value


def _path(value: Any, folder: Folder, place: Place) -> Any:
    if isinstance(value, list):
        return [_path(each, folder, place) for each in value]
    if not isinstance(value, str):
        raise LoadError(f"unexpected type {printed(value)}", place)
    return folder.at(value)


def _any_system(value: Any, folder: Folder, place: Place) -> Any:
    return folder.on_any_system(value) if isinstance(value, str) else value


def _context(value: Any, folder: Folder, place: Place) -> Any:
    if not isinstance(value, str):
        raise LoadError(f"unexpected type {printed(value)}", place)
    if "://" in value or value.startswith(("service:", *_REMOTE)):
        return value
    return folder.at(value)


def _mount(value: Any, folder: Folder, place: Place) -> Any:
    if isinstance(value, dict) and value.get("type") == "bind":
        if not isinstance(value.get("source"), str):
            raise LoadError('invalid mount config for type "bind": field Source must not be empty', place)
        value["source"] = folder.on_any_system(value["source"])
    return value


def _local_driver(value: Any, folder: Folder, place: Place) -> Any:
    """A volume whose driver's options make it a bind mount."""
    options = value.get("driver_opts") if isinstance(value, dict) and value.get("driver") == "local" else None
    if isinstance(options, dict) and options.get("o") == "bind" and "device" in options:
        options["device"] = _any_system(options["device"], folder, place)
    return value


_PATHS: Branch[Resolve] = compiled(
    {
        "services.*.build.context": _context,
        "services.*.build.additional_contexts.*": _context,
        "services.*.build.ssh.*": _any_system,
        "services.*.env_file.*.path": _path,
        "services.*.label_file.*": _path,
        "services.*.extends.file": _path,
        "services.*.develop.watch.*.path": _path,
        "services.*.volumes.*": _mount,
        "configs.*.file": _any_system,
        "secrets.*.file": _any_system,
        "volumes.*": _local_driver,
    }
)
