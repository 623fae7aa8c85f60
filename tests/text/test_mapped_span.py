"""The source span of a text that was put together out of several places."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockwright.text import Mapped, Span

pieces = st.lists(st.tuples(st.text("ab ", min_size=1, max_size=4), st.integers(0, 50)), min_size=1, max_size=5)


def test_a_gap_between_two_stretches_is_inside_the_span() -> None:
    assert Mapped.join([("ab", 10), ("cd", 14)]).span(1, 3) == Span(11, 15)


def test_a_stretch_that_stands_further_up_does_not_turn_the_span_round() -> None:
    command = Mapped.join([("docker compose ", 40), ("-f a.yml", 3)])

    assert command.span() == Span(40, 55)
    assert command.span(15) == Span(3, 11)


@given(pieces, st.integers(0, 20), st.integers(0, 20))
def test_a_span_never_ends_before_it_starts(parts: list[tuple[str, int]], start: int, end: int) -> None:
    text = Mapped.join(parts)
    span = text.span(min(start, len(text.text)), min(end, len(text.text)))

    assert span.start <= span.end
