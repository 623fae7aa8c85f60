"""Images: Dockerfiles, what they are built from, and what holds in their stages."""

from __future__ import annotations

import pytest

from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.syntax import dockerfile
from projects import project

STAGES = """\
ARG PYTHON=3.13
ARG TAG=$PYTHON-slim
FROM python:${TAG} AS base
USER 1000
WORKDIR /app
FROM base AS builder
USER root
FROM builder AS Development
FROM base
CMD ["true"]
"""


def image(files: dict[str, str]) -> Image:
    (found,) = images(project(files))
    return found


def test_stages_inherit_from_their_parents() -> None:
    found = image({"Dockerfile": STAGES})
    base, builder, development, last = found.tree.stages
    assert [stage.name for stage in found.lineage(development)] == ["development", "builder", "base"]
    assert found.base(development) == found.base(last) == "python:3.13-slim"
    users = {stage.index: found.last(stage, dockerfile.User) for stage in found.tree.stages}
    assert {index: user.value.value for index, user in users.items() if user} == {
        0: "1000",
        1: "root",
        2: "root",
        3: "1000",
    }
    assert found.last(base, dockerfile.Cmd) is None
    assert found.last(builder, dockerfile.Workdir) is not None


def test_a_stage_may_be_named_by_an_argument() -> None:
    found = image({"Dockerfile": "ARG PARENT=base\nFROM alpine AS base\nFROM ${PARENT}\n"})
    assert found.base(found.tree.stages[1]) == "alpine"


@pytest.mark.parametrize("text", ["FROM a AS a\n", "FROM b AS a\nFROM a AS b\n", "FROM a\nFROM a AS a\n"])
def test_a_stage_that_names_itself_is_an_image(text: str) -> None:
    found = image({"Dockerfile": text})
    assert found.base(found.tree.stages[0]) in ("a", "b")


@pytest.mark.parametrize(
    ("builds", "shipped"),
    [
        ("", [3]),
        ("docker build --target development .\n", [2, 3]),
        ("docker build --target 1 .\n", [1, 3]),
        ("docker build --target gone .\ndocker build .\n", [3]),
    ],
)
def test_the_last_stage_and_the_targets_are_shipped(builds: str, shipped: list[int]) -> None:
    found = image({"Dockerfile": STAGES, "build.sh": builds})
    assert [stage.index for stage in found.shipped] == shipped


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Dockerfile": "FROM a\n"}, [("Dockerfile", "")]),
        ({"web/Dockerfile": "FROM a\nCOPY . .\n"}, [("web/Dockerfile", "web")]),
        # Nobody builds it: the context is where most of what it copies lies.
        ({"docker/Dockerfile": "FROM a\nCOPY pyproject.toml src/ ./\n", "pyproject.toml": "", "src/a.py": ""},
         [("docker/Dockerfile", "")]),
        ({"a/docker/Dockerfile": "FROM a\nCOPY main.py .\n", "a/main.py": "", "b/main.py": ""},
         [("a/docker/Dockerfile", "a")]),
        ({"docker/Dockerfile": "FROM a\nCOPY . /app\n", "docker/Dockerfile.dockerignore": "", "main.py": ""},
         [("docker/Dockerfile", "")]),
        ({"Dockerfile": "FROM a\n", "b.sh": "docker build .\ndocker build -f Dockerfile src\n", "src/a.py": ""},
         [("Dockerfile", ""), ("Dockerfile", "src")]),
        ({"docker/app.docker": "FROM a\n", "compose.yaml": "services: {a: {build: {dockerfile: docker/app.docker}}}\n"},
         [("docker/app.docker", "")]),
        ({"compose.yaml": "services: {a: {build: gone}}\n"}, []),
    ],
)  # fmt: skip
def test_each_dockerfile_has_the_contexts_that_it_is_built_from(
    files: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert [(found.path, found.context) for found in images(project(files))] == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({".dockerignore": "a\n"}, ".dockerignore"),
        ({"docker/Dockerfile.dockerignore": "b\n", ".dockerignore": "a\n"}, "docker/Dockerfile.dockerignore"),
        ({"docker/.dockerignore": "a\n"}, None),
    ],
)
def test_which_ignore_file_counts(files: dict[str, str], expected: str | None) -> None:
    world = project({**files, "docker/Dockerfile": "FROM x\n", "b.sh": "docker build -f docker/Dockerfile .\n"})
    (found,) = images(world)
    assert ignore_file_read(world, found) == expected
    out = left_out(world, found)
    assert [name for name in ("a", "b") if out(name)] == ([] if expected is None else list(files[expected].split()))
