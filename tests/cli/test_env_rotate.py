"""`dockwright env rotate`, `sync` and `diff` from the outside: what is written, what is kept, and how they end."""

from __future__ import annotations

import io
import shutil
import stat
from pathlib import Path

import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright.change.journal import SHELF
from example import LEGACY, snapshot

COMPOSE = "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    env_file: .env\n"
FILES = {
    "compose.yaml": COMPOSE,
    "compose.prod.yaml": COMPOSE.replace(".env", ".env.prod").replace("shop", "shop-prod"),
    ".env": "POSTGRES_PASSWORD=old-password-1\nDATABASE_URL=postgres://u:old-password-1@db/x\nEXTRA=1\n",
    ".env.example": "POSTGRES_PASSWORD=changeme\nDEBUG=1\n",
    ".env.prod": "POSTGRES_PASSWORD=old-password-2\nSTRIPE_KEY=sk_live_x\n",
}


def test_a_rotated_secret_keeps_the_file_s_mode_and_leaves_nothing_behind(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    (root / ".env").chmod(0o640)
    before = snapshot(root)
    said = dockwright("env", "rotate", "POSTGRES_PASSWORD", "dev", root)
    assert said.code == 0, said.err
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o640
    assert {path for path, state in snapshot(root).items() if state != before.get(path)} == {".env"}
    assert not (root / ".dockwright").exists()
    assert all(b"old-password-1" not in path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert "old-password" not in said.out
    assert (root / ".env").read_text().split("=")[1].split("\n")[0] not in said.out
    assert "in line with it: DATABASE_URL" in said.out


def test_a_provider_s_key_comes_from_input(dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(FILES)
    for where in ((root,), ("prod", root)):
        said = dockwright("env", "rotate", "STRIPE_KEY", *where)
        assert (said.code, "rotate STRIPE_KEY prod --stdin" in said.err) == (1, True)
    monkeypatch.setattr("sys.stdin", io.StringIO("sk_live_new\n"))
    said = dockwright("env", "rotate", "STRIPE_KEY", "prod", root, "--stdin", "--format", "json")
    assert (root / ".env.prod").read_text().endswith("STRIPE_KEY=sk_live_new\n")
    assert said.json["files"] == [{"path": ".env.prod", "following": []}]
    assert "sk_live" not in said.out


@pytest.mark.parametrize("command", [("rotate", "POSTGRES_PASSWORD", "dev"), ("sync", "dev")])
def test_a_read_only_file_and_a_link_are_refused(dockwright: Dockwright, tree: Tree, command: tuple[str, ...]) -> None:
    root = tree(FILES)
    (root / ".env").chmod(0o400)
    before = snapshot(root)
    said = dockwright("env", *command, root)
    assert (said.code, "read-only" in said.err, "chmod u+w .env" in said.err) == (3, True, True)
    assert snapshot(root) == before
    (root / ".env").rename(root / "kept")
    (root / ".env").symlink_to("kept")
    said = dockwright("env", *command, root)
    assert (said.code, "symbolic link" in said.err) == (3, True)


def test_a_file_that_was_edited_meanwhile_is_left_alone(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dockwright.env import rotating

    root, really = tree(FILES), rotating.rotate

    def edited(*arguments: object, **options: object) -> object:
        (root / ".env").write_text("EDITED=1\n")
        return really(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(rotating, "rotate", edited)
    said = dockwright("env", "rotate", "POSTGRES_PASSWORD", "dev", root)
    assert (said.code, "changed meanwhile" in said.err) == (3, True)
    assert (root / ".env").read_text() == "EDITED=1\n"


def test_sync_shows_adds_and_gives_back(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    before = snapshot(root)
    said = dockwright("env", "sync", "dev", root, "--dry-run")
    assert (said.code, "nothing was written" in said.out, snapshot(root) == before) == (0, True, True)
    said = dockwright("env", "sync", "dev", root)
    assert said.code == 0, said.err
    assert (root / ".env.example").read_text() == "POSTGRES_PASSWORD=changeme\nDATABASE_URL=\nEXTRA=\nDEBUG=1\n"
    assert (root / ".env").read_text() == FILES[".env"].replace("1\nDATA", "1\nDEBUG=1\nDATA", 1)
    assert "old-password" not in said.out
    assert "done; `dockwright undo 0001` takes it back" in said.out
    assert dockwright("env", "sync", "dev", root).out == "everything is in line\n"
    assert dockwright("undo", root).code == 0
    assert snapshot(root) == before


def test_no_build_takes_the_journal_of_a_file_that_it_leaves_out(dockwright: Dockwright, tree: Tree) -> None:
    build = {"compose.yaml": COMPOSE + "  web:\n    build: .\n", "Dockerfile": "FROM scratch\nCOPY . /app\n"}
    root = tree({**FILES, **build, ".dockerignore": ".env\n"})
    before = snapshot(root)
    said = dockwright("env", "sync", "dev", root)
    assert (said.code, snapshot(root)) == (1, before)
    assert "the build of Dockerfile would take the journal in" in said.err
    assert "add the line `.dockwright` there" in said.err
    (root / ".dockerignore").write_text(".env\n.dockwright\n")
    assert dockwright("env", "sync", "dev", root).code == 0


def test_a_journal_that_still_has_the_old_value_is_told(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    dockwright("env", "sync", "dev", root)
    said = dockwright("env", "rotate", "POSTGRES_PASSWORD", "dev", root)
    assert f"{SHELF}/0001 holds the old value" in said.out
    files = [path for path in (root / SHELF).rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_diff_ends_with_1_where_a_name_is_missing(dockwright: Dockwright, tree: Tree) -> None:
    root = tree(FILES)
    said = dockwright("env", "diff", "dev", "prod", root)
    assert said.code == 1
    assert "only in dev (2)\n  DATABASE_URL, EXTRA\n" in said.out
    assert "only in prod (1)\n  STRIPE_KEY\n" in said.out
    said = dockwright("env", "diff", ".env", ".env.example", root, "--format", "json")
    assert said.json["right"] == {"environment": ".env.example", "files": [".env.example"]}
    assert {row["name"]: row["verdict"] for row in said.json["variables"]}["DEBUG"] == "only right"


def test_diff_tells_a_secret_that_production_shares(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, ".env.prod": FILES[".env"]})
    said = dockwright("env", "diff", "dev", "prod", root)
    assert said.code == 1
    assert "production has the same secret as what is not production" in " ".join(said.out.split())
    assert "-> dockwright env rotate POSTGRES_PASSWORD prod" in said.out


def test_pages_fit_80_columns(dockwright: Dockwright, tmp_path: Path) -> None:
    root = tmp_path / "dashtam"
    shutil.copytree(LEGACY.parent / "dashtam", root, ignore=shutil.ignore_patterns("certs", ".dockwright"))
    commands = (
        ("diff", "dev", "prod"), ("sync",), ("check",), ("check", "prod"),
        ("create", "prod", "--production", "--set", "OAUTH_CLIENT_SECRET=x"),
        ("rotate", "POSTGRES_PASSWORD", "prod"), ("rotate", "SECRET_KEY", "ci"),
    )  # fmt: skip
    for name, *arguments in commands:
        at = next((at for at, word in enumerate(arguments) if word.startswith("-")), len(arguments))
        said = dockwright("env", name, *arguments[:at], root, *arguments[at:])
        assert said.code < 2, said.err
        assert max(map(len, said.out.splitlines())) <= 80, said.out
    for name in ("check", "create", "sync", "diff", "rotate"):
        assert max(map(len, dockwright("env", name, "--help").out.splitlines())) <= 80
