"""`dockwright doctor` on broken stacks that run: each fault is told by its cause, and its command mends it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from leftovers import live_name
from live.registry import registry
from live.sick import CANARY, Sick, commands, free_subnet
from running_example import ports_held

pytestmark = pytest.mark.live

Make = Callable[[Mapping[str, str]], Sick]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes broken stacks, and removes them in the end."""
    made: list[Sick] = []

    def sick(files: Mapping[str, str]) -> Sick:
        made.append(Sick(tmp_path_factory.mktemp("sick"), files))
        return made[-1]

    yield sick
    for each in made:
        each.remove()


# What ends, each service for a reason of its own.

PYTHON = "image: python:3.13-slim\n    network_mode: none\n    stop_grace_period: 0s"
ENDING = f"""\
name: {{name}}
services:
  denied:
    {PYTHON}
    user: "1234:1234"
    command: [python, -c, "open('/data/x', 'w')"]
    volumes: [./data:/data]
  unowned:
    {PYTHON}
    user: "1000:1000"
    command: [python, -c, "open('/data/x', 'w'); import time; time.sleep(600)"]
    volumes: [kept:/data]
  readonly:
    {PYTHON}
    read_only: true
    command: [python, -c, "open('/tmp/x', 'w'); import time; time.sleep(600)"]
  module:
    {PYTHON}
    command: [python, -c, "import fastapi"]
  variable:
    {PYTHON}
    command: [python, -c, "import os; os.environ['STRIPE_KEY']"]
    restart: always
  unpassed:
    {PYTHON}
    command: [python, -c, "import os; os.environ['API_TOKEN']"]
  memory:
    {PYTHON}
    command: [python, -c, "x = [bytearray(10**6) for _ in range(10**4)]"]
    mem_limit: 32m
  program:
    {PYTHON}
    command: [gunicorn, app]
  bit:
    {PYTHON}
    command: [/scripts/start]
    volumes: [./scripts:/scripts]
  interpreter:
    {PYTHON}
    command: [/scripts/run]
    volumes: [./scripts:/scripts]
  folder:
    {PYTHON}
    command: [python, /app/server.py]
    volumes: [./server.py:/app/server.py]
  nobody:
    {PYTHON}
    user: appuser
    command: [sleep, "600"]
  port:
    {PYTHON}
    command: [python, -c, "import socket; [socket.create_server(('127.0.0.1', 8000)) for _ in 'ab']"]
  hidden:
    {PYTHON}
    environment: {{VIRTUAL_ENV: /app/.venv}}
    command: [python, -c, "import fastapi"]
    volumes: [./data:/app]
  crash:
    {PYTHON}
    command: [python, -c, "import ctypes; ctypes.string_at(0)"]
  done:
    {PYTHON}
    command: ["true"]
    restart: on-failure
  fine:
    {PYTHON}
    command: [sleep, "600"]
volumes:
  kept:
"""

ENDED: dict[tuple[str, str], tuple[str, str]] = {
    ("path-denied", "denied"): ("sudo chown -R 1234:1234 data", "belongs to 0 with mode 755"),
    ("path-read-only", "readonly"): ("tmpfs: [/tmp]", "it writes /tmp/x"),
    ("variable-missing", "variable"): ("environment: [STRIPE_KEY]", "nothing gives it the variable STRIPE_KEY"),
    ("variable-missing", "unpassed"): ("environment: [API_TOKEN]", "API_TOKEN stands in .env"),
    ("out-of-memory", "memory"): ("deploy: {resources: {limits: {memory: 64M}}}", "its limit is 32M"),
    ("program-missing", "program"): ("docker compose up -d --build program", "the image has no program gunicorn"),
    ("no-run-bit", "bit"): ("chmod +x scripts/start", "/scripts/start may not be run"),
    ("script-line-ends", "interpreter"): ("sed -i 's/\\r$//' scripts/run", "ends with CRLF"),
    ("mount-is-folder", "folder"): ("rmdir server.py", "server.py is mounted as the file /app/server.py"),
    ("user-unknown", "nobody"): ('user: "1000:1000"', "no user or group appuser"),
    ("address-in-use", "port"): ("docker compose top port", "two programs in the container want the same port"),
    ("module-missing", "module"): ("docker compose up -d --build module", "no module fastapi"),
    ("module-missing", "hidden"): ("volumes: [/app/.venv]", "the mount of data hides that folder"),
    ("container-exited", "crash"): ("docker compose logs crash", "139: SIGSEGV"),
    ("container-exited", "done"): ("docker compose config done", "its command is no server"),
}
"""By fault and subject: a command that mends it, and words of the cause."""


@pytest.fixture(scope="module")
def ended(make: Make) -> Sick:
    sick = make(
        {
            "compose.yml": ENDING,
            ".env": f"API_TOKEN={CANARY}\n",
            "data/.keep": "",
            "scripts/start": "#!/bin/sh\nexec sleep 600\n",
            "scripts/run": "#!/bin/sh\r\nexec sleep 600\r\n",
        }
    )
    sick.shell("chmod +x scripts/run; docker compose up -d; sleep 4", fails=True)
    return sick


@pytest.fixture(scope="module")
def seen(ended: Sick) -> dict[tuple[str, str], dict[str, Any]]:
    report = ended.doctor()
    nested = [symptom for each in report["diagnoses"] for symptom in each["symptoms"]]
    return {(each["fault"], each["subject"]): each for each in (*nested, *report["diagnoses"])}


@pytest.mark.parametrize("fault", ENDED, ids="-".join)
def test_what_has_ended_is_told_by_its_cause(
    seen: Mapping[tuple[str, str], dict[str, Any]], fault: tuple[str, str]
) -> None:
    command, words = ENDED[fault]
    assert fault in seen, list(seen)
    assert command in commands(seen[fault])
    assert words in seen[fault]["cause"]


def test_what_runs_and_what_nobody_looks_for_is_left_alone(seen: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    assert "fine" not in {subject for _, subject in seen}


def test_commands_and_fix_mend_what_they_say(ended: Sick, seen: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    volume = ("volume-not-owned", f"{ended.name}_kept")
    assert ended.name in commands(seen[volume])[0]
    ended.edit("compose.yml", "    read_only: true\n", "    read_only: true\n    tmpfs: [/tmp]\n")
    ended.shell(commands(seen["path-denied", "denied"])[0].removeprefix("sudo "))
    folder, again = commands(seen["mount-is-folder", "folder"])
    ended.shell(folder)
    ended.write("server.py", "import time; time.sleep(600)")
    ended.shell(f"{again} readonly denied")
    report = ended.doctor("--fix")
    assert {(each["fault"], each["subject"]) for each in report["mended"] if each["done"]} == {
        volume,
        ("script-not-executable", "scripts/start"),
        ("script-crlf", "scripts/run"),
    }
    left = {each["subject"] for each in report["diagnoses"]}
    assert not left & {"scripts/start", "scripts/run", "folder", "readonly", "unowned", volume[1]}
    ended.shell("docker compose start bit interpreter; sleep 0.5")
    running = ended.shell("docker compose ps --services --status running").split()
    assert {"bit", "interpreter", "folder", "readonly", "unowned", "fine"} <= set(running)


# Databases, and who talks to them.

DATABASE = """\
name: {name}
services:
  db:
    image: postgres:17.6
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
    healthcheck:
      test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"]
      interval: 1s
      retries: 30
    stop_grace_period: 1s
    volumes: [data:/var/lib/postgresql/data]
  app:
    image: postgres:17.6
    environment:
      PGPASSWORD: ${DB_PASSWORD}
      DATABASE_URL: postgresql://postgres@db:5432/postgres
    depends_on:
      db: {condition: service_healthy}
    command: [sh, -c, "psql -h db -U postgres -c 'SELECT 1' && exec sleep 600"]
    stop_grace_period: 0s
volumes:
  data:
"""


CLIENTS = """\
services:
  typo:
    image: postgres:17.6
    environment: {DATABASE_URL: "postgresql://postgres@databse:5432/postgres"}
    depends_on:
      db: {condition: service_healthy}
    command: [psql, "postgresql://postgres@databse:5432/postgres", -c, "SELECT 1"]
    restart: on-failure:1
  itself:
    image: postgres:17.6
    environment: {DATABASE_URL: "postgresql://postgres@localhost:5432/postgres"}
    depends_on:
      db: {condition: service_healthy}
    command: [psql, "postgresql://postgres@localhost:5432/postgres", -c, "SELECT 1"]
    restart: on-failure:1
  otherport:
    image: postgres:17.6
    environment: {DATABASE_URL: "postgresql://postgres@db:5433/postgres"}
    depends_on:
      db: {condition: service_healthy}
    command: [psql, "postgresql://postgres@db:5433/postgres", -c, "SELECT 1"]
    restart: on-failure:1
  early:
    image: postgres:17.6
    depends_on: [db]
    environment: {PGPASSWORD: "${DB_PASSWORD}"}
    command: [sh, -c, "psql -h db -U postgres -c 'SELECT 1' && exec sleep 600"]
    stop_grace_period: 0s
"""


@pytest.fixture(scope="module")
def database(make: Make) -> Sick:
    files = {"compose.yml": DATABASE, "compose.override.yml": CLIENTS}
    sick = make({**files, ".env": f"DB_PASSWORD={CANARY}-first\n"})
    sick.shell("docker compose up -d; sleep 2", fails=True)
    return sick


def test_who_asks_the_wrong_place_is_told_the_right_one(database: Sick) -> None:
    seen = database.faults()
    assert "databse (DATABASE_URL names it); there is db" in seen["host-unknown", "typo"]["cause"]
    assert commands(seen["host-unknown", "typo"])[0] == "DATABASE_URL: db instead of databse"
    assert "localhost, which in a container is the container itself" in seen["connection-refused", "itself"]["cause"]
    assert "on port 5433, and db listens on 5432" in seen["connection-refused", "otherport"]["cause"]
    assert commands(seen["connection-refused", "early"])[0] == "depends_on: {db: {condition: service_healthy}}"
    assert {subject for _, subject in seen} == {"typo", "itself", "otherport", "early"}


def test_a_password_that_the_volume_was_not_made_with_is_changed_by_the_command(database: Sick) -> None:
    database.shell("docker compose rm -sf typo itself otherport early; rm compose.override.yml")
    database.write(".env", f"DB_PASSWORD={CANARY}-second\n")
    changed = database.faults()
    assert {("variables-outdated", "app"), ("variables-outdated", "db")} == set(changed)
    for each in changed.values():
        database.shell(commands(each)[0], fails=True)
    database.shell("sleep 1")
    refused = database.faults()["password-refused", "app"]
    assert "the volume of db was made with another password" in refused["cause"]
    for line in commands(refused):
        database.shell(line)
    database.shell("sleep 1")
    assert database.faults() == {}


# Health checks.

SERVES = f"{PYTHON}\n    command: [python, -m, http.server, '8000']"
CHECKED = "interval: 1s, timeout: 2s, retries: 1"
PROBED = f"""\
name: {{name}}
services:
  tool:
    {SERVES}
    healthcheck: {{test: [CMD, curl, -f, "http://localhost:8000/"], {CHECKED}}}
  port:
    {SERVES}
    healthcheck:
      test: [CMD, python, -c, "import socket; socket.create_connection(('localhost', 8001))"]
      interval: 1s
      retries: 1
  scheme:
    {SERVES}
    healthcheck:
      test: [CMD-SHELL, "python -c \\"import os, urllib.request as r; r.urlopen('https://localhost:8000' + os.sep)\\""]
      interval: 1s
      retries: 1
  path:
    {SERVES}
    healthcheck:
      test: [CMD, python, -c, "import os, urllib.request as r; r.urlopen('http://localhost:8000' + os.sep + 'health')"]
      interval: 1s
      retries: 1
  slow:
    {SERVES}
    healthcheck: {{test: sleep 3, interval: 1s, timeout: 1s, retries: 1}}
  leak:
    {SERVES}
    environment: {{TOKEN: {CANARY}}}
    healthcheck: {{test: 'echo "token=$$TOKEN is refused"; exit 1', {CHECKED}}}
"""

PROBES: dict[str, tuple[str, str, str]] = {
    "tool": ("probe-program-missing", "runs curl, which the image does not have", "test: [CMD, python, -c, "),
    "port": ("probe-port", "it listens on 8000", 'test: ["CMD","python","-c","import socket; socket.create_'),
    "scheme": ("probe-scheme", "asks by HTTPS, and the server talks HTTP", 'test: ["CMD-SHELL","python -c '),
    "path": ("probe-path", "with 404", "docker compose config path"),
    "slow": ("probe-too-slow", "not answered within 1 s", "timeout: 10s"),
    "leak": ("probe-fails", "token=***", "docker compose exec leak "),
}
"""By service: the fault, words of the cause, and how the first command begins."""


@pytest.fixture(scope="module")
def probed(make: Make) -> dict[str, dict[str, Any]]:
    sick = make({"compose.yml": PROBED})
    sick.shell("docker compose up -d")
    for _ in range(60):
        health = sick.shell("docker compose ps -a --format '{{.Health}}'").split()
        if set(health) == {"unhealthy"}:
            break
        sick.shell("sleep 0.5")
    report = sick.doctor()
    return {each["subject"]: each for found in report["diagnoses"] for each in (found, *found["symptoms"])}


@pytest.mark.parametrize("service", PROBES)
def test_a_failing_health_check_is_run_by_hand_and_told_why(probed: Mapping[str, dict[str, Any]], service: str) -> None:
    fault, words, command = PROBES[service]
    assert probed[service]["fault"] == fault
    assert words in probed[service]["cause"]
    assert commands(probed[service])[0].startswith(command)
    assert any(line.startswith(f"docker exec {service} ") for line in probed[service]["seen"])


# Builds.

BUILDS = {
    "apt": ("RUN apt-get install -y libpq-dev", "build-no-package-lists", "RUN apt-get update && apt-get install -y "),
    "ignored": ("COPY ignored.txt .", "build-copies-nothing", "echo '!ignored.txt' >> .dockerignore"),
    "stage": ("COPY --from=bilder /opt /opt", "build-unknown-stage", "grep -in '^FROM' stage.Dockerfile"),
    "mounted": (
        "RUN --mount=type=secret,id=token,required=true true",
        "build-secret-missing",
        "build: {secrets: [token]}",
    ),
    "argument": ("FROM python:${VERSION}", "build-argument-missing", "ARG VERSION=VALUE"),
    "ends": ("COPY run.sh /\nRUN /run.sh", "build-script-line-ends", "sed -i 's/\\r$//' run.sh"),
    "program": (
        "RUN echo $API_TOKEN; curl https://localhost/",
        "build-no-program",
        "RUN apt-get update && apt-get install -y --no-install-recommends curl",
    ),
    "setting": (
        "RUN python -c \"import os; os.environ['SECRET_KEY']\"",
        "build-setting-missing",
        "RUN SECRET_KEY=only-for-the-build COMMAND",
    ),
}
"""By service: the instruction that fails, the fault, and how the first command begins."""


def test_a_build_that_fails_is_told_by_its_instruction_and_its_reason(make: Make) -> None:
    build = f"context: ., args: {{API_TOKEN: {CANARY}}}"
    services = "".join(f"  {name}: {{build: {{{build}, dockerfile: {name}.Dockerfile}}}}\n" for name in BUILDS)
    files = {
        f"{name}.Dockerfile": f"FROM python:3.13-slim\nARG API_TOKEN\n{each[0]}\n" for name, each in BUILDS.items()
    }
    sick = make(
        {
            **files,
            "argument.Dockerfile": "ARG VERSION\nFROM python:${VERSION}\n",
            "compose.yml": "name: {name}\nservices:\n" + services,
            ".dockerignore": "ignored.txt\n",
            "ignored.txt": "",
            "run.sh": "#!/bin/sh\r\necho\r\n",
        }
    )
    sick.shell("chmod +x run.sh")
    report = sick.doctor()
    seen = {
        each["subject"]: each
        for found in report["diagnoses"]
        for each in (found, *found["symptoms"])
        if each["fault"].startswith("build-")
    }
    assert {name: seen[name]["fault"] for name in BUILDS} == {name: fault for name, (_, fault, _) in BUILDS.items()}
    for name, (instruction, _, command) in BUILDS.items():
        first = commands(seen[name])[0]
        assert first.startswith(command) or name == "setting", first
        line = instruction.split("\n")[-1]
        assert f"{name}.Dockerfile:{seen[name]['line']}: {line}" in seen[name]["seen"]
    sick.shell(commands(seen["ignored"])[0])
    for line in commands(seen["ignored"])[1:]:
        sick.shell(line)


# What an earlier form of the project has left behind.

MOVED = """\
name: {name}
services:
  app:
    build: .
    image: {name}-app
    pull_policy: never
    user: "1000:1000"
    command: [sleep, "600"]
    init: true
    networks: [inside, outside, shared]
    volumes: [uploads:/app/uploads]
  db:
    image: postgres:17.6
    environment: {POSTGRES_PASSWORD: some-password-for-tests}
    networks: [inside]
    volumes: [data:/var/lib/postgresql/data]
volumes:
  uploads:
  data:
networks:
  inside:
  outside: {ipam: {config: [{subnet: {subnet}.0/24}]}}
  shared: {name: "{name}-shared", external: true}
"""


@pytest.fixture(scope="module")
def moved(make: Make) -> Sick:
    """A stack that was called `old-…` before, and whose networks others hold."""
    subnet = free_subnet()
    sick = make(
        {
            "compose.yml": MOVED.replace("{subnet}", subnet),
            "Dockerfile": "FROM python:3.13-slim\nRUN install -d -o 1000 -g 1000 /app/uploads\n"
            "WORKDIR /app\nCOPY app.py .\n",
            "app.py": "print('first')\n",
        }
    )
    folder = sick.root.rename(sick.root.with_name(f"old-{sick.name}"))
    sick.root, old = folder, folder.name
    sick.projects.append(old)
    label = "--label com.docker.compose.project"
    for key in ("uploads", "data"):
        sick.shell(f"docker volume create {label}={old} --label com.docker.compose.volume={key} {old}_{key}")
    write = "mkdir -p /v/a && echo one > /v/a/one && echo two > /v/two && chown -R 1000:1000 /v && ln -s two /v/link"
    sick.shell(f"docker run --rm --network none -v {old}_uploads:/v python:3.13-slim sh -c '{write}'")
    sick.shell(f"docker run --rm --network none -v {old}_data:/v python:3.13-slim sh -c 'echo 15 > /v/PG_VERSION'")
    sick.shell(f"docker network create {sick.name}_inside")
    sick.shell(f"docker network create {label}={old} --subnet {subnet}.0/25 {old}_mine")
    sick.shell("docker compose build -q")
    return sick


def test_volumes_of_a_former_name_are_carried_over_and_checked(moved: Sick) -> None:
    seen, old = moved.faults(), moved.root.name
    for key in ("uploads", "data"):
        left = seen["volume-left-behind", f"{moved.name}_{key}"]
        assert f"are on {old}_{key}, of a name that the project had before" in left["cause"]
        assert any(f"-v {old}_{key}:/from:ro -v {moved.name}_{key}:/to:nocopy" in line for line in commands(left))
    report = moved.doctor("--fix")
    outcomes = {each["subject"]: each["outcome"] for each in report["mended"] if each["done"]}
    assert "2 files, 8 bytes, digest " in outcomes[f"{moved.name}_uploads"]
    assert f"the same on both; {old}_uploads stays" in outcomes[f"{moved.name}_uploads"]
    look = (
        f"docker run --rm -v {moved.name}_uploads:/v:ro python:3.13-slim sh -c 'cat /v/a/one /v/link; stat -c %u /v/a'"
    )
    assert moved.shell(look).split() == ["one", "two", "1000"]
    # By now it is told that the data which were brought along are too old for the image.
    after = {(each["fault"], each["subject"]): each for each in report["diagnoses"]}
    assert not {fault for fault, _ in after} & {"volume-left-behind", "network-missing"}
    version = after["data-version", "db"]
    assert "are of PostgreSQL 15, older than the 17 of postgres:17.6" in version["cause"]
    assert commands(version)[0] == "image: postgres:15"
    assert ("network-missing", f"{moved.name}-shared") in seen
    assert moved.shell(f"docker network ls -q --filter name={moved.name}-shared").strip()


def test_networks_that_are_in_the_way_are_told_and_removed_by_the_command(moved: Sick) -> None:
    seen, old = moved.faults(), moved.root.name
    label = seen["network-label", f"{moved.name}_inside"]
    assert "it was not made by Compose" in label["cause"]
    subnet = seen["subnet-taken", f"{moved.name}_outside"]
    assert re.search(rf"the network {old}_mine has 10\.\d+\.\d+\.0/25 already", subnet["cause"])
    moved.shell(commands(label)[0])
    moved.shell(commands(subnet)[0])
    moved.shell(f"docker volume rm {moved.name}_data {old}_data; docker compose up -d --wait --wait-timeout 30 app")
    assert set(moved.faults()) == set()


# Images, and health.


def test_an_image_that_its_registry_does_not_give_is_told_with_the_reason(make: Make) -> None:
    with registry() as host:
        sick = make({"compose.yml": f"name: {{name}}\nservices:\n  gone:\n    image: {host}/gone/thing:1\n"
                                    f"  private:\n    image: {host}/private/thing:1\n"
                                    f"  busy:\n    image: {host}/busy/thing:1\n"})  # fmt: skip
        seen = sick.faults()
    assert set(seen) == {("image-unknown", "gone"), ("image-not-allowed", "private"), ("image-rate-limited", "busy")}
    assert commands(seen["image-unknown", "gone"])[0] == f"docker buildx imagetools inspect {host}/gone/thing:1"
    assert commands(seen["image-not-allowed", "private"])[0] == f"docker login {host}"


def test_a_registry_that_is_not_there_is_told_from_an_image_that_is_not(make: Make) -> None:
    sick = make({"compose.yml": "name: {name}\nservices:\n  app:\n    image: registry.invalid/app:1\n"})
    assert set(sick.faults()) == {("image-not-pulled", "app")}


HEALTHY = """\
name: {name}
services:
  app:
    build: .
    image: {name}-app
    pull_policy: never
    environment: {DATABASE_URL: "postgresql://postgres:${DB_PASSWORD}@db:5432/postgres"}
    volumes: [uploads:/app/uploads]
    tmpfs: [/tmp]
    read_only: true
    stop_grace_period: 1s
    healthcheck: {test: [CMD, python, -c, "import socket; socket.create_connection(('localhost', 8000))"], interval: 1s}
    depends_on:
      db: {condition: service_healthy}
      once: {condition: service_completed_successfully}
  once:
    image: python:3.13-slim
    network_mode: none
    command: [python, -c, "print('KeyError in a log of what ended well')"]
  db:
    image: postgres:17.6
    environment: {POSTGRES_PASSWORD: "${DB_PASSWORD}"}
    stop_grace_period: 1s
    healthcheck: {test: [CMD-SHELL, "pg_isready -h 127.0.0.1 -U postgres"], interval: 1s, retries: 30}
    volumes: [data:/var/lib/postgresql/data]
  debug:
    image: python:3.13-slim
    profiles: [debug]
    command: [sleep, "600"]
    stop_grace_period: 0s
volumes:
  uploads:
  data:
"""


@pytest.fixture(scope="module")
def healthy(make: Make) -> Sick:
    return make(
        {
            "compose.yml": HEALTHY,
            ".env": f"DB_PASSWORD={CANARY}\n",
            "Dockerfile": "FROM python:3.13-slim\nRUN install -d -o 1000 -g 1000 /app/uploads\nWORKDIR /app\n"
            'COPY app.py .\nUSER 1000:1000\nCMD ["python", "-m", "http.server", "8000"]\n',
            "app.py": "print('first')\n",
        }
    )


def test_nothing_is_diagnosed_on_a_healthy_stack_up_stopped_or_never_started(healthy: Sick) -> None:
    assert healthy.faults() == {}
    healthy.shell("docker compose --profile debug up -d --wait")
    assert healthy.faults() == {}
    healthy.shell("docker compose stop")
    assert healthy.faults() == {}


def test_what_is_older_than_its_files_is_told_until_it_is_made_anew(healthy: Sick) -> None:
    healthy.write("compose.override.yml", 'services: {gone: {image: "python:3.13-slim", command: [sleep, "600"]}}')
    healthy.shell("docker compose up -d --wait; rm compose.override.yml")
    healthy.write("app.py", "print('second')\n")
    seen = healthy.faults()
    assert set(seen) == {("image-outdated", "app"), ("orphan-containers", "gone")}
    assert "app.py changed since it was built" in seen["image-outdated", "app"]["cause"]
    healthy.shell("docker compose build -q app")
    again = healthy.faults()["image-outdated", "app"]
    assert f"runs an older image than {healthy.name}-app is now" in again["cause"]
    healthy.shell(commands(again)[0])
    healthy.shell(commands(seen["orphan-containers", "gone"])[0])
    assert healthy.faults() == {}


def test_who_complains_while_he_runs_and_what_would_not_build_again_is_told(healthy: Sick) -> None:
    healthy.shell("docker compose up -d --wait")
    complain = "import sys; open('/proc/1/fd/2', 'w').write(sys.argv[1] + chr(10))"
    line = "PermissionError: [Errno 13] Permission denied: '/srv/x'"
    app = healthy.shell("docker compose ps -q app").strip()
    healthy.shell(f'docker exec --privileged -u 0 {app} python -c "{complain}" "{line}"')
    healthy.edit("Dockerfile", "COPY app.py .", "RUN no-such-program\nCOPY app.py .")
    seen = healthy.faults("--build")
    assert set(seen) == {("path-denied", "app"), ("build-no-program", "app")}
    assert "1000:1000 may not use /srv/x, a file or folder of the image" in seen["path-denied", "app"]["cause"]


EXAMPLE = Path(__file__).parents[2] / "examples" / "dashtam-legacy"


def test_nothing_is_diagnosed_on_the_refitted_example(tmp_path: Path) -> None:
    root = tmp_path / live_name("healthy")
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns("certs", "__pycache__", ".*_cache", ".env", ".venv"))
    example = Sick(root, {})
    compose = "docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev"
    with ports_held():
        try:
            example.shell(f"{sys.executable} -m dockwright apply --yes && make certs dev-up && {compose} up -d --wait")
            assert example.faults("dev") == {}
        finally:
            example.shell(f"{compose} down -v --rmi local -t 2", fails=True)
