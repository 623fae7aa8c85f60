"""Aside: files written beside their places, which all of them take in the end, or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from dockwright.change.protocol import Disk, parent


@contextmanager
def replacing(disk: Disk) -> Iterator[Callable[[str, bytes], str]]:
    """Gives what writes a file aside, readable by its owner alone, and says where: to give it a mode and an owner.

    When all is done the files take their places in their order, each in one step, and are durable. When something
    goes wrong before, everything is as it was. Raises OSError with the path as `filename`.
    """
    waiting: list[tuple[str, str]] = []

    def write(path: str, data: bytes) -> str:
        folder, slash, name = path.rpartition("/")
        aside = f"{folder}{slash}.{name}.{os.getpid()}"
        disk.write_new(aside, data)
        waiting.append((aside, path))
        return aside

    try:
        yield write
        for aside, _ in waiting:
            disk.sync_file(aside)
        folders = dict.fromkeys(parent(path) for _, path in waiting)
        while waiting:
            disk.rename(*waiting[0])
            del waiting[0]
    finally:
        for aside, _ in waiting:
            with suppress(OSError):
                disk.unlink(aside)
    for folder in folders:
        disk.sync_folder(folder)
