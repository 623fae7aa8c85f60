"""The example project run as its README says, by some user of the host, and asked what a browser would ask."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import example
from leftovers import NAME

APP = "https://localhost:8000"
CALLBACK = "https://localhost:8182"
SECONDS_TO_START = 120
WELL = (200, {"status": "ok", "database": "ok", "redis": "ok"})


class User(NamedTuple):
    """Who runs Make, by number; `home` is a folder of theirs."""

    uid: int
    home: Path

    @property
    def is_another(self) -> bool:
        """Whether it is not whoever runs the tests."""
        return self.uid != os.geteuid()

    def environment(self) -> dict[str, str]:
        """Whoever runs the tests has `dockwright` on the path; others may not reach this interpreter."""
        data = str(self.home / ".local" / "share")
        if not self.is_another:
            path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
            return {**os.environ, "PATH": path, "XDG_DATA_HOME": data}
        kept = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {**kept, "PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8"}

    def rights(self) -> dict[str, Any]:
        """What `subprocess` has to be told: the numbers, and the group that may use the engine, as Docker's members."""
        if not self.is_another:
            return {}
        engine = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        groups = [os.stat(engine).st_gid] if os.path.exists(engine) else []
        return {"user": self.uid, "group": self.uid, "extra_groups": groups}


class Running:
    """A copy of the example in `root`, run by a user."""

    def __init__(self, root: Path, user: User) -> None:
        self.root, self.user = root, user

    def ended(self, *command: str, folder: Path | None = None, apart: bool = False) -> tuple[int, str]:
        """A command's exit status, and all that it said; or, `apart`, what is on standard output alone."""
        done = subprocess.run(
            command, cwd=folder or self.root, env=self.user.environment(), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE if apart else subprocess.STDOUT, check=False,
            **self.user.rights(),
        )  # fmt: skip
        return done.returncode, done.stdout if done.returncode == 0 or not apart else done.stdout + done.stderr

    def run(self, *command: str, folder: Path | None = None, apart: bool = False) -> str:
        """The same for a command that has to do its work; what it says is the failure's message."""
        code, said = self.ended(*command, folder=folder, apart=apart)
        if code != 0:
            pytest.fail(f"{' '.join(command)} ended in {code}:\n{said}")
        return said

    def compose(self, env: str, *arguments: str) -> str:
        """Compose on one of the environments; what it has on standard output."""
        moved = self.root / "compose" / f"docker-compose.{env}.yml"
        file = moved if moved.exists() else self.root / f"docker-compose.{env}.yml"
        env_file = self.root / "env" / f".env.{env}"
        variables = env_file if env_file.exists() else self.root / f".env.{env}"
        call = ["docker", "compose", "-f", str(file), "--env-file", str(variables)]
        return self.run(*call, *arguments, apart=True)

    def remove(self, env: str) -> None:
        """Take an environment down, with its data and the images that were built for it."""
        services = json.loads(self.compose(env, "config", "--format", "json"))["services"].values()
        self.compose(env, "down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "2")
        tags = {each["image"] for each in services if "build" in each and "image" in each}
        self.ended("docker", "image", "rm", "--force", *sorted(tags))

    def wait_until_well(self, env: str, browser: Browser, *, healthy: bool = True) -> None:
        """Wait until the server says that all is well, and health checks do; the logs are the failure's message."""
        deadline = time.monotonic() + SECONDS_TO_START
        answer: object = None
        while time.monotonic() < deadline:
            try:
                answer = browser.call("GET", f"{APP}/health")
            except (OSError, HTTPException) as error:
                answer = error
            if answer == WELL and not (healthy and (answer := self.sick(env))):
                return
            time.sleep(0.3)
        pytest.fail(f"not well after {SECONDS_TO_START} s, last answer: {answer}\n{self.compose(env, 'logs')}")

    def sick(self, env: str) -> list[str]:
        """The services whose health check does not say that they are healthy, or that ended badly."""
        states = [json.loads(line) for line in self.compose(env, "ps", "-a", "--format", "json").splitlines()]
        return [
            each["Service"]
            for each in states
            if each["Health"] not in ("", "healthy")
            or (each["State"] != "running" and (each["State"], each["ExitCode"]) != ("exited", 0))
        ]


class Browser:
    """Follows redirects, keeps cookies, and trusts the authority, or else whatever certificate it is shown."""

    def __init__(self, authority: Path | None = None) -> None:
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=_trusting(authority)),
            urllib.request.HTTPCookieProcessor(self.cookies),
        )

    def call(self, method: str, url: str, body: object = None) -> tuple[int, object]:
        """The status and the JSON answer, whatever the status is."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(request, timeout=10) as response:
                content = response.read()
                return response.status, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")


def _trusting(authority: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=None if authority is None else str(authority))
    if authority is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif authority.name != "ca.pem":
        # What `openssl req -x509` makes has not all that an authority's certificate is to have.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def postgres_answers(port: int, user: str, database: str) -> bool:
    """Whether PostgreSQL asks for the password on a port of 127.0.0.1. Source: its manual, section 54.7."""
    words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database)) + b"\0"
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(struct.pack("!ii", len(words) + 8, 196608) + words)
        said = connection.recv(64)
    return said[:1] == b"R" and b"SCRAM-SHA-256" in said


def redis_answers(port: int) -> bool:
    """Whether Redis answers PING on a port of 127.0.0.1."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(64) == b"+PONG\r\n"


@contextmanager
def ports_held() -> Iterator[None]:
    """The example's ports are fixed: one copy runs at a time, also where several pytest workers run."""
    with Path(tempfile.gettempdir(), "dockwright-example-ports.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def applied(folder: Path, *options: str) -> Path:
    """A copy of the legacy example in a folder, with dockwright applied to it."""
    root = example.copy(folder, NAME)
    command = [sys.executable, "-m", "dockwright", "apply", "--yes", *options]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@contextmanager
def copied(source: Path, uid: int | None = None) -> Iterator[Running]:
    """A copy of a project that belongs to `uid`, who runs it, in a folder below one with a blank in its name."""
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        user = User(os.geteuid() if uid is None else uid, Path(folder))
        root = user.home / "some projects" / NAME
        shutil.copytree(source, root, symlinks=True)
        if user.is_another:
            for each in [user.home, *user.home.rglob("*")]:
                os.chown(each, user.uid, user.uid, follow_symlinks=False)
        yield Running(root, user)
