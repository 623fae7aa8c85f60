"""The example project, copied to where a test may change it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

LEGACY = Path(__file__).parent.parent / "examples" / "dashtam-legacy"
LEFT_BEHIND = (".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "certs", ".env", ".dockwright")


def copy(folder: Path, name: str = "dashtam") -> Path:
    """The example as a fresh clone has it, in `folder/name`; nothing that somebody's run of it left there."""
    target = folder / name
    shutil.copytree(LEGACY, target, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    return target


def snapshot(root: Path) -> dict[str, tuple[bytes | str, int]]:
    """Every file and link below a folder with its bytes (or target) and permission bits, the journal left out."""
    found: dict[str, tuple[bytes | str, int]] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", ".dockwright")]
        for name in files:
            path = Path(folder, name)
            content = str(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(root))] = (content, path.lstat().st_mode & 0o7777)
        for name in folders:
            found[str(Path(folder, name).relative_to(root)) + "/"] = ("", Path(folder, name).stat().st_mode & 0o7777)
    return found


def commit(root: Path) -> None:
    """Make a git repository of a folder, everything in it committed."""
    git(root, "init", "-q")
    git(root, "add", "--all", "--force")
    git(root, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-qm", "As it is")


def git(root: Path, *arguments: str) -> str:
    """What a git command prints."""
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def dockwright(root: Path, *arguments: str) -> str:
    """What a dockwright command prints on a project, in a process of its own; it has to succeed."""
    command = [sys.executable, "-m", "dockwright", arguments[0], str(root), *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout
