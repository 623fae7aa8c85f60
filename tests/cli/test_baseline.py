"""Baselines: what was there is put up with, what is new is reported, and what is fixed can leave the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Dockwright, Said
from conftest import Tree

ROOT_USER = "FROM python:3.13-slim\nCMD python app.py\n"


@pytest.fixture
def root(tree: Tree) -> Path:
    return tree({"pyproject.toml": "", "a/Dockerfile": ROOT_USER, "b/Dockerfile": ROOT_USER})


def audit(dockwright: Dockwright, root: Path, *options: str) -> Said:
    return dockwright("audit", root, "--select", "DW101", "--baseline", root / "baseline.json", *options)


def test_what_is_known_is_put_up_with(dockwright: Dockwright, root: Path) -> None:
    said = audit(dockwright, root, "--write-baseline")
    assert (said.code, said.out) == (0, "no findings in 3 files\n2 more known from the baseline\n")
    assert "baseline.json puts up with 2 findings now" in said.err
    assert audit(dockwright, root).code == 0


def test_a_moved_line_is_still_known_and_another_is_not(dockwright: Dockwright, root: Path) -> None:
    audit(dockwright, root, "--write-baseline")
    (root / "a/Dockerfile").write_text(f"# new\n\n{ROOT_USER}")
    assert audit(dockwright, root).code == 0
    (root / "a/Dockerfile").write_text(ROOT_USER.replace("3.13", "3.14"))
    said = audit(dockwright, root, "--format", "json")
    assert said.code == 1
    assert [finding["path"] for finding in said.json["findings"]] == ["a/Dockerfile"]
    assert said.json["baseline"]["known"] == 1


def test_a_second_line_of_the_same_words_is_new(dockwright: Dockwright, root: Path) -> None:
    comment = "# dockwright: ignore[DW999]\n"
    (root / "a/Dockerfile").write_text(ROOT_USER + comment)
    audit(dockwright, root, "--select", "DW002", "--write-baseline")
    (root / "a/Dockerfile").write_text(comment + ROOT_USER + comment)
    said = audit(dockwright, root, "--select", "DW002", "--format", "json").json
    assert [finding["rule"] for finding in said["findings"]] == ["DW002"]


def test_what_is_fixed_is_named_and_leaves_the_file(dockwright: Dockwright, root: Path) -> None:
    audit(dockwright, root, "--write-baseline")
    (root / "a/Dockerfile").write_text("FROM python:3.13-slim\nUSER 1000:1000\nCMD a\n")
    said = audit(dockwright, root)
    assert said.code == 0
    assert "1 finding of the baseline is fixed; --write-baseline takes it out:\n  a/Dockerfile  DW101\n" in said.out
    audit(dockwright, root, "--write-baseline")
    assert [entry["path"] for entry in json.loads((root / "baseline.json").read_text())["findings"]] == ["b/Dockerfile"]


def test_what_was_not_looked_for_is_not_fixed(dockwright: Dockwright, root: Path) -> None:
    audit(dockwright, root, "--write-baseline")
    baseline = root / "baseline.json"
    (root / "a/Dockerfile").write_text("FROM python:3.13-slim\nUSER 1000:1000\nCMD a\n")
    for options in ((root, "--select", "DW401"), (root / "b/Dockerfile", "--select", "DW101")):
        said = dockwright("audit", *options, "--baseline", baseline, "--write-baseline", "--format", "json").json
        assert said["baseline"]["fixed"] == []
        assert len(json.loads(baseline.read_text())["findings"]) == 2


def test_the_file_is_the_same_on_every_run(dockwright: Dockwright, root: Path) -> None:
    audit(dockwright, root, "--write-baseline")
    first = (root / "baseline.json").read_bytes()
    audit(dockwright, root, "--write-baseline")
    assert (root / "baseline.json").read_bytes() == first
    entries = json.loads(first)["findings"]
    assert entries == sorted(entries, key=lambda entry: entry["path"])
    assert set(entries[0]) == {"path", "rule", "fingerprint"}


def test_the_report_has_the_fingerprints_of_the_file(dockwright: Dockwright, root: Path) -> None:
    found = dockwright("audit", root, "--select", "DW101", "--format", "json").json["findings"]
    audit(dockwright, root, "--write-baseline")
    entries = json.loads((root / "baseline.json").read_text())["findings"]
    assert [entry["fingerprint"] for entry in entries] == [finding["fingerprint"] for finding in found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "baseline.json: no such file\n  --write-baseline makes it"),
        ("[]", "it is no baseline"),
        ("{", "it is no baseline"),
        ('{"findings": [{"rule": 1}]}', "it is no baseline"),
        ('{"version": 2, "findings": []}', "a baseline of version 2"),
    ],
)
def test_a_file_that_is_no_baseline_is_an_error(
    dockwright: Dockwright, root: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (root / "baseline.json").write_text(text)
    said = audit(dockwright, root)
    assert said.code == 2
    assert message in said.err


def test_writing_needs_a_file(dockwright: Dockwright, root: Path) -> None:
    said = dockwright("audit", root, "--write-baseline")
    assert said.code == 2
    assert "--baseline FILE --write-baseline" in said.err
