"""Services that extend others, files that include others, and where their paths start."""

from __future__ import annotations

import pytest

from dockwright.project.loader import LoadError
from loaded import full, raw

BASE = """
services:
  base:
    image: base
    env_file: base.env
    volumes: ["./data:/data", "../up:/up"]
    build: {context: .}
    environment: {A: "1"}
    ports: ["80:80"]
  lower: {extends: {service: base}, user: "1"}
"""


def test_a_service_of_the_same_file_is_extended() -> None:
    text = (
        "services:\n  a: {extends: b, user: u}\n  b: {extends: {service: c}, tty: true}\n  c: {image: x, init: true}\n"
    )
    app = raw(text)["services"]["a"]
    assert {key: app[key] for key in ("image", "user", "tty", "init")} == {
        "image": "x",
        "user": "u",
        "tty": True,
        "init": True,
    }
    assert "extends" not in app


def test_paths_of_an_extended_file_start_at_its_own_folder() -> None:
    given = {
        "deploy/compose.yml": "services:\n  app: {extends: {file: ../common/base.yml, service: lower}}\n",
        "common/base.yml": BASE,
    }
    app = raw(given, "deploy/compose.yml")["services"]["app"]
    assert app["build"]["context"] == "./common"
    assert app["env_file"] == [{"path": "./common/base.env", "required": True}]
    assert [mount["source"] for mount in app["volumes"]] == ["./common/data", "./up"]
    assert app["user"] == "1"


def test_a_chain_of_files_is_followed_from_folder_to_folder() -> None:
    given = {
        "compose.yml": "services:\n  app: {extends: {file: one/a.yml, service: a}}\n",
        "one/a.yml": "services:\n  a: {extends: {file: ../two/b.yml, service: b}}\n",
        "two/b.yml": "services:\n  b: {image: x, volumes: ['./d:/d']}\n",
    }
    assert raw(given)["services"]["app"]["volumes"][0]["source"] == "./two/d"


def test_tags_reach_what_is_extended() -> None:
    given = {
        "compose.yml": "services:\n  app:\n    extends: {file: base.yml, service: base}\n    ports: !reset []\n"
        "    environment: !override {B: '2'}\n",
        "base.yml": BASE,
    }
    app = raw(given)["services"]["app"]
    assert "ports" not in app
    assert app["environment"] == {"B": "2"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("services:\n  a: {extends: b}\n  b: {extends: a}\n", "Circular reference"),
        ("services:\n  a: {extends: a}\n", "Circular reference"),
        ("services:\n  a: {extends: c}\n", "not found"),
        ("services:\n  a: {extends: {file: none.yml, service: c}}\n", "no such file"),
        ("services:\n  a: {extends: {file: compose.yml, service: c}}\n", "not found"),
        ("services:\n  a: {extends: {file: x}}\n", "service is required"),
        ("services:\n  a: {extends: {file: 'https://x/y.yml', service: c}}\n", "would fetch"),
    ],
)
def test_what_cannot_be_extended_is_refused(text: str, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        raw(text)


INNER = "services:\n  inner: {image: '${TAG:-none}', volumes: ['./d:/d', 'v:/v']}\nvolumes: {v: }\n"


@pytest.mark.parametrize(
    ("include", "source"),
    [
        ("- sub/inner.yml", "./sub/d"),
        ("- {path: sub/inner.yml}", "./sub/d"),
        ("- {path: [sub/inner.yml, more.yml]}", "./sub/d"),
        ("- {path: sub/inner.yml, project_directory: .}", "./d"),
    ],
)
def test_an_included_file_has_its_own_folder(include: str, source: str) -> None:
    given = {
        "compose.yml": f"include:\n  {include}\nservices:\n  app: {{image: x}}\n",
        "sub/inner.yml": INNER,
        "more.yml": "services:\n  inner: {user: me}\n",
    }
    model = raw(given)
    assert model["services"]["inner"]["volumes"][0]["source"] == source
    assert model["volumes"]["v"]["name"] == "shop_v"
    assert ("user" in model["services"]["inner"]) is ("more.yml" in include)


def test_an_included_file_reads_its_own_env_file_below_the_callers_variables() -> None:
    given = {"compose.yml": "include: [sub/inner.yml]\n", "sub/inner.yml": INNER, "sub/.env": "TAG=inner\n"}
    assert full(given)["services"]["inner"]["image"] == "inner"
    assert full({**given, ".env": "TAG=outer\n"})["services"]["inner"]["image"] == "outer"
    named = {**given, "compose.yml": "include: [{path: sub/inner.yml, env_file: x.env}]\n", "x.env": "TAG=named\n"}
    assert full(named)["services"]["inner"]["image"] == "named"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"compose.yml": "include: [compose.yml]\n"}, "include cycle"),
        ({"compose.yml": "include: [a.yml]\n", "a.yml": "include: [compose.yml]\n"}, "include cycle"),
        ({"compose.yml": "include: [a.yml]\n"}, "no such file"),
        ({"compose.yml": "include: {path: a.yml}\n"}, "must be a list"),
        ({"compose.yml": "include: [{path: compose.yml, env_file: none.env}]\n"}, "cycle|env file"),
        (
            {"compose.yml": "include: [a.yml]\nservices: {x: {image: a}}\n", "a.yml": "services: {x: {image: b}}\n"},
            "conflicts with imported",
        ),
    ],
)
def test_what_cannot_be_included_is_refused(given: dict[str, str], reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        raw(given)
