"""Every reference of a project: which kinds there are, what each is relative to, and where it stands."""

from __future__ import annotations

import pytest

from dockwright.project.naming import mentions, references
from dockwright.project.references import Reference
from dockwright.text import Move
from projects import project


def found(files: dict[str, str], path: str = "compose.yaml") -> list[Reference]:
    return [ref for ref in references(project(files)) if ref.at.path == path]


def shown(files: dict[str, str], path: str = "compose.yaml") -> list[str]:
    for ref in found(files, path):
        assert files[path][slice(*ref.at.span)] == ref.written
    return [f"{ref.kind}: {ref.written} -> {ref.target or '.'}" for ref in found(files, path)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("build: ./web", ["build context: ./web -> web"]),
        ("build: {context: web, dockerfile: a.docker}",
         ["build context: web -> web", "dockerfile: a.docker -> web/a.docker"]),
        ("build: {dockerfile: docker/Dockerfile}", ["dockerfile: docker/Dockerfile -> docker/Dockerfile"]),
        ('build: {context: "${C:-web}"}', ["build context: web -> web"]),
        ("build: {context: https://x.org/a.git}", []),
        ("build: {context: ., additional_contexts: {a: ../lib, b: docker-image://alpine}}",
         ["build context: . -> .", "build context: ../lib -> ../lib"]),
        ("build: {context: ., additional_contexts: [a=../lib]}",
         ["build context: . -> .", "build context: ../lib -> ../lib"]),
        ("env_file: .env", ["env_file: .env -> .env"]),
        ("env_file: [{path: a.env, required: false}]", ["env_file: a.env -> a.env"]),
        ("env_file: ./env/${MODE}.env", ["path: ./env/ -> env"]),
        ("env_file: .env.${MODE}", ["path:  -> ."]),
        ("volumes: [./src:/app, data:/data, /x:/x, ~/y:/y]", ["bind mount: ./src -> src"]),
        ('volumes: ["${SRC:-./src}:/app"]', ["bind mount: ./src -> src"]),
        ('volumes: ["${DATA:-data}:/data", "${D}:/d"]', []),
        ('volumes: ["${WEB:-./public:/app/public}"]', ["bind mount: ./public -> public"]),
        ("volumes: ['./conf/${SITE:-a}.conf:/c']", ["path: ./conf/ -> conf"]),
        ("volumes: [{type: bind, source: src, target: /app}]", ["bind mount: src -> src"]),
        ("extends: {file: base.yml, service: a}", ["extends: base.yml -> base.yml"]),
        ("extends: other", []),
        ("develop: {watch: [{path: ./src, action: sync, target: /app}]}", ["watched path: ./src -> src"]),
    ],
)  # fmt: skip
def test_what_a_service_names(written: str, expected: list[str]) -> None:
    assert shown({"compose.yaml": f"services:\n  app:\n    image: a\n    {written}\n"}) == expected


def test_what_a_compose_file_names_besides_services() -> None:
    text = (
        "include:\n  - a.yml\n  - {path: b/b.yml, env_file: b.env, project_directory: b}\nservices: {}\n"
        "configs:\n  c: {file: ./c.conf}\nsecrets:\n  s: {file: s.txt}\n  t: {environment: T}\n"
    )
    assert shown({"compose.yaml": text}) == [
        "include: a.yml -> a.yml",
        "include: b/b.yml -> b/b.yml",
        "env file: b.env -> b.env",
        "project directory: b -> b",
        "config: ./c.conf -> c.conf",
        "secret: s.txt -> s.txt",
    ]


def test_paths_are_relative_to_the_first_file_and_move_with_it() -> None:
    files = {
        "compose.yaml": "services: {app: {image: a}}\n",
        "deploy/prod.yml": "services:\n  app:\n    build: ./web\n    extends: {file: base.yml, service: b}\n",
        "up.sh": "docker compose -f compose.yaml -f deploy/prod.yml up\n",
    }
    assert shown(files, "deploy/prod.yml") == ["build context: ./web -> web", "extends: base.yml -> base.yml"]
    assert {ref.anchor for ref in found(files, "deploy/prod.yml")} == {"compose.yaml"}


def test_a_project_directory_is_the_base_and_stays() -> None:
    files = {
        "deploy/prod.yml": "services:\n  app:\n    build: ./web\n",
        "up.sh": "docker compose --project-directory . -f deploy/prod.yml up\n",
    }
    (ref,) = found(files, "deploy/prod.yml")
    assert (ref.target, ref.base, ref.anchor) == ("web", "", None)


def test_an_included_file_is_relative_to_its_own_folder() -> None:
    files = {"compose.yaml": "include: [db/db.yml]\nservices: {}\n", "db/db.yml": "services:\n  db:\n    build: .\n"}
    assert shown(files, "db/db.yml") == ["build context: . -> db"]


def test_copies_come_from_the_context() -> None:
    text = (
        'FROM a AS b\nCOPY --chown=1:1 src/ /app/\nCOPY ["/lock", "x y", "./"]\nCOPY *.toml $X ./\n'
        "COPY --from=b /a /b\nADD https://x.org/a /a\n"
    )
    files = {"web/Dockerfile": text, "compose.yaml": "services: {a: {build: ./web}}\n"}
    assert shown(files, "web/Dockerfile") == [
        "copy source: src/ -> web/src",
        "copy source: lock -> web/lock",
        "copy source: x y -> web/x y",
    ]


def test_each_place_counts_once() -> None:
    files = {"Makefile": "up:\n\tdocker compose -f a.yml up\n", "a.yml": "services: {a: {image: b}}\n"}
    assert shown(files, "Makefile") == ["compose file: a.yml -> a.yml"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see docker-compose.yml and ./docker-compose.yml.", ["docker-compose.yml", "./docker-compose.yml"]),
        ("docker-compose.yml.bak old/docker-compose.yml my-docker-compose.yml docker-compose.yml/x", []),
        ('"docker-compose.yml": (docker-compose.yml)', ["docker-compose.yml", "docker-compose.yml"]),
        ("COPY=docker-compose.yml:x", ["docker-compose.yml"]),
    ],
)
def test_mentions_are_words_of_their_own(text: str, expected: list[str]) -> None:
    world = project({"README.md": text, "docker-compose.yml": "services: {}\n"})
    assert [ref.written for ref in mentions(world, ["docker-compose.yml"])] == expected


def test_what_is_a_reference_is_no_mention() -> None:
    world = project({"up.sh": "docker compose -f a.yml up # a.yml\n", "a.yml": "services: {}\n"})
    assert [ref.at.span.start for ref in mentions(world, ["a.yml"])] == [29]
    assert not list(mentions(world, []))


def test_a_moved_project_is_read_anew() -> None:
    before = project({"a.yml": "services:\n  a:\n    build: ./web\n"})
    after = before.replace([Move("a.yml", "deploy/a.yml")])
    assert [ref.target for ref in references(before)] == ["web"]
    assert [ref.target for ref in references(after)] == ["deploy/web"]
