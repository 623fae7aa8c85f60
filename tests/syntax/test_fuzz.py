"""A few thousand broken texts: no parser raises, loses a byte, misplaces a node or takes long for what it is given."""

from __future__ import annotations

from functools import partial

import pytest
from benchmarks import fuzz

from work import steps

_SEED = 7
_LINES = 400
"""How many lines of Python a parser may execute for each character, beyond what it does for any text."""


@pytest.mark.parametrize("name", fuzz.FORMS)
def test_a_broken_text_is_read_without_loss(name: str) -> None:
    wrong = [(data, result.faults) for data, result in fuzz.fed(name, 150, _SEED) if result.faults]
    assert wrong == []


@pytest.mark.parametrize("name", fuzz.FORMS)
def test_the_work_for_a_broken_text_is_bounded_by_its_length(name: str) -> None:
    for data in fuzz.inputs(name, 12, _SEED):
        assert steps(partial(fuzz.read, name, data)) < 20_000 + _LINES * len(data), data


def test_no_rule_raises_on_a_broken_project() -> None:
    assert [error for project in fuzz.projects(8, _SEED) if (error := fuzz.audited(project)) is not None] == []
