"""A real Docker engine with Compose, by their command lines, and the servers that answer on its ports."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import FrameType
from typing import TypeVar
from urllib.parse import urlsplit

from dockwright.errors import DockwrightError
from dockwright.facts.engine_versions import OLDEST_COMPOSE, OLDEST_ENGINE, version, written
from dockwright.tools import Answer, Ran, StackFiles

_T = TypeVar("_T")

SIDE_BY_SIDE = 8
"""How many questions are asked at once; each waits for the engine, not for a processor."""

_SECONDS_TO_END = 10
_NEVER_COPIED = frozenset({".git", ".dockwright", "node_modules", ".venv", "venv", "__pycache__"})
_CERTIFICATE_NAMES = ("*.pem", "*.crt", "*.cert")


def reached(root: str) -> RealEngine:
    """The engine that `docker` talks to. Raises DockwrightError where there is none that can be asked."""
    if shutil.which("docker") is None:
        raise DockwrightError("docker is not installed", hint="https://docs.docker.com/engine/install/")
    engine = RealEngine(root)
    said = engine.docker("version", "--format", "{{.Server.Version}}", seconds=20)
    if not said.well:
        why = said.err.strip().rpartition("\n")[2] or "it does not answer"
        raise DockwrightError(f"no Docker engine answers: {why}", hint="start it; `docker info` says whether it runs")
    _new_enough("the Docker engine", said.out, OLDEST_ENGINE)
    compose = engine.docker("compose", "version", "--short", seconds=20)
    if not compose.well:
        hint = "install its plugin: https://docs.docker.com/compose/install/"
        raise DockwrightError("Docker Compose is not installed", hint=hint)
    _new_enough("Docker Compose", compose.out, OLDEST_COMPOSE)
    return engine


def _new_enough(title: str, said: str, oldest: tuple[int, int]) -> None:
    found = version(said)
    if found is not None and found[1][:2] < oldest:
        raise DockwrightError(f"{title} is {found[0]}, which is too old", hint=f"it takes {written(oldest)} or newer")


class RealEngine:
    """Runs the `docker` command in the project's folder."""

    def __init__(self, root: str) -> None:
        self._root = Path(root).resolve()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._interrupted = False
        self._lock = threading.Lock()

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
        environ = {**environment(), "BUILDKIT_PROGRESS": "plain"}
        pipe = subprocess.PIPE
        with self._lock:
            if self._interrupted and threading.current_thread() is not threading.main_thread():
                return Ran(None, "", "interrupted")
            try:
                # A group of its own: a Ctrl-C is for us, and we say to each what to do about it.
                process = subprocess.Popen(
                    command, cwd=self._root, env=environ, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
                )
            except OSError as error:
                return Ran(127, "", str(error))
            self._running.add(process)
        try:
            out, err = process.communicate(given.encode(), seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            return Ran(None, "", f"no answer within {seconds:.0f} seconds")
        except BaseException:
            _end(process)
            raise
        finally:
            with self._lock:
                self._running.discard(process)
        return Ran(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def _end_all(self) -> None:
        """End what runs still. Of what was to be done side by side nothing more is started."""
        with self._lock:
            self._interrupted, running = True, list(self._running)
        for process in running:
            process.terminate()
        for process in running:
            _wait(process)

    @contextmanager
    def copied(self, folder: str, left_out: Callable[[str], bool], added: Mapping[str, str]) -> Iterator[str]:
        """A copy of a folder with texts added to the end of some files, by path; it is gone in the end.

        Modes are kept, and links as links. Files that nobody may read are left out, as is what `left_out` says.
        """
        with tempfile.TemporaryDirectory(prefix="dockwright-") as made:
            copy = Path(made, "context")
            _copy(Path(folder), copy, left_out)
            for path, text in added.items():
                with (copy / path).open("a", encoding="utf-8") as file:
                    file.write(text)
            yield str(copy)

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
            futures = [pool.submit(call) for call in calls]
            try:
                return [each.result() for each in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._end_all()
                raise

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def environment() -> dict[str, str]:
    """The variables that Docker and Compose are given."""
    # Nothing of this shell's own COMPOSE_* may decide which stack is asked.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
    # As the Makefile exports them: the development image's user gets the numbers of whoever builds it.
    return {"UID": str(os.getuid() or 1000), "GID": str(os.getgid() or 1000), **environ}


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """While this lasts SIGTERM interrupts as Ctrl-C does. What it gives is called to be interrupted no more."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def deaf() -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    signal.signal(signal.SIGTERM, interrupted)
    try:
        yield deaf
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    _wait(process)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Wait for a program that was told to end; where it takes too long, kill it with those that it has started."""
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _copy(folder: Path, copy: Path, left_out: Callable[[str], bool], below: str = "") -> None:
    entries = list(os.scandir(folder))
    copy.mkdir()
    for entry in entries:
        path, target = below + entry.name, copy / entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                # A folder that is left out may hold what is not: only those are not looked into that never do.
                if entry.name not in _NEVER_COPIED:
                    _copy(Path(entry.path), target, left_out, f"{path}/")
            elif not left_out(path) and (entry.is_symlink() or entry.is_file()):
                shutil.copy2(entry.path, target, follow_symlinks=False)
        except OSError:
            continue
    if below and left_out(below.rstrip("/")) and not any(copy.iterdir()):
        copy.rmdir()
    else:
        copy.chmod(stat.S_IMODE(folder.stat().st_mode))


def certificates(root: str, folders: Sequence[str]) -> dict[str, str]:
    """The files in these folders below a root that hold certificates, authorities first, and what is in them."""
    found = {}
    for folder in folders:
        for pattern in _CERTIFICATE_NAMES:
            for path in sorted(Path(root, folder).glob(pattern)):
                try:
                    text = path.read_text("ascii", "replace")
                    if "-----BEGIN CERTIFICATE-----" in text:
                        found[str(path)] = text
                except OSError:
                    continue
    first = sorted(found, key=lambda path: not Path(path).stem.lower().startswith(("ca", "root")))
    return {path: found[path] for path in first}


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
