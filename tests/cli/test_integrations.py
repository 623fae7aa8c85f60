"""The hooks for pre-commit and the action for GitHub: they parse, call what exists, and do what they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import Dockwright
from conftest import Tree

ROOT = Path(__file__).parents[2]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_bytes())
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_bytes())
STEPS = ACTION["runs"]["steps"]
ADOPTION = (ROOT / "docs" / "adoption.md").read_text(encoding="utf-8")
ROOT_USER = "FROM python:3.13-slim\nCMD python app.py\n"


def check_call(dockwright: Dockwright, call: str) -> None:
    """A command line names a command and options that exist, and formats that it takes."""
    command, *words = call.split()
    said = dockwright(command, "--help")
    assert said.code == 0
    for word in words:
        option, _, value = word.partition("=")
        if option.startswith("--") and len(option) > 2:
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", said.out), option
        if option == "--format":
            assert value in said.out


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
def test_a_hook_runs_a_command_that_exists(dockwright: Dockwright, hook: dict[str, Any]) -> None:
    program, _, call = hook["entry"].partition(" ")
    assert program == "dockwright"
    check_call(dockwright, call)
    assert hook["language"] == "python"
    assert hook["pass_filenames"] is False


@pytest.mark.parametrize(
    ("path", "looked_at"),
    [
        ("Dockerfile", True),
        ("docker/api.Dockerfile", True),
        ("docker/Dockerfile.dockerignore", True),
        ("compose.prod.yaml", True),
        ("env/.env.dev.example", True),
        ("Makefile", True),
        (".devcontainer/devcontainer.json", True),
        ("uv.lock", True),
        ("requirements-dev.txt", True),
        ("src/app.py", False),
        ("README.md", False),
        ("dockerfiles/logo.png", False),
    ],
)
def test_the_hooks_run_when_infrastructure_changes(path: str, looked_at: bool) -> None:
    assert {bool(re.search(hook["files"], path)) for hook in HOOKS} == {looked_at}


def test_the_action_calls_what_exists(dockwright: Dockwright) -> None:
    calls = re.findall(r"^ *dockwright (.*)$", STEPS[-1]["run"], re.M)
    assert [re.search(r"--format=(\w+)", call)[1] for call in calls] == ["sarif", "github"]  # type: ignore[index]
    options = " ".join(re.findall(r'options\+=\("(--[\w-]+)=', STEPS[-1]["run"]))
    for call in calls:
        check_call(dockwright, f"{call} {options}")


def test_the_action_hands_over_every_input_as_a_variable() -> None:
    given = [value for step in STEPS for value in step["env"].values()]
    assert sorted(re.findall(r"inputs\.([\w-]+)", " ".join(given))) == sorted(ACTION["inputs"])
    assert not any("${{" in step["run"] for step in STEPS)
    for step in STEPS:
        assert all(re.search(rf"\${name}\b", step["run"]) for name in step["env"]), step["name"]


def run_action(root: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's last step, with this dockwright as the one that its first step installs."""
    program = root.parent / "temp" / "dockwright" / "bin" / "dockwright"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dockwright "$@"\n')
    program.chmod(0o755)
    defaults = {name: ACTION["inputs"][name]["default"] for name in ACTION["inputs"]}
    variables = {
        variable: inputs.get(variable, defaults[value.split("inputs.")[1].split(" ")[0]])
        for variable, value in STEPS[-1]["env"].items()
    }
    environ = {**os.environ, "RUNNER_TEMP": str(root.parent / "temp"), "GITHUB_WORKSPACE": str(root), **variables}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[-1]["run"]],
        cwd=root, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_action_annotates_and_writes_sarif(tree: Tree) -> None:
    root = tree({"my shop/Dockerfile": ROOT_USER})
    done = run_action(root, AUDIT_PATH="my shop", SELECT="DW101", SARIF_FILE="out.sarif")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::warning file=my shop/Dockerfile,line=1,")
    (result,) = json.loads((root / "out.sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "my%20shop/Dockerfile"


def test_the_action_fails_only_on_what_it_is_told_to(tree: Tree) -> None:
    root = tree({"Dockerfile": ROOT_USER})
    assert run_action(root, SELECT="DW101", FAIL_ON="never").returncode == 0
    assert run_action(root, SELECT="$(touch x)").returncode == 2
    assert not (root / "x").exists()


def test_the_documents_name_the_hooks_and_inputs_that_exist() -> None:
    assert set(re.findall(r"- id: ([\w-]+)", ADOPTION)) <= {hook["id"] for hook in HOOKS}
    with_inputs = re.search(r"uses: …/dockwright@…\n +with:\n((?: {10}[\w-]+: .*\n)+)", ADOPTION)
    assert with_inputs is not None
    assert set(re.findall(r"^ +([\w-]+):", with_inputs[1], re.M)) <= ACTION["inputs"].keys()


def test_the_documented_settings_are_settings(dockwright: Dockwright, tree: Tree) -> None:
    (settings,) = re.findall(r"```toml\n(.*?)```", ADOPTION, re.S)
    broken = "FROM python:3.13-slim AS app\nFROM python:3.13-slim AS app\nUSER 1000:1000\n"
    assert dockwright("audit", tree({"Dockerfile": ROOT_USER, "dockwright.toml": settings})).code == 0
    assert dockwright("audit", tree({"Dockerfile": broken, "dockwright.toml": settings})).code == 1
