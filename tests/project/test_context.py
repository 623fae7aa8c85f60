"""The build context: what images take out of it, and which secrets lie in it."""

from __future__ import annotations

import pytest

from dockwright.project.context import below, by_image, secret_files, shipped, taken
from dockwright.project.images import Image, images
from projects import project


def image(text: str, **files: str) -> Image:
    return images(project({"Dockerfile": text, **files}))[0]


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ("COPY . .", [""]),
        ("COPY ./ /app/", [""]),
        ("COPY / /app/", [""]),
        ("COPY a b/ ./c/../d /app/", ["a", "b", "d"]),
        ("ADD a /app/", ["a"]),
        ('COPY ["a b", "/app/"]', ["a b"]),
        ("COPY --chown=1000 /a /app/", ["a"]),
        ("ADD https://example.com/a git@example.com:a.git b /app/", ["b"]),
        ("COPY *.py a[0-9] ?b $C /app/", []),
        ("COPY ../a /app/", []),
        (r'COPY ["a\\\\b", "/app/"]', []),
        ("COPY --exclude=*.md . /app/", []),
        ("COPY --from=build /a /app/", []),
        ("COPY <<EOF /app/a\nx\nEOF", []),
    ],
)
def test_what_a_line_takes(line: str, paths: list[str]) -> None:
    assert [source.path for source in taken(image(f"FROM a AS build\nFROM b\n{line}\n"))] == paths


@pytest.mark.parametrize(
    ("source", "path", "covered"),
    [("a", "a", True), ("a", "a/b", True), ("a", "ab", False), ("a/b", "a", False), (".", "a/b", True)],
)
def test_a_source_covers_what_lies_below_it(source: str, path: str, covered: bool) -> None:
    (found,) = taken(image(f"FROM a\nCOPY {source} /app/\n"))
    assert found.covers(path) is covered


def test_the_stages_that_an_image_is_built_upon_are_shipped_and_those_that_it_copies_from_are_not() -> None:
    built = image("FROM a AS base\nFROM b AS build\nFROM base AS lint\nFROM base\nCOPY --from=build /a /a\n")
    assert shipped(built) == {0, 3}


def test_a_stage_that_some_build_names_is_shipped() -> None:
    built = image("FROM a AS dev\nFROM b\n", **{"compose.yaml": "services:\n  a: {build: {context: ., target: dev}}\n"})
    assert shipped(built) == {0, 1}


def test_a_source_that_two_images_share_is_told_once() -> None:
    services = "".join(f"  {name}: {{build: {{context: {name}, dockerfile: ../Dockerfile}}}}\n" for name in "ab")
    files = {"Dockerfile": "FROM a AS x\nCOPY no /\nFROM b\nCOPY yes other /\n", "a/yes": "", "b/yes": ""}
    found = project({**files, "compose.yaml": f"services:\n{services}"})
    assert [
        (built.context, [source.path for source in sources])
        for built, sources in by_image(found, lambda source: source.path != "other")
    ] == [("a", ["yes"])]


@pytest.mark.parametrize(
    ("path", "text", "secret"),
    [
        (".env", "SECRET_KEY=geheim\n", True),
        (".env", "SECRET_KEY=\nDEBUG=1\n", False),
        (".env.prod", "DB_PASSWORD=geheim\n", True),
        (".env.latest", "DB_PASSWORD=geheim\n", True),
        (".env.social", "DB_PASSWORD=geheim\n", True),
        (".env.cities", "DB_PASSWORD=geheim\n", True),
        (".env.example", "DB_PASSWORD=geheim\n", False),
        (".env_template", "DB_PASSWORD=geheim\n", False),
        (".env.ci", "DB_PASSWORD=geheim\n", False),
        (".env.circleci", "DB_PASSWORD=geheim\n", False),
        (".env.testing", "DB_PASSWORD=geheim\n", False),
        ("tests/.env", "DB_PASSWORD=geheim\n", False),
        ("deploy/id_rsa", "", True),
        ("tests/id_rsa", "", False),
    ],
)
def test_which_files_hold_secrets(path: str, text: str, secret: bool) -> None:
    assert secret_files(project({path: text, "app.py": ""})) == ((path,) if secret else ())


def test_what_is_ignored_or_outside_is_not_in_the_context() -> None:
    files = {
        "web/Dockerfile": "FROM a\nCOPY app.py /\n",
        "web/.dockerignore": "*.key\n",
        **dict.fromkeys(("web/app.py", "web/a.key", "web/b.pem", "c.pem", "webs/d.pem"), ""),
    }
    found = project(files)
    (built,) = images(found)
    assert list(below(found, built, tuple(files))) == [
        ("Dockerfile", "web/Dockerfile"),
        (".dockerignore", "web/.dockerignore"),
        ("app.py", "web/app.py"),
        ("b.pem", "web/b.pem"),
    ]
