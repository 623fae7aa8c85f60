"""The comment on a pull request: it fits, it calls nobody, and nothing in it is somebody else's Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.baseline import Entry
from dockwright.report import comment
from dockwright.report.audited import Known
from findings import audit_of, audited, finding


def test_findings_are_counted_and_listed() -> None:
    said = comment.audit(audited({"Dockerfile": "FROM ⟦python⟧\n", "b.yml": "⟦x⟧"}, "it is `wrong`"))
    assert "| Errors | 2 |" in said
    assert "| <code>Dockerfile:1</code> | DW101 runs-as-root | it is <code>wrong</code>" in said
    assert "<code>FROM python</code>" in said


@pytest.mark.parametrize("number", [1, 300, 3000])
def test_a_comment_is_never_too_long(number: int) -> None:
    said = comment.audit(audited({"a.yml": "⟦x⟧ some words that stand here for a line\n" * number}, "a message " * 12))
    assert len(said) < 65_536
    rows = said.count("| DW101 runs-as-root |")
    assert said.count("<details") == said.count("</details>")
    assert rows == number or f"{number - rows} more have no room here" in said


def test_one_row_that_has_no_room_is_counted() -> None:
    said = comment.audit(audited({"a.yml": "⟦x⟧"}, "x" * 70_000))
    assert len(said) < 65_536
    assert "1 more have no room here" in said


@given(st.text(alphabet="@a|`*_<>#![](){}\\&~\n-$", max_size=40))
def test_no_text_becomes_markdown_or_calls_anybody(text: str) -> None:
    said = comment.audit(audit_of({"a.yml": f"{text}\n"}, finding("a.yml", 0, 0, text, advice=text, also=text)))
    (row,) = [line for line in said.splitlines() if "| DW101 runs-as-root |" in line]
    unescaped = row.replace("\\|", "")
    assert unescaped.count("|") == 4
    assert "@a" not in row
    assert row.count("<details>") == (1 if text else 0)


def test_secrets_are_masked() -> None:
    text = "DB_PASSWORD=hunter2\n"
    said = comment.audit(audit_of({".env": text}, finding(".env", 0, 5, text, advice=text, also=text)))
    assert "hunter2" not in said


def test_what_is_left_out_is_counted() -> None:
    known = Known(4, (Entry("a", "DW101", "0"),))
    said = comment.audit(audit_of({}, suppressed=2, known=known))
    assert said == (
        "**dockwright** found nothing.\n\n"
        "2 more left out by comments, 4 more known from the baseline, 1 finding of the baseline fixed.\n"
    )
