"""Sabotages of the running example: each is seen by the one check for it, and by no other.

The example is refitted by `apply`, and its production stack runs with ports, names and images of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import example
from dockwright.certs.issuing import Authority, authority, issued, new_authority
from leftovers import live_name
from live_stack import LiveStack, failures, free_port, passed

pytestmark = pytest.mark.live

COMPOSE, DOCKERFILE, ENV = "compose/docker-compose.prod.yml", "docker/Dockerfile", "env/.env.prod"
CERTIFICATE, KEY = "certs/cert.pem", "certs/key.pem"
EVERY_CHECK = {
    "health", "answers", "user", "ownership", "ports", "environment", "logs", "limits", "network", "image", "stop",
    "restart", "cache",
}  # fmt: skip


class Example(LiveStack):
    """The production stack of the refitted example."""

    def __init__(self, folder: Path) -> None:
        name = live_name("example")
        super().__init__(example.copy(folder, name), COMPOSE, ENV)
        self.name, self.data = name, folder / "data"
        self.dockwright("apply", "--yes")
        self.dockwright("certs")
        filled = re.sub(r"(?m)^(\w+)=$", lambda found: f"{found[0]}{found[1].lower()}-of-nobody",
                        (self.root / f"{ENV}.example").read_text())  # fmt: skip
        (self.root / ENV).write_text(filled)
        self.model = yaml.safe_load((self.root / COMPOSE).read_text())
        self.ports = {8000: free_port(), 8182: free_port()}
        for service in self.model["services"].values():
            service["image"] = service["image"].replace("dashtam:", f"{name}:")
            service["ports"] = [f"{self.ports[int(each.rpartition(':')[2])]}:{each.rpartition(':')[2]}"
                                for each in service.get("ports", ())]  # fmt: skip
        self.image = self.model["services"]["app"]["image"]
        (self.root / COMPOSE).write_text(yaml.safe_dump(self.model, sort_keys=False))
        for path in (COMPOSE, DOCKERFILE, ENV, CERTIFICATE, KEY):
            self.files[path] = (self.root / path).read_text()
        self.changed: set[str] = set()
        self.rebuilt = False

    def dockwright(self, *words: str) -> None:
        """Run dockwright in the project's folder."""
        done = subprocess.run(
            [sys.executable, "-m", "dockwright", *words], cwd=self.root, capture_output=True, text=True, check=False,
            env={**os.environ, "XDG_DATA_HOME": str(self.data)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def authority(self) -> Authority:
        """The authority that signed the certificate."""
        keys = (authority(path.read_bytes()) for path in self.data.rglob("*") if path.is_file())
        return next(each for each in keys if each is not None)

    def up(self) -> None:
        """Start what is not as it is written, and what was meddled with."""
        if self.rebuilt:
            self.compose("build")
            self.rebuilt = False
        if self.changed:
            self.compose("up", "-d", "--no-deps", "--force-recreate", *sorted(self.changed))
            self.changed.clear()
        self.compose("up", "-d", "--no-deps", "--no-build", "app", "callback", "postgres", "redis")

    def declare(self, service: str, **keys: Any) -> None:
        """Write keys of a service into the compose file."""
        model = yaml.safe_load((self.root / COMPOSE).read_text())
        model["services"][service].update(keys)
        (self.root / COMPOSE).write_text(yaml.safe_dump(model, sort_keys=False))

    def run_as(self, service: str, **keys: Any) -> None:
        """Start a service with keys that its file does not have."""
        self.declare(service, **keys)
        self.up()
        self.write()

    def build(self, *, before: str, line: str) -> None:
        """Start the stack from an image with a line more in its Dockerfile."""
        text = (self.root / DOCKERFILE).read_text()
        head, mark, tail = text.rpartition(before)
        (self.root / DOCKERFILE).write_text(f"{head}{line}\n{mark}{tail}")
        self.rebuilt = True
        self.up()
        self.rebuilt = True

    def serve(self, by: Authority, begun: datetime, days: int) -> None:
        """Let the callback server have another certificate, and put the old one back into its place."""
        made = issued(by, ["localhost", "127.0.0.1"], begun, days)
        (self.root / CERTIFICATE).write_bytes(made.certificate)
        (self.root / KEY).write_bytes(made.key)
        self.docker("restart", "--time", "1", self.container("callback"))
        self.compose("up", "-d", "--no-deps", "--no-build", "--wait", "callback")
        self.changed.add("callback")

    def remove(self) -> None:
        """Leave nothing of it on the engine."""
        self.write()
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "1")
        for image in set(self.docker("images", "-q", self.name).split()):
            self.docker("image", "rm", "--force", image)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    made = Example(tmp_path_factory.mktemp("verify the example"))  # a path with blanks
    try:
        made.compose("up", "-d", "--build")
        yield made
    finally:
        made.remove()


def test_the_refitted_example_passes_every_check(running: Example) -> None:
    code, report = running.verify("--disturb", "--rebuild")
    assert (failures(report), code) == (set(), 0)
    assert passed(report) == EVERY_CHECK
    assert [list(each) for each in report["evidence"]] == [
        ["check", "subject", "verdict", "reason", "seconds", "detail"]
    ] * len(report["evidence"])
    ours = [each for each in report["evidence"] if each["check"] == "user" and "name" in each["detail"]]
    assert {each["detail"]["name"] for each in ours if each["subject"] in ("app", "callback")} == {"appuser"}
    content = next(each for each in report["evidence"] if each["subject"] == running.image)
    assert content["detail"]["bytes"] > 0
    assert len(content["detail"]["biggest"]) == 20


def root(stack: Example) -> None:
    stack.declare("app", user="0:0", cap_add=["DAC_OVERRIDE"])
    stack.up()


def owner(stack: Example) -> None:
    stack.up()
    stack.as_root("app", "sh", "-c", "echo > /app/logs/of-root")


def dead_probe(stack: Example) -> None:
    # One that is sick for certain ends the wait for the others.
    stack.up()
    stack.compose("up", "-d", "--no-deps", "--no-build", "--wait", "app")
    stack.declare("callback", healthcheck={"test": ["CMD", "false"], "interval": "1s", "retries": 1})
    stack.up()


def wrong_port(stack: Example) -> None:
    stack.declare("app", ports=[f"{stack.ports[8000]}:8001"])
    stack.up()


def foreign_certificate(stack: Example) -> None:
    stack.up()
    by = authority(new_authority(datetime.now(UTC)))
    assert by is not None
    stack.serve(by, datetime.now(UTC), 30)
    stack.write()


def expired_certificate(stack: Example) -> None:
    stack.up()
    stack.serve(stack.authority(), datetime.now(UTC) - timedelta(days=9), 3)


def published(stack: Example) -> None:
    stack.declare("redis", ports=["6379"], networks=["frontend", "backend"])
    stack.up()
    stack.changed.add("redis")


def variable(stack: Example) -> None:
    stack.up()
    stack.declare("app", environment={**stack.model["services"]["app"]["environment"], "NEW_SETTING": "1"})


def traceback(stack: Example) -> None:
    stack.up()
    stack.log("app", "Traceback (most recent call last):")
    stack.changed.add("app")


def told_secret(stack: Example) -> None:
    stack.up()
    stack.log("callback", "connecting as dashtam_user with postgres_password-of-nobody")
    stack.changed.add("callback")


def told_key(stack: Example) -> None:
    stack.up()
    stack.log("callback", (stack.root / KEY).read_text().splitlines()[2])
    stack.changed.add("callback")


def removed_limit(stack: Example) -> None:
    stack.up()
    stack.docker("update", "--pids-limit", "-1", stack.container("callback"))
    stack.changed.add("callback")


def added_capability(stack: Example) -> None:
    stack.run_as("callback", cap_add=["NET_ADMIN"])


def writable_root(stack: Example) -> None:
    stack.run_as("callback", read_only=False)


def new_privileges(stack: Example) -> None:
    stack.run_as("callback", security_opt=[])


def reached(stack: Example) -> None:
    stack.up()
    stack.docker("network", "connect", "bridge", stack.container("redis"))


def key_in_image(stack: Example) -> None:
    stack.build(before="USER 1000:1000\n", line="RUN printf -- '-----BEGIN PRIVATE KEY-----' > /opt/key.pem")


def env_file_in_image(stack: Example) -> None:
    stack.build(before="USER 1000:1000\n", line="RUN install -m 600 -o 1000 -g 1000 /dev/null .env.prod")


def development_distribution(stack: Example) -> None:
    stack.build(before="USER 1000:1000\n", line="COPY --from=development /opt/venv /opt/venv")


def other_version(stack: Example) -> None:
    metadata = "/opt/venv/lib/python3.*/site-packages/fastapi-*.dist-info/METADATA"
    stack.build(before="USER 1000:1000\n", line=f"RUN sed -i 's/^Version: .*/Version: 0.1/' {metadata}")


def source_before_dependencies(stack: Example) -> None:
    stack.up()
    text = (stack.root / DOCKERFILE).read_text()
    (stack.root / DOCKERFILE).write_text(
        text.replace("\nRUN --mount=type=cache", "\nCOPY . /src\nRUN --mount=type=cache", 1)
    )


def swallowed_signal(stack: Example) -> None:
    # A shell that hands nothing on, as the first process.
    server = "uvicorn src.main:app --host 0.0.0.0 --port 8000 & wait"
    stack.declare("app", command=["sh", "-c", server], stop_grace_period="2s")
    stack.up()


def stays_away(stack: Example) -> None:
    stack.up()
    stack.docker("update", "--restart", "no", stack.container("app"))
    stack.changed.add("app")


SABOTAGES: list[tuple[Callable[[Example], None], str, set[str], str]] = [
    (root, "user", {"app"}, ""),
    (dead_probe, "health", {"callback"}, ""),
    (wrong_port, "answers", {"app"}, ""),
    (foreign_certificate, "answers", {"callback"}, ""),
    (expired_certificate, "answers", {"callback"}, ""),
    (published, "ports", {"redis"}, ""),
    (variable, "environment", {"app"}, ""),
    (traceback, "logs", {"app"}, ""),
    (told_secret, "logs", {"callback"}, ""),
    (told_key, "logs", {"callback"}, ""),
    (owner, "ownership", {"app", "callback"}, ""),
    (removed_limit, "limits", {"callback"}, ""),
    (added_capability, "limits", {"callback"}, ""),
    (writable_root, "limits", {"callback"}, ""),
    (new_privileges, "limits", {"callback"}, ""),
    (reached, "network", {"redis"}, ""),
    (key_in_image, "image", {"IMAGE"}, ""),
    (env_file_in_image, "image", {"IMAGE"}, ""),
    (development_distribution, "image", {"IMAGE packages"}, ""),
    (other_version, "image", {"IMAGE packages"}, ""),
    (source_before_dependencies, "cache", {"IMAGE"}, "--rebuild"),
    (swallowed_signal, "stop", {"app"}, "--disturb"),
    (stays_away, "restart", {"app"}, "--disturb"),
]


@pytest.mark.parametrize(
    ("sabotage", "check", "subjects", "option"), SABOTAGES, ids=[each[0].__name__ for each in SABOTAGES]
)
def test_a_sabotage_is_seen_by_the_check_for_it_alone(
    running: Example, sabotage: Callable[[Example], None], check: str, subjects: set[str], option: str
) -> None:
    try:
        sabotage(running)
        code, report = running.verify("--timeout", "90", *filter(None, [option]))
    finally:
        running.write()
        if sabotage is owner:
            running.as_root("app", "rm", "-f", "/app/logs/of-root")
        if sabotage is reached:
            running.docker("network", "disconnect", "bridge", running.container("redis"))
    expected = {(check, subject.replace("IMAGE", running.image)) for subject in subjects}
    assert (failures(report), code) == (expected, 1), report["evidence"]
    assert "of-nobody" not in repr(report)
