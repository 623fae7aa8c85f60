"""Roles: what each stack is for."""

from __future__ import annotations

import pytest

from dockwright.project.roles import role
from dockwright.project.stacks import stacks
from projects import project

APP = "services:\n  app:\n    image: shop\n"
OVERLAY = "services:\n  app:\n    restart: always\n"
DEFAULT = "docker-compose.yml"


def roles(files: dict[str, str]) -> dict[str, str | None]:
    """Each stack's last file with the stack's role."""
    made = project(files)
    return {stack.files[-1]: role(made, stack) for stack in stacks(made)}


def alone(text: str = APP, **files: str) -> str | None:
    return roles({DEFAULT: text, **files})[DEFAULT]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"docker-compose.dev.yml": APP}, {"docker-compose.dev.yml": "dev"}),
        ({"compose.production.yaml": APP}, {"compose.production.yaml": "prod"}),
        ({"compose.staging.yaml": APP}, {"compose.staging.yaml": "staging"}),
        ({"compose.testing.yaml": APP, "compose.ci.yaml": APP},
         {"compose.testing.yaml": "test", "compose.ci.yaml": "ci"}),
        ({"compose.demo.yaml": APP}, {"compose.demo.yaml": None}),
        ({".devcontainer/docker-compose.yml": APP}, {".devcontainer/docker-compose.yml": None}),
    ],
)  # fmt: skip
def test_the_name_of_an_environment_is_the_role(files: dict[str, str], expected: dict[str, str | None]) -> None:
    assert roles(files) == expected


def test_default_files_with_an_override_are_development() -> None:
    assert roles({DEFAULT: APP, "docker-compose.override.yml": OVERLAY}) == {"docker-compose.override.yml": "dev"}


def test_the_default_file_without_its_override_is_production() -> None:
    files = {DEFAULT: APP, "docker-compose.override.yml": OVERLAY, "up.sh": f"docker compose -f {DEFAULT} up -d\n"}
    assert roles(files) == {"docker-compose.override.yml": "dev", DEFAULT: "prod"}


def test_a_base_below_a_production_overlay_is_development_by_itself() -> None:
    assert roles({DEFAULT: APP, "docker-compose.prod.yml": OVERLAY}) == {
        DEFAULT: "dev",
        "docker-compose.prod.yml": "prod",
    }


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "dev"),
        ({"docker-compose.dev.yml": APP}, "prod"),
        ({"docker-compose.prod.yml": APP}, "dev"),
        ({"docker-compose.dev.yml": APP, "docker-compose.prod.yml": APP}, None),
        ({"docker-compose.test.yml": APP}, "dev"),
        # What lies in another folder is another application.
        ({"other/docker-compose.dev.yml": APP}, "dev"),
        ({"deploy.sh": "docker compose up -d\n"}, "prod"),
        ({"scripts/run.sh": "docker compose up -d\n"}, "dev"),
        ({"Makefile": "deploy:\n\tdocker compose up -d\n"}, "prod"),
        ({"Makefile": "up:\n\tdocker compose up -d\n"}, "dev"),
        ({"Makefile": "up:\n\tdocker compose --env-file .env.prod up -d\n", ".env.prod": ""}, "prod"),
    ],
)
def test_a_lone_default_file_is_told_by_what_is_around_it(others: dict[str, str], expected: str | None) -> None:
    assert alone(**others) == expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("environment: {ENVIRONMENT: production}", "prod"),
        ("environment: ['APP_ENV=${APP_ENV:-prod}']", "prod"),
        ("environment: {DJANGO_SETTINGS_MODULE: shop.settings.production}", "prod"),
        ("environment: {ENVIRONMENT: development}", "dev"),
        ("environment: {TITLE: production}", "dev"),
        ("env_file: .env.prod", "prod"),
        ("restart: always", "dev"),
    ],
)
def test_a_lone_default_file_is_told_by_its_settings(service: str, expected: str) -> None:
    assert alone(f"{APP}    {service}\n") == expected


@pytest.mark.parametrize("line", ["volumes: ['./:/app']", "command: uvicorn app:app --reload"])
def test_a_stack_in_which_code_is_edited_is_development_whatever_it_is_set_to(line: str) -> None:
    text = f"{APP}    environment: {{ENVIRONMENT: production}}\n    {line}\n"
    assert alone(text, **{"app.py": "", "deploy.sh": "docker compose up -d\n"}) == "dev"
