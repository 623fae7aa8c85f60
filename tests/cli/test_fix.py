"""`audit --fix`: safe fixes alone, journaled, then a report of what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

import example
from command_line import Dockwright
from conftest import Tree

ROOT_USER = "FROM python:3.13-slim\nCMD python app.py\n"
UNUSED = f"{ROOT_USER}# dockwright: ignore[DW401]\n"


@pytest.fixture
def root(tree: Tree) -> Path:
    return tree({"Dockerfile": UNUSED})


def test_safe_fixes_are_made_and_the_rest_is_reported(dockwright: Dockwright, root: Path) -> None:
    said = dockwright("audit", root, "--fix", "--select", "DW002,DW101")
    assert (root / "Dockerfile").read_text() == ROOT_USER
    assert said.code == 1
    assert said.out.startswith(
        "fixed  DW002    delete a suppression that leaves nothing out\n"
        "applied as 0001; `dockwright undo` takes it back\n\n"
    )
    assert "DW101 runs-as-root" in said.out
    assert "DW002 unused" not in said.out


def test_it_is_undone_like_any_change(dockwright: Dockwright, root: Path) -> None:
    before = example.snapshot(root)
    dockwright("audit", root, "--fix", "--select", "DW002")
    assert example.snapshot(root) != before
    assert dockwright("undo", root).code == 0
    assert example.snapshot(root) == before


def test_only_what_is_selected_is_fixed(dockwright: Dockwright, root: Path) -> None:
    said = dockwright("audit", root, "--fix", "--select", "DW101")
    assert (root / "Dockerfile").read_text() == UNUSED
    assert "applied" not in said.out
    assert not (root / ".dockwright").exists()


def test_only_the_file_that_is_asked_about_is_fixed(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "a/Dockerfile": UNUSED, "b/Dockerfile": UNUSED})
    dockwright("audit", root / "a" / "Dockerfile", "--fix", "--select", "DW002")
    assert (root / "a/Dockerfile").read_text() == ROOT_USER
    assert (root / "b/Dockerfile").read_text() == UNUSED


def test_machines_are_told_what_was_done(dockwright: Dockwright, root: Path) -> None:
    said = dockwright("audit", root, "--fix", "--select", "DW002", "--format", "json").json
    assert said["fixed"]["journal"] == "0001"
    assert [(patch["owner"], patch["consent"]) for patch in said["fixed"]["patches"]] == [("DW002", "safe")]
    again = dockwright("audit", root, "--fix", "--select", "DW002", "--format", "json").json
    assert again["fixed"] is None


def test_only_safe_fixes_are_made(dockwright: Dockwright, legacy: Path) -> None:
    said = dockwright("audit", legacy, "--fix", "--format", "json").json
    if said["fixed"] is not None:
        assert {patch["consent"] for patch in said["fixed"]["patches"]} == {"safe"}
    assert {finding["consent"] for finding in said["findings"]} <= {"refit", "unsafe", None}
