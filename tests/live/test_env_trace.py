"""What traces say against what processes have: `/proc/1/environ` of containers that take generated ways."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

import traced
from dockwright.env.dialects import RAW, reading
from dockwright.env.trace import Tracer
from dockwright.project.stacks import stacks
from dockwright.text import Source
from leftovers import live_name
from projects import project

pytestmark = pytest.mark.live

PROJECT = live_name("traced")
DOCKERFILE = "FROM python:3.13-slim\nARG B=argument\nENV C=image\nENV A='of the image' D=$B\n"
PRINTS = 'sh -c "base64 -w0 /proc/1/environ; echo"'
BODY = f"    build: .\n    network_mode: none\n    command: {PRINTS}\n"
generated = settings(max_examples=6, deadline=None, phases=[Phase.generate])


def docker(*words: str, cwd: str | Path = "/", environ: dict[str, str] | None = None) -> str:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        ["docker", *words], cwd=cwd, env={**kept, **(environ or {})}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text(DOCKERFILE)
        docker("build", "--quiet", "--tag", PROJECT, folder)
    yield PROJECT
    docker("image", "rm", "--force", PROJECT)


def of_process(written: str) -> dict[str, str]:
    pairs = base64.b64decode(written).decode("utf-8", "surrogateescape").split("\0")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs if pair)}


@generated
@given(case=traced.projects(PROJECT, BODY, 8))
def test_what_a_trace_says_is_what_the_process_has(image: str, case: traced.Traced) -> None:
    files = {**case.files, "compose.yaml": case.files["compose.yaml"].replace("name: traced", f"name: {PROJECT}")}
    of = project({**files, "Dockerfile": DOCKERFILE})
    stack = stacks(of)[0]
    shell = {**case.environ, "HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"]}
    tracer = Tracer(of, stack, shell)
    assume(tracer.refused is None)
    options = [word for path in tracer.env_files for word in ("--env-file", path)]
    with TemporaryDirectory() as folder:
        for path, text in {**files, "Dockerfile": DOCKERFILE}.items():
            Path(folder, path).write_text(text)
        compose = ["compose", *options]
        try:
            docker(*compose, "up", "--no-build", "--pull", "never", cwd=folder, environ=dict(case.environ))
            logs = docker(*compose, "logs", "--no-color", cwd=folder, environ=dict(case.environ))
            written = dict(re.findall(r"(?m)^(\w+)-1 +\| (\S+)$", logs))
            assert written.keys() == set(case.services)
            for service in case.services:
                real = of_process(written[service])
                for name in (*traced.NAMES, "D"):
                    route = tracer.trace(name, service).routes[0]
                    assert (None if route.value is None else route.value.text) == real.get(name), (name, service)
        finally:
            docker(*compose, "down", "--timeout", "1", cwd=folder, environ=dict(case.environ))


def test_a_value_passed_on_that_nobody_has_is_taken_from_the_image_too(image: str) -> None:
    written = docker("run", "--rm", "--network", "none", "--env", "A", image, "sh", "-c", "base64 -w0 /proc/1/environ")
    assert "A" not in of_process(written)


pieces = st.sampled_from(("v", "'", '"', " ", "#", "$A", "\\", "=", ":", "\t", "é", "\r"))


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(values=st.lists(st.lists(pieces, max_size=6).map("".join), min_size=40, max_size=60))
def test_docker_run_reads_an_env_file_as_told(image: str, values: list[str]) -> None:
    text = "".join(f"N{number}={value}\n" for number, value in enumerate(values))
    own = reading(RAW, Source("f.env", text), {})
    assert own.refused is None
    with TemporaryDirectory() as folder:
        Path(folder, "f.env").write_bytes(text.encode())
        written = docker(
            "run", "--rm", "--network", "none", "--env-file", "f.env", image,
            "sh", "-c", "base64 -w0 /proc/1/environ", cwd=folder,
        )  # fmt: skip
    real = of_process(written)
    assert {name: real.get(name) for name in own.values} == own.values
