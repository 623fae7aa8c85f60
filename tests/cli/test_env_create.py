"""`dockwright env create` from the outside: modes, refusals, and where values come from."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright.syntax import dotenv
from dockwright.text import Source
from example import git, snapshot

FILES = {
    "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    environment:\n"
    "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?}\n      KEY: ${STRIPE_KEY}\n",
    "compose.prod.yaml": "name: shop-prod\nservices:\n  db:\n    image: postgres:17.6\n    env_file: .env.prod\n",
    ".env.example": "POSTGRES_PASSWORD=changeme\nSTRIPE_KEY=sk_test_x\n",
    ".env.prod.example": "POSTGRES_PASSWORD=\nSTRIPE_KEY=your-key\nDOMAIN=example.com\n",
}


def values(path: Path) -> dict[str, str]:
    return dotenv.values(dotenv.parse(Source.read(path.name, path.read_bytes())), {})


def test_the_file_is_its_owner_s_alone_whatever_the_umask(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    before = os.umask(0)
    try:
        said = dockwright("env", "create", "dev", root)
    finally:
        os.umask(before)
    assert said.code == 0
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600
    assert "fresh: POSTGRES_PASSWORD" in said.out
    assert "as in the example: STRIPE_KEY; somebody else gives it out" in said.out
    assert values(root / ".env")["POSTGRES_PASSWORD"] not in said.out


def test_there_is_no_moment_at_which_others_can_read_it(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, opened = tree(FILES), []
    really = os.open

    def watched(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == ".env" and flags & os.O_CREAT:
            opened.append((bool(flags & os.O_EXCL), mode))
        return really(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", watched)
    dockwright("env", "create", "dev", root)
    assert opened == [(True, 0o600)]


def test_a_file_that_is_there_is_never_written_over(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, ".env": "A=1\n"})
    before = snapshot(root)
    said = dockwright("env", "create", "dev", root)
    assert said.code == 1
    assert "not written over" in said.err
    assert snapshot(root) == before


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_in_its_place_is_not_followed(dockwright: Dockwright, tree: Tree, target: str) -> None:
    root = tree({**FILES, "elsewhere": "x"})
    (root / ".env").symlink_to(target)
    assert dockwright("env", "create", "dev", root).code == 1
    assert (root / "elsewhere").read_text() == "x"
    assert not (root / "nowhere").exists()


def test_production_wants_to_be_meant(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    before = snapshot(root)
    said = dockwright("env", "create", "prod", root)
    assert (said.code, "--production says that you mean it" in said.err) == (2, True)
    said = dockwright("env", "create", "prod", root, "--production")
    assert said.code == 1
    assert "STRIPE_KEY (somebody else gives it out), DOMAIN" in said.err
    assert snapshot(root) == before


def test_values_come_from_input_environment_and_command_line(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(FILES)
    monkeypatch.setattr("sys.stdin", io.StringIO("from-input\nunread\n"))
    monkeypatch.setenv("DOMAIN", "shop.test")
    options = ("--set", "STRIPE_KEY=-", "--set", "DOMAIN", "--set", "POSTGRES_PASSWORD=of=the'line")
    said = dockwright("env", "create", "prod", root, "--production", *options)
    assert said.code == 0, said.err
    assert values(root / ".env.prod") == {
        "POSTGRES_PASSWORD": "of=the'line",
        "STRIPE_KEY": "from-input",
        "DOMAIN": "shop.test",
    }
    assert "showed POSTGRES_PASSWORD to the list of processes" in said.out.replace("\n      ", " ")
    assert "from-input" not in said.out


def test_a_value_is_asked_for_unseen_on_a_terminal(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, asked = tree(FILES), []
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)

    def typed(prompt: str, stream: object) -> str:
        asked.append(prompt)
        return "typed"

    monkeypatch.setattr("getpass.getpass", typed)
    assert dockwright("env", "create", "dev", root, "--set", "STRIPE_KEY=-").code == 0
    assert asked == ["STRIPE_KEY: "]
    assert values(root / ".env")["STRIPE_KEY"] == "typed"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "STRIPE_KEY=-"], "standard input has no line for STRIPE_KEY"),
        (["--set", "STRIPE_KEY"], "your environment has no variable"),
        (["--set", "A B=canary"], "--set wants NAME=VALUE"),
        (["--set", "STRIPE_KEY=canary", "--set", "STRIPE_KEY=canary"], "gives STRIPE_KEY twice"),
        (["STRIPE_KEY=canary"], "--set STRIPE_KEY=-"),
        (["--stripe=canary"], "not understood: --stripe=..."),
        (["--set", "STRIPE_KEI=canary"], "did you mean STRIPE_KEY?"),
        (["--set", "STRIPE_KEY=canary\ncanary"], "has a line break"),
    ],
)
def test_a_wrong_argument_is_told_without_its_value(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    root = tree(FILES)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    monkeypatch.delenv("STRIPE_KEY", raising=False)
    monkeypatch.chdir(root)
    said = dockwright("env", "create", "dev", *options)
    assert said.code == 2
    assert words in said.err
    assert "canary" not in said.err + said.out
    assert not (root / ".env").exists()


def test_git_is_spoken_of_where_it_would_take_the_file(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    git(root, "init", "-q")
    assert "git would take .env: add it to .gitignore" in dockwright("env", "create", "dev", root).out
    (root / ".gitignore").write_text(".env*\n")
    options = ("--production", "--set", "STRIPE_KEY=x", "--set", "DOMAIN=x.test")
    assert "git would take" not in dockwright("env", "create", "prod", root, *options).out


def test_the_report_keeps_its_contract(dockwright: Dockwright, tree: Tree) -> None:
    said = dockwright("env", "create", "dev", tree(FILES), "--format", "json").json
    assert said["environment"] == "dev"
    (file,) = said["files"]
    assert (file["path"], file["example"]) == (".env", ".env.example")
    assert (file["fresh"], file["given"], file["following"]) == (["POSTGRES_PASSWORD"], [], [])
    assert [(left["name"], left["path"], left["line"]) for left in file["left"]] == [("STRIPE_KEY", ".env.example", 2)]
    assert (said["kept"], said["secrets"], said["missing_secrets"], said["unreadable_for"]) == ([], [], [], [])


def test_a_secret_s_file_can_be_read_by_its_owner_alone(dockwright: Dockwright, tree: Tree) -> None:
    compose = FILES["compose.yaml"] + "secrets:\n  db_password: {file: ./secrets/db}\n"
    root = tree({**FILES, "compose.yaml": compose})
    said = dockwright("env", "create", "dev", root)
    assert "made      secrets/db, a secret that compose.yaml:9 names" in said.out
    assert not stat.S_IMODE((root / "secrets/db").stat().st_mode) & 0o007
    assert len((root / "secrets/db").read_text()) == 32
