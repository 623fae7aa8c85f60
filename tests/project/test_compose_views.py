"""Compose files as typed views: what each way of writing a thing means."""

from __future__ import annotations

import pytest

from dockwright.project.compose import ComposeFile, Service, colon_parts, settled
from dockwright.project.stacks import compose_files
from dockwright.text import Mapped
from projects import project


def file(text: str) -> ComposeFile:
    return compose_files(project({"compose.yaml": text}))["compose.yaml"]


def service(text: str) -> Service:
    body = "".join(f"    {line}\n" for line in text.splitlines())
    return file(f"services:\n  app:\n{body}").services["app"]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("./data:/data:ro", ["./data", "/data", "ro"]),
        ("${DATA:-./data}:/data", ["${DATA:-./data}", "/data"]),
        ("${A:-${B:-x}}:/y", ["${A:-${B:-x}}", "/y"]),
        ("C:\\shop:/data", ["C:\\shop", "/data"]),
        ("/data", ["/data"]),
        ("", [""]),
    ],
)
def test_short_texts_are_cut_at_colons(written: str, parts: list[str]) -> None:
    assert [part.text for part in colon_parts(Mapped.whole(written))] == parts


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("- /data", (None, "/data", "", False)),
        ("- data:/data", ("data", "/data", "", False)),
        ("- ./src:/app:ro,z", ("./src", "/app", "ro,z", True)),
        ("- ~/x:/x", ("~/x", "/x", "", True)),
        ("- ${SRC:-.}:/app", ("${SRC:-.}", "/app", "", True)),
        ("- ${WEB:-./public:/app/public}", ("./public", "/app/public", "", True)),
        ("- {type: bind, source: src, target: /app, read_only: true}", ("src", "/app", "ro", True)),
        ("- {type: volume, source: data, target: /data}", ("data", "/data", "", False)),
        ("- {type: tmpfs, target: /tmp}", (None, "/tmp", "", False)),
    ],
)
def test_volumes(written: str, expected: tuple[str | None, str, str, bool]) -> None:
    (volume,) = service(f"volumes:\n  {written}").volumes
    assert (volume.source and volume.source.text, volume.target, volume.options, volume.bind) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("env_file: .env", [(".env", True)]),
        ("env_file: [a.env, b.env]", [("a.env", True), ("b.env", True)]),
        ("env_file:\n  - path: a.env\n    required: false\n  - {path: b.env, format: raw}",
         [("a.env", False), ("b.env", True)]),
        ("env_file: {}", []),
    ],
)  # fmt: skip
def test_env_files(written: str, expected: list[tuple[str, bool]]) -> None:
    assert [(entry.path.value, entry.required) for entry in service(written).env_files] == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("build: ./web", ("./web", None, None, None)),
        ("build: {context: web, dockerfile: a.docker, target: dev}", ("web", "a.docker", "dev", None)),
        ("build: {dockerfile_inline: FROM a}", (None, None, None, "FROM a")),
    ],
)
def test_builds(written: str, expected: tuple[str | None, ...]) -> None:
    build = service(written).build
    assert build is not None
    parts = (build.context, build.dockerfile, build.target, build.inline)
    assert tuple(part and part.value for part in parts) == expected


def test_a_service_without_a_build_has_none() -> None:
    assert service("image: a").build is None


@pytest.mark.parametrize(
    "written",
    [
        "environment:\n  A: 1\n  B: ''\n  C:\n  D: null",
        "environment:\n  - A=1\n  - B=\n  - C\n  - D",
    ],
)
def test_an_environment_passes_on_what_it_gives_no_value(written: str) -> None:
    values = {name: value for name, (_, value) in service(written).environment.items()}
    assert values == {"A": "1", "B": "", "C": None, "D": None}


def test_anchors_and_merge_keys_are_followed() -> None:
    merged = file(
        "x-base: &base\n  image: shop\n  volumes: &mounts [./a:/a]\nservices:\n  app:\n    <<: *base\n"
        "  worker: *base\n  web: {image: web, volumes: *mounts}\n"
    )
    assert {name: (one.text("image"), len(one.volumes)) for name, one in merged.services.items()} == {
        "app": ("shop", 1),
        "worker": ("shop", 1),
        "web": ("web", 1),
    }


def test_entrypoint_comes_before_command() -> None:
    first, second = service("command: [a, b]\nentrypoint: run it").command
    assert isinstance(first, Mapped)
    assert first.text == "run it"
    assert isinstance(second, tuple)
    assert [word.value for word in second] == ["a", "b"]


def test_includes_short_and_long() -> None:
    found = file(
        "include:\n  - a.yml\n  - path: [b.yml, c.yml]\n    env_file: b.env\n"
        "    project_directory: b\n  - {path: d.yml}\n"
    )
    assert [node.value for node in found.includes] == ["a.yml", "b.yml", "c.yml", "d.yml"]
    assert [key for key, _ in found.include_paths] == ["path", "path", "path", "env_file", "project_directory", "path"]


@pytest.mark.parametrize(
    "text", ["", "services:", "services: []", "services: {a: }", "- a", "services: {a: [1]}", "services: ["]
)
def test_a_file_of_another_shape_has_no_services(text: str) -> None:
    found = compose_files(project({"compose.yaml": f"{text}\nversion: '3'\n"})).get("compose.yaml")
    assert not (found.services if found else {})


def test_a_bomb_of_anchors_is_read_at_once() -> None:
    lines = ["x-0: &a0 {k: v, l: w}"]
    lines += [f"x-{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(9))}}}" for n in range(1, 40)]
    lines += [f"x-m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}' if n else '*a0'] * 9)}]}}" for n in range(40)]
    found = file("\n".join([*lines, "services:", "  app: {<<: *m39, image: a, environment: *a39}"]))
    assert found.services["app"].text("k") == "v"
    assert len(found.services["app"].environment) == 9


@pytest.mark.parametrize(
    ("written", "expected"),
    [("a", "a"), ("${A:-b}/c", "b/c"), ("${A:-${B:-c}}", "c"), ("$A", None), ("${A:?}", None), ("${A:-$B}", "")],
)  # fmt: skip
def test_a_text_settles_to_its_defaults(written: str, expected: str | None) -> None:
    assert settled(written) == expected
