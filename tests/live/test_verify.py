"""`dockwright verify` on a small stack that runs: all is well, and each sabotage is seen by the one check for it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

SERVER = """\
import http.server, os, signal, sys

if not os.environ.get("DEAF"):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ.get("ANSWER", "200")))
        self.end_headers()

    def log_message(self, *_):
        pass

print("ready", flush=True)
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"""
DOCKERFILE = """\
FROM python:3.13-slim
RUN useradd --uid 1000 --create-home appuser && install -d -o 1000 -g 1000 /app /app/data
WORKDIR /app
COPY --chown=1000:1000 server.py .
# more
USER 1000:1000
CMD ["python", "server.py"]
"""
COMPOSE = """\
name: {name}
services:
  app:
    build: .
    image: {name}:prod
    pull_policy: never
    env_file: .env.prod
    environment:
      SESSION_SECRET: not-a-secret-of-anybody
    ports: ["127.0.0.1:{port}:8000"]
    read_only: true
    cap_drop: [ALL]
    security_opt: [no-new-privileges:true]
    stop_grace_period: 1s
    volumes: ["data:/app/data"]
    healthcheck:
      test: [CMD, python, -c, "import socket; socket.create_connection(('localhost', 8000), 2).close()"]
      interval: 1s
      retries: 2
      start_period: 10s
    deploy:
      resources:
        limits: {{cpus: "0.5", memory: 128M, pids: 64}}
  once:
    image: {name}:prod
    pull_policy: never
    command: [python, -c, "print('done')"]
    depends_on:
      app: {{condition: service_healthy}}
  db:
    image: postgres:17.6
    environment: {{POSTGRES_PASSWORD: some-password-for-tests}}
    healthcheck:
      test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"]
      interval: 1s
      retries: 30
  cache:
    image: redis:8.2.1
volumes:
  data:
"""


class World:
    """The stack's folder, and Compose and dockwright on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = f"dockwright-verify-{uuid.uuid4().hex[:8]}"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.write()

    def write(self) -> None:
        """The stack as it is well."""
        files = {
            "compose.prod.yml": COMPOSE.format(name=self.name, port=self.port),
            "Dockerfile": DOCKERFILE,
            "server.py": SERVER,
            ".env.prod": "GREETING=hello $$ 'world'\n",
        }
        for path, text in files.items():
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
        return self.docker("compose", "-f", "compose.prod.yml", *words)

    def up(self) -> None:
        """Start what is not as it is written."""
        self.compose("up", "-d", "--build")

    def container(self, service: str) -> str:
        """A service's container."""
        return self.compose("ps", "-aq", service).strip()

    def log(self, line: str) -> None:
        """Let the application's server say something."""
        write = "import sys; open('/proc/1/fd/1', 'w').write(sys.argv[1] + chr(10))"
        self.docker("exec", "--privileged", "-u", "0", self.container("app"), "python", "-c", write, line)

    def remove(self) -> None:
        """Leave nothing of the stack on the engine."""
        self.write()
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "1")
        for image in self.docker("images", "-q", f"{self.name}:prod").split():
            self.docker("image", "rm", "--force", image)

    def verify(self, *options: str) -> tuple[int, dict[str, Any]]:
        """dockwright's exit code and report."""
        done = subprocess.run(
            [sys.executable, "-m", "dockwright", "verify", "prod", str(self.root), "--format", "json", *options],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr
        assert "some-password-for-tests" not in done.stdout
        assert "not-a-secret-of-anybody" not in done.stdout
        return done.returncode, json.loads(done.stdout)

    def running(self) -> str:
        """The identifiers of the stack's containers."""
        return self.docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={self.name}").strip()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("verify stack"))  # a path with a blank
    try:
        made.up()
        yield made
    finally:
        made.remove()


def failures(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["check"], each["subject"]) for each in report["evidence"] if each["verdict"] == "fail"}


def test_a_stack_that_is_well_passes_every_check(world: World) -> None:
    code, report = world.verify("--stop")
    assert (failures(report), code) == (set(), 0)
    passed = {each["check"] for each in report["evidence"] if each["verdict"] == "pass"}
    assert passed == {
        "health", "answers", "user", "ownership", "ports", "environment", "logs", "limits", "network", "stop", "image",
    }  # fmt: skip
    assert report["seconds"] < 60


def root(world: World) -> None:
    world.edit("compose.prod.yml", "    read_only: true\n", '    read_only: true\n    user: "0:0"\n')
    world.up()


def owner(world: World) -> None:
    world.docker("exec", "--privileged", "-u", "0", world.container("app"), "touch", "/app/data/of-root")


def dead_probe(world: World) -> None:
    world.edit("compose.prod.yml", "socket.create_connection", "socket.no_connection")
    world.compose("up", "-d", "--no-deps", "app")


def broken(world: World) -> None:
    world.edit("compose.prod.yml", "      SESSION_SECRET", '      ANSWER: "503"\n      SESSION_SECRET')
    world.up()


def published(world: World) -> None:
    world.edit("compose.prod.yml", "redis:8.2.1\n", 'redis:8.2.1\n    ports: ["6379"]\n')
    world.up()


def variable(world: World) -> None:
    world.edit(".env.prod", "GREETING", "NEW=1\nGREETING")


def traceback(world: World) -> None:
    world.log("Traceback (most recent call last):")


def told_secret(world: World) -> None:
    world.log("settings: not-a-secret-of-anybody")


def more_memory(world: World) -> None:
    world.docker("update", "--memory", "512m", "--memory-swap", "1g", world.container("app"))


def more_rights(world: World) -> None:
    # The file still says what the container was once to be made as.
    world.edit("compose.prod.yml", "    cap_drop: [ALL]\n", "")
    world.up()
    world.write()


def reached(world: World) -> None:
    world.docker("network", "connect", "bridge", world.container("cache"))


def deaf(world: World) -> None:
    world.edit("compose.prod.yml", "      SESSION_SECRET", '      DEAF: "1"\n      SESSION_SECRET')
    world.up()


def key(world: World) -> None:
    secret = "RUN printf -- '-----BEGIN PRIVATE KEY-----' > key.pem && chown 1000:1000 key.pem"
    world.edit("Dockerfile", "# more", secret)
    world.up()


SABOTAGES: list[tuple[Callable[[World], None], str, str]] = [
    (root, "user", "app"),
    (owner, "ownership", "app"),
    (dead_probe, "health", "app"),
    (broken, "answers", "app"),
    (published, "ports", "cache"),
    (variable, "environment", "app"),
    (traceback, "logs", "app"),
    (told_secret, "logs", "app"),
    (more_memory, "limits", "app"),
    (more_rights, "limits", "app"),
    (reached, "network", "cache"),
    (deaf, "stop", "app"),
    (key, "image", ""),
]


@pytest.mark.parametrize(("sabotage", "check", "subject"), SABOTAGES, ids=[each[0].__name__ for each in SABOTAGES])
def test_a_sabotage_is_seen_by_the_check_for_it(
    world: World, sabotage: Callable[[World], None], check: str, subject: str
) -> None:
    try:
        sabotage(world)
        code, report = world.verify("--timeout", "20", *(["--stop"] if check == "stop" else []))
    finally:
        world.write()
        world.docker("exec", "--privileged", "-u", "0", world.container("app"), "rm", "-f", "/app/data/of-root")
        world.compose("up", "-d", "--build", "--force-recreate", "--no-deps", "app", "cache")
    expected = (check, subject or f"{world.name}:prod")
    seen = {(each[0], each[1] if each[1] != "once" else "app") for each in failures(report)}
    assert (seen, code) == ({expected}, 1), report["evidence"]


@pytest.fixture
def unstarted(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.remove()


def test_up_leaves_nothing_running(unstarted: World) -> None:
    code, report = unstarted.verify("--up")
    assert (failures(report), code) == (set(), 0)
    assert report["evidence"][0]["check"] == "up"
    assert unstarted.running() == ""
    assert f"{unstarted.name}_data" in unstarted.docker("volume", "ls", "-q")


def test_up_shows_the_log_of_who_is_sick_and_leaves_nothing_running(unstarted: World) -> None:
    unstarted.edit("server.py", 'print("ready", flush=True)', 'sys.exit("no such setting: not-a-secret-of-anybody")')
    code, report = unstarted.verify("--up", "--timeout", "30")
    assert code == 1
    assert [(each["service"], each["lines"]) for each in report["sick"]] == [("app", ["no such setting: ***"])]
    assert unstarted.running() == ""


def test_a_stack_that_is_not_up_is_an_error_with_the_way_out(unstarted: World) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dockwright", "verify", "prod", str(unstarted.root)],
        capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert "is not up\n  start it: docker compose -f compose.prod.yml up -d --wait" in done.stderr
