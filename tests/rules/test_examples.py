"""Every rule's examples are its tests: silent on the good, firing at the mark on the bad, mended by the fix."""

from __future__ import annotations

import pytest

from dockwright.engine.compose import RealCompose
from dockwright.finding import Consent
from dockwright.plan import make_plan
from dockwright.proof.static import prove
from dockwright.rule import Example, Rule, all_rules, run
from projects import marked, project, texts
from recorded import TOOLS

CONSENTS: tuple[Consent, ...] = ("safe", "refit", "unsafe")
HEADINGS = ("What it finds", "Why it matters", "How to mend it", "Fix safety", "Source")


def cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{number}")
        for rule in all_rules()
        for number, example in enumerate(getattr(rule, kind))
    ]


@pytest.mark.parametrize(("rule", "example"), cases("invalid"))
def test_a_bad_example_fires_at_its_mark(rule: Rule, example: Example) -> None:
    files, spans = marked(example.files)
    found = [
        (finding.at.path, finding.at.span.start, finding.at.span.end)
        for finding in run([rule], project(files, example.name), TOOLS)
    ]
    assert spans, "mark the place with ⟦ and ⟧"
    assert sorted(found) == sorted(spans)


@pytest.mark.parametrize(("rule", "example"), cases("invalid"))
def test_a_fix_gives_what_the_example_becomes(rule: Rule, example: Example) -> None:
    files, _ = marked(example.files)
    before = project(files, example.name)
    plan = make_plan(before, [rule], consents=CONSENTS)
    if example.becomes is None:
        assert texts(plan.after) == files, "the example says nothing of a fix"
        return
    assert prove(plan).broken == ()
    expected = {path: text for path, text in {**files, **example.becomes}.items() if text is not None}
    assert texts(plan.after) == expected
    assert not list(rule.check(plan.after)), "the fix does not fix"
    assert not make_plan(plan.after, [rule], consents=CONSENTS).patches, "a second plan is not empty"
    broken = next(rule for rule in all_rules() if rule.code == "DW001")
    assert not list(broken.check(plan.after)), "the result does not parse"


@pytest.mark.compose
@pytest.mark.parametrize(("rule", "example"), cases("invalid"))
def test_a_fix_declares_what_it_changes(rule: Rule, example: Example) -> None:
    if example.becomes is None or not any("compose" in path for path in example.files):
        return
    plan = make_plan(project(marked(example.files)[0], example.name), [rule], consents=CONSENTS)
    proof = prove(plan, RealCompose())
    assert proof.broken == ()


@pytest.mark.parametrize(("rule", "example"), cases("valid"))
def test_a_good_example_is_silent(rule: Rule, example: Example) -> None:
    files, spans = marked(example.files)
    assert not spans
    assert not run([rule], project(files, example.name), TOOLS)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rule_is_its_own_page(rule: Rule) -> None:
    page = type(rule).__doc__ or ""
    places = [page.find(f"## {heading}\n") for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)
    assert rule.invalid
    assert rule.valid
    assert not page.splitlines()[0].endswith(".")


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rule_declares_the_fixes_it_offers(rule: Rule) -> None:
    offered = {
        finding.fixes[0].consent
        for example in rule.invalid
        for finding in rule.check(project(marked(example.files)[0], example.name))
        if finding.fixes
    }
    assert offered == ({rule.consent} if rule.consent else set())


def test_codes_and_names_are_unique() -> None:
    rules = all_rules()
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
