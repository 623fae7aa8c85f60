"""Virtual environments: where the tools put them, and where COPY brings them."""

from __future__ import annotations

import pytest

from dockwright.project.environments import environments, is_environment
from dockwright.project.images import images
from projects import project


def made(text: str) -> list[str | None]:
    built = images(project({"Dockerfile": text}))[0]
    return [each.path for each in environments(built, built.tree.stages[-1])]


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("WORKDIR /app\nRUN uv sync", "/app/.venv"),
        ("ENV UV_PROJECT_ENVIRONMENT=/opt/venv\nRUN uv sync", "/opt/venv"),
        ("RUN python -m venv --copies /venv", "/venv"),
        ("WORKDIR /app\nRUN uv venv", "/app/.venv"),
        ("WORKDIR /app\nRUN poetry config virtualenvs.in-project true && poetry install", "/app/.venv"),
        ("WORKDIR /app\nENV PIPENV_VENV_IN_PROJECT=1\nRUN pipenv sync", "/app/.venv"),
        ("RUN python -m venv $UNKNOWN/x", None),
    ],
)
def test_environments_lie_where_their_tools_put_them(lines: str, path: str | None) -> None:
    assert made(f"FROM python:3.13\n{lines}\n") == [path]


def test_an_environment_is_followed_through_copies() -> None:
    text = (
        "FROM python:3.13 AS a\nWORKDIR /app\nRUN uv sync\n\n"
        "FROM python:3.13 AS b\nCOPY --from=a /app /srv\n\nFROM python:3.13\nCOPY --from=b /srv/.venv /venv\n"
    )
    assert made(text) == ["/venv"]


def test_poetry_and_pipenv_keep_their_environments_elsewhere() -> None:
    assert made("FROM python:3.13\nWORKDIR /app\nRUN poetry install\nRUN pipenv install --system\n") == []


def test_a_stage_that_copies_from_itself_ends() -> None:
    assert made("FROM python:3.13 AS a\nCOPY --from=a /x /y\n") == []


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("RUN uv sync --directory web", "/app/web/.venv"),
        ("RUN uv venv --python 3.13 /opt/x", "/opt/x"),
        ("ENV VIRTUAL_ENV=/v\nRUN uv sync --active", "/v"),
        ("ENV VIRTUAL_ENV=/v\nRUN uv sync", "/app/.venv"),
        ("RUN uv run --no-sync python -c 1", "/app/.venv"),
        ("RUN pdm install --prod", "/app/.venv"),
        ("ENV POETRY_VIRTUALENVS_IN_PROJECT=true\nRUN poetry install", "/app/.venv"),
        ("RUN cd web && uv sync", "/app/web/.venv"),
        ("RUN uv -p 3.13 sync", "/app/.venv"),
        ("RUN virtualenv --creator venv /venv", "/venv"),
    ],
)
def test_options_and_variables_choose_the_place(lines: str, path: str) -> None:
    assert made(f"FROM python:3.13\nWORKDIR /app\n{lines}\n") == [path]


@pytest.mark.parametrize(
    "line",
    [
        "uv pip install a",
        "uv lock",
        "virtualenv --help",
        "ENV=1 pip install a",
        "pipenv --venv",
        "pdm lock",
        "PIPENV_VENV_IN_PROJECT=1 pipenv sync --system",
    ],
)
def test_what_makes_no_environment(line: str) -> None:
    assert made(f"FROM python:3.13\nWORKDIR /app\nRUN {line}\n") == []


def test_poetry_fills_an_environment_that_is_there() -> None:
    own = "FROM python:3.13\nWORKDIR /app\nRUN python -m venv .venv\nRUN poetry install\n"
    built = images(project({"Dockerfile": own}))[0]
    (found,) = environments(built, built.tree.stages[0])
    assert (found.path, found.made) == ("/app/.venv", built.tree.stages[0].instructions[-1])
    brought = f"{own}\nFROM python:3.13\nWORKDIR /srv\nCOPY --from=0 /app /srv\nRUN poetry install\n"
    built = images(project({"Dockerfile": brought}))[0]
    (found,) = environments(built, built.tree.stages[-1])
    assert (found.path, found.copied) == ("/srv/.venv", None)


@pytest.mark.parametrize(
    ("copy", "path"),
    [
        ("/app /srv", ["/srv/.venv"]),
        ("/app/ /", ["/.venv"]),
        ("/app/.venv ./v", ["/home/v"]),
        ("/ /old", ["/old/app/.venv"]),
        ("/app/.venv $WHERE", []),
        ("/app/.ve /x", []),
        ("/app/.venv/lib /x", []),
    ],
)
def test_a_copy_brings_what_lies_below_its_source(copy: str, path: list[str]) -> None:
    text = (
        f"FROM python:3.13 AS a\nWORKDIR /app\nRUN uv sync\n\nFROM python:3.13\nWORKDIR /home\nCOPY --from=a {copy}\n"
    )
    assert made(text) == path


def test_what_was_copied_says_who_made_it() -> None:
    text = (
        "FROM python:3.13 AS a\nWORKDIR /app\nRUN uv sync\n\n"
        "FROM python:3.13 AS b\nCOPY --from=A /app /app\n\nFROM python:3.13\nCOPY --from=b /app /app\n"
    )
    built = images(project({"Dockerfile": text}))[0]
    first, second, last = built.tree.stages
    (found,) = environments(built, last)
    assert found.stage is first
    assert found.made is first.instructions[-1]
    assert found.copied is last.instructions[-1]
    assert found.source is second


@pytest.mark.parametrize(("path", "named"), [("/app/.venv", True), ("/opt/venv", True), ("/app/src", False)])
def test_environments_are_known_by_their_names(path: str, named: bool) -> None:
    assert is_environment(path) is named
