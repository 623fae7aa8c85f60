"""Moving the env files: whoever reads them still does, and git sees no more of them than before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.refactor.layout.env_files import EnvFiles
from projects import project, texts

COMPOSE = "name: shop\nservices:\n  app:\n    image: shop\n    env_file: ../.env\n"
CALL = "up:\n\tdocker compose -f compose/docker-compose.dev.yml --env-file .env up\n"
BASE = {"compose/docker-compose.dev.yml": COMPOSE, "Makefile": CALL, ".gitignore": ".env*\n"}


def moved(files: Mapping[str, str]) -> Plan:
    return make_plan(project({**BASE, **files}), [], [EnvFiles()])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (".env", "env/.env.dev"),
        (".env.example", "env/.env.dev.example"),
        ("env.sample", "env/.env.dev.example"),
        (".env.production", "env/.env.prod"),
        (".env.test.example", "env/.env.test.example"),
        (".env.celery", "env/.env.celery"),
        (".env.production.db-sample", "env/.env.prod.db.example"),
    ],
)
def test_an_env_file_is_named_for_its_environment(old: str, new: str) -> None:
    assert texts(moved({old: "A=b\n"}).after)[new] == "A=b\n"


def test_every_reader_follows() -> None:
    readme = "Copy `.env.example` to `.env`:\n\n```sh\ncp .env.example .env\n```\n"
    result = texts(moved({".env": "A=b\n", ".env.example": "# Copy to .env\nA=\n", "README.md": readme}).after)
    assert "env_file: ../env/.env.dev\n" in result["compose/docker-compose.dev.yml"]
    assert "--env-file env/.env.dev up" in result["Makefile"]
    assert "cp env/.env.dev.example env/.env.dev\n" in result["README.md"]
    assert result["env/.env.dev.example"] == "# Copy to env/.env.dev\nA=\n"


def test_a_file_that_nobody_has_made_yet_is_named_at_its_new_place() -> None:
    result = texts(moved({".env.example": "A=\n", "setup.sh": "test -f .env || cp .env.example .env\n"}).after)
    assert result["setup.sh"] == "test -f env/.env.dev || cp env/.env.dev.example env/.env.dev\n"


def test_a_service_that_reads_it_is_meant_to() -> None:
    plan = moved({".env.example": "A=\n", "setup.sh": "cp .env.example .env\n"})
    (patch,) = plan.patches
    assert [(each.place, each.after) for each in patch.intends if each.place.startswith("stack ")] == [
        ("stack dev / services / app / env_file / 0 / path", "./env/.env.dev")
    ]


def test_what_code_reads_by_itself_stays() -> None:
    files = {
        ".env": "A=b\n",
        ".env.test": "A=b\n",
        "settings.py": 'from dotenv import load_dotenv\nload_dotenv(".env")\n',
    }
    result = texts(moved(files).after)
    assert ".env" in result
    assert "env/.env.test" in result


def test_what_a_library_looks_for_stays() -> None:
    files = {".env.example": "A=\n", ".env.test": "A=b\n", "manage.py": "import dotenv\n\ndotenv.load_dotenv()\n"}
    assert {".env.example", "env/.env.test"} <= texts(moved(files).after).keys()


def test_the_file_that_an_example_is_copied_to_goes_where_the_example_goes() -> None:
    compose = COMPOSE.replace("../.env", "../.env.dev")
    readme = "Rename *.env.dev-sample* to *.env.dev*.\n"
    files = {"compose/docker-compose.dev.yml": compose, ".env.dev-sample": "A=\n", "README.md": readme}
    result = texts(moved(files).after)
    assert "env_file: ../env/.env.dev\n" in result["compose/docker-compose.dev.yml"]
    assert result["README.md"] == "Rename *env/.env.dev.example* to *env/.env.dev*.\n"


SETTINGS = {
    "src/config.py": 'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_file=".env")\n',
    ".env.example": "A=\n",
}


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "```sh\ncp .env.example .env\npoetry run uvicorn src.main:app --reload\n```\n"},
        {"justfile": "run *args:\n  uvicorn src.main:app {{args}}\n"},
        {
            "README.md": "```sh\n$ python manage.py runserver\n```\n",
            "src/config.py": 'import starlette.config\nconfig = starlette.config.Config(".env")\n',
        },
    ],
    ids=["readme", "justfile", "django"],
)
def test_what_the_program_reads_without_a_container_stays(files: dict[str, str]) -> None:
    plan = moved({**SETTINGS, **files})
    assert not plan.patches
    assert [(left.what, left.at and left.at.path) for left in plan.deferred] == [
        ("move .env.example to env/", "src/config.py")
    ]


def test_what_only_containers_run_reads_what_compose_gives_it() -> None:
    readme = "gunicorn serves it:\n\n```sh\ncp .env.example .env\ndocker compose exec app alembic upgrade head\n```\n"
    assert moved({**SETTINGS, "README.md": readme}).patches


def test_what_compose_finds_by_itself_stays() -> None:
    files = {
        ".env": "A=b\n",
        "docker-compose.yml": "name: shop\nservices: {}\n",
        "Makefile": "up:\n\tdocker compose up\n",
    }
    assert ".env" in texts(moved(files).after)


def test_two_files_for_one_environment_stay() -> None:
    result = texts(moved({".env.dev": "A=b\n", ".env.local": "A=c\n"}).after)
    assert {".env.dev", ".env.local"} <= result.keys()


@pytest.mark.parametrize(
    ("before", "expected"), [(".env*\n", ".env*\n"), (".env\n", ".env\nenv/.env.*\n!env/.env.*.example\n")]
)
def test_git_sees_no_more_than_before(before: str, expected: str) -> None:
    assert texts(moved({".env": "A=b\n", ".gitignore": before}).after)[".gitignore"] == expected


def test_a_second_time_there_is_nothing_to_do() -> None:
    after = moved({".env": "A=b\n", ".env.example": "A=\n"}).after
    assert not make_plan(after, [], [EnvFiles()]).patches
