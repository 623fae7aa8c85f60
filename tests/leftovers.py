"""What tests put on an engine has names of one form, so that the next run can take away what a killed one left."""

from __future__ import annotations

import fcntl
import re
import subprocess
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import TextIO

NAME = "dashtam-live"
"""The folder of the example's copies, and so the name of their stacks: nobody's own volumes are touched."""

_OURS = re.compile(rf"(?:old-)?dockwright-live-\w+-[0-9a-f]{{8}}|{NAME}")


def live_name(kind: str) -> str:
    """A project name that no other run has."""
    return f"dockwright-live-{kind}-{uuid.uuid4().hex[:8]}"


@cache
def engine_shared() -> TextIO:
    """Tell other runs that the engine is in use, until this process ends; where none uses it, clear it first.

    A killed run leaves networks and ports behind, which would be in this one's way.
    """
    lock = Path(tempfile.gettempdir(), "dockwright-live-tests.lock").open("a")  # noqa: SIM115 - until the process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    else:
        _clear()
    # Between the two locks another run may clear, too: there is nothing of ours yet.
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _clear() -> None:
    _remove("container", ("ls", "-a"), '{{.Label "com.docker.compose.project"}}', ("rm", "-f", "-v"))
    for kind, removed in (("network", ("rm",)), ("volume", ("rm", "-f"))):
        _remove(kind, ("ls",), "{{.Name}}", removed)
    _remove("image", ("ls",), "{{.Repository}}", ("rm", "-f"))


def _remove(kind: str, listed: tuple[str, ...], template: str, removed: tuple[str, ...]) -> None:
    identity = "{{.Name}}" if kind == "volume" else "{{.ID}}"
    lines = _docker(kind, *listed, "--format", f"{template}\t{identity}").splitlines()
    left = {each.partition("\t")[2] for each in lines if _OURS.match(each)}
    if left:
        _docker(kind, *removed, *sorted(left))


def _docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=False).stdout
