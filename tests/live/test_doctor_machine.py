"""doctor on this machine: a port that this very process holds, an engine that is not where docker looks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import Tree

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's"),
]

COMPOSE = """\
name: dockwright-doctor-machine
services:
  web:
    image: python:3.13-slim
    ports: ["127.0.0.1:{port}:8000"]
"""


def doctor(root: Path, **environment: str) -> Any:
    """What doctor says, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "dockwright", "doctor", str(root), "--format", "json"],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return msgspec.json.decode(done.stdout)


def told(said: Any) -> list[tuple[str, str, str]]:
    return [(each["fault"], each["subject"], each["way_out"][0]["command"]) for each in said["diagnoses"]]


def test_a_port_is_taken_until_its_holder_is_gone(tree: Tree) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        root = tree({"compose.yaml": COMPOSE.format(port=server.getsockname()[1])})
        assert told(doctor(root)) == [("port-taken", "web", f"kill {os.getpid()}")]
    assert told(doctor(root)) == []


def test_an_engine_that_is_not_there_is_told_from_one_that_is(tree: Tree) -> None:
    root = tree({"compose.yaml": COMPOSE.format(port=1)})
    said = doctor(root, DOCKER_HOST="tcp://127.0.0.1:9")
    assert told(said) == [("engine-elsewhere", "the engine", "unset DOCKER_HOST")]
    assert said["left_out"]
    assert told(doctor(root, DOCKER_CONTEXT="nowhere")) == [("engine-elsewhere", "the engine", "unset DOCKER_CONTEXT")]
