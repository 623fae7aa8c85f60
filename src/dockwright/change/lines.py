"""Which lines differ between two texts, in time that stays linear in their length."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MOST_EDITS = 1000
"""Lines taken out and put in, together, up to which the shortest script is sought; above it the middle is replaced."""

NOWHERE = -2
"""A diagonal that no number of edits so far leads to."""


class Block(NamedTuple):
    """Lines `old_start` to `old_end` of the one text stand where `new_start` to `new_end` stand in the other."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def differing(old: Sequence[bytes], new: Sequence[bytes]) -> list[Block]:
    """The blocks that differ, in order, counted from 0; between two blocks at least one line is equal."""
    top = 0
    for a, b in zip(old, new, strict=False):
        if a != b:
            break
        top += 1
    bottom = 0
    for a, b in zip(reversed(old[top:]), reversed(new[top:]), strict=False):
        if a != b:
            break
        bottom += 1
    old_end, new_end = len(old) - bottom, len(new) - bottom
    blocks: list[Block] = []
    at_old, at_new = top, top
    for x, y, length in [*_equal_runs(old[top:old_end], new[top:new_end]), (old_end - top, new_end - top, 0)]:
        if at_old < top + x or at_new < top + y:
            blocks.append(Block(at_old, top + x, at_new, top + y))
        at_old, at_new = top + x + length, top + y + length
    return blocks


def _equal_runs(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
    """Runs of equal lines on a shortest edit script, as (start in old, start in new, length).

    The greedy algorithm of Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), given up when the script
    grows past MOST_EDITS.
    """
    if not old or not new:
        return
    numbers: dict[bytes, int] = {}
    a = [numbers.setdefault(line, len(numbers)) for line in old]
    b = [numbers.setdefault(line, len(numbers)) for line in new]
    rows, columns = len(a), len(b)
    trail: list[array[int]] = []
    for edits in range(min(rows + columns, MOST_EDITS) + 1):
        row = array("q")
        for index in range(edits + 1):
            diagonal = 2 * index - edits
            x = max(_arrivals(trail, edits, index)) if edits else 0
            y = x - diagonal
            if not (0 <= x <= rows and y <= columns):
                row.append(NOWHERE)
                continue
            while x < rows and y < columns and a[x] == b[y]:
                x += 1
                y += 1
            row.append(x)
            if x == rows and y == columns:
                yield from _runs(trail, edits, rows, columns)
                return
        trail.append(row)


def _arrivals(trail: list[array[int]], edits: int, index: int) -> tuple[int, int]:
    """Where one edit more arrives on a diagonal: from the one above by a line put in, from below by one taken out."""
    before = trail[edits - 1]
    return before[index] if index < edits else NOWHERE, before[index - 1] + 1 if index else NOWHERE


def _runs(trail: list[array[int]], edits: int, rows: int, columns: int) -> list[tuple[int, int, int]]:
    """Walks back from the end to the start, through the furthest points of every number of edits."""
    found: list[tuple[int, int, int]] = []
    x, y = rows, columns
    while edits:
        diagonal = x - y
        down, right = _arrivals(trail, edits, (diagonal + edits) // 2)
        start = max(down, right)
        if x > start:
            found.append((start, start - diagonal, x - start))
        x, y = (down, down - diagonal - 1) if down >= right else (right - 1, right - diagonal)
        edits -= 1
    if x:
        found.append((0, 0, x))
    return found[::-1]
