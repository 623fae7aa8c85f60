"""From `dockwright apply` on the legacy example onwards, by Make alone: every environment runs, whoever runs it.

Make is called from another folder, and a folder's name has a blank in it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path

import pytest
import yaml

from running_example import (
    APP,
    CALLBACK,
    Browser,
    Running,
    applied,
    copied,
    ports_held,
    postgres_answers,
    redis_answers,
)

pytestmark = pytest.mark.live

SECONDS_TO_RELOAD = 3
"""What is promised of an edit of the source."""


def users(*uids: int) -> list[object]:
    """The users of the host who make a journey; None is whoever runs the tests."""
    if os.geteuid() != 0:
        skipped = pytest.mark.skip(reason="only root can run Make as somebody else; in CI the tests run as root")
        return [pytest.param(os.geteuid(), id="oneself"), *(pytest.param(uid, marks=skipped) for uid in uids if uid)]
    return [pytest.param(uid, id=f"user {uid}" if uid else "root") for uid in uids]


@pytest.fixture(scope="module")
def refitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return applied(tmp_path_factory.mktemp("refitted"))


def make(running: Running, *targets: str) -> str:
    return running.run("make", "-C", str(running.root), *targets, folder=Path("/"))


@pytest.mark.parametrize("uid", users(0, 1000, 1001))
def test_development_runs_for_every_user_of_the_host(refitted: Path, uid: int) -> None:
    with ports_held(), copied(refitted, uid) as running:
        try:
            make(running, "certs", "dev-up")
            browser = Browser(authority(running))
            running.wait_until_well("dev", browser)
            ports_answer(browser)
            logs_in(browser)
            is_appuser(running, uid)
            keeps_its_key(running)
            if uid == 0:  # whose files the container's user cannot write
                make(running, "lint")
            reloads(running, browser)
            assert re.search(r"\d+ passed", said := make(running, "test")), said
            assert "skipped" not in said
            assert not running.sick("dev")
            make(running, "test-down", "dev-down")
        finally:
            for env in ("test", "dev"):
                running.remove(env)


def authority(running: Running) -> Path:
    """Whom to trust: dockwright's authority, or a certificate that a script signed by itself."""
    folder = running.root / "certs"
    return folder / ("cert.pem" if running.user.is_another else "ca.pem")


def ports_answer(browser: Browser) -> None:
    for host in ("localhost", "127.0.0.1"):
        assert browser.call("GET", f"{APP}/health".replace("localhost", host))[0] == 200
        assert browser.call("GET", f"{CALLBACK}/health".replace("localhost", host)) == (200, {"status": "ok"})
    assert postgres_answers(5432, "dashtam_user", "dashtam_db")
    assert redis_answers(6379)


def logs_in(browser: Browser) -> None:
    """The OAuth flow, from the app to the provider to the callback's server and back; and what must not do."""
    assert browser.call("GET", f"{APP}/accounts")[0] == 401
    assert browser.call("GET", f"{CALLBACK}/callback?state=forged&code=stolen")[0] == 400
    assert browser.call("GET", f"{APP}/auth/login") == (200, {"subject": "alice"})
    (cookie,) = browser.cookies
    assert cookie.secure
    assert cookie.has_nonstandard_attr("HttpOnly")
    status, created = browser.call("POST", f"{APP}/accounts", {"name": "Savings", "balance": "12.50"})
    assert status == 201
    assert browser.call("GET", f"{APP}/accounts") == (200, [created])
    assert browser.call("POST", f"{APP}/auth/logout")[0] == 204
    assert browser.call("GET", f"{APP}/auth/me")[0] == 401


def is_appuser(running: Running, uid: int) -> None:
    """The container's user is appuser, by the number of the host's user where that is not root's."""
    said = running.compose("dev", "exec", "-T", "app", "sh", "-c", "whoami; id -u; touch /app/src/made || true")
    assert said.split()[:2] == ["appuser", str(uid or 1000)]
    if uid:
        made = running.root / "src" / "made"
        assert made.stat().st_uid == uid
        running.run("rm", str(made))


def keeps_its_key(running: Running, env: str = "dev", service: str = "app") -> None:
    """The key is read by the container's user, who serves by it, and by no other; on the host neither."""
    key = running.root / "certs" / "key.pem"
    assert not stat.S_IMODE(key.stat().st_mode) & 0o007
    running.compose(env, "exec", "-T", service, "cat", "/app/certs/key.pem")
    said = running.compose(
        env, "exec", "-T", "-u", "4321:4321", service, "sh", "-c", "cat certs/key.pem || echo refused"
    )
    assert said.endswith("refused\n")


def reloads(running: Running, browser: Browser) -> None:
    """An edit is served soon after; the best of three, since the machine may do other work besides."""
    taken = min(seconds_to_reload(running, browser, version) for version in ("1.0", "2.0", "3.0"))
    assert taken <= SECONDS_TO_RELOAD


def seconds_to_reload(running: Running, browser: Browser, version: str) -> float:
    main = running.root / "src" / "main.py"
    main.write_text(re.sub(r"FastAPI\((version=\S+ )?", f'FastAPI(version="{version}", ', main.read_text(), count=1))
    start = time.monotonic()
    while (taken := time.monotonic() - start) < 30:
        try:
            _, said = browser.call("GET", f"{APP}/openapi.json")
        except (OSError, HTTPException):
            continue  # between two servers
        assert isinstance(said, dict), said
        if said["info"]["version"] == version:
            return taken
        time.sleep(0.05)
    pytest.fail(f"not reloaded after {taken:.0f} s:\n{running.compose('dev', 'logs', 'app')}")


@pytest.mark.parametrize("uid", users(0, 1001))
def test_production_serves_from_its_image_with_secrets_as_files(refitted: Path, uid: int) -> None:
    with ports_held(), copied(refitted, uid) as running:
        example = running.root / "env" / ".env.prod.example"
        filled = re.sub(r"(?m)^((?!SENTRY)\w+)=$", r"\1=a-value-of-its-own", example.read_text())
        (running.root / "env" / ".env.prod").write_text(filled)
        certify(running)
        try:
            make(running, "prod-build", "prod-up")
            browser = Browser(running.root / "certs" / "ca.pem")
            assert browser.call("GET", "http://localhost:8000/health")[0] == 200
            assert browser.call("GET", f"{CALLBACK}/health") == (200, {"status": "ok"})
            inside = "whoami; id -u; touch /app/x || echo refused"
            said = running.compose("prod", "exec", "-T", "app", "sh", "-c", inside)
            assert (said.split()[:2], said.split()[-1]) == (["appuser", "1000"], "refused")
            keeps_its_key(running, "prod", "callback")
            secret = "env | grep -c a-value-of-its-own; cat /run/secrets/postgres_password"
            said = running.compose("prod", "exec", "-T", "postgres", "sh", "-c", secret)
            assert said.split() == ["0", "a-value-of-its-own"]
            running.compose("prod", "stop", "app")
            assert running.sick("prod") in ([], ["app"])
        finally:
            running.remove("prod")


CERTIFY = """\
import os, sys
from dockwright.cli.certs import run

uid, home, root, copy = int(sys.argv[1]), *sys.argv[2:]
os.environ["XDG_DATA_HOME"] = copy
run([copy])
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
os.environ["XDG_DATA_HOME"] = home
sys.exit(run([root]))
"""


def certify(running: Running) -> None:
    """`make certs`; for somebody else dockwright is loaded as root, who can reach it, and runs as that user then."""
    if not running.user.is_another:
        make(running, "certs")
        assert "fine" in make(running, "certs")
        return
    home, copy = running.user.home, running.user.home / "copy"
    shutil.copytree(running.root, copy)
    command = [sys.executable, "-c", CERTIFY, str(running.user.uid), str(home), str(running.root), str(copy)]
    subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)
    assert (running.root / "certs" / "key.pem").stat().st_uid == running.user.uid


def test_the_pipeline_ends_with_the_status_of_its_tests(refitted: Path) -> None:
    """What the workflow runs, line by line, and `make ci`; beside whatever else is running."""
    with copied(refitted) as running:
        workflow = yaml.safe_load((running.root / ".github" / "workflows" / "ci.yml").read_text())
        steps = {step["name"]: step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step}
        shell = ["env", f"COMPOSE={workflow['env']['COMPOSE']}", "bash", "-e", "-c"]
        try:
            for name in ("Env file", "Build", "Start services"):
                running.run(*shell, steps[name])
            assert re.search(r"\d+ passed", said := running.run(*shell, steps["Test"])), said
            (running.root / "tests" / "unit" / "test_wrong.py").write_text("def test_wrong():\n    assert False\n")
            code, said = running.ended("make", "-C", str(running.root), "ci", folder=Path("/"))
            assert (code, "1 failed" in said) == (2, True), said
            running.run(*shell, steps["Stop"])
            assert running.compose("ci", "ps", "-aq") == ""
        finally:
            running.remove("ci")
