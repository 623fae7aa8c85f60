"""`dockwright env check` from the outside: the page, the JSON, git, and the refitted example without a false alarm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from command_line import Dockwright
from conftest import Tree
from example import LEGACY, git

FILES = {
    "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
    "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}\n",
    ".env": "POSTGRES_PASSWORD=\nSTRIPE=Canary1\n",
    ".env.example": "POSTGRES_PASSWORD=\n",
    ".gitignore": ".env\n",
}


@pytest.fixture
def applied(tmp_path: Path) -> Path:
    """The refitted example as a fresh clone has it, where git leaves env files out."""
    root = tmp_path / "dashtam"
    shutil.copytree(LEGACY.parent / "dashtam", root, ignore=shutil.ignore_patterns("certs", ".dockwright", ".env.*"))
    for path in (LEGACY.parent / "dashtam" / "env").glob("*.example"):
        shutil.copy(path, root / "env")
    git(root, "init", "-q")
    git(root, "add", "--all")
    return root


@pytest.mark.parametrize("env", ["dev", "test", "ci", "prod"])
def test_the_example_has_no_trouble_with_files_that_env_create_makes(
    dockwright: Dockwright, applied: Path, env: str
) -> None:
    options = ("--production", "--set", "OAUTH_CLIENT_SECRET=given") if env == "prod" else ()
    assert dockwright("env", "create", env, applied, *options).code == 0
    said = dockwright("env", "check", env, applied)
    assert (said.code, said.out, said.err) == (0, f"{env}: all is well\n", "")


def test_errors_come_first_each_with_its_way_out(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    (root / ".env").chmod(0o644)
    said = dockwright("env", "check", "dev", root)
    assert said.code == 1
    assert said.out == (
        "error    .env:1: POSTGRES_PASSWORD is empty, and compose.yaml:6 refuses that\n"
        "         -> dockwright env rotate POSTGRES_PASSWORD dev\n"
        "warning  .env:2: .env.example does not name STRIPE: nobody else knows of it\n"
        "         -> dockwright env sync dev\n"
        "info     .env:2: nothing here reads STRIPE\n"
        "         -> take it out, if that is so\n"
        "dev: 1 error, 1 warning, 1 worth knowing\n"
    )


def test_what_it_says_to_do_mends_it(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    (root / ".env").chmod(0o600)
    assert dockwright("env", "rotate", "POSTGRES_PASSWORD", "dev", root).code == 0
    assert dockwright("env", "sync", "dev", root).code == 0
    assert dockwright("env", "check", "dev", root).code == 0


def test_git_is_asked_what_it_has(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, ".env": "POSTGRES_PASSWORD=Canary1Canary1\n"})
    (root / ".env").chmod(0o600)
    git(root, "init", "-q")
    assert dockwright("env", "check", "dev", root).out == "dev: all is well\n"
    git(root, "add", "--force", ".env")
    assert "git has .env, with POSTGRES_PASSWORD in it" in dockwright("env", "check", "dev", root).out


def test_the_report_keeps_its_contract(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    (root / ".env").chmod(0o600)
    said = dockwright("env", "check", root, "--format", "json").json
    assert said["environments"] == ["dev"]
    assert said["summary"] == {"error": 1, "warning": 1, "info": 1}
    first = said["troubles"][0]
    assert (first["kind"], first["level"], first["environment"], first["name"]) == (
        "empty",
        "error",
        "dev",
        "POSTGRES_PASSWORD",
    )
    assert (first["path"], first["line"], first["way_out"]) == (
        ".env",
        1,
        "dockwright env rotate POSTGRES_PASSWORD dev",
    )


def test_a_project_without_env_files_has_no_trouble(dockwright: Dockwright, tree: Tree) -> None:
    said = dockwright("env", "check", tree({"compose.yaml": "services:\n  a:\n    image: b\n"}))
    assert (said.code, said.out) == (0, "no environment: all is well\n")
    assert dockwright("env", "check", "staging", tree({})).code == 2
