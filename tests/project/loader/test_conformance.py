"""The loader and Docker Compose say the same of the same stacks; docs/compose-conformance.md has the larger figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from compose_peer import Answer, Case, answers, own_answer, project_cases, real_answer, same
from stack_strategies import cases

ROOT = Path(__file__).parents[3]


@pytest.mark.compose
@pytest.mark.parametrize("folder", ["examples/dashtam-legacy", "tests/data/guide"])
def test_every_stack_of_the_examples_is_the_same(folder: str) -> None:
    asked = list(answers(project_cases(str(ROOT / folder))))
    assert len(asked) >= 9
    assert [difference for answer in asked for difference in answer.differences] == []


@pytest.mark.compose
@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_made_up_stacks_are_the_same(case: Case) -> None:
    answer = Answer(case, real_answer(case), own_answer(case))
    assert answer.differences == ()


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"a": [1, "x"]}, {"a": [1, "x"]}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1.0}, {"a": 1}, True),
        ({"a": None}, {}, False),
        ([1, 2], [2, 1], False),
    ],
)
def test_models_are_compared_as_json(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal
