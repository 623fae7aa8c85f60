"""`--changed-since`: only what lies in changed lines, as real git tells them."""

from __future__ import annotations

from pathlib import Path

import pytest

import example
from command_line import Dockwright
from conftest import Tree
from dockwright.engine.git import RealGit

ROOT_USER = "FROM python:3.13-slim\nCMD python app.py\n"


@pytest.fixture
def root(tree: Tree) -> Path:
    made = tree({"shop/a/Dockerfile": ROOT_USER, "shop/b/Dockerfile": ROOT_USER, "README.md": "a\n"})
    example.commit(made)
    return made / "shop"


def found(dockwright: Dockwright, root: Path, revision: str = "HEAD") -> list[str]:
    options = ("--select", "DW101", "--format", "json", "--changed-since", revision)
    return [finding["path"] for finding in dockwright("audit", root, *options).json["findings"]]


def test_only_changed_lines_count(dockwright: Dockwright, root: Path) -> None:
    assert found(dockwright, root) == []
    (root / "a/Dockerfile").write_text(f"{ROOT_USER}EXPOSE 8000\n")
    assert found(dockwright, root) == []
    (root / "a/Dockerfile").write_text(ROOT_USER.replace("3.13", "3.14"))
    assert found(dockwright, root) == ["a/Dockerfile"]


def test_new_files_count_whole(dockwright: Dockwright, root: Path) -> None:
    (root / 'ü "c"').mkdir()
    (root / 'ü "c"' / "Dockerfile").write_text(ROOT_USER)
    assert found(dockwright, root) == ['ü "c"/Dockerfile']
    example.git(root, "add", "--all")
    assert found(dockwright, root) == ['ü "c"/Dockerfile']


def test_a_renamed_file_is_not_new(dockwright: Dockwright, root: Path) -> None:
    body = "".join(f"ENV A{number}=1\n" for number in range(20))
    (root / "a/Dockerfile").write_text(f"{ROOT_USER}{body}")
    example.git(root, "add", "--all")
    example.git(root, "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qm", "more")
    example.git(root, "mv", "a", "c")
    assert found(dockwright, root) == []
    (root / "c/Dockerfile").write_text(f"{ROOT_USER.replace('3.13', '3.14')}{body}")
    assert found(dockwright, root) == ["c/Dockerfile"]


def test_it_counts_from_where_a_branch_parted(dockwright: Dockwright, root: Path) -> None:
    def commit(path: str, text: str) -> None:
        (root / path).write_text(text)
        example.git(root, "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qam", "more")

    example.git(root, "branch", "-m", "trunk")
    example.git(root, "checkout", "-qb", "feature")
    commit("a/Dockerfile", ROOT_USER.replace("3.13", "3.14"))
    example.git(root, "checkout", "-q", "trunk")
    commit("b/Dockerfile", ROOT_USER.replace("3.13", "3.12"))
    example.git(root, "checkout", "-q", "feature")
    assert found(dockwright, root, "trunk") == ["a/Dockerfile"]


def test_where_lines_are_gone_those_around_them_count(root: Path) -> None:
    (root / "a/Dockerfile").write_text("FROM a\nUSER b\nCMD c\nEXPOSE 1\n")
    example.git(root, "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qam", "more")
    (root / "a/Dockerfile").write_text("FROM a\nCMD c\nEXPOSE 1\n")
    changed = RealGit().changed_since(str(root), "HEAD")
    assert [changed.touches("a/Dockerfile", line, line) for line in (1, 2, 3)] == [True, True, False]


def test_lines_that_look_like_a_diff_are_lines(root: Path) -> None:
    (root / "a/Dockerfile").write_text("-- b/x\n++ b/y\n@@ -1 +7 @@\n" + ROOT_USER)
    changed = RealGit().changed_since(str(root), "HEAD")
    assert changed.lines == {"a/Dockerfile": ((1, 3),)}


def test_what_the_repository_names_is_not_run(root: Path) -> None:
    (root / ".gitattributes").write_text("* diff=evil\n")
    marker = root / "ran"
    for key in ("diff.evil.textconv", "diff.evil.command", "diff.external", "core.fsmonitor"):
        example.git(root, "config", key, f"touch {marker}; false")
    (root / "a/Dockerfile").write_text(ROOT_USER.replace("3.13", "3.14"))
    assert "a/Dockerfile" in RealGit().changed_since(str(root), "HEAD").lines
    assert not marker.exists()


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "-h", "HEAD:README.md", "a\x1b[2Jb", ""])
def test_a_revision_that_is_none_is_an_error(dockwright: Dockwright, root: Path, revision: str) -> None:
    said = dockwright("audit", root, f"--changed-since={revision}")
    assert said.code == 2
    assert "git knows no commit called" in said.err
    assert "\x1b" not in said.err
    assert not (root / "x").exists()


def test_without_a_repository_it_says_so(dockwright: Dockwright, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(ROOT_USER)
    said = dockwright("audit", tmp_path, "--changed-since", "HEAD")
    assert said.code == 3
    assert "not a git repository" in said.err


def test_without_git_it_says_so(dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    said = dockwright("audit", root, "--changed-since", "HEAD")
    assert (said.code, said.err) == (
        3,
        "dockwright: git is not installed\n  --changed-since asks git what has changed\n",
    )


@pytest.mark.parametrize("option", ["--fix", "--write-baseline"])
def test_it_only_narrows_a_report(dockwright: Dockwright, root: Path, option: str) -> None:
    said = dockwright("audit", root, "--changed-since", "HEAD", "--baseline", "x.json", option)
    assert said.code == 2
    assert "only narrows a report" in said.err
