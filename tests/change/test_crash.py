"""Whatever operation of apply, undo or recovery is the last one before the lights go out, nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.generated import changes
from change.simulated import Choose, Crash, SimulatedDisk, Snapshot, changed, snapshot
from change.worlds import AFTER, BEFORE, FOLDERS, MOVES
from dockwright.change.apply import apply
from dockwright.change.journal import ids, journals
from dockwright.change.undo import recover, undo
from dockwright.errors import DockwrightError
from dockwright.text import FileState

CHANGES = changed(BEFORE, AFTER, *MOVES)

Act = Callable[[SimulatedDisk], object]


def fresh() -> SimulatedDisk:
    return SimulatedDisk.of(BEFORE, FOLDERS)


def applied(disk: SimulatedDisk) -> None:
    apply(disk, CHANGES, title="refactor", tool_version="1")


def fresh_and_applied() -> SimulatedDisk:
    disk = fresh()
    applied(disk)
    return disk.killed()


OLD: Snapshot = snapshot(fresh())
NEW: Snapshot = snapshot(fresh_and_applied())


def nothing(n: int) -> int:
    return 0


def everything(n: int) -> int:
    return n


def all_but_the_first() -> Choose:
    """What is written last survives, and something before it does not."""
    asked: list[int] = []

    def choose(n: int) -> int:
        asked.append(n)
        return n if len(asked) > 1 else 0

    return choose


def some(seed: int) -> Choose:
    numbers = random.Random(seed)
    return lambda n: numbers.randint(0, n)


Survival = Callable[[], Choose]

survivals = pytest.mark.parametrize(
    "survives",
    [lambda: nothing, lambda: everything, all_but_the_first, lambda: some(1)],
    ids=["nothing", "everything", "all but the first", "some"],
)


def interrupted(start: Callable[[], SimulatedDisk], act: Act) -> Iterator[SimulatedDisk]:
    """The disk as it is when the act is cut short, before each of its steps and after the last."""
    whole = start()
    act(whole)
    assert whole.steps > 30
    for limit in range(whole.steps + 1):
        disk = start()
        disk.limit = limit
        try:
            act(disk)
        except Crash:
            assert disk.steps == limit
        else:
            assert limit == whole.steps
        yield disk


def taken_back(disk: SimulatedDisk) -> None:
    """undo, where there is anything to undo yet."""
    with suppress(DockwrightError):  # the snapshot tells whether nothing was there to undo
        undo(disk)


def check_both_ways(disk: Callable[[], SimulatedDisk]) -> None:
    first = disk()
    taken_back(first)
    assert snapshot(first) == OLD
    assert len(journals(first)) == len(ids(first)), "a journal that was never finished stayed, with its secrets"

    second = disk()
    with suppress(DockwrightError):  # the change was made whole, so these files are not those of the plan
        applied(second)
    assert snapshot(second) == NEW
    undo(second)
    assert snapshot(second) == snapshot(second.crashed(nothing)) == OLD


def test_the_change_leads_from_the_one_tree_to_the_other() -> None:
    tree = snapshot(SimulatedDisk.of(AFTER, {}))
    assert {p: v for p, v in NEW.items() if v[0] != "folder"} == {p: v for p, v in tree.items() if v[0] != "folder"}
    assert "old" not in NEW
    assert NEW["logs"] == OLD["logs"]


@survivals
def test_apply_cut_short_anywhere_is_undone_or_made_again(survives: Survival) -> None:
    points = 0
    for disk in interrupted(fresh, applied):
        check_both_ways(lambda disk=disk: disk.crashed(survives()))  # type: ignore[misc]
        points += 1
    assert points > fresh_steps() > 60


@survivals
def test_undo_cut_short_anywhere_is_finished(survives: Survival) -> None:
    points = 0
    for disk in interrupted(fresh_and_applied, undo):
        after = disk.crashed(survives())
        recover(after)
        assert snapshot(after) in (OLD, NEW)
        taken_back(after)
        assert snapshot(after) == OLD
        points += 1
    assert points > 60


@survivals
def test_undo_that_leaves_an_edited_file_alone_remembers_so(survives: Survival) -> None:
    def edited() -> SimulatedDisk:
        disk = fresh_and_applied()
        disk.unlink("entry.sh")
        disk.write_new("entry.sh", b"mine\n")
        disk.sync_file("entry.sh")
        disk.sync_folder("")
        return disk.killed()

    wanted = {**OLD, "entry.sh": ("file", 0o600, b"mine\n")}
    for disk in interrupted(edited, lambda disk: undo(disk, keep_edited=True)):
        after = disk.crashed(survives())
        recovery = recover(after)
        if recovery:
            assert (recovery.interrupted, recovery.edited) == ("undo", ("entry.sh",))
        else:
            undo(after, "1", keep_edited=True)
        assert snapshot(after) == wanted


@survivals
def test_recovery_cut_short_anywhere_begins_again(survives: Survival) -> None:
    points = 0
    for disk in list(interrupted(fresh, applied))[::6]:
        start = disk.crashed(survives())
        whole = start.crashed(nothing)
        recover(whole)
        for limit in range(whole.steps):
            again = start.crashed(nothing)
            again.limit = limit
            with pytest.raises(Crash):
                recover(again)
            after = again.crashed(survives())
            taken_back(after)
            assert snapshot(after) == OLD
            points += 1
    assert points > 60


def test_a_killed_process_leaves_nothing_that_a_later_power_cut_could_turn_over() -> None:
    edit = changed({"src/app.py": BEFORE["src/app.py"]}, {"src/app.py": FileState(b"edited")})
    points = 0
    for disk in interrupted(fresh, applied):
        later = disk.killed()
        recovered = recover(later)
        now = snapshot(later)
        assert now == (OLD if recovered else snapshot(later.crashed(nothing)))
        apply(later, edit, title="edit", tool_version="1")
        after = later.crashed(nothing)
        undo(after)
        assert snapshot(after) == now
        points += 1
    assert points > 60


@given(changes, st.data())
def test_any_change_cut_short_anywhere_with_any_mixture_of_what_survives(
    pair: tuple[dict[str, FileState], dict[str, FileState]], data: st.DataObject
) -> None:
    def some(n: int) -> int:
        return data.draw(st.integers(0, n))

    before, after = data.draw(st.sampled_from([pair, (BEFORE, AFTER)]))
    disk = SimulatedDisk.of(before, FOLDERS)
    start = snapshot(disk)
    disk.limit = data.draw(st.integers(0, 100))
    with suppress(Crash):
        apply(disk, changed(before, after), title="refactor", tool_version="1")
    disk = disk.crashed(some)
    disk.limit = data.draw(st.integers(0, 80))
    with suppress(Crash):
        taken_back(disk)
    disk = disk.crashed(some)
    taken_back(disk)
    assert snapshot(disk) == start
    assert all(journal.state in ("undone", "rolled back") for journal in journals(disk))


def fresh_steps() -> int:
    disk = fresh()
    applied(disk)
    return disk.steps


def test_a_refusal_of_the_system_anywhere_leaves_every_file_as_it_was() -> None:
    steps = fresh_steps()
    for number in range(1, steps + 1):
        disk = fresh()
        disk.fails_at = number
        with pytest.raises(DockwrightError, match="No space left") as caught:
            applied(disk)
        assert caught.value.path
        assert snapshot(disk) == OLD
        assert len(journals(disk)) == len(ids(disk))
        later = disk.killed()
        taken_back(later)
        assert snapshot(later) == OLD


def test_a_refusal_of_the_system_anywhere_in_undo_lets_it_go_on_later() -> None:
    whole = fresh_and_applied()
    undo(whole)
    for number in range(1, whole.steps + 1):
        disk = fresh_and_applied()
        disk.fails_at = number
        with pytest.raises(DockwrightError, match="No space left"):
            undo(disk)
        if "write" in disk.log[number - 1]:
            assert ".dockwright-" not in " ".join(snapshot(disk)), "a file that was never placed stayed"
        later = disk.killed()
        taken_back(later)
        assert snapshot(later) == OLD
