"""`dockwright verify` on a small stack: what comes up and goes down, what nobody can ask, and a few sabotages more."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leftovers import live_name
from live_stack import LiveStack, failures, free_port, passed

pytestmark = pytest.mark.live

SERVER = """\
import http.server, signal, sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
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
    restart: unless-stopped
    stop_grace_period: 2s
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
    volumes: ["db:/var/lib/postgresql/data"]
    healthcheck:
      test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"]
      interval: 1s
      retries: 30
  cache:
    image: redis:8.2.1
volumes:
  data:
  db:
"""


class World(LiveStack):
    """The small stack."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, "compose.prod.yml")
        self.name = live_name("verify")
        self.port = free_port()
        self.files = {
            "compose.prod.yml": COMPOSE.format(name=self.name, port=self.port),
            "Dockerfile": DOCKERFILE,
            "server.py": SERVER,
            ".env.prod": "GREETING=hello $$ 'world'\n",
        }
        self.write()

    def remove(self) -> None:
        """Leave nothing of the stack on the engine."""
        self.write()
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "1")
        for image in self.docker("images", "-q", f"{self.name}:prod").split():
            self.docker("image", "rm", "--force", image)

    def marks(self) -> str:
        """The tables that somebody left in the database."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return self.docker("exec", self.container("db"), "psql", "-U", "postgres", "-tAc", query).strip()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.remove()


def test_up_makes_every_check_and_leaves_nothing_but_volumes_and_images(world: World) -> None:
    code, report = world.verify("--up")
    assert (failures(report), code) == (set(), 0)
    assert report["evidence"][0]["check"] == "up"
    assert passed(report) == {
        "up", "health", "answers", "user", "ownership", "ports", "environment", "logs", "limits", "network", "image",
        "stop", "data", "restart", "cache",
    }  # fmt: skip
    assert world.running(world.name) == ""
    assert f"{world.name}_data" in world.docker("volume", "ls", "-q")
    world.compose("up", "-d", "--wait", "db")
    assert world.marks() == ""


def another_user(world: World) -> None:
    world.edit("compose.prod.yml", "    read_only: true\n", '    read_only: true\n    user: "1001:1001"\n')
    world.compose("up", "-d", "--build")
    world.write()


def never_cached(world: World) -> None:
    world.edit("compose.prod.yml", "    build: .\n", "    build: {context: ., no_cache: true}\n")
    world.compose("up", "-d", "--build")


def lost_volume(world: World) -> None:
    # The volume lies where this version keeps nothing.
    world.edit("compose.prod.yml", "db:/var/lib/postgresql/data", "db:/var/lib/postgresql")


SABOTAGES: list[tuple[Callable[[World], None], str, str, str]] = [
    (another_user, "user", "app", ""),
    (never_cached, "cache", "IMAGE", "--rebuild"),
    (lost_volume, "data", "db", "--up"),
]


@pytest.mark.parametrize(
    ("sabotage", "check", "subject", "option"), SABOTAGES, ids=[each[0].__name__ for each in SABOTAGES]
)
def test_a_sabotage_is_seen_by_the_check_for_it_alone(
    world: World, sabotage: Callable[[World], None], check: str, subject: str, option: str
) -> None:
    sabotage(world)
    code, report = world.verify("--timeout", "90", *filter(None, [option]))
    expected = (check, subject.replace("IMAGE", f"{world.name}:prod"))
    assert (failures(report), code) == ({expected}, 1), report["evidence"]


def test_up_shows_the_log_of_who_is_sick_and_leaves_nothing_running(world: World) -> None:
    world.edit("server.py", 'print("ready", flush=True)', 'sys.exit("no such setting: not-a-secret-of-anybody")')
    world.edit("compose.prod.yml", "    restart: unless-stopped\n", "")
    code, report = world.verify("--up", "--timeout", "30")
    assert code == 1
    assert [(each["service"], each["lines"]) for each in report["sick"]] == [("app", ["no such setting: ***"])]
    assert world.running(world.name) == ""


def test_a_stack_that_never_gets_healthy_shows_its_log_and_leaves_nothing_running(world: World) -> None:
    world.edit("compose.prod.yml", "socket.create_connection", "socket.no_connection")
    world.edit("compose.prod.yml", "start_period: 10s", "start_period: 300s")
    done = world.said("--up", "--timeout", "12")
    assert done.returncode == 1
    assert done.stdout.startswith(f"fail  up  {world.name}")
    assert "The last lines of app: its health check says starting\n  ready\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert world.running(world.name) == ""


def test_a_port_that_is_taken_is_told_at_once_and_nothing_is_left_running(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", world.port))
        taken.listen()
        code, report = world.verify("--up", "--timeout", "100")
    (found,) = report["evidence"]
    assert (code, found["check"], found["verdict"]) == (1, "up", "fail")
    assert "address already in use" in found["reason"] or "port is already allocated" in found["reason"]
    assert "docker ps" in found["detail"]["way_out"]
    assert report["seconds"] < 80
    assert world.running(world.name) == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_it_finds_nothing_running(world: World, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dockwright", "verify", "prod", str(world.root), "--up"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # What runs in the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not world.running(world.name) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (130, "interrupted\n")
    assert world.running(world.name) == ""


def test_what_is_not_up_and_what_is_not_there_are_errors_with_the_way_out(world: World) -> None:
    done = world.said()
    assert (done.returncode, done.stdout) == (3, "")
    assert "is not up\n  start it: docker compose -f compose.prod.yml up -d --wait" in done.stderr
    (world.root / ".env.prod").rename(world.root / ".env.prod.example")
    done = world.said()
    assert (done.returncode, done.stdout) == (3, "")
    assert ".env.prod not found" in done.stderr
    assert "cp " in done.stderr
    (world.root / ".env.prod.example").rename(world.root / ".env.prod")


def test_an_engine_that_nobody_reaches_is_an_error_with_the_way_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as nowhere:
        nowhere.setenv("DOCKER_HOST", f"unix://{world.root}/no.sock")
        done = world.said("--up")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("dockwright: no Docker engine answers: ")
    assert "docker info" in done.stderr
