"""What is reported and changed: options, settings and comments, and which of them wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright.rule import all_rules
from projects import marked

ROOT_USER = "FROM python:3.13-slim\nCMD python app.py\n"
FILES = {"Dockerfile": ROOT_USER, "compose.yaml": "services:\n  app:\n    build: .\n    env_file: .env.dev\n"}


def codes(dockwright: Dockwright, root: Path, *options: str) -> set[str]:
    said = dockwright("audit", root, "--format", "json", *options).json
    return {finding["rule"] for finding in said["findings"]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--select", "DW101,env-file-missing"], {"DW101", "DW401"}),
        (["--select", "DW101", "--select", "dw401"], {"DW101", "DW401"}),
        (["--select", "DW40", "--ignore", "DW401"], set()),
        (["--select", "all", "--ignore", "DW1,DW2,DW3,DW5,DW6"], {"DW401"}),
    ],
)
def test_rules_are_chosen_by_code_beginning_or_name(
    dockwright: Dockwright, tree: Tree, options: list[str], expected: set[str]
) -> None:
    assert codes(dockwright, tree(FILES), *options) == expected


def test_the_command_line_beats_the_settings(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, "dockwright.toml": 'select = ["DW101", "DW401"]\nignore = ["DW101"]\nfail-on = "never"\n'})
    assert codes(dockwright, root) == {"DW401"}
    assert codes(dockwright, root, "--ignore", "DW401") == set()
    assert codes(dockwright, root, "--select", "DW101") == {"DW101"}
    assert dockwright("audit", root).code == 0
    assert dockwright("audit", root, "--fail-on", "error").code == 1


def test_settings_hold_for_one_file_too(dockwright: Dockwright, tree: Tree) -> None:
    settings = '[tool.dockwright]\nselect = ["DW101"]\n[tool.dockwright.per-file-ignores]\n"old/" = ["DW1"]\n'
    root = tree({"old/Dockerfile": ROOT_USER, "new/Dockerfile": ROOT_USER, "pyproject.toml": settings})
    assert codes(dockwright, root / "old" / "Dockerfile") == set()
    assert codes(dockwright, root / "new" / "Dockerfile") == {"DW101"}


def test_excluded_files_are_not_looked_at(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({**FILES, "old/Dockerfile": ROOT_USER, "dockwright.toml": 'exclude = ["old/", ".env.dev"]\n'})
    assert "old/Dockerfile" not in dockwright("show", root).out
    said = dockwright("audit", root, "--format", "json").json
    assert not any(finding["path"].startswith("old/") for finding in said["findings"])
    named = dockwright("audit", root / "old" / "Dockerfile", "--select", "DW101")
    assert named.code == 1


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        (
            'select = ["DW1",\n"runs-as-rot"]',
            "dockwright.toml:2: select: no rule is called runs-as-rot",
            "runs-as-root?",
        ),
        ('[per-file-ignores]\n"a" = ["DW999"]', "dockwright.toml:2: per-file-ignores: no rule is called DW999", "?"),
        ("selct = []", "dockwright.toml:1: no setting is called selct", "did you mean select?"),
    ],
)
def test_a_wrong_setting_stops_every_command(
    dockwright: Dockwright, tree: Tree, settings: str, message: str, hint: str
) -> None:
    root = tree({**FILES, "dockwright.toml": settings})
    said = dockwright("audit", root)
    assert said.code == 2
    assert f"dockwright: {message}\n" in said.err
    assert hint in said.err
    assert dockwright("plan", root).code == 2


def test_an_unknown_rule_on_the_command_line_is_an_error(dockwright: Dockwright, tree: Tree) -> None:
    said = dockwright("audit", tree(FILES), "--select", "DW101,runs-as-rot")
    assert (said.code, said.err) == (2, "dockwright: no rule is called runs-as-rot\n  did you mean runs-as-root?\n")


def test_a_comment_leaves_a_finding_out_and_is_counted(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": f"# dockwright: ignore[DW101] a job for cron\n{ROOT_USER}"})
    said = dockwright("audit", root, "--select", "DW101,DW002")
    assert (said.code, said.out) == (0, "no findings in 1 file\n1 more left out by comments\n")
    assert dockwright("audit", root, "--format", "json", "--select", "DW101").json["suppressed"] == 1


def test_a_comment_that_leaves_nothing_out_is_a_finding(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": f"{ROOT_USER}# dockwright: ignore[DW101] too late\n"})
    assert codes(dockwright, root, "--select", "DW101,DW002") == {"DW101", "DW002"}


def test_a_comment_is_needed_whatever_rules_are_run(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": f"# dockwright: ignore[DW101]\n{ROOT_USER}"})
    assert codes(dockwright, root, "--select", "DW002") == set()


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": f"# dockwright: ignore[DW101]\n{ROOT_USER}"},
        {"Dockerfile": ROOT_USER, "dockwright.toml": 'ignore = ["runs-as-root"]\n'},
        {"Dockerfile": ROOT_USER, "dockwright.toml": '[per-file-ignores]\n"Dockerfile" = ["DW101"]\n'},
        {"Dockerfile": ROOT_USER, "dockwright.toml": 'exclude = ["Dockerfile"]\n'},
    ],
)
def test_what_is_not_reported_is_not_changed(dockwright: Dockwright, tree: Tree, files: dict[str, str]) -> None:
    root = tree(files)
    said = dockwright("plan", root, "--format", "json").json
    assert "DW101" not in {patch["owner"] for patch in said["patches"]}


def test_a_rule_that_only_names_is_meant(dockwright: Dockwright, tree: Tree) -> None:
    root = tree({"Dockerfile": ROOT_USER, "dockwright.toml": 'ignore = ["DW101"]\n'})
    said = dockwright("plan", root, "--only", "DW101", "--format", "json").json
    assert "DW101" in {patch["owner"] for patch in said["patches"]}


def test_a_moved_file_keeps_what_is_ignored_in_it(dockwright: Dockwright, tree: Tree) -> None:
    compose = "services:\n  app:\n    image: shop\n    ports: ['80:80']\n"
    root = tree({"a.dev.yml": "", "docker-compose.dev.yml": compose, "Makefile": "up:\n\tdocker compose -f a up\n"})
    before = dockwright("plan", root, "--format", "json").json
    owners = {owner for patch in before["patches"] if (owner := patch["owner"]).startswith("DW")}
    assert owners
    assert {change["kind"] for change in before["changes"]} >= {"move"}
    (root / "dockwright.toml").write_text(f'[per-file-ignores]\n"/docker-compose.dev.yml" = {sorted(owners)}\n')
    after = dockwright("plan", root, "--format", "json").json
    left = {path for patch in after["patches"] if patch["owner"] in owners for path in patch["paths"]}
    assert "compose/docker-compose.dev.yml" not in left


def test_the_settings_may_allow_guesses(dockwright: Dockwright, tree: Tree) -> None:
    rule = next(rule for rule in all_rules() if rule.consent == "unsafe")
    root = tree(marked(rule.invalid[0].files)[0])

    def guessed(*options: str) -> bool:
        return bool(dockwright("plan", root, "--only", rule.code, "--format", "json", *options).json["patches"])

    assert not guessed()
    (root / "dockwright.toml").write_text("unsafe-fixes = true\n")
    assert guessed()
    assert not guessed("--no-unsafe-fixes")


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# hadolint ignore=DL3006\n", {"DW101"}),
        ("# hadolint ignore=DL3002\n", set()),
        ("# hadolint global ignore=DL3002\n", set()),
    ],
)
def test_what_hadolint_was_told_to_ignore_is_left_out(
    dockwright: Dockwright, tree: Tree, comment: str, left: set[str]
) -> None:
    root = tree({"Dockerfile": comment + ROOT_USER})
    assert codes(dockwright, root, "--select", "DW101,DW002") == left


def test_of_what_the_shell_makes_of_a_command_only_the_named_remark_is_left_out(
    dockwright: Dockwright, tree: Tree
) -> None:
    text = 'FROM debian:trixie\n%sRUN [[ -e /etc/os-release ]] && key="$(cat key)" && export OLD="$(cat $key)"; make\n'
    root = tree({"plain/Dockerfile": text % "", "Dockerfile": text % "# hadolint ignore=SC2155\n"})
    said = dockwright("audit", root, "--select", "DW190", "--format", "json").json
    found = {(each["path"], each["message"].rpartition("(")[2]) for each in said["findings"]}
    assert ("plain/Dockerfile", "SC2155)") in found
    assert {message for path, message in found if path == "Dockerfile"} == {
        message for path, message in found if path == "plain/Dockerfile"
    } - {"SC2155)"}
    assert len(found) >= 3
