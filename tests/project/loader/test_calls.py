"""How a stack is called: its name, its folder, its variables, its profiles."""

from __future__ import annotations

from typing import Any

import pytest

from dockwright.project.loader import LoadError, normal_name
from loaded import HOME, app, full, raw, service


@pytest.mark.parametrize(
    ("texts", "call", "environ", "name"),
    [
        ({"compose.yml": app("")}, {}, {}, "shop"),
        ({"deploy/compose.yml": app("")}, {}, {}, "deploy"),
        ({"deploy/compose.yml": app("")}, {"project_directory": ""}, {}, "shop"),
        ({"compose.yml": f"name: Named!\n{app('')}"}, {}, {}, "named"),
        ({"compose.yml": f"name: ${{A:-b}}\n{app('')}"}, {}, {"A": "c"}, "c"),
        ({"compose.yml": f"name: named\n{app('')}", ".env": "COMPOSE_PROJECT_NAME=env\n"}, {}, {}, "env"),
        ({"compose.yml": app(""), ".env": "COMPOSE_PROJECT_NAME=env\n"}, {"project_name": "given"}, {}, "given"),
        ({"compose.yml": app("")}, {}, {"COMPOSE_PROJECT_NAME": "shell"}, "shell"),
    ],
)
def test_the_projects_name(texts: dict[str, str], call: dict[str, Any], environ: dict[str, str], name: str) -> None:
    model = full(texts, *[path for path in texts if path.endswith(".yml")], environ=environ, **call)
    assert model["name"] == name
    assert model["networks"]["default"]["name"] == f"{name}_default"


def test_the_last_files_name_counts() -> None:
    texts = {"compose.yml": f"name: first\n{app('')}", "over.yml": "name: last\n"}
    assert full(texts, "compose.yml", "over.yml")["name"] == "last"


@pytest.mark.parametrize("name", ["Upper", "_x", "a b", "é"])
def test_a_name_that_is_no_project_name_is_refused(name: str) -> None:
    assert normal_name(name) != name
    with pytest.raises(LoadError, match="invalid project name"):
        full(app(""), project_name=name)


@pytest.mark.parametrize(
    ("directory", "start"),
    [(None, "./deploy"), ("", "."), ("other", "./other"), ("..", "..")],
)
def test_paths_start_at_the_first_files_folder_or_where_the_call_says(directory: str | None, start: str) -> None:
    texts = {
        "deploy/compose.yml": app("build: ."),
        "over.yml": app("volumes: [./d:/d, ~/h:/h, /abs:/a]\nenv_file: x.env"),
    }
    call = {"project_directory": directory, "project_name": "shop"}
    model = raw(texts, "deploy/compose.yml", "over.yml", **call)["services"]["app"]
    assert model["build"]["context"] == start
    below = "./d" if start == "." else f"{start}/d"
    assert [mount["source"] for mount in model["volumes"]] == [below, f"{HOME}/h", "/abs"]
    assert model["env_file"][0]["path"] == below.replace("/d", "/x.env") if start != "./deploy" else "./deploy/x.env"


def test_env_files_of_the_call_replace_the_folders_own() -> None:
    texts = {
        "compose.yml": app("hostname: ${A}-${B:-none}"),
        ".env": "A=own\nB=own\n",
        "one": "A=1\n",
        "two": "A=${A}2\n",
    }
    assert full(texts)["services"]["app"]["hostname"] == "own-own"
    assert full(texts, env_files=("one", "two"))["services"]["app"]["hostname"] == "12-none"
    assert full(texts, env_files=("one",), environ={"A": "shell"})["services"]["app"]["hostname"] == "shell-none"
    with pytest.raises(LoadError, match=r"couldn't find env file: \./three"):
        full(texts, env_files=("three",))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${A}", "x"), ("$A-$B", "x-"), ("${B:-d}", "d"), ("${B-d}", "d"), ("${E:-d}", "d"), ("${E-d}", ""),
        ("${A:+y}", "y"), ("${E:+y}", ""), ("${E+y}", "y"), ("${B:-${C:-deep}}", "deep"), ("$$A", "$$A"),
        ("${A:?no}", "x"),
    ],
)  # fmt: skip
def test_every_form_of_variable(written: str, value: str) -> None:
    found = service(f"hostname: '{written}'", A="x", E="")
    assert found.get("hostname", "") == value


@pytest.mark.parametrize("written", ["${B:?say why}", "${E:?say why}", "${B?say why}"])
def test_a_required_variable_without_a_value_is_refused_with_its_place(written: str) -> None:
    with pytest.raises(LoadError, match="say why") as caught:
        service(f"hostname: '{written}'", E="")
    assert (caught.value.path, caught.value.line) == ("compose.yml", 4)
    assert caught.value.place == ("services", "app", "hostname")
    assert caught.value.at is not None


def test_without_values_nothing_is_looked_up() -> None:
    texts = {"compose.yml": app("hostname: ${A:?}\nenvironment: [B]\nports: ['${C}:80']"), ".env": "A=1\nB=2\nC=3\n"}
    found = raw(texts)["services"]["app"]
    assert (found["hostname"], found["environment"], found["ports"]) == ("${A:?}", ["B"], ["${C}:80"])


def test_a_services_env_files_stand_below_its_environment() -> None:
    texts = {
        "compose.yml": app(
            "env_file: [a, {path: b, format: raw}, {path: c, required: false}]\nenvironment: {X: own, Y: }"
        ),
        "a": "A='q'\nX=file\nY=file\nB=${A}1\n",
        "b": "C='q'\nD=${A}\n",
    }
    assert full(texts, environ={"Y": "shell"})["services"]["app"]["environment"] == {
        "A": "q", "B": "q1", "C": "'q'", "D": "$${A}", "X": "own", "Y": "shell",
    }  # fmt: skip
    with pytest.raises(LoadError, match=r"env file \./a not found"):
        full({"compose.yml": texts["compose.yml"]})


def test_profiles_choose_services_and_what_these_need() -> None:
    text = """
services:
  app: {image: x, volumes: ["data:/d"]}
  debug: {image: y, profiles: [dev], networks: [tools], depends_on: [app]}
volumes: {data: , unused: }
networks: {tools: }
"""
    assert list(full(text)["services"]) == ["app", "debug"]
    assert list(full(text, profiles=("dev",))["networks"]) == ["tools", "default"]
    plain = full(text, profiles=())
    assert (list(plain["services"]), list(plain["networks"]), list(plain["volumes"])) == (
        ["app"],
        ["default"],
        ["data"],
    )


def test_what_is_named_waits_for_its_service() -> None:
    text = app(
        "links: [db:x]\nvolumes_from: [files]\nipc: service:ipc",
        "  db: {image: x}\n  files: {image: x}\n  ipc: {image: x}\n",
    )
    assert full(text)["services"]["app"]["depends_on"] == {
        "db": {"condition": "service_started", "restart": True, "required": True},
        "ipc": {"condition": "service_started", "restart": True, "required": True},
        "files": {"condition": "service_started", "required": True},
    }


def test_names_of_resources() -> None:
    more = "networks: {a: , b: {external: true}, c: {name: own}, d: {external: {name: old}}}\n"
    networks = raw(app("networks: [a, b, c, d]", more))["networks"]
    assert {key: network["name"] for key, network in networks.items()} == {
        "a": "shop_a",
        "b": "b",
        "c": "own",
        "d": "old",
    }
