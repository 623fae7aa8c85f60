"""Other tools' rules: each is found or declined, and none is both."""

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


def test_every_rule_of_another_tool_is_found_or_declined() -> None:
    assert left() == []


def test_what_a_rule_claims_to_find_is_a_rule_of_another_tool() -> None:
    assert {other for rule in all_rules() for other in rule.equivalents} <= set(peer_ids())


def test_machines_are_told_what_is_declined() -> None:
    from msgspec.json import decode

    said = decode(rules(all_rules()))["declined"]
    assert {one["id"]: one["reason"] for one in said} == DECLINED
