"""The main job on the example: audit, plan, apply, audit again, undo."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scripts.refit import files

import example
from command_line import Dockwright

# How each stack is called today, and as the refitted project calls it.
CALLS = {
    "dev": (
        "-f docker-compose.dev.yml --env-file .env.dev",
        "-f compose/docker-compose.dev.yml --env-file env/.env.dev",
    ),
    "test": (
        "-f docker-compose.test.yml --env-file .env.test",
        "-f compose/docker-compose.test.yml --env-file env/.env.test",
    ),
    "ci": (
        "-f docker-compose.ci.yml --env-file .env.ci",
        "-f compose/docker-compose.ci.yml --env-file env/.env.ci",
    ),
    "server": (
        "",
        "-f compose/docker-compose.prod.yml --env-file env/.env.prod",
    ),
    "demo": (
        "-f docker-compose.yml -f docker-compose.demo.yml --env-file .env.example",
        "-f compose/docker-compose.prod.yml -f compose/docker-compose.demo.yml --env-file env/.env.prod.example",
    ),
    "devcontainer": (
        "-f docker-compose.dev.yml -f .devcontainer/docker-compose.yml --env-file .env.dev",
        "-f compose/docker-compose.dev.yml -f .devcontainer/docker-compose.yml --env-file env/.env.dev",
    ),
}
OWN_NAMES = {"test": "dashtam-test", "ci": "dashtam-ci", "server": "dashtam-prod", "demo": "dashtam-prod"}
KEEP_THEIR_DATA = {"server", "demo"}

RESULT = example.LEGACY.parent / "dashtam"


def config(root: Path, call: str) -> Any:
    command = ["docker", "compose", *call.split(), "config", "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    model = json.loads(done.stdout)
    for service in model["services"].values():
        if "build" in service:
            service["build"]["dockerfile"] = service["build"]["dockerfile"].removeprefix("docker/")
    return model


def renamed(model: Any, stack: str) -> Any:
    """The model under the name that its stack gets, with all that Compose derives from it."""
    old, name = model["name"], OWN_NAMES[stack]
    model = json.loads(json.dumps(model)) | {"name": name}
    for section in ("networks",) if stack in KEEP_THEIR_DATA else ("networks", "volumes"):
        for key, node in model.get(section, {}).items():
            if node["name"] == f"{old}_{key}":
                node["name"] = f"{name}_{key}"
    return model


@pytest.mark.compose
def test_every_stack_resolves_to_the_same_model(dockwright: Dockwright, legacy: Path) -> None:
    filled_in = (legacy / ".env.example").read_bytes()
    (legacy / ".env").write_bytes(filled_in)
    before = {stack: config(legacy, old) for stack, (old, _) in CALLS.items()}
    (legacy / ".env").unlink()
    assert dockwright("apply", legacy, "--only", "layout", "--yes").code == 0
    (legacy / "env/.env.prod").write_bytes(filled_in)
    for stack, (_, new) in CALLS.items():
        expected = renamed(before[stack], stack) if stack in OWN_NAMES else before[stack]
        assert config(legacy, new) == expected, stack


@pytest.fixture(scope="module")
def refitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The example with everything applied, and what `apply` said. Made once: copy it to change it."""
    root = example.copy(tmp_path_factory.mktemp("refitted"))
    example.commit(root)
    said = example.dockwright(root, "apply", "--yes", "--format", "json")
    return root, json.loads(said)


@pytest.fixture
def applied(refitted: tuple[Path, Any], tmp_path: Path) -> Path:
    """A copy of the refitted example, journal and git's folder included."""
    target = tmp_path / "applied" / "dashtam"
    shutil.copytree(refitted[0], target, symlinks=True)
    return target


def test_the_result_is_the_one_that_is_shown(refitted: tuple[Path, Any]) -> None:
    made, shown = files(refitted[0]), files(RESULT)
    assert made.keys() == shown.keys()
    for path, state in made.items():
        assert state == shown[path], f"{path}: `make refit` writes it"


def test_the_result_has_no_finding(dockwright: Dockwright, refitted: tuple[Path, Any]) -> None:
    assert dockwright("audit", refitted[0], "--fail-on", "info").out.startswith("no findings")


def test_every_hunk_has_an_owner_and_every_difference_was_meant(refitted: tuple[Path, Any]) -> None:
    root, said = refitted
    example.git(root, "add", "--all")
    changed = set(example.git(root, "diff", "--cached", "--name-only", "--find-renames").split())
    assert changed <= {path for change in said["changes"] for path in (change["path"], change["old_path"])}
    assert changed <= {path for patch in said["patches"] for path in patch["paths"]}
    assert said["applied"] is True
    assert said["proof"]["broken"] == []
    owners = {patch["owner"] for patch in said["patches"]}
    for difference in said["proof"]["intended"]:
        assert set(difference["rule"].split(", ")) <= owners


def test_the_calls_are_those_that_the_refitted_files_make(refitted: tuple[Path, Any]) -> None:
    written = "\n".join(
        (refitted[0] / path).read_text()
        for path in ("Makefile", "scripts/deploy.sh", ".github/workflows/ci.yml", "README.md")
    )
    for stack in ("dev", "test", "ci", "server"):
        assert f"docker compose {CALLS[stack][1]}" in written, stack


def test_git_sees_moves_as_renames(dockwright: Dockwright, legacy: Path) -> None:
    example.commit(legacy)
    said = dockwright("apply", legacy, "--only", "layout", "--yes", "--format", "json").json
    example.git(legacy, "add", "--all", "--force", "--", ":!.dockwright")
    status = example.git(legacy, "diff", "--cached", "--name-status", "--find-renames").splitlines()
    renames = {tuple(line.split("\t")[1:]) for line in status if line.startswith("R")}
    moved = {(change["old_path"], change["path"]) for change in said["changes"] if change["kind"] == "move"}
    assert renames == moved
    assert len(moved) == 11
    assert not any(line.startswith("D") for line in status)


def test_a_second_plan_is_empty(dockwright: Dockwright, refitted: tuple[Path, Any]) -> None:
    again = dockwright("plan", refitted[0], "--check")
    assert again.code == 0
    assert "nothing to change" in again.out


def test_undo_gives_every_byte_and_mode_back(dockwright: Dockwright, applied: Path, legacy: Path) -> None:
    assert example.snapshot(applied) != example.snapshot(legacy)
    said = dockwright("undo", applied)
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80
    assert example.snapshot(applied) == example.snapshot(legacy)


def test_undo_refuses_what_was_edited_since(dockwright: Dockwright, applied: Path) -> None:
    (applied / "Makefile").write_text("mine: \n")
    before = example.snapshot(applied)
    said = dockwright("undo", applied)
    assert said.code == 1
    assert "Makefile" in said.err
    assert example.snapshot(applied) == before
    assert dockwright("undo", applied, "--keep-edited").code == 0
    assert (applied / "Makefile").read_text() == "mine: \n"
    assert (applied / "docker-compose.yml").is_file()


def test_every_make_target_still_makes_sense(refitted: tuple[Path, Any]) -> None:
    root = refitted[0]
    targets = "dev-up dev-down dev-restart dev-logs dev-shell dev-status migrate backup demo-up test-up test ci clean"
    done = subprocess.run(["make", "-n", *targets.split()], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    named = {word for word in done.stdout.split() if word.startswith(("compose/", "../compose/"))}
    assert named
    assert all((root / "backups" / word).resolve().exists() or (root / word).exists() for word in named)


OLD = re.compile(r"(?<![\w/.-])(?:docker-compose\.[\w.]+|requirements(?:-dev)?\.txt|\.env\.(?:dev|test|ci|example))")


def test_nothing_of_the_old_layout_is_named_any_more(refitted: tuple[Path, Any]) -> None:
    root, said = refitted
    left = {item["path"] for item in said["deferred"]}
    for path, (content, _) in example.snapshot(root).items():
        text = content.decode(errors="replace") if isinstance(content, bytes) else ""
        for number, line in enumerate(text.splitlines(), 1):
            if OLD.search(line) and not path.startswith((".devcontainer/", "compose/", ".gitignore")):
                assert path in left, f"{path}:{number}: {line}"


def test_the_patch_is_what_git_apply_takes(
    dockwright: Dockwright, refitted: tuple[Path, Any], legacy: Path, tmp_path: Path
) -> None:
    example.commit(legacy)
    patch = tmp_path / "plan.patch"
    patch.write_text(dockwright("plan", legacy, "--format", "patch").out)
    example.git(legacy, "apply", "--check", str(patch))
    example.git(legacy, "apply", str(patch))
    assert example.snapshot(legacy) == example.snapshot(refitted[0])


def test_one_step_alone(dockwright: Dockwright, legacy: Path) -> None:
    said = dockwright("plan", legacy, "--only", "DW101", "--format", "json").json
    assert {patch["owner"] for patch in said["patches"]} == {"DW101", "backup"}
    said = dockwright("plan", legacy, "--skip", "layout", "--skip", "packaging", "--format", "json").json
    owners = {patch["owner"] for patch in said["patches"]}
    assert "layout" not in owners
    assert "packaging" not in owners
    assert {"DW101", "compose", "backup"} <= owners


def test_no_secret_is_shown(dockwright: Dockwright, legacy: Path) -> None:
    for name in (".env.dev", ".env.test", ".env.ci", ".env.example"):
        path = legacy / name
        path.write_text(path.read_text().replace("changeme", "c4nary-value"))
    dockerfile = legacy / "Dockerfile"
    dockerfile.write_text(
        dockerfile.read_text().replace("dev-secret-key-change-me", "c4nary") + "ENV DB_PASS=c4nary x\n"
    )
    server = legacy / "docker-compose.yml"
    server.write_text(server.read_text().replace("changeme", "c4nary").replace("restart: always", "restart: no", 1))
    said = ""
    for command in (
        ["show"],
        ["audit"],
        ["plan"],
        ["plan", "--format", "json"],
        ["plan", "--format", "markdown"],
        ["show", "--format", "json"],
        ["audit", "--format", "json"],
    ):
        done = dockwright(command[0], legacy, *command[1:])
        said += done.out + done.err
    assert "c4nary" not in said
