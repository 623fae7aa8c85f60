"""Moving the Dockerfile: every build still finds it, and its ignore file still works."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.refactor.layout.dockerfiles import Dockerfiles
from projects import project, texts

BASE = {
    "pyproject.toml": '[project]\nname = "shop"\n',
    "Dockerfile": "FROM python:3.13-slim\nCOPY . .\n",
}
MOVED = "docker/Dockerfile"


def moved(files: Mapping[str, str]) -> Plan:
    return make_plan(project({**BASE, **files}), [], [Dockerfiles()])


# What a file says before and after.
LINES = [
    (
        "compose/dev.yml",
        "services:\n  app:\n    build: ..\n",
        "services:\n  app:\n    build:\n      context: ..\n      dockerfile: docker/Dockerfile\n",
    ),
    (
        "compose/dev.yml",
        "services:\n  app:\n    build: {context: .., target: x}\n",
        "services:\n  app:\n    build: {context: .., dockerfile: docker/Dockerfile, target: x}\n",
    ),
    (
        "compose/dev.yml",
        "services:\n  app:\n    build:\n      context: ..\n      dockerfile: Dockerfile\n",
        "services:\n  app:\n    build:\n      context: ..\n      dockerfile: docker/Dockerfile\n",
    ),
    ("compose/dev.yml", "services:\n  app:\n    build: ../front\n", "services:\n  app:\n    build: ../front\n"),
    ("build.sh", "docker build -t shop .\n", "docker build -f docker/Dockerfile -t shop .\n"),
    ("build.sh", "docker build -f Dockerfile .\n", "docker build -f docker/Dockerfile .\n"),
    ("build.sh", "docker buildx build front\n", "docker buildx build front\n"),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        "          push: true\n",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
        "          file: ./docker/Dockerfile\n          push: true\n",
    ),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n"
        "          file: ./docker/Dockerfile\n",
    ),
    ("README.md", "A change to the Dockerfile.\n", "A change to the Dockerfile.\n"),
    ("README.md", "The [Dockerfile](Dockerfile).\n", "The [Dockerfile](docker/Dockerfile).\n"),
    ("README.md", "```text\nDockerfile         the image\n```\n", "```text\ndocker/Dockerfile  the image\n```\n"),
]


@pytest.mark.parametrize(("path", "before", "expected"), LINES)
def test_a_build_still_finds_it(path: str, before: str, expected: str) -> None:
    result = texts(moved({path: before, "front/Dockerfile": "FROM scratch\n"}).after)
    assert MOVED in result
    assert result[path] == expected


def test_the_ignore_file_goes_where_the_build_reads_it() -> None:
    assert texts(moved({".dockerignore": ".git\n"}).after)["docker/Dockerfile.dockerignore"] == ".git\n"


def test_the_ignore_file_goes_on_leaving_the_dockerfile_out() -> None:
    ignored = texts(moved({".dockerignore": "Dockerfile\n!Dockerfile\n# Dockerfile\n"}).after)
    assert ignored["docker/Dockerfile.dockerignore"] == "docker/Dockerfile\n!docker/Dockerfile\n# Dockerfile\n"


def test_an_ignore_file_that_several_builds_share_stays() -> None:
    result = texts(moved({".dockerignore": ".git\n", "front.Dockerfile": "FROM scratch\nCOPY . .\n"}).after)
    assert ".dockerignore" in result or "docker/front.Dockerfile.dockerignore" in result


@pytest.mark.parametrize(
    "files",
    [
        {"fly.toml": 'app = "shop"\n'},
        {"captain-definition": '{"schemaVersion": 2}\n'},
    ],
)
def test_what_finds_it_by_its_name_keeps_it(files: dict[str, str]) -> None:
    plan = moved(files)
    assert not plan.patches
    assert plan.deferred[0].at is not None


def test_a_dockerfile_of_another_context_stays() -> None:
    plan = moved({"docker-compose.yml": "services:\n  a:\n    build: {context: app, dockerfile: ../Dockerfile}\n"})
    assert not plan.patches


def test_a_second_time_there_is_nothing_to_do() -> None:
    after = moved({"docker-compose.yml": "services:\n  a:\n    build: .\n"}).after
    assert not make_plan(after, [], [Dockerfiles()]).patches
