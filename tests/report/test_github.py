"""GitHub's workflow commands: escaped, so that no text of a project becomes one, and no more than are shown."""

from __future__ import annotations

import re

from dockwright.report import github
from findings import audit_of, audited, finding

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def test_a_finding_is_an_annotation_of_its_place() -> None:
    said = github.audit(audited({"Dockerfile": "FROM ⟦python⟧\n"}, severity="info"), "sub/")
    assert said.splitlines() == [
        "::notice file=sub/Dockerfile,line=1,endLine=1,col=6,endColumn=12,title=DW101 runs-as-root::wrong",
        "dockwright: 1 info in 1 file",
    ]


def test_columns_are_left_out_where_lines_differ() -> None:
    (command, _) = github.audit(audited({"Dockerfile": "FROM ⟦a\nb⟧\n"})).splitlines()
    assert "line=1,endLine=2,title=" in command


def test_nothing_that_a_project_says_becomes_a_command() -> None:
    path = "a,b:c%\n::add-mask::x.yml"
    message = "50%\n::set-env name=A::b ##[add-mask]c"
    said = github.audit(audit_of({path: "x" * 40}, *[finding(path, at, at + 1, message) for at in range(12)]))
    lines = said.splitlines()
    assert len(lines) == 14
    assert all(COMMAND.fullmatch(line) for line in lines[:10])
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines[10:])
    assert "file=a%2Cb%3Ac%25\\x0a%3A%3Aadd-mask%3A%3Ax.yml," in lines[0]


def test_what_github_would_not_show_stays_in_the_log() -> None:
    said = github.audit(audited({"a.yml": "⟦x⟧\n" * 25}))
    assert said.count("::error ") == github.MOST
    assert said.count(": error DW101: wrong\n") == 15
    assert "dockwright: 25 errors in 1 file\n15 of them" in said


def test_secrets_are_masked() -> None:
    said = github.audit(
        audit_of({"a.yml": "x" * 20}, *[finding("a.yml", 0, 1, "API_TOKEN=hunter2", advice="A_KEY=hunter2")] * 12)
    )
    assert "hunter2" not in said


def test_nothing_found_is_one_line() -> None:
    assert github.audit(audit_of({})) == "dockwright: no findings\n"
