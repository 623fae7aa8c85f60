"""Taking the steps of a transition: new files are written whole beside their places, then renamed into them.

Everything that takes space comes first and out of sight; the rest is renames and removals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dockwright.change.journal import Folder
from dockwright.change.protocol import Disk, ancestors, give, is_folder
from dockwright.change.transition import Transition


class Stage:
    """New files beside their places, each under a name of the journal's own, until they are renamed into them."""

    def __init__(self, disk: Disk, id: str):
        self.disk = disk
        self.prefix = f".dockwright-{id}-"
        self.names: dict[str, str] = {}

    def write(self, steps: Transition, contents: Callable[[str], bytes], modes: bool) -> None:
        """Write every file that is to be placed, durable but for its name."""
        for number, (goal, state) in enumerate((goal, goal.state) for goal in steps.placed if goal.state):
            folder = next((f for f in reversed(ancestors(goal.path)) if f not in steps.made), "")
            name = _below(folder, f"{self.prefix}{number}")
            self.names[goal.path] = name
            if state.link is not None:
                self.disk.symlink(state.link, name)
                give(self.disk, name, goal.owner)
                continue
            self.disk.write_new(name, contents(state.content or ""))
            give(self.disk, name, goal.owner)
            if modes:
                self.disk.chmod(name, state.mode)
            self.disk.sync_file(name)

    def clear(self, folders: Iterable[str]) -> None:
        """Remove what was staged and not placed."""
        for folder in folders:
            for name in self.disk.listdir(folder):
                if name.startswith(self.prefix):
                    self.disk.unlink(_below(folder, name))


def run(disk: Disk, steps: Transition, stage: Stage, folders: Mapping[str, Folder], modes: bool) -> None:
    """Take the steps. `folders` says what mode and owner a folder gets that is made again."""
    for path in steps.cleared:
        disk.unlink(path)
    for path in steps.cleared_folders:
        disk.rmdir(path)
    for path in steps.made:
        disk.mkdir(path, 0o700 if path in folders else 0o777)
        give(disk, path)
    for goal in steps.placed:
        disk.rename(stage.names[goal.path], goal.path)
    for path in steps.removed:
        disk.unlink(path)
    for path in steps.removed_folders:
        if not disk.listdir(path):  # somebody may have put a file there meanwhile, and it stays
            disk.rmdir(path)
    for path, folder in sorted(folders.items(), reverse=True):
        entry = disk.lstat(path)
        if entry and entry.kind == "folder":
            give(disk, path, folder.owner)
            if modes and entry.mode != folder.mode:
                disk.chmod(path, folder.mode)


def standing_folders(disk: Disk, paths: Iterable[str]) -> list[str]:
    """The folders that the paths are in, as far as they are there, the root last."""
    wanted = {folder for path in paths for folder in ancestors(path)}
    return [*(folder for folder in sorted(wanted, reverse=True) if is_folder(disk, folder)), ""]


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
