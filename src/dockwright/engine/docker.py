"""A real Docker engine with Compose, by their command lines, and the servers that answer on its ports."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dockwright.errors import DockwrightError
from dockwright.tools import Answer, Ran, StackFiles

_T = TypeVar("_T")

OLDEST_ENGINE, OLDEST_COMPOSE = (23, 0), (2, 20)
"""The first versions with all that is asked of them: BuildKit by default, `start_interval`, `up --wait`."""

SIDE_BY_SIDE = 8
"""How many questions are asked at once; each waits for the engine, not for a processor."""

_CERTIFICATE_NAMES = ("*.pem", "*.crt", "*.cert")
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


def reached(root: str) -> RealEngine:
    """The engine that `docker` talks to. Raises DockwrightError where there is none that can be asked."""
    if shutil.which("docker") is None:
        raise DockwrightError("docker is not installed", hint="https://docs.docker.com/engine/install/")
    engine = RealEngine(root)
    version = engine.docker("version", "--format", "{{.Server.Version}}", seconds=20)
    if not version.well:
        why = version.err.strip().rpartition("\n")[2] or "it does not answer"
        raise DockwrightError(f"no Docker engine answers: {why}", hint="start it; `docker info` says whether it runs")
    _new_enough("the Docker engine", version.out, OLDEST_ENGINE)
    compose = engine.docker("compose", "version", "--short", seconds=20)
    if not compose.well:
        hint = "install its plugin: https://docs.docker.com/compose/install/"
        raise DockwrightError("Docker Compose is not installed", hint=hint)
    _new_enough("Docker Compose", compose.out, OLDEST_COMPOSE)
    return engine


def _new_enough(title: str, said: str, oldest: tuple[int, int]) -> None:
    found = _NUMBERS.search(said)
    if found is not None and tuple(map(int, found[0].split(".")[:2])) < oldest:
        wanted = ".".join(map(str, oldest))
        raise DockwrightError(f"{title} is {found[0]}, which is too old", hint=f"it takes {wanted} or newer")


class RealEngine:
    """Runs the `docker` command in the project's folder."""

    def __init__(self, root: str) -> None:
        self._root = Path(root).resolve()

    def docker(self, *arguments: str, given: str = "", seconds: float = 60) -> Ran:
        """Run `docker` with these arguments; `given` is its standard input."""
        return self._run(["docker", *arguments], given, seconds)

    def compose(self, stack: StackFiles, *arguments: str, seconds: float = 60) -> Ran:
        """Run `docker compose` on a stack."""
        command = ["docker", "compose"]
        for path in stack.files:
            command += ["-f", str(self._root / path)]
        for path in stack.env_files:
            command += ["--env-file", str(self._root / path)]
        command += ["--project-directory", str(self._root / stack.project_directory)]
        if stack.project_name is not None:
            command += ["-p", stack.project_name]
        return self._run([*command, *arguments], "", seconds)

    def _run(self, command: Sequence[str], given: str, seconds: float) -> Ran:
        try:
            done = subprocess.run(
                command, cwd=self._root, env=environment(), input=given.encode(), capture_output=True, check=False,
                timeout=seconds,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Ran(None, "", f"no answer within {seconds:.0f} seconds")
        except OSError as error:
            return Ran(127, "", str(error))
        return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def request(self, url: str, certificates: Sequence[str]) -> Answer:
        """GET a URL, following nothing; HTTPS is checked with these certificate files, or with the system's.

        The files are taken one after the other: one that is expired must not spoil another.
        """
        if not url.startswith("https:"):
            return _asked(url, None, None)
        answers = [_asked(url, _trusting(path), path) for path in certificates] or [
            _asked(url, ssl.create_default_context(), None)
        ]
        return next((answer for answer in answers if answer.status is not None), answers[0])

    def at_once(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        """What each of these calls gives, in their order; they are made side by side."""
        with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
            return list(pool.map(lambda call: call(), calls))

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def environment() -> dict[str, str]:
    """The variables that Docker and Compose are given."""
    # Nothing of this shell's own COMPOSE_* may decide which stack is asked.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
    # As the Makefile exports them: the development image's user gets the numbers of whoever builds it.
    return {"UID": str(os.getuid() or 1000), "GID": str(os.getgid() or 1000), **environ}


def certificates(root: str, folders: Sequence[str]) -> list[str]:
    """The files in these folders below a root that hold certificates, authorities first."""
    found = []
    for folder in folders:
        for pattern in _CERTIFICATE_NAMES:
            for path in sorted(Path(root, folder).glob(pattern)):
                try:
                    if b"-----BEGIN CERTIFICATE-----" in path.read_bytes():
                        found.append(str(path))
                except OSError:
                    continue
    return sorted(found, key=lambda path: not Path(path).stem.lower().startswith(("ca", "root")))


def _trusting(path: str) -> ssl.SSLContext:
    """Trust in this file alone: an authority's certificate, or a server's own that it signed itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A leaf that is trusted by name needs none of the extensions that authorities have to give it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(path)
    return context


def _asked(url: str, context: ssl.SSLContext | None, path: str | None) -> Answer:
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        if context is None:
            connection = HTTPConnection(host, port, timeout=5)
        else:
            connection = HTTPSConnection(host, port, timeout=5, context=context)
        connection.request("GET", parts.path or "/", headers={"Host": "localhost", "Accept": "*/*"})
        status = connection.getresponse().status
        connection.close()
    except ssl.SSLCertVerificationError as error:
        return Answer(None, f"its certificate is refused: {error.verify_message}", path)
    except (OSError, HTTPException) as error:
        return Answer(None, _why(error), path)
    return Answer(status, None, path)


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return "no answer within 5 seconds"
    if isinstance(error, ConnectionRefusedError):
        return "the connection is refused"
    if isinstance(error, ConnectionResetError):
        return "the connection is closed without an answer"
    return str(error) or type(error).__name__
