"""Programs that read files: where they are, and what they say of texts that are written into a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

SECONDS = 60
"""How long a program may take for a whole project; a healthy one takes less than a second."""


@cache
def program(name: str) -> str | None:
    """The path of a program: beside the interpreter, where packages put theirs, or on PATH; None where it is not."""
    beside = os.path.dirname(sys.executable)
    return shutil.which(name, path=beside) or shutil.which(name)


def answer(command: Sequence[str], files: Mapping[str, bytes]) -> str:
    """What a command prints in a folder that holds these files alone; empty where it cannot be run or is too slow."""
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        for name, data in files.items():
            Path(folder, name).write_bytes(data)
        try:
            done = subprocess.run(
                command, cwd=folder, env=_environment(), capture_output=True, check=False, timeout=SECONDS,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return ""
    return done.stdout.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    """The environment without the programs' own options: these may change what is found, or ask services about it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SHELLCHECK_", "BETTERLEAKS_"))}
