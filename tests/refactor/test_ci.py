"""Workflows make the env files that git hides; Dependabot and editors follow; a project without CI gets one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import example
from dockwright.engine.compose import RealCompose
from dockwright.plan import Plan, make_plan
from dockwright.project.discover import discover
from dockwright.proof.static import prove
from dockwright.refactor.ci.steps import BEFORE_LEFTOVERS, CI
from dockwright.refactor.env import ENV
from dockwright.refactor.layout import LAYOUT
from dockwright.refactor.packaging.leftovers import Leftovers
from dockwright.syntax import yaml
from dockwright.text import Source
from projects import project, texts

WORKFLOW = ".github/workflows/ci.yml"
STACK = "services:\n  app:\n    image: shop\n"
HIDDEN = {
    "compose/docker-compose.ci.yml": STACK,
    ".gitignore": "env/.env.*\n!env/.env.*.example\n",
    "env/.env.ci": "A=b\n",
    "env/.env.ci.example": "A=b\n",
    "env/.env.dev.example": "A=b\n",
    "env/.env.test.example": "A=b\n",
}
CALL = "docker compose -f compose/docker-compose.ci.yml --env-file env/.env.ci up"


def followed(files: Mapping[str, str]) -> Plan:
    plan = make_plan(project(files), [], CI)
    assert not make_plan(plan.after, [], CI).patches
    return plan


def steps(*written: str, env: str = "") -> str:
    return f"on: push\n{env}jobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n" + "".join(
        f"      - {step}\n" for step in written
    )


def made(workflow: str, files: Mapping[str, str] = HIDDEN) -> str:
    result = texts(followed({**files, WORKFLOW: workflow}).after)[WORKFLOW]
    assert not yaml.parse(Source(WORKFLOW, result)).problems
    return result


def test_an_env_file_that_git_hides_is_made_behind_the_checkout() -> None:
    assert made(steps("uses: actions/checkout@v5 # all", f"run: {CALL}")) == steps(
        "uses: actions/checkout@v5 # all", "run: cp env/.env.ci.example env/.env.ci", f"run: {CALL}"
    )


def test_a_new_step_has_a_name_where_the_others_have_one() -> None:
    named = f"name: Up\n        run: {CALL}"
    assert made(steps("uses: actions/checkout@v5", named)) == steps(
        "uses: actions/checkout@v5", "name: Env file\n        run: cp env/.env.ci.example env/.env.ci", named
    )


def test_blank_lines_stay_between_steps() -> None:
    assert made(steps("uses: actions/checkout@v5\n", f"run: {CALL}")) == steps(
        "uses: actions/checkout@v5\n", "run: cp env/.env.ci.example env/.env.ci\n", f"run: {CALL}"
    )


def test_a_call_in_a_variable_needs_the_file_where_it_is_used() -> None:
    env = f"env:\n  STACK: {CALL.removesuffix(' up')}\n"
    assert "cp env/.env.ci.example env/.env.ci" in made(steps("uses: actions/checkout@v5", "run: $STACK up", env=env))
    assert "cp " not in made(steps("uses: actions/checkout@v5", "run: make", env=env))


def test_a_loop_needs_the_file_of_each_round() -> None:
    loop = (
        "run: |\n          for name in dev ci; do\n"
        "            docker compose --env-file env/.env.$name config\n          done"
    )
    assert (
        "      - run: |\n          cp env/.env.dev.example env/.env.dev\n          cp env/.env.ci.example env/.env.ci\n"
    ) in made(steps("uses: actions/checkout@v5", loop))


SILENT = [
    (steps("uses: actions/checkout@v5", "run: cp env/.env.ci.example env/.env.ci", f"run: {CALL}"), HIDDEN),
    (steps("uses: actions/checkout@v5", f"run: {CALL}"), {**HIDDEN, ".gitignore": ""}),
    (steps("uses: actions/checkout@v5", f"run: {CALL}"), {k: v for k, v in HIDDEN.items() if "example" not in k}),
    (steps(f"run: {CALL}"), HIDDEN),
]


@pytest.mark.parametrize(("workflow", "files"), SILENT, ids=["made", "committed", "no example", "no checkout"])
def test_nothing_is_made_that_is_there_or_cannot_be(workflow: str, files: dict[str, str]) -> None:
    assert made(workflow, files) == workflow


def test_a_filter_watches_the_example_of_a_hidden_file() -> None:
    text = 'on:\n  push:\n    paths:\n      - "env/.env.ci"\njobs: {}\n'
    assert made(text) == text.replace("env/.env.ci", "env/.env.ci.example")


@pytest.mark.compose
def test_the_example_s_stacks_stay_what_they_are(tmp_path: Path) -> None:
    own = discover(str(example.copy(tmp_path)))
    plan = make_plan(own, [], [*LAYOUT, *ENV, *BEFORE_LEFTOVERS, Leftovers(), *CI])
    assert prove(plan, RealCompose()).broken == ()
    assert "      - run: |\n          cp env/.env.dev.example env/.env.dev\n" in texts(plan.after)[WORKFLOW]


MANIFEST = '[project]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["idna"]\n'


def test_dependabot_looks_where_the_files_are() -> None:
    text = (
        'version: 2\nupdates:\n  - package-ecosystem: "pip" # both\n    directory: "/"\n'
        "  - package-ecosystem: docker\n    directory: /\n  - package-ecosystem: docker-compose\n    directory: /\n"
    )
    files = {
        ".github/dependabot.yml": text,
        "uv.lock": "version = 1\n",
        "pyproject.toml": MANIFEST,
        "docker/Dockerfile": "FROM python:3.13\n",
        "compose/docker-compose.dev.yml": STACK,
    }
    assert texts(followed(files).after)[".github/dependabot.yml"] == (
        'version: 2\nupdates:\n  - package-ecosystem: "uv" # both\n    directory: "/"\n'
        "  - package-ecosystem: docker\n    directory: /docker\n"
        "  - package-ecosystem: docker-compose\n    directory: /compose\n"
    )
    stays = {**files, "requirements.txt": "flask\n", "Dockerfile": "FROM a\n", "compose.yml": STACK}
    assert texts(followed(stays).after)[".github/dependabot.yml"] == text


@pytest.mark.parametrize(
    ("line", "path"), [("ENV UV_PROJECT_ENVIRONMENT=/opt/venv", "/opt/venv/bin/python"), ("", "/usr/local/bin/python")]
)
def test_an_editor_finds_the_environment_of_the_image(line: str, path: str) -> None:
    text = (
        '{\n  "build": {"dockerfile": "../docker/Dockerfile", "context": ".."},\n  "customizations": {"vscode": '
        '{"settings": {"python.defaultInterpreterPath": "%s"}}} // here\n}\n'
    )
    files = {
        ".devcontainer/devcontainer.json": text % "/usr/local/bin/python",
        "docker/Dockerfile": f"FROM python:3.13\n{line}\n",
    }
    assert texts(followed(files).after)[".devcontainer/devcontainer.json"] == text % path


TESTED = {
    "compose/docker-compose.ci.yml": (
        "name: shop-ci\nservices:\n  app:\n    image: shop:test\n    build:\n      context: ..\n"
        "      dockerfile: docker/Dockerfile\n      target: test\n"
    ),
    "docker/Dockerfile": 'FROM python:3.13 AS base\nFROM base AS test\nCMD ["pytest"]\nFROM base AS production\n',
    ".gitignore": "env/.env.*\n!env/.env.*.example\n",
    "env/.env.ci.example": "A=b\n",
}


def test_a_project_without_a_pipeline_gets_one() -> None:
    workflow = texts(followed(TESTED).after)[WORKFLOW]
    root = yaml.plain(yaml.parse(Source(WORKFLOW, workflow)).root)
    assert root["permissions"] == {"contents": "read"}
    test, audit = root["jobs"]["test"], root["jobs"]["audit"]
    assert test["env"]["COMPOSE"] == "docker compose -f compose/docker-compose.ci.yml --env-file env/.env.ci"
    assert [step.get("uses", step.get("run")) for step in test["steps"]] == [
        "actions/checkout@v7",
        "cp env/.env.ci.example env/.env.ci",
        "docker/setup-buildx-action@v4",
        "docker/build-push-action@v7",
        "$COMPOSE run --rm app",
        "$COMPOSE logs",
        "$COMPOSE down --volumes",
    ]
    assert test["steps"][3]["with"] == {
        "context": ".",
        "file": "docker/Dockerfile",
        "target": "test",
        "tags": "shop:test",
        "load": True,
        "cache-from": "type=gha",
        "cache-to": "type=gha,mode=max",
    }
    assert audit["permissions"] == {"contents": "read", "security-events": "write"}


def test_tests_are_asked_for_where_the_service_does_not_start_them() -> None:
    stack = TESTED["compose/docker-compose.ci.yml"] + "    command: [uvicorn, 'shop:app']\n"
    workflow = texts(followed({**TESTED, "compose/docker-compose.ci.yml": stack}).after)[WORKFLOW]
    assert "run: $COMPOSE run --rm app pytest\n" in workflow


@pytest.mark.parametrize(
    "files",
    [
        {".gitlab-ci.yml": "a:\n  script: [make]\n"},
        {".circleci/config.yml": "version: 2.1\n"},
        {"Jenkinsfile": "pipeline {}\n"},
        {"compose/docker-compose.ci.yml": STACK},
    ],
    ids=["GitLab", "CircleCI", "Jenkins", "no tests"],
)
def test_no_workflow_is_written_beside_a_pipeline_or_without_tests(files: dict[str, str]) -> None:
    assert WORKFLOW not in followed({**TESTED, **files}).after.sources
