"""No value leaves: canaries in every file and in the environment, and none in what any subcommand says."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import Dockwright
from conftest import Tree

CANARY = "CanAry"


def planted() -> dict[str, str]:
    """A project whose every value is a canary, in all forms that readers know, good lines and broken ones."""
    number = itertools.count(1)

    def c() -> str:
        return f"{CANARY}{next(number)}x7Qz"

    def env(environment: str) -> str:
        return (
            f"POSTGRES_PASSWORD={c()}\nDATABASE_URL=postgresql://user:{c()}@db:5432/{c()}\nSECRET_KEY='{c()} {c()}'\n"
            f'STRIPE_API_KEY="{c()}\\$x"\nexport JWT_SECRET={c()} # {c()}\n# OLD_PASSWORD={c()}\nFERNET_KEY={c()}\n'
            f"WORKERS={c()}\nMODE={c()}\nNAME_{environment}={c()}\nREUSED_TOKEN={CANARY}-reused\nEMPTY=\nLOOP=${{LOOP}}{c()}\n"
            f"TWICE={c()}\nTWICE={c()}\nSHELL_KEY={c()}\nAMQP_URL=amqp://u:{c()}@mq//\n"
        )

    compose = (
        "name: shop{0}\nservices:\n  web:\n    build: {{context: ., args: {{ARG_TOKEN: {2}}}}}\n    env_file: {1}\n"
        "    environment:\n      WRITTEN_URL: postgres://u:{3}@db/x\n      MODE: {4}\n      S: ${{SHELL_KEY}}\n"
        "      N: ${{NEEDED:?{5}}}\n      D: ${{DEFAULTED:-{6}}}\n  db:\n    image: postgres:17.6\n    env_file: {1}\n"
        "    labels: [k=$SECRET_KEY]\nsecrets:\n  api_token: {{environment: STRIPE_API_KEY}}\n"
        "  db_password: {{file: ./secrets/db}}\n"
    )
    return {
        "compose.yaml": compose.format("", ".env", c(), c(), c(), c(), c()),
        "compose.prod.yaml": compose.format("-prod", ".env.prod", c(), c(), c(), c(), c()),
        "Dockerfile": f'FROM python:3.13-slim\nARG TOKEN={c()}\nENV IMAGE_SECRET={c()} WORKERS={c()}\nCMD ["x"]\n',
        "settings.py": "from pydantic_settings import BaseSettings\n\nclass S(BaseSettings):\n    workers: int = 1\n"
        f"    mode: str = '{c()}'\n    other_secret: str = '{c()}'\n",
        "Makefile": f"export MADE_TOKEN = {c()}\nup:\n\tdocker compose up -d\n",
        ".github/workflows/ci.yml": f"on: push\nenv:\n  CI_TOKEN: {c()}\njobs: {{}}\n",
        "run.sh": f"#!/bin/sh\nexport RUN_SECRET={c()}\necho $STRIPE_API_KEY $JWT_SECRET $FERNET_KEY $REUSED_TOKEN\n",
        ".env": env("dev"),
        ".env.prod": env("prod"),
        ".env.example": env("example"),
        ".env.prod.example": env("prod_example"),
        ".env.test.example": f"{env('test')}BROKEN {c()}\n",
        ".env.ci": f"{env('ci')}OPEN='{c()}\nBAD ${{{c()}\n{c()}\n{c()} {c()}=1\nX=${{{c()}:?{c()}}}\n",
        "compose.test.yaml": "name: t\nservices:\n  a:\n    image: b\n    env_file: .env.test\n",
    }


def calls() -> Iterator[tuple[str, ...]]:
    """Every subcommand, in every format, with all of its ways to end."""
    bases: list[tuple[str, ...]] = [
        ("check",), ("check", "dev"), ("check", "prod"), ("check", "ci"), ("check", "nowhere"),
        ("diff", "dev", "prod"), ("diff", ".env", ".env.example"), ("diff", "ci", "dev"), ("diff", "dev", "test"),
        ("sync", "--dry-run"), ("sync", "dev"), ("sync", "prod"), ("sync", "nowhere"), ("sync",),
        ("create", "dev"), ("create", "prod"), ("create", "prod", "--production"), ("create", "test"), ("create", "ci"),
        ("create", "test", "--set", f"POSTGRES_PASSWORD={CANARY}given", "--set", f"WORKERS={CANARY}type"),
        ("create", "test", "--set", f"NOBODY_KNOWS={CANARY}given"), ("create", "test", f"STRIPE={CANARY}given"),
        ("create", "test", "--set", f"A={CANARY}1", "--set", f"A={CANARY}2"), ("create", "test", f"--a={CANARY}given"),
        ("create", "test", "--set", f"{CANARY} x={CANARY}"),
        ("create", "test", "--set", "SHELL_KEY", "--set", "MODE=-"),
        ("rotate", "POSTGRES_PASSWORD"), ("rotate", "POSTGRES_PASSWORD", "dev"), ("rotate", "SECRET_KEY", "prod"),
        ("rotate", "DATABASE_URL", "dev"), ("rotate", "AMQP_URL", "dev"), ("rotate", "STRIPE_API_KEY", "dev"),
        ("rotate", "STRIPE_API_KEY", "dev", "--stdin"), ("rotate", "FERNET_KEY", "dev"), ("rotate", "MODE", "dev"),
        ("rotate", "FERNET_KEY", "dev", "--re-encrypted"), ("rotate", "LOOP", "dev"), ("rotate", "NOT_THERE", "dev"),
        ("rotate", "POSTGRES_PASSWORD", "ci"), ("rotate", "WORKERS", "dev", "--stdin"), ("rotate", "TWICE", "dev"),
        ("rotate", "JWT_SECRET", "prod", f"X={CANARY}y"),
    ]  # fmt: skip
    for base in bases:
        yield base
        yield (*base, "--format", "json")


def test_no_value_is_in_any_output(dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(planted())
    for name in ("SHELL_KEY", "POSTGRES_PASSWORD", "MODE", "NEEDED", "STRIPE_API_KEY"):
        monkeypatch.setenv(name, f"{CANARY}-of-the-shell-{name}")
    monkeypatch.chdir(root)
    codes = set()
    made: set[str] = set()
    for call in calls():
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{CANARY}typed\n{CANARY}typed\n"))
        said = dockwright("env", *call)
        page = said.out + said.err
        assert CANARY.lower() not in page.lower(), (call, page)
        made |= fresh(root)
        assert not [value for value in made if value in page], call
        codes.add((call[0], said.code))
    # Every subcommand has been seen to do its work and to refuse it.
    for name in ("check", "diff", "sync", "create", "rotate"):
        assert {code for command, code in codes if command == name} >= {
            0 if name not in ("check", "diff") else 1,
            2 if name != "diff" else 1,
        }


def fresh(root: Path) -> set[str]:
    """The values that were made up so far: what is long enough to be one and no canary."""
    values = (
        line.partition("=")[2].strip("'\"") for path in root.glob(".env*") for line in path.read_text().splitlines()
    )
    return {value for value in values if len(value) >= 32 and CANARY not in value}


def test_no_value_is_in_an_error_of_the_system(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dockwright.change.disk import RealDisk

    root = tree(planted())

    def full(self: RealDisk, path: str, data: bytes) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(RealDisk, "write_new", full)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for call in (("create", "test"), ("rotate", "POSTGRES_PASSWORD", "dev"), ("sync", "dev")):
        said = dockwright("env", *call, root)
        assert said.code == 3
        assert "No space left" in said.err
        assert CANARY not in said.out + said.err
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path: data for path, data in after.items() if ".dockwright" not in path.parts} == before
