"""What RUN lines run, in which folder and with which variables, and the virtual environments that they make."""

from __future__ import annotations

import pytest

from dockwright.project.build_steps import installs, steps
from dockwright.project.environments import environments
from dockwright.project.images import Image, images
from projects import project


def image(text: str) -> Image:
    return images(project({"Dockerfile": text}))[0]


def calls(text: str) -> list[tuple[str | None, tuple[str, ...]]]:
    built = image(text)
    return [(call.cwd, call.words) for step in steps(built, built.tree.stages[-1]) for call in step.calls]


def made(text: str) -> list[str | None]:
    built = image(text)
    return [each.path for each in environments(built, built.tree.stages[-1])]


def test_a_command_knows_its_folder_and_the_variables_of_the_dockerfile() -> None:
    text = "ARG V=3\nFROM python:3.13\nARG V\nENV D=/srv\nWORKDIR $D\nWORKDIR app\nRUN cd x && A=1 tool $D/$V ${U}\n"
    assert calls(text) == [("/srv/app/x", ("tool", "/srv/3", "${U}"))]


def test_an_argument_above_the_first_stage_is_unknown_until_it_is_named() -> None:
    assert calls("ARG V=3\nFROM python:3.13\nRUN tool $V\n") == [("/", ("tool", "$V"))]


def test_the_folder_of_an_image_that_is_not_known_is_not_guessed() -> None:
    assert calls("FROM example/base:1\nRUN a\nWORKDIR x\nRUN b\nWORKDIR /y\nRUN c\n") == [
        (None, ("a",)),
        (None, ("b",)),
        ("/y", ("c",)),
    ]


def test_stages_that_a_stage_is_built_upon_come_first() -> None:
    assert [words for _, words in calls("FROM python:3.13 AS a\nRUN one\n\nFROM a\nRUN two\n")] == [("one",), ("two",)]


def test_a_module_is_its_program() -> None:
    text = 'FROM python:3.13\nRUN python3 -m pip install a\nRUN ["pip3.13", "install", "b"]\n'
    assert [words for _, words in calls(text)] == [("pip", "install", "a"), ("pip", "install", "b")]


@pytest.mark.parametrize(
    ("command", "options", "operands"),
    [
        ("uv sync --locked --group=docs -p 3.13", {"--locked": None, "--group": "docs", "-p": "3.13"}, ()),
        ("uv --no-cache pip install -rreq.txt .", {"-r": "req.txt"}, (".",)),
        ("poetry -n install --only main", {"--only": "main"}, ()),
    ],
)
def test_installations_are_read(command: str, options: dict[str, str | None], operands: tuple[str, ...]) -> None:
    built = image(f"FROM python:3.13\nRUN {command}\n")
    (install,) = installs(steps(built, built.tree.stages[0])[0])
    assert dict(install.options) == options
    assert install.operands == operands


@pytest.mark.parametrize("command", ["uv lock", "pip --version", "uv sync --dry-run", "poetry config a b", "echo pip"])
def test_what_installs_nothing_is_no_installation(command: str) -> None:
    built = image(f"FROM python:3.13\nRUN {command}\n")
    assert not list(installs(steps(built, built.tree.stages[0])[0]))


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
