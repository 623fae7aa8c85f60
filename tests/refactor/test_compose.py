"""The user's compose files become hardened environments, edited and never rewritten."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.engine.compose import RealCompose
from dockwright.plan import Plan, make_plan
from dockwright.project.discover import discover
from dockwright.proof.static import prove
from dockwright.refactor.compose.for_tests import ForTests
from dockwright.refactor.compose.hardening import Hardening
from dockwright.refactor.compose.inits import Inits
from dockwright.refactor.compose.migrations import Migrations, Servers
from dockwright.refactor.compose.networks import Networks
from dockwright.refactor.compose.probes import Probes
from dockwright.refactor.compose.runners import Runners
from dockwright.refactor.compose.secrets import Secrets
from dockwright.refactor.compose.steps import BEFORE_DOCKERFILE, COMPOSE
from dockwright.refactor.compose.tags import Tags
from dockwright.refactor.compose.targets import Targets
from dockwright.refactor.compose.volumes import Volumes
from dockwright.refactor.step import Step
from example import LEGACY
from projects import project, texts

DOCKERFILE = """FROM python:3.13-slim AS base
ENV PATH=/opt/venv/bin:$PATH
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
APP = "from fastapi import FastAPI\napp = FastAPI()\n\n\n@app.get('/health')\ndef health(): ...\n"
SERVER = "uvicorn app:app --host 0.0.0.0 --port 8000"
DB = "  db:\n    image: postgres:17.6\n"


def planned(files: Mapping[str, str], *steps: Step) -> Plan:
    plan = make_plan(project({"Dockerfile": DOCKERFILE, "app.py": APP, **files}), [], steps)
    assert make_plan(plan.after, [], steps).patches == (), "a second run finds something to do"
    return plan


def after(text: str, *steps: Step, path: str = "compose.dev.yml", **files: str) -> str:
    """A compose file's services as the steps leave them."""
    head = "name: shop\nservices:\n"
    done = texts(planned({path: head + text, **files}, *steps).after)[path]
    return done.removeprefix(head)


def unchanged(text: str, *steps: Step, path: str = "compose.dev.yml", **files: str) -> bool:
    return after(text, *steps, path=path, **files) == text


# Images


def test_one_service_builds_and_the_others_name_the_image() -> None:
    text = "  app:\n    build: .\n    command: serve\n  worker:\n    build: .\n    command: work\n"
    assert after(text, Tags()) == (
        "  app:\n    build: .\n    image: shop:dev\n    pull_policy: never\n    command: serve\n"
        "  worker:\n    image: shop:dev\n    pull_policy: never\n    command: work\n"
    )


def test_an_image_that_others_may_have_is_pulled_as_before() -> None:
    text = "  app:\n    build: .\n    image: ghcr.io/me/shop\n  worker:\n    build: .\n    image: ghcr.io/me/shop\n"
    assert after(text, Tags()) == (
        "  app:\n    build: .\n    image: ghcr.io/me/shop\n  worker:\n    image: ghcr.io/me/shop\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "  app:\n    build: .\n",
        "  app:\n    build: {context: ., args: {A: 1}}\n  worker:\n    build: {context: ., args: {A: 2}}\n",
        "  app:\n    build: .\n    image: a\n  worker:\n    build: .\n    image: b\n",
        "  app:\n    build: .\n  web:\n    build: ./web\n",
    ],
)
def test_builds_of_their_own_stay(text: str) -> None:
    assert unchanged(text, Tags(), **{"web/Dockerfile": "FROM nginx\n"})


# Migrations

MIGRATING = f'    command: sh -c "alembic upgrade head && {SERVER}"\n'


def test_a_migration_becomes_a_service_that_the_server_waits_for() -> None:
    text = f"  app:\n    image: shop\n    build: .\n{MIGRATING}    env_file: .env\n    depends_on: [db]\n\n{DB}"
    assert after(text, Migrations()) == (
        f"  app:\n    image: shop\n    build: .\n    command: {SERVER}\n    env_file: .env\n    depends_on:\n"
        "      migrate: {condition: service_completed_successfully}\n      db: {condition: service_healthy}\n\n"
        "  # Runs once before the server, so that replicas never race on the schema.\n"
        "  migrate:\n    image: shop\n    env_file: .env\n    command: [alembic, upgrade, head]\n"
        f"    depends_on:\n      db: {{condition: service_healthy}}\n\n{DB}"
    )


def test_what_the_migration_shares_with_the_server_is_written_once() -> None:
    text = f"  app:\n    image: shop\n    build: .\n{MIGRATING}    environment:\n      A: 1\n      B: 2\n{DB}"
    done = after(text, Migrations())
    assert "    environment: &app-environment\n      A: 1\n" in done
    assert "    environment: *app-environment\n" in done


@pytest.mark.parametrize(
    ("command", "becomes"),
    [
        ("sh -c 'flask db upgrade && exec gunicorn app:app'", "gunicorn app:app"),
        ('[sh, -c, "alembic upgrade head && uvicorn app:app"]', "[uvicorn, app:app]"),
        ('sh -c "sleep 5 && alembic upgrade head && uvicorn app:app"', "uvicorn app:app"),
        (
            'sh -c "python manage.py migrate && python manage.py collectstatic && gunicorn app"',
            'sh -c "python manage.py collectstatic && exec gunicorn app"',
        ),
        ('sh -c "alembic upgrade head && uvicorn app:app --port $$PORT"', 'sh -c "exec uvicorn app:app --port $$PORT"'),
    ],
)
def test_the_server_is_left_alone(command: str, becomes: str) -> None:
    done = after(f"  app:\n    image: shop\n    build: .\n    command: {command}\n{DB}", Migrations())
    assert f"    command: {becomes}\n" in done


@pytest.mark.parametrize(
    "command",
    [
        SERVER,
        # What runs before the migration may be what it needs.
        'sh -c "python prepare.py && alembic upgrade head && uvicorn app:app"',
        'sh -c "alembic upgrade head; uvicorn app:app & wait"',
        'sh -c "alembic upgrade head || uvicorn app:app"',
    ],
)
def test_a_start_that_cannot_be_taken_apart_stays(command: str) -> None:
    assert unchanged(f"  app:\n    image: shop\n    build: .\n    command: {command}\n{DB}", Migrations())


WAIT = '#!/bin/sh\nset -e\nwhile ! nc -z "$DB_HOST" 5432; do\n  sleep 1\ndone\nalembic upgrade head\nexec "$@"\n'


def test_a_script_that_waits_and_migrates_is_run_no_more_and_named() -> None:
    text = (
        "  app:\n    image: shop\n    build: .\n    entrypoint: [./start.sh]\n"
        f"    command: {SERVER}\n    environment:\n      A: 1\n      DB_HOST: db\n    depends_on: [db]\n{DB}"
    )
    plan = planned({"compose.dev.yml": f"name: shop\nservices:\n{text}", "start.sh": WAIT}, Migrations())
    done = texts(plan.after)["compose.dev.yml"]
    assert "entrypoint" not in done
    assert "DB_HOST" not in done
    assert "  migrate:\n" in done
    assert [each.what for each in plan.deferred] == [
        "delete start.sh, unless something outside of this project runs it"
    ]


def test_a_script_that_does_more_stays() -> None:
    text = f"  app:\n    image: shop\n    build: .\n    entrypoint: [./start.sh]\n    command: {SERVER}\n{DB}"
    assert unchanged(text, Migrations(), **{"start.sh": WAIT.replace("set -e", "chown -R app /data")})


def test_who_extends_the_server_gets_the_migration_as_well() -> None:
    base = f"name: t\nservices:\n  app:\n    image: shop\n    build: .\n{MIGRATING}    depends_on: [db]\n{DB}"
    ci = (
        "name: c\nservices:\n  app:\n    extends:\n      file: compose.test.yml\n      service: app\n"
        f"    env_file: .env.ci\n{DB}"
    )
    files = {"compose.test.yml": base, "compose.ci.yml": ci, "test.sh": "docker compose -f compose.test.yml up\n"}
    done = texts(planned(files, Migrations()).after)["compose.ci.yml"]
    assert (
        "  migrate:\n    extends:\n      file: compose.test.yml\n      service: migrate\n    env_file: .env.ci\n"
        in done
    )


def test_a_server_starts_alone_where_the_image_migrates_still() -> None:
    dockerfile = 'FROM python:3.13-slim\nCMD ["sh", "-c", "alembic upgrade head && uvicorn app:app"]\n'
    done = after(f"  app:\n    image: shop\n    build: .\n{DB}", Migrations(), Servers(), Dockerfile=dockerfile)
    assert "    command: [uvicorn, app:app]\n" in done
    assert "    command: [alembic, upgrade, head]\n" in done


# Stages


@pytest.mark.parametrize(
    ("path", "target", "numbers"),
    [
        ("compose.dev.yml", "development", True),
        ("compose.test.yml", "test", True),
        ("compose.ci.yml", "test", False),
        ("compose.prod.yml", "production", False),
        ("compose.demo.yml", "production", False),
    ],
)
def test_each_environment_builds_its_stage(path: str, target: str, numbers: bool) -> None:
    args = '      args: {UID: "${UID:-1000}", GID: "${GID:-1000}"}\n' if numbers else ""
    expected = f"  app:\n    build:\n      context: .\n      target: {target}\n{args}"
    assert after("  app:\n    build: .\n", Targets(), path=path) == expected


@pytest.mark.parametrize(
    ("text", "dockerfile"),
    [
        ("  app:\n    build:\n      context: .\n      target: base\n", DOCKERFILE),
        ("  app:\n    build: .\n", "FROM python:3.13-slim\n"),
    ],
)
def test_a_target_of_ones_own_stays_and_none_is_made_up(text: str, dockerfile: str) -> None:
    assert unchanged(text, Targets(), Dockerfile=dockerfile)


def test_a_command_needs_no_package_manager_where_the_environment_is_on_the_path() -> None:
    text = "  app:\n    build: .\n    command: {}\n  worker:\n    build: .\n    command: {}\n"
    before = text.format("poetry run uvicorn app:app", "[uv, run, celery]")
    assert after(before, Runners()) == text.format("uvicorn app:app", "[celery]")
    assert unchanged(before, Runners(), Dockerfile="FROM python:3.13-slim\n")


# Health

TIMES = "      interval: 10s\n      timeout: 3s\n      retries: 5\n      start_period: 30s\n      start_interval: 1s\n"


def test_a_server_is_asked_by_its_health_route() -> None:
    asked = "import urllib.request as r; r.urlopen('http://localhost:8000/health', timeout=2)"
    assert after("  app:\n    build: .\n    ports: ['80:8000']\n", Probes()) == (
        "  app:\n    build: .\n    ports: ['80:8000']\n    healthcheck:\n"
        f'      test: [CMD, python, -c, "{asked}"]\n{TIMES}'
    )


def test_a_server_is_asked_in_its_own_scheme() -> None:
    done = after(f"  app:\n    build: .\n    command: {SERVER} --ssl-certfile c.pem --ssl-keyfile k.pem\n", Probes())
    assert "https://localhost:8000/health" in done
    assert "context=ssl._create_unverified_context()" in done


def test_a_server_without_a_route_is_asked_by_its_port() -> None:
    done = after("  app:\n    build: .\n", Probes(), **{"app.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    assert "socket.create_connection(('localhost', 8000), 2)" in done


def test_a_database_that_somebody_waits_for_is_asked() -> None:
    text = f"  app:\n    image: other\n    depends_on:\n      db: {{condition: service_healthy}}\n{DB}"
    assert "    healthcheck:\n      test: [CMD-SHELL, 'pg_isready" in after(text, Probes())
    assert unchanged(text.replace("healthy", "started"), Probes())


def test_a_worker_is_asked_by_its_own_tool() -> None:
    done = after("  work:\n    build: .\n    command: celery -A shop worker\n", Probes())
    assert """test: [CMD-SHELL, 'celery -A shop inspect ping -d "celery@$$HOSTNAME"']""" in done


@pytest.mark.parametrize(
    ("text", "dockerfile"),
    [
        ("  app:\n    build: .\n    healthcheck: {disable: true}\n", DOCKERFILE),
        ("  app:\n    build: .\n    command: sleep infinity\n", DOCKERFILE),
        ("  app:\n    build: .\n", f"{DOCKERFILE}HEALTHCHECK CMD probe\n"),
        ("  work:\n    build: .\n    command: celery -A shop worker -n me@%h\n", DOCKERFILE),
    ],
)
def test_who_is_asked_already_or_cannot_answer_is_left_alone(text: str, dockerfile: str) -> None:
    assert unchanged(text, Probes(), Dockerfile=dockerfile)


def test_the_images_own_check_of_another_port_does_not_count() -> None:
    check = "HEALTHCHECK CMD python -c \"urlopen('http://localhost:8000/')\"\n"
    text = "  app:\n    build: .\n    command: uvicorn app:app --port 9000\n"
    assert "localhost:9000/health" in after(text, Probes(), Dockerfile=DOCKERFILE + check)


@pytest.mark.parametrize("option", ["--reload", "--workers 4"])
def test_a_server_with_children_gets_an_init(option: str) -> None:
    text = f"  app:\n    build: .\n    command: {SERVER} {option}\n"
    assert after(text, Inits()) == f"  app:\n    build: .\n    init: true\n    command: {SERVER} {option}\n"


@pytest.mark.parametrize("command", [SERVER, "gunicorn -w 4 app:app", "tini -- uvicorn app:app --workers 2"])
def test_who_has_no_children_or_looks_after_them_gets_none(command: str) -> None:
    assert unchanged(f"  app:\n    build: .\n    command: {command}\n", Inits())


# Volumes

PROD = "name: shop-prod\nservices:\n  worker:\n    image: shop\n    volumes: ['logs:/app/logs']\nvolumes:\n  logs:\n"
DEV = (
    "  app:\n    build: .\n    volumes:\n      - .:/app\n      - dev_logs:/app/logs\n"
    "  worker:\n    build: .\n    volumes:\n      - {}\nvolumes:\n  dev_logs:\n"
)


def test_what_is_on_a_volume_in_production_is_not_written_into_the_source() -> None:
    assert after(DEV.format(".:/app"), Volumes(), **{"compose.prod.yml": PROD}) == DEV.format(
        ".:/app\n      - dev_logs:/app/logs"
    )


@pytest.mark.parametrize("mount", ["./src:/app/src", ".:/app\n      - ./logs:/app/logs"])
def test_what_is_mounted_otherwise_is_left_alone(mount: str) -> None:
    assert unchanged(DEV.format(mount), Volumes(), **{"compose.prod.yml": PROD})


# Tests


def test_a_stack_for_tests_publishes_and_keeps_nothing() -> None:
    text = (
        "  app:\n    build: .\n    ports: ['8000:8000']\n"
        f"{DB}    ports: ['5432:5432']\n    volumes:\n      - data:/var/lib/postgresql\n\nvolumes:\n  data:\n"
    )
    assert after(text, ForTests(), path="compose.test.yml") == (
        f"  app:\n    build: .\n{DB}    tmpfs: [/var/lib/postgresql/data]\n"
    )


def test_databases_for_tests_on_the_host_stay_published() -> None:
    text = f"{DB}    ports: ['5432:5432']\n"
    assert unchanged(text, ForTests(), path="compose.test.yml")


def test_a_port_that_a_script_asks_stays_published() -> None:
    text = "  app:\n    build: .\n    ports: ['8000:8000']\n"
    assert unchanged(text, ForTests(), path="compose.test.yml", **{"smoke.sh": "curl localhost:8000/health\n"})


# Production


def prod(text: str, *steps: Step, **files: str) -> str:
    return after(text, *steps, path="compose.prod.yml", **files)


def test_databases_get_a_network_of_their_own() -> None:
    text = f"  app:\n    build: .\n{DB}    ports: ['5432:5432']\n  web:\n    image: nginx\n"
    assert prod(text, Networks()) == (
        f"  app:\n    build: .\n    networks: [default, backend]\n{DB}    networks: [backend]\n"
        "  web:\n    image: nginx\nnetworks:\n  backend:\n    internal: true\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"  app:\n    build: .\n    networks: [a]\n{DB}    networks: [a]\nnetworks:\n  a:\n",
        f"  app:\n    build: .\n{DB}    ports: ['127.0.0.1:5432:5432']\n",
        f"  app:\n    build: .\n    network_mode: host\n{DB}",
    ],
)
def test_networks_of_ones_own_stay(text: str) -> None:
    assert prod(text, Networks()) == text


def test_a_database_reads_its_password_from_a_file() -> None:
    text = f"{DB}    environment:\n      POSTGRES_USER: shop\n      POSTGRES_PASSWORD: ${{DB_PASSWORD:-x}}\n"
    assert prod(text, Secrets()) == (
        f"{DB}    environment:\n      POSTGRES_USER: shop\n"
        "      POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password\n"
        "    secrets:\n      - postgres_password\n"
        "secrets:\n  postgres_password:\n    environment: DB_PASSWORD\n"
    )


def test_a_server_gets_its_certificate_and_key_and_not_their_folder() -> None:
    command = f"{SERVER} --ssl-certfile certs/cert.pem --ssl-keyfile certs/key.pem"
    text = f"  app:\n    build: .\n    command: {command}\n    volumes:\n      - ./certs:/app/certs\n"
    assert prod(text, Secrets()) == (
        f"  app:\n    build: .\n    command: {command}\n    secrets:\n"
        "      - source: tls_cert\n        target: /app/certs/cert.pem\n"
        "      - source: tls_key\n        target: /app/certs/key.pem\n"
        "secrets:\n  tls_cert:\n    file: ./certs/cert.pem\n  tls_key:\n    file: ./certs/key.pem\n"
    )


def test_a_service_has_what_it_needs_and_no_more() -> None:
    assert prod("  app:\n    build: .\n    restart: always\n", Hardening()) == (
        "  app:\n    build: .\n    read_only: true\n    tmpfs: [/tmp]\n    security_opt: [no-new-privileges:true]\n"
        "    cap_drop: [ALL]\n    restart: always\n"
        '    logging:\n      driver: local\n      options: {max-size: 10m, max-file: "5"}\n'
        '    deploy:\n      resources:\n        limits: {cpus: "1.0", memory: 2G, pids: 512}\n'
        "        reservations: {memory: 256M}\n"
    )


def test_a_folder_that_the_image_makes_in_tmp_is_there_still() -> None:
    made = DOCKERFILE.replace("USER", "ENV METRICS=/tmp/metrics\nRUN mkdir /tmp/metrics /tmp/build\nUSER")
    assert "    tmpfs: [/tmp, /tmp/metrics]\n" in prod("  app:\n    build: .\n", Hardening(), Dockerfile=made)


def test_what_services_have_alike_is_written_once() -> None:
    done = texts(
        planned(
            {
                "compose.prod.yml": "# Ours\nname: shop\n\nservices:\n  app:\n    build: .\n    image: shop\n"
                f"  work:\n    image: shop\n    command: celery -A app worker\n{DB}"
            },
            Hardening(),
        ).after
    )["compose.prod.yml"]
    assert done.startswith(
        "# Ours\nname: shop\n\nx-hardened: &hardened\n  security_opt: [no-new-privileges:true]\n  logging:\n"
    )
    assert "\n\nx-app: &app\n  <<: *hardened\n  read_only: true\n" in done
    assert "  app:\n    <<: *app\n    build: .\n" in done
    assert "  work:\n    <<: *app\n    image: shop\n" in done
    assert "  db:\n    <<: *hardened\n    image: postgres:17.6\n" in done


@pytest.mark.parametrize(
    ("service", "dockerfile", "code"),
    [
        ("build: .\n    user: root", DOCKERFILE, APP),
        ("build: .", DOCKERFILE.replace("USER 1000:1000\n", ""), APP),
        ("build: .", DOCKERFILE, f"{APP}open('x.txt', 'w')\n"),
        ("build: .\n    command: celery -A app beat", DOCKERFILE, APP),
        ("build: .\n    command: celery -A app worker --logfile=logs/celery.log", DOCKERFILE, APP),
    ],
)
def test_who_may_write_its_image_is_not_read_only(service: str, dockerfile: str, code: str) -> None:
    done = prod(f"  app:\n    {service}\n", Hardening(), Dockerfile=dockerfile, **{"app.py": code})
    assert "read_only" not in done


def test_what_development_reads_as_well_is_not_hardened_and_a_person_hears_of_it() -> None:
    files = {
        "docker-compose.yml": "name: shop\nservices:\n  app:\n    build: .\n",
        "docker-compose.dev.yml": "services:\n  app:\n    command: x\n",
        "up.sh": "docker compose up\ndocker compose -f docker-compose.yml -f docker-compose.dev.yml up\n",
    }
    plan = planned(files, Hardening())
    assert plan.patches == ()
    assert [each.reason for each in plan.deferred] == ["its files are read in development, too"]


def test_an_edit_that_reaches_more_than_it_means_is_not_made() -> None:
    dev = "name: d\nservices:\n  app:\n    extends: {file: compose.prod.yml, service: app}\n"
    files = {"compose.prod.yml": "name: shop\nservices:\n  app:\n    build: .\n", "compose.dev.yml": dev}
    assert planned(files, Hardening()).patches == ()


# The example


@pytest.mark.compose
def test_the_example_changes_as_declared_and_in_no_other_way() -> None:
    steps = (*BEFORE_DOCKERFILE, *COMPOSE)
    before = discover(str(LEGACY))
    plan = make_plan(before, [], steps)
    assert {patch.owner for patch in plan.patches} == {"compose"}
    assert prove(plan, RealCompose()).broken == ()
    assert make_plan(plan.after, [], steps).patches == ()
