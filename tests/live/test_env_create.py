"""Production comes up with what `env create` makes, and again after `env rotate` and what that says is to be done."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from example import LEGACY
from leftovers import live_name
from running_example import ports_held

APPLIED = LEGACY.parent / "dashtam"
NOT_COPIED = shutil.ignore_patterns("certs", "*.log", "__pycache__", ".*_cache", ".venv", "backups", ".dockwright")
HEALTH = "http://localhost:8000/health"
COMPOSE = ("docker", "compose", "-f", "compose/docker-compose.prod.yml", "--env-file", "env/.env.prod")

pytestmark = pytest.mark.live


@pytest.fixture
def ports() -> Iterator[None]:
    """The example's ports for as long as a test needs them."""
    with ports_held():
        yield


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The refitted example as a fresh clone has it. Its project, image and volumes have names of their own."""
    root, image = tmp_path / "dashtam", live_name("created")
    shutil.copytree(APPLIED, root, ignore=NOT_COPIED)
    production = root / "compose" / "docker-compose.prod.yml"
    text = production.read_text().replace("name: dashtam-prod", f"name: {image}").replace("dashtam:latest", image)
    production.write_text(text.replace("name: dashtam_", f"name: {image}_"))
    run(root, "make", "certs")
    try:
        yield root
    finally:
        if (root / "env" / ".env.prod").exists():
            run(root, *COMPOSE, "down", "--volumes", "--timeout", "2")
        subprocess.run(["docker", "image", "rm", "--force", image], check=False, capture_output=True)


@pytest.mark.usefixtures("ports")
def test_production_runs_on_what_is_created_and_on_what_is_rotated(project: Path) -> None:
    env_file = project / "env" / ".env.prod"
    dockwright(project, "create", "prod", "--production", "--set", "OAUTH_CLIENT_SECRET=-", given="not-a-real-one\n")
    dockwright(project, "check", "prod")
    run(project, "make", "prod-build", "prod-up")
    assert healthy()

    before = password(env_file)
    page = dockwright(project, "rotate", "POSTGRES_PASSWORD", "prod")
    assert password(env_file) != before
    assert before not in env_file.read_text()
    run(project, "sh", "-exc", "\n".join(commands(page)))
    assert healthy()
    # The database asks whoever comes by TCP, and knows the new password alone.
    assert "1" in asked(project, password(env_file))
    assert "authentication failed" in asked(project, before)


def commands(page: str) -> Iterator[str]:
    """The commands that `env rotate` says are to be run, as they are printed."""
    for step in re.split(r"(?m)^ +\d+\. ", page)[1:]:
        yield step[step.index("     docker") :]


def password(env_file: Path) -> str:
    """The password in an env file."""
    return next(line for line in env_file.read_text().splitlines() if line.startswith("POSTGRES_P")).partition("=")[2]


def asked(root: Path, word: str) -> str:
    """What PostgreSQL says by TCP to whoever has this password."""
    query = 'psql -h "$(hostname -i)" -U "$POSTGRES_USER" -d "$POSTGRES_DB" -tAc "SELECT 1" 2>&1 || true'
    return run(root, *COMPOSE, "exec", "-T", "-e", f"PGPASSWORD={word}", "postgres", "sh", "-c", query)


def healthy() -> bool:
    """Whether the server and what it needs answer within twenty seconds."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with opener.open(HEALTH, timeout=5) as response:
                return bool(json.loads(response.read())["database"] == "ok")
        except (OSError, urllib.error.HTTPError):
            time.sleep(0.5)
    return False


def dockwright(root: Path, *arguments: str, given: str = "") -> str:
    """What a subcommand of `env` prints; it has to succeed."""
    return run(root, sys.executable, "-m", "dockwright", "env", *arguments, given=given)


def run(root: Path, *command: str, given: str = "") -> str:
    """Run a command as a user would; its whole output is the failure's message."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("POSTGRES_")}
    done = subprocess.run(
        command, cwd=root, input=given, capture_output=True, text=True, check=False, env={**environ, "COLUMNS": "80"}
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)} ended in {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
