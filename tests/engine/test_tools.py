"""ShellCheck, Betterleaks and uv: what they say is placed or put in a line, and the environment tells them nothing."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from dockwright.engine import betterleaks, shellcheck
from dockwright.engine.programs import ask
from dockwright.engine.uv import HostUv
from dockwright.rules.secret_in_file import SecretInFile
from dockwright.tools import ShellScript
from recorded import BETTERLEAKS, SHELLCHECK


def needed(tool: object, name: str) -> None:
    if tool is None and os.environ.get("DOCKWRIGHT_LIVE") == "1":
        pytest.fail(f"DOCKWRIGHT_LIVE=1, and {name} is not installed")
    if tool is None:
        pytest.skip(f"{name} is not installed")


def test_shellcheck_says_what_is_recorded() -> None:
    tool = shellcheck.installed()
    needed(tool, "ShellCheck")
    assert tool is not None
    scripts = [ShellScript(text, dialect) for dialect, text in SHELLCHECK]
    said: dict[tuple[str, str], list[tuple[int, str, str, int, int]]] = {key: [] for key in SHELLCHECK}
    for remark in tool.analyse(scripts)():
        script = scripts[remark.index]
        said[script.dialect, script.text].append((remark.code, remark.level, remark.message, remark.start, remark.end))
    assert said == SHELLCHECK


def test_what_the_dockerfile_sets_counts_as_set() -> None:
    tool = shellcheck.installed()
    needed(tool, "ShellCheck")
    assert tool is not None
    text = 'echo "é $one" && echo "$two"\n'
    found = tool.analyse([ShellScript(text, "dash", frozenset({"one"}))])()
    assert [(remark.code, text[remark.start : remark.end]) for remark in found] == [(2154, "$two")]


def test_betterleaks_says_what_is_recorded() -> None:
    tool = betterleaks.installed()
    if tool is None:
        pytest.skip("Betterleaks is not installed")
    texts = {str(number): text for number, text in enumerate(BETTERLEAKS)}
    said: dict[str, list[tuple[str, int, int]]] = {text: [] for text in BETTERLEAKS}
    for seen in tool.detect(texts)():
        said[texts[seen.path]].append((seen.kind, seen.start, seen.end))
    assert said == BETTERLEAKS


def speaking(folder: Path, said: str) -> str:
    """A program that prints a text whatever it is asked."""
    program = folder / "program"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.write({said!r})\n")
    program.chmod(0o755)
    return str(program)


def test_columns_in_bytes_become_characters(tmp_path: Path) -> None:
    at = {"path": "0", "start_line": 2, "start_column": 5, "end_line": 2, "end_column": 8}
    said = json.dumps({"findings": [{"rule_id": "gitlab-pat", "location": at}]})
    (seen,) = betterleaks.Betterleaks(speaking(tmp_path, said)).detect({"a.yml": "é\néüabcd\n"})()
    assert (seen.path, seen.kind, seen.start, seen.end) == ("a.yml", "gitlab-pat", 4, 8)


@pytest.mark.parametrize("said", ["", "not JSON", "{}", "[]"])
def test_a_tool_that_fails_finds_nothing(said: str, tmp_path: Path) -> None:
    program = speaking(tmp_path, said)
    assert shellcheck.ShellCheck(program).analyse([ShellScript("x", "dash")])() == []
    assert betterleaks.Betterleaks(program).detect({"a": "x"})() == []
    assert betterleaks.Betterleaks(str(tmp_path / "missing")).detect({"a": "x"})() == []


def test_a_tools_own_options_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELLCHECK_OPTS", "--exclude=SC2086")
    monkeypatch.setenv("BETTERLEAKS_VALIDATE", "true")
    answer = ask([sys.executable, "-c", "import os; print(sorted(os.environ), os.listdir())"], {"0": b""})
    said = answer().decode()
    assert "['0']" in said
    assert "SHELLCHECK" not in said
    assert "BETTERLEAKS" not in said


def test_a_secrets_value_is_in_no_finding() -> None:
    from projects import marked, project
    from recorded import TOOLS

    for example in SecretInFile.invalid:
        files, spans = marked(example.files)
        ((path, start, end),) = spans
        (finding,) = SecretInFile().ask(project(files), TOOLS)
        assert files[path][start:end] not in repr(finding)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("error: Request failed\n  Caused by: Failed to fetch: x\n", "Request failed: Failed to fetch: x"),
        (
            "error: Failed to inspect Python interpreter from search path at `/x/python3.12`\n",
            "Python 3.12 does not run",
        ),
        ("error: a==1 has no usable wheels\n", "a==1 comes as source alone, and locking it runs its build"),
    ],
)
def test_why_uv_cannot_lock_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, reason: str
) -> None:
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\nprintf '%s' {shlex.quote(said)} >&2\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    worked = HostUv(str(program)).lock({})
    assert (worked.error or "").startswith(reason)


def test_what_uv_says_is_not_wrapped_for_a_narrow_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "uv"
    said = "error: Failed to inspect Python interpreter from search path at"
    program.write_text(
        f"#!/bin/sh\nprintf '{said}' >&2\n[ \"$UV_NO_WRAP$COLUMNS\" = 11000 ] || echo >&2\n"
        "echo ' `/x/python3.12`' >&2\nexit 2\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "60")
    assert (HostUv(str(program)).lock({}).error or "").startswith("Python 3.12 does not run")
