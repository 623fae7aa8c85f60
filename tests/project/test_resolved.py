"""Resolved stacks: what dockwright reads off the files is what Compose says."""

from __future__ import annotations

import pytest

from dockwright.engine.compose import RealCompose
from dockwright.project.discover import discover
from dockwright.project.model import Project
from dockwright.project.resolved import facts, leaves_of
from dockwright.project.stacks import label, stacks
from dockwright.proof.static import asked
from example import LEGACY
from projects import project

BASE = """
name: shop
x-app: &app
  image: shop:dev
  environment: {A: "1", B: "${B:-x}"}
services:
  app:
    <<: *app
    build: .
    command: sh -c "a && b"
    ports: ["80:80", "${P:-81}:81"]
    env_file: .env
    volumes: [".:/app/", "data:/data", "./certs:/c:ro", /anon, "${D:-./d}:/d"]
    depends_on: [db]
    links: [db]
    networks: [edge, backend]
    tmpfs: /tmp
    healthcheck: {test: "curl x", interval: 10s, retries: 5}
    deploy: {resources: {limits: {cpus: "2.0", memory: 4G, pids: 512}}}
    logging: {driver: local, options: {max-size: 10m}}
    secrets: [s1, {source: s2, target: /app/x}]
    cap_drop: [ALL]
  db:
    image: postgres:17.6
    build: {context: ., dockerfile: docker/Dockerfile, target: prod, args: {UID: "${UID:-1000}"}}
    ports: ["5432:5432", "127.0.0.1:82:82/udp", "8000-8001:8000-8001"]
    environment: [X=1, Y]
    networks: {backend: {aliases: [q]}}
networks: {edge: , backend: {internal: true}}
volumes: {data: , other: {external: true}}
secrets: {s1: {file: ./certs/a}, s2: {environment: POSTGRES_PASSWORD}}
"""
OVER = """
services:
  app:
    ports: ["80:80", "90:90"]
    volumes: ["./x:/data"]
    command: [x]
    tmpfs: [/tmp, /x]
    cap_drop: [ALL, FOO]
    env_file: [.env2]
    depends_on: {redis: {condition: service_healthy}}
    secrets: [s1, s3]
    logging: {options: {max-size: 1m}}
    environment: {B: 2}
    healthcheck: {test: [CMD, y]}
  db: {ports: !reset [], environment: !override {Z: 1}}
  redis: {image: redis}
  worker: {extends: {file: other/base.yml, service: base}, user: "1"}
secrets: {s3: {file: ./b}}
"""
OTHER = "services:\n  base:\n    image: base\n    build: sub\n    volumes: ['./z:/z']\n    depends_on: [app]\n"

FILES = {
    "compose.yaml": BASE,
    "over.yml": OVER,
    "other/base.yml": OTHER,
    "up.sh": "docker compose -f compose.yaml -f over.yml up\n",
    ".env": "",
    ".env2": "",
}


def by_compose(made: Project) -> dict[str, str]:
    """Every leaf of every stack as real Compose resolves it."""
    found: dict[str, str] = {}
    models = RealCompose().resolve(*asked(made))
    for stack, real in zip(stacks(made), models, strict=True):
        assert real.error is None
        found.update(leaves_of(real.model, stack.project_directory, f"stack {label(made, stack)}"))
    return found


@pytest.mark.compose
def test_stacks_are_read_as_compose_reads_them() -> None:
    made = project(FILES)
    assert facts(made) == by_compose(made)


@pytest.mark.compose
def test_the_example_is_read_as_compose_reads_it() -> None:
    made = discover(str(LEGACY))
    assert facts(made) == by_compose(made)


def test_a_stack_that_extends_what_is_not_there_is_not_read() -> None:
    assert facts(project({"compose.yaml": "services:\n  a: {extends: {file: gone.yml, service: a}}\n"})) == {}
