"""uv on manifests: in a folder that holds nothing else, and without building anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dockwright.facts.secret_names import masked
from dockwright.facts.uv_image import UV_IMAGE
from dockwright.tools import Worked

MIGRATION = "migrate-to-uv==0.12.0"
"""The migration tool, run by uv where it is not installed."""

SECONDS = 180
"""How long a resolution may take; with a warm cache it takes less than one."""

# What uv may not do: build a package, whose code would run, or bring interpreters to the machine.
# What it says is read line by line, so that it must not be wrapped for the terminal that this runs in.
_SETTINGS = {
    "UV_NO_BUILD": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "UV_NO_WRAP": "1", "NO_COLOR": "1",
    "COLUMNS": "1000",
}  # fmt: skip
_MADE = ("pyproject.toml", "uv.lock")
_NO_INTERPRETER = re.compile(
    r"No interpreter found for Python \D*(3\.\d+)|Failed to inspect Python interpreter from .*?python(3\.\d+)"
)
_CAUSE = re.compile(r"(?m)^\s*Caused by: (.+?)\s*$")
_ONLY_SOURCE = re.compile(r"(\S+) has no usable wheels|all versions of (\S+) have no usable wheels")


def installed(*, offline: bool = False) -> HostUv | None:
    """uv beside the interpreter or on PATH; None where it is not installed."""
    path = _program("uv")
    return None if path is None else HostUv(path, offline=offline)


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.path.dirname(sys.executable)) or shutil.which(name)


class HostUv:
    """The uv of this machine, or its image where no interpreter of this machine fits and an engine answers."""

    def __init__(self, path: str, *, offline: bool = False) -> None:
        self._path = path
        self._settings = {**_SETTINGS, **({"UV_OFFLINE": "1"} if offline else {})}

    def migrate(self, files: Mapping[str, bytes], options: Sequence[str]) -> Worked:
        """`pyproject.toml` and `uv.lock` from the manifests of another package manager, versions kept."""
        return self._work(files, ["tool", "run", MIGRATION, *options, "."], _program("migrate-to-uv"))

    def lock(self, files: Mapping[str, bytes]) -> Worked:
        """`uv.lock` brought up to date with `pyproject.toml`, versions kept."""
        return self._work(files, ["lock"])

    def _work(self, files: Mapping[str, bytes], arguments: Sequence[str], tool: str | None = None) -> Worked:
        command = [self._path, *arguments] if tool is None else [tool, *arguments[3:]]
        worked = _in_a_folder(files, lambda folder: _run(command, folder, self._environment()))
        missing = _NO_INTERPRETER.search(worked.error or "")
        if missing is None:
            return worked
        python = missing[1] or missing[2]
        in_image = _in_a_folder(files, lambda folder: _run(self._in_image(folder, python, arguments), folder))
        if in_image.error is None:
            return in_image
        return Worked({}, f"Python {python} does not run here, nor does {UV_IMAGE} with it: install it, and plan again")

    def _environment(self) -> dict[str, str]:
        # The migration tool calls uv by its name. An environment that is active here is no concern of the project's.
        path = os.pathsep.join([os.path.dirname(self._path), os.environ.get("PATH", "")])
        own = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        return {**own, **self._settings, "PATH": path}

    def _in_image(self, folder: Path, python: str, arguments: Sequence[str]) -> list[str]:
        settings = [word for name, value in self._settings.items() for word in ("--env", f"{name}={value}")]
        user = f"{os.getuid()}:{os.getgid()}"
        return [
            "docker", "run", "--rm", "--volume", f"{folder}:/work", "--workdir", "/work", "--user", user,
            "--env", "HOME=/tmp", *settings, f"{UV_IMAGE}-python{python}-trixie-slim", "uv", *arguments,
        ]  # fmt: skip


def _in_a_folder(files: Mapping[str, bytes], run: Callable[[Path], str | None]) -> Worked:
    with tempfile.TemporaryDirectory(prefix="dockwright-") as name:
        folder = Path(name)
        for path, data in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        error = run(folder)
        made = {path: (folder / path).read_bytes() for path in _MADE if (folder / path).is_file()}
        return Worked(made) if error is None else Worked({}, error)


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str | None:
    """Run a command in a folder; why it failed, None where it did not."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", check=False, timeout=SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"uv did not finish: {type(error).__name__}"
    return _reason(done.stderr.replace(str(folder), ".")) if done.returncode else None


def _reason(said: str) -> str:
    """What was in the way, in one line: the name of what is only there as source, or what uv calls the error."""
    source = _ONLY_SOURCE.search(said)
    if source is not None:
        name = source[1] or source[2]
        return f"{name} comes as source alone, and locking it runs its build: lock it yourself, and plan again"
    errors = [line.partition("error:")[2].strip() for line in said.splitlines() if "error:" in line]
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    cause = _CAUSE.search(said)
    because = f": {cause[1]}" if errors and cause is not None else ""
    return masked((errors or lines[-1:] or ["uv failed"])[0] + because)
