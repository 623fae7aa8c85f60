"""A stack that runs for tests: its files are edited, its containers meddled with, and dockwright is asked."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

# Written as root, since the server's user does not own the pipe that its output goes through.
_LOG = 'for line in "$@"; do echo "$line"; done > /proc/1/fd/1'


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


class LiveStack:
    """A stack in a folder; `files` are its files as they are when all is well."""

    def __init__(self, root: Path, compose_file: str, env_file: str | None = None) -> None:
        self.root, self.compose_file, self.env_file = root, compose_file, env_file
        self.files: dict[str, str] = {}

    def write(self) -> None:
        """All files as they are when all is well. They are written in place: containers may have them mounted."""
        for path, text in self.files.items():
            if not (self.root / path).exists() or (self.root / path).read_text() != text:
                (self.root / path).write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new, 1))

    def docker(self, *words: str) -> str:
        """Run `docker`."""
        done = subprocess.run(
            ["docker", *words], cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def compose(self, *words: str) -> str:
        """Run Compose on the stack."""
        variables = ["--env-file", self.env_file] if self.env_file else []
        return self.docker("compose", "-f", self.compose_file, *variables, *words)

    def container(self, service: str) -> str:
        """A service's container."""
        return self.compose("ps", "-aq", service).strip()

    def log(self, service: str, *lines: str) -> None:
        """Let a service's first process say something."""
        self.docker("exec", "--privileged", "-u", "0", self.container(service), "sh", "-c", _LOG, "sh", *lines)

    def as_root(self, service: str, *command: str) -> None:
        """Run a command in a container as one who may do anything."""
        self.docker("exec", "--privileged", "-u", "0", self.container(service), *command)

    def verify(self, *options: str, env: str = "prod") -> tuple[int, dict[str, Any]]:
        """dockwright's exit code and report."""
        done = self.said(*options, "--format", "json", env=env)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, report

    def said(self, *options: str, env: str = "prod") -> subprocess.CompletedProcess[str]:
        """What dockwright says to a terminal without colours."""
        return subprocess.run(
            [sys.executable, "-m", "dockwright", "verify", env, str(self.root), *options],
            capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "80"},
        )  # fmt: skip

    def running(self, project: str) -> str:
        """The identifiers of a project's containers, running or not."""
        return self.docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}").strip()


def failures(report: dict[str, Any]) -> set[tuple[str, str]]:
    """The check and the subject of each failure."""
    return {(each["check"], each["subject"]) for each in report["evidence"] if each["verdict"] == "fail"}


def passed(report: dict[str, Any]) -> set[str]:
    """The checks that passed for somebody."""
    return {each["check"] for each in report["evidence"] if each["verdict"] == "pass"}
