"""Dockerfiles in stages: what becomes of each instruction, what is left to a person, and that it is done once."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.refactor.compose.steps import BEFORE_DOCKERFILE
from dockwright.refactor.dockerfile import Stages
from example import LEGACY
from projects import project, texts

PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n'
COMPOSE = "name: shop\nservices:\n  web:\n    build: .\n"
JOB = "  migrate:\n    build: .\n    command: [alembic, upgrade, head]\n"


def locked(*names: str, sources: tuple[str, ...] = ()) -> str:
    """A lock file in which the project needs these distributions; `sources` are those that have no wheel."""
    needs = ", ".join(f'{{ name = "{name}" }}' for name in (*names, *sources))
    own = f'[[package]]\nname = "shop"\nversion = "1"\nsource = {{ virtual = "." }}\ndependencies = [{needs}]\n'
    wheel = 'wheels = [{{ url = "https://example.com/{0}-1-py3-none-any.whl" }}]\n'
    rest = [f'[[package]]\nname = "{name}"\nversion = "1"\n' + wheel.format(name) for name in names]
    rest += [f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in sources]
    return "\n".join(["version = 1\n", own, *rest])


def planned(dockerfile: str, files: Mapping[str, str] | None = None, path: str = "Dockerfile") -> Plan:
    base = {"pyproject.toml": PYPROJECT, "uv.lock": locked("flask"), "app.py": "", "compose.yaml": COMPOSE}
    return make_plan(project({**base, path: dockerfile, **(files or {})}), [], [Stages()])


def written(dockerfile: str, files: Mapping[str, str] | None = None, path: str = "Dockerfile") -> str:
    """The new Dockerfile."""
    return texts(planned(dockerfile, files, path).after)[path]


def stage(text: str, name: str) -> str:
    """One stage of a Dockerfile."""
    found = re.search(rf"^FROM \S+(?: \S+)? AS {name}\n(.*?)(?=^FROM |\Z)", text, re.M | re.S)
    assert found is not None, text
    return found[1]


def reasons(dockerfile: str, files: Mapping[str, str] | None = None) -> list[str]:
    """Why the Dockerfile stays as it is."""
    plan = planned(dockerfile, files)
    assert not plan.patches
    return [each.reason for each in plan.deferred]


LEGACY_FILE = """\
FROM python:3.13-slim
WORKDIR /srv
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
CMD uvicorn app:app --host 0.0.0.0 --port 8000
"""


def test_a_single_stage_becomes_five_with_production_last() -> None:
    text = written(LEGACY_FILE, {"uv.lock": locked("flask", "pytest")})
    assert re.findall(r"^FROM (.*)", text, re.M) == [
        "python:3.13-slim AS base",
        "base AS builder",
        "builder AS development",
        "development AS test",
        "base AS production",
    ]
    assert text.startswith("# syntax=docker/dockerfile:1\n")
    assert "uv sync --locked --no-dev --no-install-project\n" in stage(text, "builder")
    assert stage(text, "test") == 'CMD ["pytest"]\n\n'


def test_production_holds_the_program_alone_and_runs_as_a_number() -> None:
    files = {"tests/test_app.py": "", "README.md": "", "Makefile": "", "shop/__init__.py": "", "scripts/seed.py": ""}
    production = stage(written(LEGACY_FILE, files), "production")
    assert [line for line in production.splitlines() if line.startswith("COPY")] == [
        "COPY --from=builder /opt/venv /opt/venv",
        "COPY --chown=1000:1000 app.py ./",
        "COPY --chown=1000:1000 shop shop",
    ]
    assert "USER 1000:1000\n" in production


def test_it_is_done_once() -> None:
    after = planned(LEGACY_FILE).after
    assert not make_plan(after, [], [Stages()]).patches


def test_a_file_that_is_in_stages_already_stays() -> None:
    good = """\
FROM python:3.13-slim AS build
RUN uv sync --locked --no-dev
FROM python:3.13-slim
COPY --from=build /app/.venv /app/.venv
USER 1001
CMD ["python", "app.py"]
"""
    plan = planned(good)
    assert (plan.patches, plan.deferred) == ((), ())


def test_an_image_that_installs_no_python_packages_is_none_of_ours() -> None:
    for dockerfile in ("FROM nginx:1.29\nCOPY site /site\n", "FROM python:3.13-slim\nCOPY . .\nCMD python app.py\n"):
        plan = planned(dockerfile)
        assert (plan.patches, plan.deferred) == ((), ())


def test_without_a_lock_file_nothing_is_written() -> None:
    plan = make_plan(project({"Dockerfile": LEGACY_FILE, "app.py": ""}), [], [Stages()])
    assert not plan.patches
    assert "no uv.lock" in plan.deferred[0].reason


# Commands


@pytest.mark.parametrize(
    ("cmd", "production", "development"),
    [
        (
            "uvicorn a:b --port 80",
            '["uvicorn", "a:b", "--port", "80"]',
            '["uvicorn", "a:b", "--port", "80", "--reload"]',
        ),
        ("poetry run gunicorn a:b", '["gunicorn", "a:b"]', '["gunicorn", "a:b", "--reload"]'),
        ('["pipenv", "run", "python", "app.py"]', '["python", "app.py"]', '["python", "app.py"]'),
        ('["uvicorn", "a:b", "--reload"]', '["uvicorn", "a:b"]', '["uvicorn", "a:b", "--reload"]'),
        ('sh -c "alembic upgrade head && uvicorn a:b"', '["uvicorn", "a:b"]', '["uvicorn", "a:b", "--reload"]'),
        ("uvicorn a:b --port $PORT", '["sh", "-c", "exec uvicorn a:b --port $PORT"]', None),
        ("/usr/local/bin/python3 app.py", '["python3", "app.py"]', '["python3", "app.py"]'),
        (".venv/bin/uvicorn a:b", '["uvicorn", "a:b"]', '["uvicorn", "a:b", "--reload"]'),
        ("fastapi dev a.py", '["fastapi", "dev", "a.py"]', '["fastapi", "dev", "a.py"]'),
        ("celery -A shop worker", '["celery", "-A", "shop", "worker"]', '["celery", "-A", "shop", "worker"]'),
    ],
)
def test_the_server_is_started_alone_and_reloads_in_development(
    cmd: str, production: str, development: str | None
) -> None:
    dockerfile = LEGACY_FILE.replace("uvicorn app:app --host 0.0.0.0 --port 8000", cmd)
    text = written(dockerfile, {"compose.yaml": COMPOSE + JOB})
    assert f"CMD {production}\n" in stage(text, "production")
    if development is not None:
        assert f"CMD {development}\n" in stage(text, "development")


@pytest.mark.parametrize("compose", ["", COMPOSE])
def test_migrations_stay_where_no_job_runs_them(compose: str) -> None:
    chained = LEGACY_FILE.replace("CMD uvicorn", "CMD alembic upgrade head && uvicorn")
    plan = planned(chained, {"compose.yaml": compose})
    assert 'CMD ["sh", "-c", "alembic upgrade head && exec uvicorn app:app' in texts(plan.after)["Dockerfile"]
    assert [each.what for each in plan.deferred] == ["run `alembic upgrade head` as a job of its own"]


WAITS = '#!/bin/sh\nwhile ! nc -z db 5432; do sleep 1; done\nalembic upgrade head\nexec "$@"\n'


def test_an_entry_point_that_only_waits_and_migrates_is_dropped_with_what_it_needed() -> None:
    dockerfile = LEGACY_FILE.replace(
        "CMD", 'RUN apt-get update && apt-get install -y netcat\nENTRYPOINT ["./start.sh"]\nCMD'
    )
    assert 'ENTRYPOINT ["./start.sh"]' in written(dockerfile, {"start.sh": WAITS})
    text = written(dockerfile, {"start.sh": WAITS, "compose.yaml": COMPOSE + JOB})
    assert "ENTRYPOINT" not in text
    assert "start.sh" not in text
    assert "netcat" not in text


def test_an_entry_point_that_does_more_stays_and_can_be_run() -> None:
    script = '#!/bin/sh\npython manage.py collectstatic\nexec "$@"\n'
    dockerfile = LEGACY_FILE.replace("CMD", 'RUN chmod +x start.sh\nENTRYPOINT ["./start.sh"]\nCMD')
    production = stage(written(dockerfile, {"start.sh": script}), "production")
    assert 'ENTRYPOINT ["./start.sh"]\n' in production
    assert "COPY --chown=1000:1000 --chmod=755 start.sh start.sh\n" in production


def test_a_command_of_a_production_stack_keeps_the_script_that_it_names() -> None:
    compose = "name: shop\nservices:\n  web:\n    build: .\n    command: python scripts/serve.py\n"
    files = {"compose.prod.yaml": compose, "compose.yaml": "", "scripts/serve.py": "", "scripts/seed.py": ""}
    production = stage(written(LEGACY_FILE, files), "production")
    assert "COPY --chown=1000:1000 scripts/serve.py scripts/serve.py\n" in production
    assert "seed" not in production


# Probes


def test_the_probe_asks_what_the_server_serves() -> None:
    dockerfile = LEGACY_FILE.replace(
        "CMD", "HEALTHCHECK --interval=9s CMD curl -kf https://localhost:9999/health || exit 1\nCMD"
    )
    production = stage(written(dockerfile), "production")
    assert "HEALTHCHECK --interval=9s --timeout=3s --start-period=10s --start-interval=1s \\\n" in production
    assert "urlopen('http://localhost:8000/health', timeout=2)" in production


def test_a_server_without_a_known_route_is_asked_for_a_connection_and_a_worker_is_not_asked() -> None:
    assert "create_connection(('localhost', 8000), timeout=2)" in written(LEGACY_FILE)
    assert "HEALTHCHECK" not in written(
        LEGACY_FILE.replace("uvicorn app:app --host 0.0.0.0 --port 8000", "celery -A a worker")
    )


def test_a_port_that_a_variable_gives_is_read_when_the_probe_runs() -> None:
    text = written(LEGACY_FILE.replace("--port 8000", "--port ${PORT:-80}"))
    assert "int(os.environ.get('PORT', '80'))" in text


# System packages


def with_packages(line: str, lock: str, base: str = "python:3.13-slim") -> str:
    dockerfile = LEGACY_FILE.replace("python:3.13-slim", base).replace(
        "COPY requirements", f"RUN {line}\nCOPY requirements"
    )
    return written(dockerfile, {"uv.lock": lock})


APT = "apt-get update && apt-get install -y gcc libpq-dev curl make && rm -rf /var/lib/apt/lists/*"


def test_with_wheels_for_everything_no_system_package_is_left() -> None:
    assert "apt-get" not in with_packages(APT, locked("asyncpg"))


def test_what_is_compiled_gets_its_compiler_in_the_builder_and_its_library_in_production() -> None:
    text = with_packages(APT, locked("flask", sources=("psycopg2",)))
    assert "--no-install-recommends gcc libpq-dev make libc6-dev \\\n" in stage(text, "builder")
    assert "--no-install-recommends libpq5 \\\n" in stage(text, "base")
    assert "curl" not in text


@pytest.mark.parametrize(
    ("base", "library"),
    [
        ("python:3.13-slim", "libssl3t64"),
        ("python:3.13-slim-bookworm", "libssl3"),
        ("python:3.13-slim-trixie", "libssl3t64"),
    ],
)
def test_the_library_has_the_name_that_the_release_gives_it(base: str, library: str) -> None:
    text = with_packages("apt-get update && apt-get install -y gcc libssl-dev", locked(sources=("m2crypto",)), base)
    assert f" {library} \\\n" in stage(text, "base")


def test_what_a_run_takes_away_again_is_for_the_build_alone() -> None:
    line = 'BUILD="gcc libxml2-dev" && apt-get update && apt-get install -y $BUILD gettext && apt-get purge -y $BUILD'
    text = with_packages(line, locked(sources=("lxml",)))
    assert "gcc libxml2-dev libc6-dev" in stage(text, "builder")
    assert "apt-get install --yes gettext \\\n" in stage(text, "base")


def test_alpine_makes_its_user_and_renumbers_it_without_shadow() -> None:
    line = "apk add --no-cache --virtual .build gcc musl-dev postgresql-dev"
    text = with_packages(line, locked(sources=("psycopg2",)), "python:3.13-alpine")
    assert "RUN apk add --no-cache libpq\n" in stage(text, "base")
    assert "adduser -u 1000 -G appuser -D appuser" in stage(text, "base")
    assert "RUN apk add --no-cache gcc musl-dev postgresql-dev\n" in stage(text, "builder")
    assert "usermod" not in text


def test_a_program_that_something_still_calls_stays() -> None:
    compose = COMPOSE + "    healthcheck:\n      test: curl -f http://localhost:8000/\n"
    dockerfile = LEGACY_FILE.replace("COPY requirements", f"RUN {APT}\nCOPY requirements")
    assert "install --yes curl" in written(dockerfile, {"compose.yaml": compose})


# Settings and secrets


def test_settings_stay_but_for_secrets_and_those_of_tools_that_are_gone() -> None:
    env = "ENV SECRET_KEY=k3y-of-the-shop PYTHONDONTWRITEBYTECODE=1 POETRY_VERSION=2 LOG=info\nENV HOME_URL $LOG/x\n"
    plan = planned(LEGACY_FILE.replace("WORKDIR", f"{env}WORKDIR"))
    text = texts(plan.after)["Dockerfile"]
    assert "ENV LOG=info\nENV HOME_URL=$LOG/x \\\n    PYTHONUNBUFFERED=1 \\\n    PATH=/opt/venv/bin:$PATH\n" in text
    assert "SECRET_KEY" not in text
    assert "give SECRET_KEY to the container when it starts" in [each.what for each in plan.deferred]


def test_comments_stay_with_what_they_explain() -> None:
    dockerfile = "# The shop's image\n\n" + LEGACY_FILE.replace("EXPOSE", "# Behind the proxy\nEXPOSE")
    text = written(dockerfile)
    assert text.startswith("# syntax=docker/dockerfile:1\n# The shop's image\n\n")
    assert "# Behind the proxy\nEXPOSE 8000\n" in stage(text, "production")


def test_a_run_that_nobody_knows_is_kept_and_reported() -> None:
    dockerfile = LEGACY_FILE.replace("EXPOSE", "RUN python manage.py collectstatic\nEXPOSE")
    plan = planned(dockerfile)
    production = stage(texts(plan.after)["Dockerfile"], "production")
    assert "USER 1000:1000\nRUN python manage.py collectstatic\n" in production
    assert len(plan.deferred) == 1


def test_named_volumes_get_a_folder_that_the_user_may_write_to() -> None:
    compose = COMPOSE + "    volumes:\n      - logs:/srv/logs\n      - .:/srv\nvolumes:\n  logs:\n"
    assert "install --directory --owner 1000 --group 1000 /srv /srv/logs\n" in written(
        LEGACY_FILE, {"compose.yaml": compose}
    )


# Packaging


def test_a_folder_that_git_keeps_for_the_program_is_made() -> None:
    files = {"logs/.gitkeep": "", "data/.gitkeep": "", "data/seed.json": "{}\n"}
    assert "install --directory --owner 1000 --group 1000 /srv /srv/logs\n" in written(LEGACY_FILE, files)


def test_a_project_that_is_a_package_is_installed_behind_its_source() -> None:
    built = PYPROJECT + '[build-system]\nrequires = ["hatchling"]\n'
    builder = stage(written(LEGACY_FILE, {"pyproject.toml": built}), "builder")
    assert "--no-install-project --no-editable\nCOPY . .\n" in builder
    assert builder.endswith("uv sync --locked --no-dev --no-editable\n\n")


def test_a_stage_that_only_builds_wheels_is_replaced_and_a_frontend_is_kept() -> None:
    dockerfile = """\
FROM python:3.13-slim AS wheels
COPY requirements.txt .
RUN pip wheel -r requirements.txt -w /wheels

FROM node:24 AS frontend
COPY web web
RUN npm run build

FROM python:3.13-slim
WORKDIR /srv
COPY --from=wheels /wheels /wheels
RUN pip install /wheels/*
COPY --from=frontend /web/dist static
COPY . .
CMD ["python", "app.py"]
"""
    text = written(dockerfile, {"web/index.js": ""})
    assert "wheels" not in text
    assert "FROM node:24 AS frontend\nCOPY web web\nRUN npm run build\n" in text
    production = stage(text, "production")
    assert "COPY --from=frontend /web/dist static\n" in production
    assert "web web" not in production


def test_a_service_in_a_folder_of_its_own_is_rewritten_there() -> None:
    files = {
        "backend/pyproject.toml": PYPROJECT,
        "backend/uv.lock": locked("flask"),
        "backend/app.py": "",
        "compose.yaml": "name: shop\nservices:\n  web:\n    build: ./backend\n",
    }
    after = texts(planned(LEGACY_FILE, files, "backend/Dockerfile").after)
    assert "COPY --chown=1000:1000 app.py ./\n" in after["backend/Dockerfile"]
    assert "!app.py\n" in after["backend/.dockerignore"]


# The ignore file


def test_a_dockerfile_in_a_folder_gets_an_ignore_file_beside_it_that_lets_in_what_is_copied() -> None:
    files = {
        "compose.yaml": "name: shop\nservices:\n  web:\n    build: {context: ., dockerfile: docker/Dockerfile}\n",
        "tests/test_app.py": "",
        ".dockerignore": "__pycache__\n.venv\n",
    }
    after = texts(planned(LEGACY_FILE, files, "docker/Dockerfile").after)
    patterns = after["docker/Dockerfile.dockerignore"].splitlines()
    assert patterns[1:7] == ["*", "!app.py", "!pyproject.toml", "!tests", "!uv.lock", "# Nor these, wherever they lie."]
    assert ".dockerignore" not in after


def test_an_ignore_file_with_something_to_say_is_completed() -> None:
    said = "# Ours\ndocs\nassets\ntests\ninfra\n"
    after = texts(planned(LEGACY_FILE, {".dockerignore": said, "tests/test_app.py": ""}).after)[".dockerignore"]
    assert after.startswith(said)
    assert ".git\n" in after
    assert "**/.env\n" in after
    assert after.endswith("!tests\n")


def test_a_package_keeps_the_readme_that_its_build_reads() -> None:
    built = PYPROJECT + 'readme = "README.md"\n[build-system]\nrequires = ["hatchling"]\n'
    files = {"pyproject.toml": built, "README.md": "", ".dockerignore": "*.md\ndocs\nassets\n"}
    assert texts(planned(LEGACY_FILE, files).after)[".dockerignore"].endswith("!README.md\n")


# What is left


def with_line(line: str) -> str:
    return LEGACY_FILE.replace("COPY . .", f"{line}\nCOPY . .")


@pytest.mark.parametrize(
    ("dockerfile", "files", "reason"),
    [
        (LEGACY_FILE.replace("3.13-slim", "2.7-slim"), {}, "Python 2"),
        (LEGACY_FILE + "ONBUILD COPY . .\n", {}, "ONBUILD"),
        ("# Generated by a script, do not edit\n" + LEGACY_FILE, {}, "generated"),
        (with_line("RUN for d in plugins/*; do pip install -r $d/r.txt; done"), {}, "a variable"),
        (with_line("RUN sed -i /dev/d requirements.txt"), {}, "changes what is installed"),
        (with_line("RUN pip install gunicorn"), {}, "installs gunicorn, which is not locked"),
        (with_line("RUN apt-get install -y nginx"), {}, "runs nginx"),
        (LEGACY_FILE.replace("FROM python:3.13-slim", "FROM python:3.13-slim AS app"),
         {"compose.yaml": "name: shop\nservices:\n  web:\n    build: {context: ., target: app}\n"}, "by the name app"),
        (LEGACY_FILE, {"compose.yaml": COMPOSE + "    command: poetry run serve\n"}, "no poetry"),
        (LEGACY_FILE.replace("CMD uvicorn", 'ENTRYPOINT ["./s.sh"]\nCMD uvicorn'),
         {"s.sh": "#!/bin/sh\npoetry run x\n"}, "calls a package manager"),
        (LEGACY_FILE.replace("CMD uvicorn", 'ENTRYPOINT ["./s.sh"]\nCMD uvicorn'),
         {"s.sh": "#!/bin/sh\nchown -R app /data\nexec gosu app $@\n"}, "needs to be root"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_left_with_its_reason(
    dockerfile: str, files: Mapping[str, str], reason: str
) -> None:
    said = reasons(dockerfile, files)
    assert len(said) == 1
    assert reason in said[0]


def test_carriage_returns_stay_carriage_returns() -> None:
    text = written(LEGACY_FILE.replace("\n", "\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def test_the_example_gets_a_small_image_that_serves_by_itself() -> None:
    files = {
        str(path.relative_to(LEGACY)): path.read_text()
        for path in sorted(LEGACY.rglob("*"))
        if path.is_file()
        and "requirements" not in path.name
        and path.suffix in (".py", ".ini", ".yml", ".sh", ".md", "")
    }
    files |= {"pyproject.toml": PYPROJECT, "uv.lock": locked("asyncpg", "pytest"), ".dockerignore": "__pycache__\n"}
    plan = make_plan(project(files, "dashtam"), [], [*BEFORE_DOCKERFILE, Stages()])
    text = texts(plan.after)["Dockerfile"]
    assert "apt-get" not in text
    assert stage(text, "production") == (
        "COPY --from=builder /opt/venv /opt/venv\n"
        "COPY --chown=1000:1000 alembic.ini callback_server.py ./\n"
        "COPY --chown=1000:1000 alembic alembic\n"
        "COPY --chown=1000:1000 fake_provider fake_provider\n"
        "COPY --chown=1000:1000 src src\n"
        "USER 1000:1000\n"
        "EXPOSE 8000\n"
        "HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --start-interval=1s \\\n"
        '    CMD ["python", "-c", "import urllib.request as r; '
        "r.urlopen('http://localhost:8000/health', timeout=2)\"]\n"
        'CMD ["uvicorn", "src.main:app", "--host", "0.0.0.0", "--port", "8000"]\n'
    )
    assert "/app /app/logs\n" in stage(text, "base")
    assert "give SECRET_KEY to the container when it starts" in [each.what for each in plan.deferred]
