"""`dockwright env schema` and `trace` on the command line: pages that fit, keys that are documented, no secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright.cli.env import SUBCOMMANDS
from dockwright.env.schema import schema
from dockwright.project.discover import discover
from example import LEGACY

APPLIED = LEGACY.parent / "dashtam"
DOCUMENTED = set(
    re.findall(
        r"\w+", " ".join(re.findall(r"`([^`]+)`", (LEGACY.parents[1] / "docs" / "json.md").read_text(encoding="utf-8")))
    )
)


def canary(number: int) -> str:
    return f"canary-of-words-{number:02}"


# Secrets by their names, by their types, by their shape, and by being another one's value; in every kind of file.
PLANTED = {
    "compose.yaml": f"""\
name: shop
x-common: &common
  COMMON_TOKEN: {canary(1)}
services:
  app:
    build:
      context: .
      args:
        BUILD_TOKEN: {canary(2)}
    env_file:
      - .env
      - path: raw.env
        format: raw
    environment:
      <<: *common
      SECRET_KEY: ${{SECRET_KEY:-{canary(3)}}}
      DATABASE_URL: postgres://shop:{canary(4)}@db/shop
      MADE: pre-${{DB_PASSWORD}}-post
      AGAIN: ${{MADE_TOO}}
      PLAIN_COPY: {canary(5)}
      PASSED:
  db:
    image: postgres:17.6
    environment:
      - POSTGRES_PASSWORD={canary(6)}
      - GREETING=${{GREETING:-{canary(7)}}}
""",
    ".env": f"""\
# The key of the shop is {canary(8)}, keep it
SECRET_KEY={canary(8)}
DB_PASSWORD='{canary(9)}'
MADE_TOO=${{DB_PASSWORD}}x
REDIS_URL=redis://:{canary(10)}@redis:6379
AWS=AKIA{canary(11)}
COPY={canary(9)} # the same as {canary(9)}
GREETING={canary(12)} {canary(9)}
API_KEY={canary(5)}
OTHER_TOKEN={canary(7)}
""",
    "raw.env": f'RAW_SECRET="{canary(13)}"\n',
    ".env.example": f"SECRET_KEY={canary(14)}\n# DB_PASSWORD={canary(15)}\n",
    "Dockerfile": f"FROM python:3.13-slim\nARG BUILD_TOKEN={canary(16)}\nENV IMAGE_SECRET={canary(17)}\n"
    f"ARG LINK=https://me:{canary(18)}@host/\n",
    ".github/workflows/ci.yml": f"on: push\njobs:\n  test:\n    runs-on: x\n    env:\n      CI_TOKEN: {canary(19)}\n"
    f"    steps:\n      - run: DEPLOY_TOKEN={canary(20)} make up\n",
    "Makefile": f"export MAKE_TOKEN = {canary(21)}\nup:\n\tSHELL_TOKEN={canary(22)} docker compose up -d\n",
    "run.sh": f"#!/bin/sh\nexport RUN_PASSWORD={canary(23)}\n",
    "app/settings.py": f"""\
import os
from typing import Literal
from pydantic import SecretStr, Field
from pydantic_settings import BaseSettings

A = os.environ.get("SECRET_KEY", "{canary(24)}")
B = os.getenv("PLAIN_LINK", "amqp://user:{canary(25)}@mq")

class Settings(BaseSettings):
    hidden: SecretStr = SecretStr("{canary(26)}")
    concealed: SecretStr = "{canary(27)}"
    session_token: str = Field("{canary(28)}", description="such as {canary(8)}")
    flavour: Literal["{canary(5)}", "b"] = "b"
""",
}
SHELL = {"SECRET_KEY": canary(40), "PASSED": f"has {canary(9)}", "PASSED_TOKEN": canary(41)}


@pytest.mark.parametrize("form", ["text", "json", "json-schema", "example"])
def test_no_schema_holds_a_secret(dockwright: Dockwright, tree: Tree, form: str) -> None:
    said = dockwright("env", "schema", tree(PLANTED), "--format", form)
    assert said.code == 0
    assert "SECRET_KEY" in said.out
    assert "canary" not in said.out + said.err


@pytest.mark.parametrize("shell", [{}, SHELL], ids=["plain shell", "secrets in the shell"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_trace_holds_a_secret(
    dockwright: Dockwright, tree: Tree, form: str, shell: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    root = tree(PLANTED)
    names = [*schema(discover(str(root))).variables, "PASSED_TOKEN", "NOBODY"]
    assert len(names) > 25
    for name in names:
        said = dockwright("env", "trace", name, "default", root, "--format", form)
        assert said.code in (0, 1)
        assert name in said.out
        assert "canary" not in said.out + said.err, name


def test_pages_fit_80_columns(dockwright: Dockwright) -> None:
    pages = [dockwright("env", "schema", APPLIED).out]
    pages += [dockwright("env", "trace", name, "dev", APPLIED).out for name in ("DATABASE_URL", "LOG_LEVEL", "NOPE")]
    for page in pages:
        assert page
        assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_the_help_of_each_subcommand_teaches(dockwright: Dockwright, subcommand: str) -> None:
    said = dockwright("env", subcommand, "--help")
    assert said.code == 0
    assert f"usage: dockwright env {subcommand}" in said.out
    assert "examples:" in said.out
    assert max(map(len, said.out.splitlines())) <= 88


def test_a_wrong_subcommand_is_one_clear_error(dockwright: Dockwright) -> None:
    said = dockwright("env", "shcema")
    assert (said.code, "did you mean schema?" in said.err) == (2, True)
    assert dockwright("env").code == 2


def test_a_trace_says_where_and_which_wins(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(
        {
            "compose.yaml": "services:\n  app:\n    image: x\n    env_file: a.env\n    environment:\n      DEBUG: 1\n",
            "a.env": "DEBUG=0\n",
        }
    )
    said = dockwright("env", "trace", "DEBUG", "default", root)
    assert said.code == 0
    assert "! app: env_file a.env gives DEBUG, and environment of app is stronger" in said.out
    assert "   x env_file a.env (a.env:1): “0”, loses\n  => environment (compose.yaml:6): “1”" in said.out
    assert dockwright("env", "trace", "NOPE", "default", root).code == 1
    wrong = dockwright("env", "trace", "DEBUG", "default", root, "--service", "ap")
    assert (wrong.code, "did you mean app?" in wrong.err) == (2, True)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize("words", [("schema",), ("trace", "DATABASE_URL", "dev")])
def test_every_key_of_the_json_is_documented(dockwright: Dockwright, words: tuple[str, ...]) -> None:
    said = dockwright("env", *words, APPLIED, "--format", "json")
    assert set(keys(json.loads(said.out))) - DOCUMENTED == set()


def test_nothing_to_trace_is_an_error_with_a_way_out(dockwright: Dockwright, tmp_path: Path) -> None:
    said = dockwright("env", "trace", "A", "dev", tmp_path)
    assert (said.code, "there is no compose file here" in said.err) == (2, True)
    assert dockwright("env", "schema", tmp_path).out == "no file here names a variable\n"
