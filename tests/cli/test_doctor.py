"""`dockwright doctor`: whom it asks, what it mends, how it ends."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import example
from command_line import Dockwright
from conftest import Tree
from dockwright.cli import doctor
from dockwright.cli.main import run
from dockwright.project.discover import discover
from dockwright.tools import Engine, Host
from doctor.planted import CANARY, PLANTED, Planted, write
from doctor.pretended import PretendedEngine, PretendedHost

APPLIED = Path(__file__).parents[2] / "examples" / "dashtam"
MENDED = [each for each in PLANTED if each.mended]


def on(monkeypatch: pytest.MonkeyPatch, planted: Planted | None = None, *, installed: bool = True) -> None:
    """The machine of a planted fault, or a healthy one."""

    def reached(root: str) -> tuple[Host, Engine | None]:
        said = {} if planted is None else planted.said
        host = PretendedHost() if planted is None else planted.host()
        return host, PretendedEngine(Path(root), said) if installed else None

    monkeypatch.setattr(doctor, "reached", reached)


@pytest.fixture(autouse=True)
def _own_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_healthy_project_ends_with_0_and_says_what_was_looked_at(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch)
    said = dockwright("doctor", write(tree({})))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("looked at: the engine")
    assert said.out.endswith("nothing found\n")


@pytest.mark.parametrize("planted", MENDED, ids=lambda planted: planted.name)
def test_what_fix_claims_is_gone_afterwards(
    planted: Planted, dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tree({}), planted)
    before = example.snapshot(root)
    on(monkeypatch, planted)
    first = dockwright("doctor", root, "--fix", "--format", "json")
    assert [(each["fault"], each["done"]) for each in first.json["mended"]] == [(planted.fault, True)]
    assert CANARY not in first.out
    assert example.snapshot(root) != before
    if planted.fault == "key-unreadable":
        return  # What the file system says is pretended, and stays so.
    assert first.json["diagnoses"] == []
    assert first.code == 0


def test_files_that_were_mended_come_back_by_undo(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = next(each for each in PLANTED if each.name == "script-crlf")
    root = write(tree({}), Planted(*planted[:3], planted.files, plain=("start.sh",)))
    before = example.snapshot(root)
    on(monkeypatch)
    said = dockwright("doctor", root, "--fix")
    assert said.code == 0
    assert "mended  script-crlf of start.sh" in said.out
    assert "mended  script-not-executable of start.sh" in said.out
    dockwright("undo", root)
    dockwright("undo", root)
    assert example.snapshot(root) == before


def test_a_mend_that_cannot_be_made_says_why(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = next(each for each in PLANTED if each.name == "certificate-missing")
    root = write(tree({}), planted)
    (root / "certs").write_text("in the way")
    on(monkeypatch, planted)
    said = dockwright("doctor", root, "--fix")
    assert said.code == 1
    assert "failed  certificate-missing" in said.out


def test_without_an_engine_it_says_what_files_tell(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, installed=False)
    said = dockwright("doctor", write(tree({}), PLANTED[0]), "--format", "json")
    assert said.code == 1
    assert [each["fault"] for each in said.json["diagnoses"]] == ["engine-absent"]
    assert {each["why"] for each in said.json["left_out"]} == {"no Docker engine answers"}


def test_every_key_of_the_json_report_is_documented(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set().union(*map(keys, value)) if isinstance(value, list) else set()

    planted = next(each for each in PLANTED if each.name == "script-crlf")
    on(monkeypatch, planted)
    said = dockwright("doctor", write(tree({}), planted), "--fix", "--format", "json")
    text = (APPLIED.parents[1] / "docs" / "json.md").read_text()
    documented = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text))))
    assert keys(said.json) - documented == set()


def test_the_help_fits_the_page(dockwright: Dockwright) -> None:
    said = dockwright("doctor", "--help")
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80


def test_a_stack_that_there_is_none_of_is_wrong_usage(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch)
    said = dockwright("doctor", "staging", write(tree({})))
    assert said.code == 2
    assert "no stack is called staging" in said.err


def test_a_single_word_is_a_stack_before_it_is_a_folder(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch)
    root = write(tree({"shop/compose.yaml": "name: inner\nservices:\n  web: {image: nginx:1.29}\n", "default/x": ""}))
    monkeypatch.chdir(root)
    assert dockwright("doctor", "default", "--format", "json").json["stacks"] == ["default (compose.yaml)"]
    inner = dockwright("doctor", "shop", "--format", "json").json
    assert inner["stacks"] == ["default"]
    assert inner["diagnoses"] == []


def test_a_compose_file_that_cannot_be_read_is_told_where_its_stack_is_asked_for(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch)
    root = write(
        tree({}), Planted("", "", "", {"compose.yaml": None, "compose.dev.yaml": "services:\n  a: {image: x\n"})
    )
    said = dockwright("doctor", "dev", root, "--format", "json")
    assert said.code == 1
    assert [(each["fault"], each["path"]) for each in said.json["diagnoses"]] == [("file-broken", "compose.dev.yaml")]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The applied example with its env files and certificates."""
    root = tmp_path_factory.mktemp("applied") / "dashtam"
    shutil.copytree(APPLIED, root, ignore=shutil.ignore_patterns(".git", ".venv", "certs"))
    for name in ("dev", "test", "ci", "prod"):
        written = (root / f"env/.env.{name}.example").read_text()
        lines = [f"{line}{CANARY}" if line.endswith("=") else line for line in written.splitlines()]
        (root / f"env/.env.{name}").write_text("\n".join(lines) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(root.parent / "data"))
        assert run(["certs", str(root)]) == 0
    return root


@pytest.mark.parametrize("env", [None, "test", "ci", "prod"])
def test_the_applied_example_is_healthy(
    env: str | None, applied: Path, dockwright: Dockwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = PretendedEngine(applied, {}, discover(str(applied)))
    monkeypatch.setattr(doctor, "reached", lambda root: (PretendedHost(), engine))
    said = dockwright("doctor", *([env] if env else []), applied, "--format", "json")
    assert (said.json["diagnoses"], said.code) == ([], 0)
    assert CANARY not in said.out
