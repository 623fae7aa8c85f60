"""A small stack on a real engine that somebody has broken, and `dockwright doctor` on it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leftovers import live_name

CANARY = "c4n4ry-kQ8vN2xT7pLw"
"""A password that no output may hold."""


class Sick:
    """A folder with a stack, and Compose and dockwright on it. `{name}` in its files is the project's name."""

    def __init__(self, root: Path, files: Mapping[str, str]) -> None:
        self.root = root
        self.name = live_name("doctor")
        self.projects = [self.name]
        for path, text in files.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.replace("{name}", self.name).encode())

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new, 1))

    def shell(self, line: str, *, fails: bool = False) -> str:
        """Run a line of shell in the project's folder."""
        done = subprocess.run(
            ["sh", "-c", line], cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert fails or done.returncode == 0, f"{line}\n{done.stdout}"
        return done.stdout

    def doctor(self, *options: str) -> dict[str, Any]:
        """dockwright's report; it ends with 1 where something stops or hurts, and shows no canary."""
        done = subprocess.run(
            [sys.executable, "-m", "dockwright", "doctor", *options, "--format", "json"],
            cwd=self.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        assert CANARY not in done.stdout + done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        sick = any(each["severity"] != "note" for each in report["diagnoses"])
        assert done.returncode == (1 if sick else 0), done.stderr
        return report

    def faults(self, *options: str) -> dict[tuple[str, str], dict[str, Any]]:
        """The causes by fault and subject."""
        return {(each["fault"], each["subject"]): each for each in self.doctor(*options)["diagnoses"]}

    def remove(self) -> None:
        """Leave nothing of it on the engine."""
        for project in self.projects:
            kept = f"--filter label=com.docker.compose.project={project}"
            for kind, how in (("container", "rm -f -v"), ("volume", "rm -f"), ("network", "rm")):
                listed = "ls -aq" if kind == "container" else "ls -q"
                self.shell(f"docker {kind} {listed} {kept} | xargs -r docker {kind} {how}", fails=True)
            self.shell(f"docker network ls -q --filter 'name=^{project}' | xargs -r docker network rm", fails=True)
            self.shell(f"docker images -q '{project}*' | xargs -r docker image rm -f", fails=True)


def free_subnet() -> str:
    """The first three numbers of a subnet that no network of the engine has."""
    listed = subprocess.run(["docker", "network", "ls", "-q"], capture_output=True, text=True, check=True).stdout
    about = subprocess.run(
        ["docker", "network", "inspect", *listed.split()], capture_output=True, text=True, check=False
    )
    while True:
        subnet = f"10.{random.randrange(64, 256)}.{random.randrange(256)}"
        if f'"{subnet}.' not in about.stdout:
            return subnet


def commands(diagnosis: Mapping[str, Any]) -> list[str]:
    """The lines that a diagnosis gives as its way out."""
    return [each["command"] for each in diagnosis["way_out"]]
