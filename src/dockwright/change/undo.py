"""undo and recover: files get back what they were, from the journal."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from msgspec import Struct

from dockwright.change.journal import (
    SHELF,
    UNFINISHED,
    Journal,
    JournalId,
    Recorded,
    discard_unwritten,
    former_bytes,
    ids,
    locked,
    marked,
    read,
    read_all,
)
from dockwright.change.protocol import Disk, is_folder, reported
from dockwright.change.stage import Stage, run, standing_folders
from dockwright.change.transition import Goal, Transition, doubles, same, state_of, transition
from dockwright.errors import DockwrightError

GO_ON = "Mend the cause and run dockwright undo again: it goes on where it stopped."


class UndoReport(Struct, frozen=True):
    """What undo did: the paths that are again what they were, and those left alone because they were edited since.

    `already` is true where the change had been undone before, and nothing was done now.
    """

    id: JournalId
    title: str
    restored: tuple[str, ...]
    edited: tuple[str, ...]
    already: bool = False


class Recovery(Struct, frozen=True):
    """What became of a change that was cut short: an apply is taken back, an undo is finished.

    `edited` are the paths left alone because somebody edited them after the interruption.
    """

    id: JournalId
    title: str
    interrupted: Literal["apply", "undo"]
    restored: tuple[str, ...]
    edited: tuple[str, ...]


class EditedSinceError(DockwrightError):
    """Undo would overwrite what somebody wrote since; nothing was changed. `edited` are those files."""

    def __init__(self, id: JournalId, edited: tuple[str, ...]):
        self.id = id
        self.edited = edited
        more = f" and {len(edited) - 1} more were" if len(edited) > 1 else " was"
        super().__init__(
            f"{edited[0]}{more} edited since change {id}, so nothing was undone",
            hint="Keep these files as they are and take back the rest: dockwright undo --keep-edited",
        )


def undo(disk: Disk, id: JournalId | None = None, *, keep_edited: bool = False) -> UndoReport:
    """Give back what the files were before a change, by default the last one that is not undone yet.

    Every byte, permission bit and link target comes back; folders that the change made go where they are empty. Raises
    EditedSinceError, and changes nothing, where files were edited since; with `keep_edited` these stay and the rest is
    restored. A change that was cut short counts as the last one: taking it back is all that happens then.
    """
    if not is_folder(disk, SHELF):
        raise _nothing()
    with reported(GO_ON), locked(disk, "undo"):
        recovery = recover_locked(disk)
        if recovery and (id is None or id.zfill(4) == recovery.id):
            return UndoReport(recovery.id, recovery.title, recovery.restored, recovery.edited)
        journal = _chosen(disk, id)
        if journal.state != "applied":
            return UndoReport(journal.id, journal.title, (), journal.kept, already=True)
        edited, steps = _way_back(disk, journal)
        if edited and not keep_edited:
            raise EditedSinceError(journal.id, edited)
        for goal in steps.placed:
            if goal.state and goal.state.content:
                former_bytes(disk, journal, goal.state.content)  # a damaged copy is found before anything is touched
        journal = marked(disk, journal, "undoing", edited)
        restored, edited = take_back(disk, journal)
        marked(disk, journal, "undone", edited)
        return UndoReport(journal.id, journal.title, restored, edited)


def recover(disk: Disk) -> Recovery | None:
    """Take back an apply, or finish an undo, that was cut short; None where there is none. apply and undo begin so."""
    if not is_folder(disk, SHELF):
        return None
    with reported(GO_ON), locked(disk, "recovery"):
        return recover_locked(disk)


def recover_locked(disk: Disk) -> Recovery | None:
    """`recover`, for who holds the lock already."""
    discard_unwritten(disk)
    for id in ids(disk):
        # A killed process may have renamed a manifest and not lived to make that durable.
        disk.sync_folder(f"{SHELF}/{id}")
    journal = next((journal for journal in read_all(disk) if journal.state in UNFINISHED), None)
    if journal is None:
        return None
    restored, edited = take_back(disk, journal)
    was_apply = journal.state == "applying"
    marked(disk, journal, "rolled back" if was_apply else "undone", edited)
    return Recovery(journal.id, journal.title, "apply" if was_apply else "undo", restored, edited)


def take_back(disk: Disk, journal: Journal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Restore every file but those in `journal.kept` and those edited: the paths restored, and the paths left alone.

    What is restored already is left as it is, so this may be cut short and begun again at any point.
    """
    paths = [record.path for record in journal.records]
    stage = Stage(disk, journal.id)
    stage.clear(standing_folders(disk, paths))
    edited, steps = _way_back(disk, journal)
    try:
        stage.write(steps, lambda content: former_bytes(disk, journal, content), journal.modes)
    except BaseException:
        with suppress(OSError):
            stage.clear(standing_folders(disk, paths))
        raise
    run(disk, steps, stage, {folder.path: folder for folder in journal.emptied}, journal.modes)
    # All of them: an interrupted run may have restored a file and not lived to make that durable.
    for folder in standing_folders(disk, paths):
        disk.sync_folder(folder)
    return tuple(path for path in paths if path not in edited), edited


def _way_back(disk: Disk, journal: Journal) -> tuple[tuple[str, ...], Transition]:
    """The files to leave alone, and the steps that bring the others back."""
    edited = dict.fromkeys(journal.kept)
    goals: dict[str, Goal] = {}
    alike = doubles(record.path for record in journal.records)
    for record in journal.records:
        path = record.path
        state, entry = state_of(disk, path, path in alike)
        now = Recorded.of(state)
        if path in edited or (entry and entry.kind == "special"):
            edited[path] = None
        elif same(now, record.before, journal.modes):
            continue
        elif same(now, record.after, journal.modes):
            goals[path] = Goal(path, record.before, record.owner)
        else:
            edited[path] = None
    while True:
        steps = transition(disk, goals.values(), journal.made)
        if not steps.blocked:
            return tuple(edited), steps
        for blocked in steps.blocked:  # by what was edited; taking it out may leave another without its folder
            edited[blocked.path] = None
            del goals[blocked.path]


def _chosen(disk: Disk, id: JournalId | None) -> Journal:
    if id is not None:
        known = next((other for other in ids(disk) if id.isdecimal() and int(other) == int(id)), None)
        if known is None:
            raise DockwrightError(f"there is no change {id}", hint="dockwright undo --list shows the changes.")
        return read(disk, known)
    applied = [journal for journal in read_all(disk) if journal.state == "applied"]
    if not applied:
        raise _nothing()
    return applied[-1]


def _nothing() -> DockwrightError:
    return DockwrightError("there is no change to undo", hint="dockwright apply makes one.")
