"""`dockwright verify`: which stack is asked, how it ends, and what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright.cli import verify
from dockwright.engine.docker import reached
from dockwright.errors import DockwrightError
from dockwright.tools import Ran
from verify.pretended import Pretended, container, inspected, status

FILES = {
    "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    build: ..\n    image: project:dev\n",
    "compose/docker-compose.prod.yml": "name: shop-prod\nservices:\n  app:\n    image: project:prod\n",
    "Makefile": "dev-up:\n\tdocker compose -f compose/docker-compose.dev.yml up -d\n",
    "Dockerfile": "FROM python:3.13-slim\n",
}
MODEL = {"name": "shop", "services": {"app": {"build": {"context": "/elsewhere"}, "image": "project:dev"}}}
KERNEL = f"{status()}#user\n1000\nappuser\n#mounts\n#limits\n"
WELL = {"Health": {"Status": "healthy"}}


def engine_with(monkeypatch: pytest.MonkeyPatch, *, up: bool = True, **state: object) -> Pretended:
    """An engine on which the stack is up, or comes up when it is told to."""
    there = container(state={**WELL, **state})
    engine = Pretended(
        {
            "compose config --format": msgspec.json.encode(MODEL).decode(),
            "compose build": "",
            "compose up": "",
            "compose down": "",
            "ps -aq": there.id if up else "",
            "inspect --format": "0\n",
            "inspect id-app": inspected(there),
            "logs": "ready\n",
            "exec python": '{"/app": {"files": 2, "foreign": 0, "owners": [], "first": [], "unreadable": []}}',
            "exec": KERNEL,
            "info": "{}",
            "stop": "",
            "start": "",
        }
    )
    run = engine.docker

    def docker(*arguments: str, given: str = "", seconds: float = 60) -> Ran:
        if arguments[:2] == ("compose", "up"):
            engine.said["ps -aq"] = there.id
        return run(*arguments, given=given, seconds=seconds)

    engine.docker = docker  # type: ignore[method-assign]
    monkeypatch.setattr(verify, "reached", lambda root: engine)
    return engine


def called(engine: Pretended, subcommand: str) -> bool:
    return any(call.startswith(f"compose {subcommand}") for call in engine.asked)


def test_a_stack_that_is_well_ends_with_0(dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_with(monkeypatch)
    said = dockwright("verify", "dev", tree(FILES))
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[-1].startswith("dev (shop): 5 passed")
    assert not called(engine, "up")
    assert not called(engine, "down")
    assert not any(call.startswith("stop") for call in engine.asked)


def test_a_check_that_fails_ends_with_1(dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_with(monkeypatch, Health={"Status": "unhealthy"})
    said = dockwright("verify", "dev", tree(FILES), "--format", "json", "--timeout", "1")
    assert said.code == 1
    assert [each["check"] for each in said.json["evidence"] if each["verdict"] == "fail"] == ["health"]
    assert said.json["sick"] == [{"service": "app", "reason": "its health check says unhealthy", "lines": ["ready"]}]


def test_a_stack_that_is_not_up_says_how_it_is_started(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_with(monkeypatch, up=False)
    said = dockwright("verify", "dev", tree(FILES))
    assert (said.code, said.out) == (3, "")
    assert "the stack dev (shop) is not up\n  start it: make dev-up;" in said.err


def test_up_starts_disturbs_and_rebuilds_and_takes_the_stack_down(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_with(monkeypatch, up=False)
    said = dockwright("verify", "dev", tree(FILES), "--up", "--format", "json")
    assert said.code == 0
    checks = [each["check"] for each in said.json["evidence"]]
    assert (checks[0], checks[-3:]) == ("up", ["cache", "stop", "restart"])
    assert engine.asked[-1] == "compose down"


def test_up_leaves_a_stack_up_that_was_up(dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_with(monkeypatch)
    assert dockwright("verify", "dev", tree(FILES), "--up").code == 0
    assert not called(engine, "down")


def test_a_stack_that_gets_sick_shows_its_log_and_is_taken_down(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_with(monkeypatch, up=False, Health={"Status": "unhealthy"})
    said = dockwright("verify", "dev", tree(FILES), "--up", "--timeout", "1")
    assert said.code == 1
    assert "The last lines of app: its health check says unhealthy\n  ready\n" in said.out
    assert engine.asked[-1] == "compose down"


def test_an_interrupted_run_takes_down_what_it_started(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    engine = engine_with(monkeypatch, up=False)
    monkeypatch.setattr(verify, "read", interrupted)
    assert dockwright("verify", "dev", tree(FILES), "--up").code == 130
    assert engine.asked[-1] == "compose down"


@pytest.mark.parametrize(("env", "hint"), [("prd", "did you mean prod?"), ("nowhere", "there are: dev, prod")])
def test_a_stack_that_there_is_none_of_is_a_wrong_argument(
    env: str, hint: str, dockwright: Dockwright, tree: Tree
) -> None:
    said = dockwright("verify", env, tree(FILES))
    assert (said.code, hint in said.err) == (2, True)


def test_a_missing_env_file_is_named_with_its_example(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_with(monkeypatch)
    call = "docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev up -d"
    root = tree({**FILES, "Makefile": f"dev-up:\n\t{call}\n", "env/.env.dev.example": "A=1\n"})
    said = dockwright("verify", "dev", root)
    assert said.code == 3
    assert "env/.env.dev: the stack's env file is not there\n  make it from its example: cp" in said.err


def test_without_an_engine_it_ends_with_3(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = dockwright("verify", "dev", tree(FILES))
    assert (said.code, "docker is not installed" in said.err) == (3, True)


@pytest.mark.parametrize(
    ("engine", "compose", "complaint"),
    [
        ("exit 1", "", "no Docker engine answers"),
        ("echo 20.10.7", "", "the Docker engine is 20.10.7, which is too old"),
        ("echo 28.5.2", "exit 1", "Docker Compose is not installed"),
        ("echo 28.5.2", "echo 2.17.3", "Docker Compose is 2.17.3, which is too old"),
    ],
)
def test_what_cannot_be_asked_is_told_apart(
    engine: str, compose: str, complaint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "docker"
    program.write_text(f'#!/bin/sh\ncase "$1" in version) {engine};; compose) {compose or "exit 0"};; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(DockwrightError) as error:
        reached(str(tmp_path))
    assert complaint in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan"])
def test_a_timeout_is_a_number_of_seconds(seconds: str, dockwright: Dockwright, tree: Tree) -> None:
    assert dockwright("verify", "dev", tree(FILES), "--timeout", seconds).code == 2
