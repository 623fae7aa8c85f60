"""Plans: rounds of fixes, each hunk with one owner, to a fixed point that is the same on every run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockwright.finding import Finding, Fix, Offer
from dockwright.plan import OscillationError, make_plan
from dockwright.project.model import Project
from dockwright.refactor.step import Proposal
from dockwright.rule import Rule
from dockwright.text import Create, Edit, Move, Site, Span
from projects import project, texts


class Replace(Rule):
    """Replaces a word by another."""

    severity, consent = "warning", "safe"
    old, new = "", ""

    def check(self, project: Project) -> Iterator[Finding]:
        for path, source in sorted(project.sources.items()):
            at = source.text.find(self.old)
            while at >= 0:
                span = Span(at, at + len(self.old))
                fix = Fix(f"{self.old} to {self.new}", (Edit(path, span, self.new),))
                yield self.found(Site(path, span), "word", fix=fix)
                at = source.text.find(self.old, at + 1)


def replace(code: str, old: str, new: str) -> Rule:
    kind = type(code, (Replace,), {"code": code, "name": code.lower(), "old": old, "new": new})
    return kind()  # type: ignore[no-any-return]


def test_fixes_of_one_round_move_along_with_each_other() -> None:
    plan = make_plan(project({"a": "one two one two"}), [replace("X1", "one", "eleven"), replace("X2", "two", "2")])
    assert texts(plan.after) == {"a": "eleven 2 eleven 2"}
    assert [patch.owner for patch in plan.patches] == ["X1", "X1", "X2", "X2"]


def test_patches_stack_from_before_to_after() -> None:
    plan = make_plan(project({"a": "one two"}), [replace("X1", "one", "1"), replace("X2", "two", "2")])
    befores = [patch.before for patch in plan.patches]
    assert befores[0] is plan.before
    assert befores[1:] == [patch.after for patch in plan.patches[:-1]]
    assert plan.patches[-1].after is plan.after


def test_a_fix_may_uncover_another() -> None:
    plan = make_plan(
        project({"a": "ab"}), [replace("X1", "bc", "!"), replace("X2", "a", "b"), replace("X3", "bb", "bc")]
    )
    assert texts(plan.after) == {"a": "!"}


class Offers(Rule):
    """Offers what then cannot be made."""

    code, name, severity, consent = "X1", "offers", "warning", "safe"

    def check(self, project: Project) -> Iterator[Finding]:
        yield self.found(Site("a", Span(0, 1)), "word", fix=Offer("a better word", "safe", lambda: None))


def test_what_is_offered_and_cannot_be_made_is_left_with_its_place() -> None:
    plan = make_plan(project({"a": "one"}), [Offers()])
    assert plan.patches == ()
    (left,) = plan.deferred
    assert (left.owner, left.what, left.at) == ("X1", "a better word", Site("a", Span(0, 1)))
    assert "more than this place" in left.reason


class Grows:
    """A step that replaces two words by longer ones, each in a patch of its own."""

    name, title = "grow", "longer words"

    def propose(self, project: Project) -> Proposal:
        return Proposal(
            (Fix("one", (Edit("a", Span(0, 3), "eleven"),)), Fix("two", (Edit("a", Span(4, 7), "twelve"),)))
        )


def test_patches_of_one_step_move_along_with_each_other() -> None:
    plan = make_plan(project({"a": "one two"}), [], [Grows()])
    assert texts(plan.after) == {"a": "eleven twelve"}
    assert [patch.title for patch in plan.patches] == ["one", "two"]


def test_overlapping_fixes_wait_for_the_next_round() -> None:
    plan = make_plan(
        project({"a": "xyz"}), [replace("X1", "xy", "xYz"), replace("X2", "yz", "-"), replace("X3", "Y", "")]
    )
    assert "-" not in texts(plan.after)["a"]
    assert texts(plan.after) == {"a": "xzz"}


def test_rules_that_undo_each_other_are_caught() -> None:
    with pytest.raises(OscillationError, match="X1, X2"):
        make_plan(project({"a": "b"}), [replace("X1", "b", "c"), replace("X2", "c", "b")])


def test_a_rule_that_never_ends_is_caught() -> None:
    with pytest.raises(OscillationError):
        make_plan(project({"a": "b"}), [replace("X1", "b", "bx")])


def test_only_what_the_user_agreed_to_is_made() -> None:
    rule = replace("X1", "a", "b")
    type(rule).consent = "unsafe"
    before = project({"a": "a"})
    assert make_plan(before, [rule]).patches == ()


@pytest.mark.parametrize("name", ["X1", "x1"])
def test_a_rule_is_left_out_by_code_or_name(name: str) -> None:
    assert make_plan(project({"a": "a"}), [replace("X1", "a", "b")], skip=[name]).patches == ()


class Twice:
    """Moves a file, then moves it on."""

    name, title = "twice", "moves"

    def propose(self, project: Project):  # type: ignore[no-untyped-def]
        from dockwright.refactor.step import Proposal

        return Proposal(
            (Fix("first", (Move("a", "b"),)), Fix("second", (Move("b", "c"),)), Fix("new", (Create("d", "x"),)))
        )


def test_moves_of_moves_are_one_move() -> None:
    plan = make_plan(project({"a": "text"}), [], [Twice()])
    assert plan.changes.moves == (("a", "c"),)
    assert set(plan.changes.files) == {"a", "c", "d"}


def test_a_plan_says_the_same_on_every_run() -> None:
    files = dict.fromkeys("abc", "one two three")
    rules = [replace("X2", "two", "2"), replace("X1", "one", "1"), replace("X3", "three", "3")]
    first, second = make_plan(project(files), rules), make_plan(project(files), rules[::-1])
    assert [patch.changes for patch in first.patches] == [patch.changes for patch in second.patches]
