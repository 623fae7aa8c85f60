from __future__ import annotations

import re

import pytest

from dockwright.text import lazy_regex


def test_it_answers_as_the_compiled_pattern_does() -> None:
    lazy, compiled = lazy_regex(r"(?P<key>\w)=(.)", re.S), re.compile(r"(?P<key>\w)=(.)", re.S)
    text = "a=b c=\n"
    assert [m.groups() for m in lazy.finditer(text)] == [m.groups() for m in compiled.finditer(text)]
    assert lazy.sub(r"\2", text) == compiled.sub(r"\2", text) == "b \n"
    assert lazy.match(text, 1) is None
    assert lazy.pattern == compiled.pattern


def test_a_mistake_is_found_at_first_use() -> None:
    wrong = lazy_regex("(")
    with pytest.raises(re.error):
        wrong.match("")


def test_the_second_use_costs_no_look_up() -> None:
    lazy = lazy_regex("a")
    assert lazy.match is lazy.match
