"""Substitution of variables, against Compose itself where it is installed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax.interpolation import (
    InvalidTemplateError,
    MissingVariableError,
    interpolate,
    invalid,
    uses,
)
from dockwright.text import Mapped

ENVIRON = {"SET": "s", "EMPTY": "", "_x1": "u"}

VALID = {
    "plain": "plain",
    "$SET-${SET}-$$SET-$$$SET": "s-s-$SET-$s",
    "$_x1 $SET.y $UNSET|": "u s.y |",
    "$ $1 $- a$": "$ $1 $- a$",
    "${UNSET:-d}${UNSET-d}${EMPTY:-d}${EMPTY-d}${SET:-d}": "ddds",
    "${UNSET:+a}${UNSET+a}${EMPTY:+a}${EMPTY+a}${SET:+a}": "aa",
    "${SET:?e}${SET?e}${EMPTY?e}": "ss",
    "${UNSET:-${SET:+${UNSET-x y}}}z}": "x yz}",
    "${UNSET:-$$SET $SET}": "$SET s",
    "${UNSET:-a}b}": "ab}",
    "${UNSET:-{}}b}": "{}}b",
    "${UNSET:-{a}": "{a",
    "${UNSET:-a:-b?c+d}": "a:-b?c+d",
    "${UNSET-}${UNSET:-}|": "|",
    "{$SET}": "{s}",
    "${SET}\n${UNSET:-x}": "s\nx",
}
REFUSED = [
    "${",
    "${}",
    "${1}",
    "${SET",
    "${SET:-x",
    "${SET:x}",
    "${SET x}",
    "${UNSET:-\n}",
    "${UNSET:?}",
    "${EMPTY:?no}",
    "${UNSET?no}",
]


@pytest.mark.parametrize(("text", "value"), VALID.items())
def test_substitution(text: str, value: str) -> None:
    assert interpolate(text, ENVIRON.get) == value


@pytest.mark.parametrize("text", REFUSED)
def test_what_compose_refuses_is_refused(text: str) -> None:
    with pytest.raises((InvalidTemplateError, MissingVariableError)):
        interpolate(text, ENVIRON.get)


@pytest.mark.compose
def test_compose_substitutes_alike(tmp_path: Path) -> None:
    assert compose_labels(tmp_path, list(VALID)) == list(VALID.values())
    assert all(compose_labels(tmp_path, [text]) is None for text in REFUSED[-4:])


def compose_labels(folder: Path, texts: list[str]) -> list[str] | None:
    """What Compose makes of the texts; None where it refuses."""
    labels = {f"l{n}": text for n, text in enumerate(texts)}
    (folder / "c.yml").write_text(json.dumps({"name": "p", "services": {"a": {"image": "x", "labels": labels}}}))
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in ENVIRON.items()))
    run = subprocess.run(
        ["docker", "compose", "-f", "c.yml", "config", "--format", "json"], cwd=folder, capture_output=True, check=False
    )
    if run.returncode:
        return None
    found = json.loads(run.stdout)["services"]["a"]["labels"]
    return [found[f"l{n}"].replace("$$", "$") for n in range(len(texts))]


def test_the_reason_of_a_missing_variable_is_in_the_error() -> None:
    with pytest.raises(MissingVariableError, match="required variable A is missing a value: set s or b"):
        interpolate("${A:?set $SET or ${B:-b}}", ENVIRON.get)


def test_uses_have_their_places_names_and_depths() -> None:
    text = "a $A ${B:-x${C?why}} $$D ${E"
    found = uses(Mapped.whole(text, 100))
    assert [(u.name, u.operator, u.argument, u.depth) for u in found] == [
        ("A", "", "", 0),
        ("B", ":-", "x${C?why}", 0),
        ("C", "?", "why", 1),
    ]
    assert [text[u.span.start - 100 : u.span.end - 100] for u in found] == ["$A", "${B:-x${C?why}}", "${C?why}"]
    assert [text[u.name_span.start - 100 : u.name_span.end - 100] for u in found] == ["A", "B", "C"]
    assert [u.required for u in found] == [False, False, True]
    assert [u.default for u in found] == [None, "x${C?why}", None]
    bad = invalid(Mapped.whole(text, 100))
    assert bad is not None
    assert bad.start == 125


@given(st.lists(st.sampled_from(["$", "{", "}", "${A", ":-", "?", "$B", "\n", "x"]), max_size=30).map("".join))
def test_any_text_is_cut_without_loss(text: str) -> None:
    found = uses(Mapped.whole(text))
    for use in found:
        assert text[slice(*use.name_span)] == use.name
        assert use.span.covers(use.name_span)
        assert text[use.span.start] == "$"
    if invalid(Mapped.whole(text)) is None and not any(u.required for u in found):
        assert interpolate(text, {u.name: "" for u in found}.get).count("\n") <= text.count("\n")


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(InvalidTemplateError):
        interpolate("${A:-" * 5000 + "}" * 5000, ENVIRON.get)
