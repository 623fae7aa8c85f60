"""Other tools' rules: each is known by its id, and none is both found and declined."""

from __future__ import annotations

from dockwright.facts.declined import DECLINED
from dockwright.report.json import rules
from dockwright.rule import all_rules
from peers import left, peer_ids


def test_what_is_declined_is_a_rule_of_another_tool() -> None:
    assert DECLINED.keys() <= set(peer_ids())
    assert all(reason and not reason.endswith(".") for reason in DECLINED.values())


def test_nothing_is_both_found_and_declined() -> None:
    assert {other for rule in all_rules() for other in rule.equivalents} & DECLINED.keys() == set()


def test_what_is_left_is_neither() -> None:
    covered = {other for rule in all_rules() for other in rule.equivalents}
    assert set(left()) | covered | DECLINED.keys() >= {each for each in peer_ids() if ":SC" not in each}
    assert not set(left()) & (covered | DECLINED.keys())


def test_machines_are_told_what_is_declined() -> None:
    from msgspec.json import decode

    said = decode(rules(all_rules()))["declined"]
    assert {one["id"]: one["reason"] for one in said} == DECLINED
