"""The environments that a project lacks are made from development."""

from __future__ import annotations

import pytest

from dockwright.engine.compose import RealCompose
from dockwright.plan import Plan, make_plan
from dockwright.refactor.compose.environments import Environments
from dockwright.refactor.compose.hardening import Hardening
from dockwright.tools import StackFiles
from projects import project, texts

DOCKERFILE = """FROM python:3.13-slim AS base
WORKDIR /app
FROM base AS development
ARG UID=1000
ARG GID=1000
USER $UID:$GID
FROM development AS test
FROM base AS production
USER 1000:1000
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000"]
"""
DEV = """name: shop
services:
  app:
    build: {context: .., dockerfile: docker/Dockerfile, target: development}
    image: shop:dev
    command: uvicorn app:app --host 0.0.0.0 --port 8000 --reload
    env_file: ../env/.env.dev
    environment:
      DATABASE_URL: postgresql://shop:geheim@db/shop
      DEBUG: "true"
    ports: ["8000:8000"]
    volumes: [..:/app]
    depends_on: [db]
  mail:
    image: dpage/pgadmin4
  db:
    image: postgres:17.6
    environment: {POSTGRES_PASSWORD: geheim}
    volumes: [data:/var/lib/postgresql/data]
volumes:
  data:
"""


def planned(dev: str = DEV, dockerfile: str = DOCKERFILE, **files: str) -> Plan:
    made = {"compose/docker-compose.dev.yml": dev, "docker/Dockerfile": dockerfile, "app.py": "app = 1\n", **files}
    plan = make_plan(project(made), [], [Environments()])
    assert make_plan(plan.after, [], [Environments()]).patches == ()
    return plan


def made(environment: str, dev: str = DEV) -> str:
    return texts(planned(dev).after)[f"compose/docker-compose.{environment}.yml"]


def test_tests_have_the_code_mounted_and_data_in_memory() -> None:
    assert made("test") == (
        "# Tests: the application and its databases, which are gone with the stack.\nname: shop-test\n\nservices:\n"
        "  app:\n    build:\n      context: ..\n      dockerfile: docker/Dockerfile\n      target: test\n"
        '      args: {UID: "${UID:-1000}", GID: "${GID:-1000}"}\n    image: shop:test\n    pull_policy: never\n'
        '    command: [uvicorn, app:app, --host, 0.0.0.0, --port, "8000"]\n    env_file: ../env/.env.test\n'
        '    environment:\n      DATABASE_URL: "postgresql://shop:geheim@db/shop"\n      DEBUG: "true"\n'
        "    volumes:\n      - ..:/app\n    depends_on:\n      db: {condition: service_started}\n\n"
        "  db:\n    image: postgres:17.6\n    environment:\n      POSTGRES_PASSWORD: geheim\n"
        "    tmpfs: [/var/lib/postgresql/data]\n"
    )


def test_the_pipeline_runs_what_the_tests_run() -> None:
    assert made("ci") == (
        "# The pipeline runs what the tests run.\nname: shop-ci\n\ninclude:\n  - docker-compose.test.yml\n"
    )


def test_production_has_no_password_no_reload_and_no_mount() -> None:
    done = made("prod")
    assert "geheim" not in done
    assert 'DATABASE_URL: "postgresql://shop:${POSTGRES_PASSWORD:?}@db/shop"' in done
    assert 'POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?}"' in done
    assert 'DEBUG: "false"' in done
    assert "--reload" not in done
    assert "..:/app" not in done
    assert "pgadmin" not in done
    assert "    volumes:\n      - data:/var/lib/postgresql/data\n" in done
    assert done.endswith("\nvolumes:\n  data:\n")


def test_what_is_made_is_hardened_as_if_it_had_been_there() -> None:
    files = {"compose/docker-compose.dev.yml": DEV, "docker/Dockerfile": DOCKERFILE, "app.py": ""}
    plan = make_plan(project(files), [], [Environments(), Hardening()])
    assert "    read_only: true\n" in texts(plan.after)["compose/docker-compose.prod.yml"]


@pytest.mark.parametrize(
    ("dev", "reason"),
    [
        (DEV.replace("dpage/pgadmin4", "acme/thing"), "only you know whether mail belongs to it"),
        (DEV.replace("shop:geheim@", "shop:other@"), "the password in DATABASE_URL is written out"),
        (DEV.replace('DEBUG: "true"', "DJANGO_SETTINGS_MODULE: shop.settings.local"), "only you know what DJANGO"),
    ],
)
def test_what_only_a_person_can_say_of_production_is_left(dev: str, reason: str) -> None:
    plan = planned(dev)
    assert "compose/docker-compose.prod.yml" not in plan.after.sources
    assert "compose/docker-compose.test.yml" in plan.after.sources
    assert any(each.reason.startswith(reason) for each in plan.deferred)


@pytest.mark.parametrize(
    ("dev", "dockerfile"),
    [
        (DEV, "FROM python:3.13-slim\n"),
        ("name: shop\nservices:\n  db:\n    image: postgres:17.6\n", DOCKERFILE),
    ],
)
def test_without_stages_or_a_server_nothing_is_made(dev: str, dockerfile: str) -> None:
    assert planned(dev, dockerfile).patches == ()


def test_environments_that_are_there_stay() -> None:
    own = "name: mine\nservices:\n  db:\n    image: postgres:17.6\n"
    plan = planned(**{"compose/docker-compose.test.yml": own})
    assert texts(plan.after)["compose/docker-compose.test.yml"] == own


@pytest.mark.compose
def test_compose_takes_what_is_made() -> None:
    after = planned(**{f"env/.env.{each}": "" for each in ("dev", "test", "prod")}).after
    contents = {source.path: source.data for source in after.of_kind("compose", "env")}
    stacks = [
        StackFiles((f"compose/docker-compose.{each}.yml",), (), "compose", None) for each in ("test", "ci", "prod")
    ]
    assert [each.error for each in RealCompose().resolve(contents, stacks)] == [None, None, None]
