"""The comment on a pull request: it fits, it calls nobody, and nothing in it is somebody else's Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.baseline import Entry
from dockwright.finding import Fix
from dockwright.plan import Plan, make_plan
from dockwright.project.model import Project
from dockwright.proof.static import Difference, Proof
from dockwright.refactor.step import Deferred, Proposal
from dockwright.report import comment
from dockwright.report.audited import Known
from dockwright.text import Edit, Site, Span
from findings import audit_of, audited, finding
from projects import project


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


def planned(files: dict[str, str], old: str, new: str) -> Plan:
    """The plan that replaces one text by another wherever it stands."""

    class Replaced:
        name, title = "step", "a step"

        def propose(self, project: Project) -> Proposal:
            found = [(path, source.text.find(old)) for path, source in project.sources.items()]
            edits = tuple(Edit(path, Span(at, at + len(old)), new) for path, at in found if at >= 0)
            left = Deferred("step", "look at <b>", "it may be @a", Site("a.yml", Span(0, 1)))
            return Proposal((Fix("write `x`", edits, "refit"),) if edits else (), (left,))

    return make_plan(project(files), [], [Replaced()])


def test_a_plan_says_what_and_why_and_shows_the_diff() -> None:
    said = comment.plan(planned({"a.yml": "a: 1\n"}, "1", "2"), Proof(3, (), (Difference("a / b", "1", None),)))
    assert "| step | write <code>x</code> | 1 |" in said
    assert "Proof: 3 facts kept, 0 changed on purpose, 1 broken.\n- a / b: <code>1</code> → nothing" in said
    assert "- <code>a.yml</code>: look at &lt;b&gt;: it may be @\u200ba" in said
    assert "```diff\ndiff --git a/a.yml b/a.yml" in said
    assert "-a: 1\n+a: 2\n```" in said


@pytest.mark.parametrize("text", ["```\nx\n", "``````\n", "`" * 700])
def test_a_plan_fits_and_nothing_ends_its_diff(text: str) -> None:
    said = comment.plan(planned({"a.yml": f"1\n{text}" + "more\n" * 20_000}, "1", text), Proof(0, (), ()))
    assert len(said) < 65_536
    fence = said[said.index("</summary>\n\n`") :].split("\n")[2].removesuffix("diff")
    assert said.count(f"\n{fence}\n") == 1


def test_a_plan_without_patches_says_so() -> None:
    assert comment.plan(planned({"a.yml": "b\n"}, "1", "2"), Proof(0, (), ())).startswith("**dockwright** has nothing")


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
