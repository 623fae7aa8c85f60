"""A project before and after a change that has every kind of step in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dockwright.change.disk import RealDisk
from dockwright.text import FileState

LINK = 0o777

BEFORE = {
    "Dockerfile": FileState(b"FROM python:3.13\n"),
    "docker-compose.yml": FileState(b"services: {}\n"),
    "entry.sh": FileState(b"#!/bin/sh\n"),
    "current": FileState(b"", LINK, "Dockerfile"),
    "stale": FileState(b"", LINK, "nowhere"),
    "old/deep/.env": FileState(b"PASSWORD=secret\n", 0o600),
    "docker": FileState(b"a file where a folder shall be\n"),
    "conf/app.ini": FileState(b"[app]\n"),
    "src/app.py": FileState(b"print()\n"),
}
AFTER = {
    "docker/Dockerfile": FileState(b"FROM python:3.13-slim\n"),
    "compose/docker-compose.dev.yml": FileState(b"services: {}\n"),
    "entry.sh": FileState(b"#!/bin/sh\n", 0o755),
    "current": FileState(b"", LINK, "docker/Dockerfile"),
    "fresh": FileState(b"", LINK, "src"),
    "conf": FileState(b"a file where a folder was\n"),
    "env/dev/.env.example": FileState(b"PASSWORD=\n", 0o640),
    "src/app.py": FileState(b"print()\n"),
    "src/empty.py": FileState(b""),
}
MOVES = (("Dockerfile", "docker/Dockerfile"), ("docker-compose.yml", "compose/docker-compose.dev.yml"))
FOLDERS = {"logs": 0o700, "old": 0o750, "old/deep": 0o711}


class HastyDisk(RealDisk):
    """The real disk without the waiting, for tests that no power cut comes into."""

    def sync_file(self, path: str) -> None:
        assert self.lstat(path)

    def sync_folder(self, path: str) -> None:
        assert self.lstat(path)


def write(root: Path, tree: Mapping[str, FileState], folders: Mapping[str, int] | None = None) -> None:
    """The tree on a real disk."""
    for path in folders or {}:
        (root / path).mkdir(parents=True, exist_ok=True)
    for path, state in tree.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if state.link is not None:
            place.symlink_to(state.link)
        else:
            place.write_bytes(state.data)
            place.chmod(state.mode)
    for path, mode in (folders or {}).items():
        (root / path).chmod(mode)
