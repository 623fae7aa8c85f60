"""The command line's manners: help that teaches, errors in one line, exit codes, JSON that keeps its contract."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright import __version__
from dockwright.cli.main import COMMANDS
from dockwright.rule import all_rules

ROOT_USER = 'FROM python:3.13-slim\nCMD ["python", "app.py"]\n'
GOOD = 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["python", "app.py"]\n'


def test_version(dockwright: Dockwright) -> None:
    done = subprocess.run([sys.executable, "-m", "dockwright", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"dockwright {__version__}\n"


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_teaches_in_80_columns(dockwright: Dockwright, command: str | None) -> None:
    said = dockwright(*([command] if command else []), "--help")
    assert said.code == 0
    assert "usage: dockwright" in said.out
    assert max(map(len, said.out.splitlines())) <= 88
    if command is None:
        assert all(f"  {name} " in said.out for name in COMMANDS)


def test_no_command_shows_the_help_and_fails(dockwright: Dockwright) -> None:
    said = dockwright()
    assert said.code == 2
    assert "examples:" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["adit"], "did you mean audit?"),
        (["--colour"], "no such"),
        (["audit", "--format", "xml"], "invalid choice"),
        (["audit", "/nowhere/at/all"], "no such file or folder"),
        (["plan", "--skip", "DW999", "."], "no step or rule is called DW999"),
        (["explain", "DW10"], "did you mean DW101?"),
        (["explain", "nothing-like-it"], "`dockwright rules` lists them all"),
        (["undo", "-C", "/nowhere"], "no such folder"),
        (["apply", "."], "nobody can be asked here"),
    ],
)
def test_a_wrong_argument_is_one_clear_error(dockwright: Dockwright, arguments: list[str], words: str) -> None:
    said = dockwright(*arguments)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err


def test_findings_make_the_exit_code(dockwright: Dockwright, tree: Tree) -> None:
    bad = tree({"Dockerfile": ROOT_USER})
    assert dockwright("audit", bad).code == 1
    assert dockwright("audit", bad, "--fail-on", "never").code == 0
    (bad / "Dockerfile").write_text(GOOD)
    assert dockwright("audit", bad).code == 0


def test_a_finding_shows_its_line_underlined(dockwright: Dockwright, tree: Tree) -> None:
    said = dockwright("audit", tree({"Dockerfile": ROOT_USER}))
    assert "Dockerfile:1:6  warning  DW101 runs-as-root" in said.out
    assert "  1 | FROM python:3.13-slim\n    |      ^^^^^^^^^^^^^^^^" in said.out
    assert "1 warning in 1 file" in said.out


def test_no_line_is_wider_than_the_terminal(dockwright: Dockwright, legacy: Path) -> None:
    for command in ("show", "audit"):
        said = dockwright(command, legacy)
        assert [line for line in said.out.splitlines() if len(line) > 80] == []


def test_one_file_is_seen_with_all_the_others(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "a/Dockerfile": ROOT_USER, "b/Dockerfile": ROOT_USER})
    said = dockwright("audit", root / "a" / "Dockerfile", "--format", "json").json
    assert {finding["path"] for finding in said["findings"]} == {"a/Dockerfile"}


def test_the_audit_keeps_its_contract(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": ROOT_USER})
    said = dockwright("audit", root, "--format", "json").json
    assert said["schema_version"] == 1
    assert said["tool"] == {"name": "dockwright", "version": __version__}
    assert said["root"] == str(root)
    (finding,) = said["findings"]
    assert (finding["rule"], finding["name"], finding["severity"]) == ("DW101", "runs-as-root", "warning")
    place = ("Dockerfile", 1, 6, 1, 22)
    assert tuple(finding[key] for key in ("path", "line", "column", "end_line", "end_column")) == place
    assert finding["fix"] in ("safe", "unsafe", None)
    assert finding["related"] == []
    assert said["summary"] == {"findings": 1, "error": 0, "warning": 1, "info": 0, "fixable": 1, "files": 1}


def test_the_rules_keep_their_contract(dockwright: Dockwright) -> None:
    said = dockwright("rules", "--format", "json").json
    assert [rule["code"] for rule in said["rules"]] == [rule.code for rule in all_rules()]
    assert set(said["rules"][0]) == {"code", "name", "severity", "fix", "equivalents", "traps"}
    assert {rule["fix"] for rule in said["rules"]} <= {"safe", "unsafe", None}


def test_a_plan_keeps_its_contract(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"docker-compose.dev.yml": "services:\n  app:\n    image: shop\n"})
    said = dockwright("plan", root, "--format", "json").json
    assert said["changes"] == [
        {"path": "Makefile", "kind": "create", "old_path": None},
        {"path": "compose/docker-compose.dev.yml", "kind": "move", "old_path": "docker-compose.dev.yml"},
    ]
    assert said["applied"] is False
    assert said["deferred"] == []
    assert set(said["proof"]) == {"kept", "intended", "broken", "unproved", "images"}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rule_explains_itself(dockwright: Dockwright, rule: object) -> None:
    code, name = getattr(rule, "code", ""), getattr(rule, "name", "")
    said = dockwright("explain", code)
    assert said.code == 0
    assert said.out.startswith(f"# {code}: ")
    assert "## Why it matters" in said.out
    assert dockwright("explain", name).out == said.out


def test_a_folder_without_docker_files_is_fine(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"notes.txt": "nothing here"})
    for command in ("audit", "show", "plan"):
        assert dockwright(command, root).code == 0


def test_names_and_texts_cannot_reach_the_terminal_as_commands(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": "FROM python:3.13-slim\x1b[31m\nCMD a\n", "a\x1b[2Jb.Dockerfile": ROOT_USER})
    for command in ("audit", "show", "plan"):
        said = dockwright(command, root)
        assert "\x1b" not in said.out + said.err
    for command in ("audit", "show", "plan"):
        assert msgspec.json.decode(dockwright(command, root, "--format", "json").out)


def test_colour_is_for_terminals_that_want_it(
    dockwright: Dockwright, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree({"Dockerfile": ROOT_USER})
    assert "\x1b[" not in dockwright("audit", root).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in dockwright("audit", root).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in dockwright("audit", root).out


def on_a_terminal(*arguments: str | Path, answer: bytes) -> tuple[int, str]:
    """A command's exit code and output where it can ask somebody, who answers."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "dockwright", *map(str, arguments)])
    os.write(fd, answer)
    said = b""
    while True:
        try:
            piece = os.read(fd, 4096)
        except OSError:
            break
        if not piece:
            break
        said += piece
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), re.sub(r"\x1b\[[\d;]*m", "", said.decode())


@pytest.mark.parametrize(("answer", "code", "moved"), [(b"y\n", 0, True), (b"n\n", 1, False), (b"\n", 1, False)])
def test_apply_asks_first_on_a_terminal(tree: Tree, answer: bytes, code: int, moved: bool) -> None:
    root = tree({"docker-compose.dev.yml": "services:\n  app:\n    image: shop\n"})
    got, said = on_a_terminal("apply", root, answer=answer)
    assert "make these changes? [y/N]" in said
    assert got == code
    assert (root / "compose" / "docker-compose.dev.yml").exists() is moved


def test_a_reader_who_leaves_early_is_no_error(legacy: Path) -> None:
    done = subprocess.run(
        f"'{sys.executable}' -m dockwright plan '{legacy}' | head -1; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.stdout.splitlines()[-1] in ("0", "141")
