"""The example works before dockwright touches it, as well with its files moved, and refitted as a whole."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "dashtam-legacy"
NOT_COPIED = shutil.ignore_patterns("certs", "*.log", "__pycache__", ".*_cache", ".env", ".venv", "backups")
APP = "https://localhost:8000"
SECONDS_TO_START = 60

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("example-ports")]


class Browser:
    """Follows redirects, keeps cookies, and takes the self-signed certificate."""

    def __init__(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )

    def call(self, method: str, url: str, body: object = None) -> tuple[int, object]:
        """The status and the JSON answer, whatever the status is."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(request, timeout=5) as response:
                content = response.read()
                return response.status, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")


APPLIED = {"as it is": None, "files moved": ["--only", "layout"], "refitted": []}
"""What `apply` is told, by what the project is called then."""


@pytest.fixture(scope="module", params=APPLIED)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy with a certificate. Its folder's name is its project's name, so nobody's own volumes are touched."""
    # Ports and container names are fixed: one copy runs at a time, also where several pytest workers run.
    with Path(tempfile.gettempdir(), "dockwright-example-ports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = tmp_path_factory.mktemp("legacy") / "dashtam-live"
        shutil.copytree(EXAMPLE, root, ignore=NOT_COPIED)
        options = APPLIED[request.param]
        if options is not None:
            run(root, sys.executable, "-m", "dockwright", "apply", "--yes", *options)
        run(root, "make", "certs")
        yield root


@pytest.fixture
def development(project: Path) -> Iterator[Browser]:
    """A browser before the development stack, which is up and healthy."""
    browser = Browser()
    try:
        run(project, "make", "dev-up")
        wait_until_healthy(browser, project)
        yield browser
    finally:
        remove(project, "dev")


def test_development_stack_serves_the_accounts_of_who_logs_in(development: Browser) -> None:
    status, _ = development.call("GET", f"{APP}/accounts")
    assert status == 401

    assert development.call("GET", f"{APP}/auth/login") == (200, {"subject": "alice"})

    status, created = development.call("POST", f"{APP}/accounts", {"name": "Savings", "balance": "12.50"})
    assert status == 201
    assert isinstance(created, dict)
    assert (created["name"], created["balance"], created["currency"]) == ("Savings", "12.50", "USD")
    assert development.call("GET", f"{APP}/accounts") == (200, [created])
    assert development.call("DELETE", f"{APP}/accounts/{created['id']}") == (204, None)
    assert development.call("GET", f"{APP}/accounts") == (200, [])


def test_its_own_tests_pass_in_its_test_stack(project: Path) -> None:
    try:
        output = run(project, "make", "test")
    finally:
        remove(project, "test")
    assert " passed" in output
    assert " skipped" not in output


def test_the_refitted_production_serves_without_rights_and_stops_at_once(project: Path) -> None:
    example = project / "env" / ".env.prod.example"
    if not (project / "uv.lock").exists():
        pytest.skip("only the refitted example has a production image")
    filled = re.sub(r"(?m)^((?!SENTRY)\w+)=$", r"\1=a-value-of-its-own", example.read_text())
    (project / "env" / ".env.prod").write_text(filled)
    try:
        run(project, "make", "prod-build", "prod-up")
        browser = Browser()
        assert browser.call("GET", "http://localhost:8000/health")[0] == 200
        assert browser.call("GET", "https://localhost:8182/health")[0] == 200
        said = compose(project, "prod", "exec", "-T", "app", "sh", "-c", "whoami; id -u; touch /app/x || echo refused")
        assert said.split()[:2] == ["appuser", "1000"]
        assert "refused" in said
        compose(project, "prod", "stop", "app")
        ended = json.loads(compose(project, "prod", "ps", "-a", "--format", "json", "app"))
        assert ended["ExitCode"] in (0, 143)
    finally:
        remove(project, "prod")


def run(root: Path, *command: str) -> str:
    """Run a command as the example's README says; its whole output is the failure's message."""
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)} ended in {done.returncode}:\n{done.stdout}")
    return done.stdout


def compose(root: Path, env: str, *arguments: str) -> str:
    """Compose on one of the example's environments."""
    moved = root / "compose" / f"docker-compose.{env}.yml"
    file = moved if moved.exists() else root / f"docker-compose.{env}.yml"
    env_file = root / "env" / f".env.{env}"
    variables = env_file if env_file.exists() else root / f".env.{env}"
    return run(root, "docker", "compose", "-f", str(file), "--env-file", str(variables), *arguments)


def remove(root: Path, env: str) -> None:
    """Take an environment down, with its data and the images that were built for it."""
    compose(root, env, "down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "2")


def wait_until_healthy(browser: Browser, root: Path) -> None:
    """Ask /health until it answers 200; the stack's logs are the failure's message."""
    deadline = time.monotonic() + SECONDS_TO_START
    answer: object = None
    while time.monotonic() < deadline:
        try:
            answer = browser.call("GET", f"{APP}/health")
        except (OSError, HTTPException) as error:
            answer = error
        if answer == (200, {"status": "ok", "database": "ok", "redis": "ok"}):
            return
        time.sleep(0.5)
    pytest.fail(f"not healthy after {SECONDS_TO_START} s, last answer: {answer}\n{compose(root, 'dev', 'logs')}")
