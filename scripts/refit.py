"""Writes examples/dashtam, the example project with everything applied; `--check` only says whether it is fresh.

    python -m scripts.refit [--check]

It needs uv, and the package index the first time. What uv writes into the lock besides versions changes when the index
gets new files: `--check` compares all other files to the byte, and of the lock what it pins.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", ".dockwright", "certs")


def applied(folder: Path) -> Path:
    """The refitted example, in a folder of its own."""
    root = folder / "dashtam"
    shutil.copytree(EXAMPLES / "dashtam-legacy", root, symlinks=True, ignore=LEFT_OUT)
    command = [sys.executable, "-m", "dockwright", "apply", str(root), "--yes", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr or done.stdout)
    shutil.rmtree(root / ".dockwright")
    return root


def files(root: Path) -> dict[str, tuple[object, int]]:
    """What a folder holds by path: bytes and mode, of the lock what it pins."""
    found: dict[str, tuple[object, int]] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and not {"__pycache__", ".dockwright", ".git"} & set(path.parts):
            name = str(path.relative_to(root))
            content: object = pinned(path.read_bytes()) if name == "uv.lock" else path.read_bytes()
            found[name] = (content, path.stat().st_mode & 0o777)
    return found


def pinned(lock: bytes) -> dict[str, tuple[str, list[str]]]:
    """Each distribution of a lock with its version and what it needs."""
    packages = tomllib.loads(lock.decode())["package"]
    return {
        package["name"]: (package["version"], sorted(need["name"] for need in package.get("dependencies", ())))
        for package in packages
    }


def main() -> None:
    """Write the result, or compare it."""
    shown = EXAMPLES / "dashtam"
    with tempfile.TemporaryDirectory() as folder:
        root = applied(Path(folder))
        made, there = files(root), files(shown)
        stale = [path for path in sorted(made.keys() | there.keys()) if made.get(path) != there.get(path)]
        if "--check" in sys.argv:
            sys.exit("".join(f"examples/dashtam/{path} is stale; `make refit` writes it\n" for path in stale) or 0)
        if stale:
            shutil.rmtree(shown, ignore_errors=True)
            shutil.copytree(root, shown, symlinks=True)
        print(f"examples/dashtam: {len(made)} files, {len(stale)} changed")


if __name__ == "__main__":
    main()
