"""The main job on the example: audit, plan, apply, audit again, undo."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import example
from command_line import Dockwright

# How each stack is called today, and as the refitted project calls it.
CALLS = {
    "dev": (
        "-f docker-compose.dev.yml --env-file .env.dev",
        "-f compose/docker-compose.dev.yml --env-file .env.dev",
    ),
    "test": (
        "-f docker-compose.test.yml --env-file .env.test",
        "-f compose/docker-compose.test.yml --env-file .env.test",
    ),
    "ci": (
        "-f docker-compose.ci.yml --env-file .env.ci",
        "-f compose/docker-compose.ci.yml --env-file .env.ci",
    ),
    "server": (
        "",
        "-f compose/docker-compose.yml --env-file .env",
    ),
    "demo": (
        "-f docker-compose.yml -f docker-compose.demo.yml --env-file .env.example",
        "-f compose/docker-compose.yml -f compose/docker-compose.demo.yml --env-file .env.example",
    ),
    "devcontainer": (
        "-f docker-compose.dev.yml -f .devcontainer/docker-compose.yml --env-file .env.dev",
        "-f compose/docker-compose.dev.yml -f .devcontainer/docker-compose.yml --env-file .env.dev",
    ),
}
OWN_NAMES = {"test": "dashtam-test", "ci": "dashtam-ci"}

TOUCHED = """
    .dockerignore .devcontainer/devcontainer.json .devcontainer/docker-compose.yml .env.dev .github/workflows/ci.yml
    .pre-commit-config.yaml .vscode/tasks.json Makefile README.md docs/development.md scripts/deploy.sh
    scripts/tasks.py compose/docker-compose.yml compose/docker-compose.ci.yml compose/docker-compose.demo.yml
    compose/docker-compose.dev.yml compose/docker-compose.test.yml
""".split()


def config(root: Path, call: str) -> dict[str, object]:
    command = ["docker", "compose", *call.split(), "config", "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    model: dict[str, object] = json.loads(done.stdout)
    return model


def renamed(model: dict[str, object], name: str) -> dict[str, object]:
    """The model with another project name, and all that Compose derives from it."""
    old = model["name"]
    model = json.loads(json.dumps(model))
    model["name"] = name
    for section in ("networks", "volumes"):
        for key, node in dict(model.get(section, {})).items():  # type: ignore[call-overload]
            if node["name"] == f"{old}_{key}":
                node["name"] = f"{name}_{key}"
    return model


@pytest.mark.compose
def test_every_stack_resolves_to_the_same_model(dockwright: Dockwright, legacy: Path) -> None:
    (legacy / ".env").write_bytes((legacy / ".env.example").read_bytes())
    before = {stack: config(legacy, old) for stack, (old, _) in CALLS.items()}
    assert dockwright("apply", legacy, "--only", "layout", "--yes").code == 0
    for stack, (_, new) in CALLS.items():
        expected = renamed(before[stack], OWN_NAMES[stack]) if stack in OWN_NAMES else before[stack]
        assert config(legacy, new) == expected, stack


def test_the_calls_are_those_that_the_refitted_files_make(dockwright: Dockwright, legacy: Path) -> None:
    dockwright("apply", legacy, "--yes")
    written = "\n".join(
        (legacy / path).read_text()
        for path in ("Makefile", "scripts/deploy.sh", ".github/workflows/ci.yml", "README.md")
    )
    for stack in ("dev", "test", "ci", "server", "demo"):
        assert f"docker compose {CALLS[stack][1]}" in written, stack


def test_apply_touches_only_what_it_explains(dockwright: Dockwright, legacy: Path) -> None:
    example.commit(legacy)
    said = dockwright("apply", legacy, "--only", "layout", "--yes", "--format", "json").json
    example.git(legacy, "add", "--all")
    changed = example.git(legacy, "diff", "--cached", "--name-only", "--find-renames").split()
    assert sorted(changed) == sorted(TOUCHED) == sorted(change["path"] for change in said["changes"])
    owned = {path for patch in said["patches"] for path in patch["paths"]}
    assert set(changed) <= owned
    assert said["applied"] is True
    assert said["proof"]["broken"] == []


def test_every_hunk_has_an_owner_and_every_difference_was_meant(dockwright: Dockwright, legacy: Path) -> None:
    said = dockwright("plan", legacy, "--format", "json").json
    owned = {path for patch in said["patches"] for path in patch["paths"]}
    assert {change["path"] for change in said["changes"]} <= owned
    assert said["proof"]["broken"] == []
    assert {difference["rule"] for difference in said["proof"]["intended"]} <= {
        patch["owner"] for patch in said["patches"]
    }


def test_git_sees_moves_as_renames(dockwright: Dockwright, legacy: Path) -> None:
    example.commit(legacy)
    dockwright("apply", legacy, "--yes")
    example.git(legacy, "add", "--all")
    status = example.git(legacy, "diff", "--cached", "--name-status", "--find-renames")
    assert sum(line.startswith("R") for line in status.splitlines()) == 5
    assert not any(line.startswith("D") for line in status.splitlines())


def test_a_second_plan_is_empty(dockwright: Dockwright, legacy: Path) -> None:
    assert dockwright("plan", legacy, "--check").code == 1
    dockwright("apply", legacy, "--yes")
    again = dockwright("plan", legacy, "--check")
    assert again.code == 0
    assert "nothing to change" in again.out


def test_undo_gives_every_byte_and_mode_back(dockwright: Dockwright, legacy: Path) -> None:
    before = example.snapshot(legacy)
    dockwright("apply", legacy, "--yes")
    assert example.snapshot(legacy) != before
    assert dockwright("undo", legacy).code == 0
    assert example.snapshot(legacy) == before


def test_undo_refuses_what_was_edited_since(dockwright: Dockwright, legacy: Path) -> None:
    dockwright("apply", legacy, "--yes")
    (legacy / "Makefile").write_text("mine: \n")
    applied = example.snapshot(legacy)
    said = dockwright("undo", legacy)
    assert said.code == 1
    assert "Makefile" in said.err
    assert example.snapshot(legacy) == applied
    assert dockwright("undo", legacy, "--keep-edited").code == 0
    assert (legacy / "Makefile").read_text() == "mine: \n"
    assert (legacy / "docker-compose.yml").is_file()


def test_every_make_target_still_makes_sense(dockwright: Dockwright, legacy: Path) -> None:
    dockwright("apply", legacy, "--yes")
    targets = "dev-up dev-down dev-restart dev-logs dev-shell migrate backup demo-up test-up test ci clean".split()
    done = subprocess.run(["make", "-n", *targets], cwd=legacy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    named = {word for word in done.stdout.split() if word.startswith(("compose/", "../compose/"))}
    assert named
    assert all((legacy / "backups" / word).resolve().exists() or (legacy / word).exists() for word in named)


def test_nothing_of_the_old_layout_is_named_any_more(dockwright: Dockwright, legacy: Path) -> None:
    said = dockwright("apply", legacy, "--yes", "--format", "json").json
    left = {(item["path"], item["line"]) for item in said["deferred"]}
    for path, (content, _) in example.snapshot(legacy).items():
        text = content.decode(errors="replace") if isinstance(content, bytes) else ""
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.replace("compose/docker-compose", "").replace(".devcontainer/docker-compose.yml", "")
            if "docker-compose" in stripped and not path.startswith((".devcontainer/", "compose/")):
                assert (path, number) in left, f"{path}:{number}: {line}"


def test_the_patch_is_what_git_apply_takes(dockwright: Dockwright, legacy: Path, tmp_path: Path) -> None:
    example.commit(legacy)
    patch = tmp_path / "plan.patch"
    patch.write_text(dockwright("plan", legacy, "--format", "patch").out)
    example.git(legacy, "apply", "--check", str(patch))
    example.git(legacy, "apply", str(patch))
    by_git = example.snapshot(legacy)
    example.git(legacy, "reset", "-q", "--hard")
    example.git(legacy, "clean", "-qfd")
    dockwright("apply", legacy, "--yes")
    assert by_git == example.snapshot(legacy)


def test_one_step_alone(dockwright: Dockwright, legacy: Path) -> None:
    said = dockwright("plan", legacy, "--only", "DW101", "--format", "json").json
    assert {patch["owner"] for patch in said["patches"]} == {"DW101", "backup"}
    said = dockwright("plan", legacy, "--skip", "layout", "--format", "json").json
    owners = {patch["owner"] for patch in said["patches"]}
    assert "layout" not in owners
    assert {"DW101", "DW301", "backup"} <= owners


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
        ["plan", "--stat"],
        ["show", "--format", "json"],
        ["audit", "--format", "json"],
    ):
        done = dockwright(command[0], legacy, *command[1:])
        said += done.out + done.err
    assert "c4nary" not in said
