"""Programs that read files: where they are, and what they say of texts that are written into a folder of their own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache

SECONDS = 60
"""How long a program may take for a whole project; a healthy one takes less than a second."""


@cache
def program(name: str) -> str | None:
    """The path of a program: beside the interpreter, where packages put theirs, or on PATH; None where it is not."""
    beside = os.path.dirname(sys.executable)
    return shutil.which(name, path=beside) or shutil.which(name)


def ask(command: Sequence[str], files: Mapping[str, bytes]) -> Callable[[], bytes]:
    """Start a command in a folder that holds these files alone, and go on.

    What this gives waits for the command and returns what it prints; nothing where it cannot be run or is too slow.
    """
    import subprocess  # Slow to import, as is tempfile, and not needed where there is no program to ask.
    import tempfile

    folder = tempfile.TemporaryDirectory(prefix="dockwright-")
    for name, data in files.items():
        with open(os.path.join(folder.name, name), "wb") as file:
            file.write(data)
    # A file, unlike a pipe, is never full: the program does not wait for somebody to read.
    printed = tempfile.TemporaryFile()  # noqa: SIM115 (closed by whoever reads it)
    try:
        process = subprocess.Popen(
            command, cwd=folder.name, env=_environment(), stdin=subprocess.DEVNULL, stdout=printed,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        process = None

    def answer() -> bytes:
        with folder, printed:
            if process is None:
                return b""
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return b""
            printed.seek(0)
            return printed.read()

    return answer


def _environment() -> dict[str, str]:
    """The environment without the programs' own options: these may change what is found, or ask services about it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SHELLCHECK_", "BETTERLEAKS_"))}
