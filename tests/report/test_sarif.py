"""SARIF: what the official schema says of it, places as editors count them, and stable fingerprints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import example
from dockwright.project.discover import discover
from dockwright.project.model import Notice, Project
from dockwright.report import sarif
from dockwright.report.audited import Audited
from dockwright.report.markdown import page_path
from dockwright.rule import all_rules, run
from dockwright.text import Source
from findings import RULE, audit_of, audited, finding
from json_schema import problems

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif-2.1.0-rtm.5.json").read_bytes())
ROOT = Path(__file__).parents[2]


def log(found: Audited, folder: str = "") -> Any:
    made = json.loads(sarif.audit(found, folder))
    assert list(problems(made, SCHEMA)) == []
    return made["runs"][0]


def test_the_example_s_report_is_what_the_schema_says() -> None:
    project = discover(str(example.LEGACY))
    findings = tuple(run(all_rules(), project))
    made = log(Audited(project, findings, findings))
    assert len(made["results"]) == len(findings) > 5
    assert {rule["id"] for rule in made["tool"]["driver"]["rules"]} == {found.rule for found in findings}


def test_the_check_against_the_schema_finds_mistakes() -> None:
    made = json.loads(sarif.audit(audited({"Dockerfile": "FROM ⟦a⟧\n"})))
    made["runs"][0]["results"][0]["level"] = "info"
    made["runs"][0]["colour"] = "red"
    assert len(list(problems(made, SCHEMA))) == 2


def test_a_rule_comes_with_its_page() -> None:
    (rule,) = log(audited({"Dockerfile": "FROM ⟦a⟧\n"}))["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("DW101", "RunsAsRoot")
    assert rule["defaultConfiguration"] == {"level": "warning"}
    assert "## Why it matters" in rule["help"]["markdown"]
    assert (ROOT / rule["properties"]["page"]).is_file()
    assert rule["properties"]["page"] == page_path(RULE)


@pytest.mark.parametrize(("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "note")])
def test_severities_are_levels(severity: Any, level: str) -> None:
    (result,) = log(audited({"Dockerfile": "FROM ⟦a⟧\n"}, severity=severity))["results"]
    assert result["level"] == level


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("FROM ⟦a⟧\n", (1, 6, 1, 7)),
        ("x: '😀' ⟦a⟧\n", (1, 9, 1, 10)),
        ("x: 'é' ⟦a😀⟧\n", (1, 8, 1, 11)),
        ("\ufeff⟦a⟧\n", (1, 1, 1, 2)),
        ("a⟦b\nc⟧\n", (1, 2, 2, 2)),
        ("⟦⟧", (1, 1, 1, 1)),
    ],
)
def test_columns_are_utf_16_code_units(text: str, region: tuple[int, ...]) -> None:
    made = log(audited({"compose.yaml": text}))
    got = made["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert tuple(got[key] for key in ("startLine", "startColumn", "endLine", "endColumn")) == region
    assert made["columnKind"] == "utf16CodeUnits"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("docker/Dockerfile", "docker/Dockerfile"),
        ("a b/50%#?.yml", "a%20b/50%25%23%3F.yml"),
        ("a:b.yml", "a%3Ab.yml"),
        ("é.yml", "%C3%A9.yml"),
        ("\udcff.yml", "%FF.yml"),
    ],
)
def test_paths_are_relative_uris(path: str, uri: str) -> None:
    (result,) = log(audited({path: "⟦a⟧"}), "sub/")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": f"sub/{uri}"}


def test_fingerprints_survive_moved_lines_and_tell_twins_apart() -> None:
    before = log(audited({"a.yml": "⟦x⟧\n⟦x⟧\n"}))["results"]
    after = log(audited({"a.yml": "new\n\n⟦x⟧\n⟦x⟧\n"}))["results"]
    prints = [result["partialFingerprints"][sarif.FINGERPRINT] for result in before]
    assert prints == [result["partialFingerprints"][sarif.FINGERPRINT] for result in after]
    assert len(set(prints)) == 2


def test_related_places_and_advice_are_told_and_secrets_are_not() -> None:
    said = finding("a.yml", 0, 1, "API_TOKEN=hunter2 is here", advice="not DB_PASSWORD=hunter2", also="TOKEN=hunter2")
    made = log(audit_of({"a.yml": "x"}, said))
    (result,) = made["results"]
    assert "fix: " in result["message"]["text"]
    assert result["relatedLocations"][0]["id"] == 1
    assert "hunter2" not in json.dumps(made)


def test_files_that_were_not_read_are_notifications() -> None:
    notices = (Notice("a b.yml", "not read: it is binary", "save it as UTF-8"),)
    project = Project("/projects/shop", "shop", {"a": Source("a", "")}, frozenset({"a"}), notices)
    (notification,) = log(Audited(project, (), ()))["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "not read: it is binary; save it as UTF-8"
