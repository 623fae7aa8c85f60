"""The journal of former files stays out of images."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import make_plan
from dockwright.refactor.backup import Backup
from dockwright.refactor.layout.compose_files import ComposeFiles
from projects import project, texts

DOCKERFILE = "FROM scratch\nCOPY . .\n"
APP = "name: shop\nservices:\n  app:\n    image: shop\n"


def after(files: Mapping[str, str]) -> dict[str, str]:
    return texts(make_plan(project(files), [], [ComposeFiles()], closing=[Backup()]).after)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (".git\n", ".git\n.dockwright\n"),
        (".git", ".git\n.dockwright\n"),
        (".git\r\n", ".git\r\n.dockwright\r\n"),
        (".*\n", ".*\n"),
        ("*\n!src\n", "*\n!src\n"),
    ],
)
def test_the_ignore_file_that_is_read_leaves_it_out(before: str, expected: str) -> None:
    files = {"Dockerfile": DOCKERFILE, ".dockerignore": before, "docker-compose.yml": APP}
    assert after(files)[".dockerignore"] == expected


def test_an_ignore_file_is_made_where_there_is_none() -> None:
    assert after({"Dockerfile": DOCKERFILE, "docker-compose.yml": APP})[".dockerignore"] == ".dockwright\n"


def test_a_context_below_the_root_holds_no_journal() -> None:
    assert ".dockerignore" not in after({"app/Dockerfile": DOCKERFILE, "docker-compose.yml": APP})


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("COPY app app", False),
        ("RUN --mount=type=bind,source=uv.lock,target=uv.lock true", False),
        ("COPY --from=builder . .", False),
        ("COPY . .", True),
        ("COPY ./* /srv/", True),
        ("RUN --mount=type=bind,target=/src,rw true", True),
        ("RUN --mount=target=/src,type=bind,source=. true", True),
    ],
)
def test_a_build_that_takes_what_it_names_sees_no_journal(line: str, made: bool) -> None:
    files = {"Dockerfile": f"FROM scratch AS builder\n{line}\n", "docker-compose.yml": APP}
    assert (".dockerignore" in after(files)) == made


def test_a_project_that_nothing_changes_in_is_left_alone() -> None:
    files = {"Dockerfile": DOCKERFILE, "compose/docker-compose.dev.yml": APP}
    assert after(files) == files
