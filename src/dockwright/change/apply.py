"""apply: a change set is written to the disk whole, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from dockwright.change.journal import (
    SHELF,
    Folder,
    Journal,
    JournalId,
    Record,
    Recorded,
    create,
    discard_unwritten,
    keeps_modes,
    locked,
    marked,
    next_id,
    now,
)
from dockwright.change.protocol import Disk, ancestors, check_open_to_change, is_folder, parent, refusal, reported
from dockwright.change.stage import Stage, run, standing_folders
from dockwright.change.transition import Goal, Transition, doubles, state_of, transition
from dockwright.change.undo import recover_locked, take_back
from dockwright.errors import DockwrightError
from dockwright.text import ChangeSet, FileChange, FileState

PLAN_AGAIN = "Make the plan again: dockwright plan"
AS_BEFORE = "Every file is what it was before. Mend the cause and run dockwright apply again."


def apply(disk: Disk, changes: ChangeSet, *, title: str, tool_version: str) -> JournalId:
    """Write all the changes, durable when this returns, and give the number under which `undo` takes them back.

    `title` is what the list of changes shows, `tool_version` who wrote them. A change that was cut short earlier is
    taken back first. Raises DockwrightError and changes nothing where a file is not what the plan saw, where something
    is in the way or read-only, and where the system refuses half-way.
    """
    files = {path: change for path, change in sorted(changes.files.items()) if change.before != change.after}
    if not files:
        raise DockwrightError("there is nothing to change")
    for path in files:
        check_open_to_change(path)
    with reported(AS_BEFORE):
        if not is_folder(disk, SHELF):
            _prepared(disk, changes, files)  # a refusal leaves no trace, not even a journal's empty folder
        with locked(disk, "apply"):
            recover_locked(disk)
            records, steps, former = _prepared(disk, changes, files)
            journal = Journal(
                id=next_id(disk),
                time=now(),
                title=title,
                tool_version=tool_version,
                state="applying",
                changes=len(files) - sum(new in files for _, new in changes.moves),
                modes=keeps_modes(disk),
                records=records,
                made=steps.made,
                emptied=tuple(_folder(disk, path) for path in (*steps.cleared_folders, *steps.removed_folders)),
            )
            _journal_first(disk, journal, former)
            _change(disk, journal, files, steps)
            return journal.id


def _journal_first(disk: Disk, journal: Journal, former: list[bytes]) -> None:
    try:
        create(disk, journal, former)
    except OSError:
        discard_unwritten(disk)
        raise


def _change(disk: Disk, journal: Journal, files: Mapping[str, FileChange], steps: Transition) -> None:
    """Write the files; whatever goes wrong, they are then what they were before."""
    coming = {sha256(c.after.data).hexdigest(): c.after.data for c in files.values() if c.after}
    stage = Stage(disk, journal.id)
    try:
        stage.write(steps, coming.__getitem__, journal.modes)
        _compared(disk, files)  # writing took its time, and an editor may have saved meanwhile
        run(disk, steps, stage, {}, journal.modes)
        for folder in standing_folders(disk, files):
            disk.sync_folder(folder)
        marked(disk, journal, "applied")
    except BaseException:
        try:
            _, edited = take_back(disk, journal)
            marked(disk, journal, "rolled back", edited)
        except OSError as error:
            where = f"{SHELF}/{journal.id}"
            hint = f"Mend the cause, then run dockwright undo: the files' former bytes are safe in {where}."
            raise refusal(error, hint) from error
        raise


def _prepared(
    disk: Disk, changes: ChangeSet, files: Mapping[str, FileChange]
) -> tuple[tuple[Record, ...], Transition, list[bytes]]:
    """What the journal records, the steps, and the bytes that files have now; DockwrightError where apply must not."""
    owners = _compared(disk, files)
    records = tuple(
        Record(path, Recorded.of(change.before), Recorded.of(change.after), owners.get(path))
        for path, change in files.items()
    )
    goals = [Goal(r.path, r.after, r.owner or owners.get(changes.moved_from.get(r.path, ""))) for r in records]
    steps = transition(disk, goals)
    for blocked in steps.blocked:
        raise DockwrightError(blocked.reason, path=blocked.path, hint="Move it out of the way, then run this again.")
    _check_writable(disk, changes, files, steps)
    former = [change.before.data for change in files.values() if change.before and change.before.link is None]
    return records, steps, former


def _compared(disk: Disk, files: Mapping[str, FileChange]) -> dict[str, tuple[int, int]]:
    """The owners of the files that are there; DockwrightError for the first that is not what the plan saw."""
    owners: dict[str, tuple[int, int]] = {}
    alike = doubles(files)
    for path, change in files.items():
        state, entry = state_of(disk, path, path in alike)
        if entry and entry.kind == "special":
            raise DockwrightError("this is a device, a pipe or a socket", path=path, hint="Move it out of the way.")
        if Recorded.of(state) != Recorded.of(change.before):
            raise DockwrightError(_difference(disk, path, state, change.before), path=path, hint=PLAN_AGAIN)
        if state and entry:
            owners[path] = entry.owner
    return owners


def _difference(disk: Disk, path: str, state: FileState | None, before: FileState | None) -> str:
    if state and before is None:
        return "this file has come into being since the plan was made"
    if state is None:
        for folder in ancestors(path):
            entry = disk.lstat(folder)
            if entry and entry.kind == "link":
                return f"{folder} is a symbolic link, and dockwright writes through none"
        return "this file has gone since the plan was made"
    return "this file was changed since the plan was made"


def _check_writable(disk: Disk, changes: ChangeSet, files: Mapping[str, FileChange], steps: Transition) -> None:
    """A clear word before the first write; the system would stop us half-way."""
    from shlex import quote

    for path, change in files.items():
        stays = change.after and change.before and change.after.data == change.before.data
        linked = change.before is None or change.before.link is not None
        if not (linked or stays or path in changes.moved_to or disk.writable(path)):
            raise DockwrightError("this file is read-only", path=path, hint=f"Allow writing: chmod u+w {quote(path)}")
    for folder in sorted({_standing(disk, path) for path in (*files, *steps.removed_folders)}):
        if not disk.writable(folder):
            place = folder or "."
            raise DockwrightError(
                "this folder is read-only", path=place, hint=f"Allow writing: chmod u+w {quote(place)}"
            )


def _standing(disk: Disk, path: str) -> str:
    """The innermost folder above a path that is there."""
    folder = parent(path)
    while folder and not is_folder(disk, folder):
        folder = parent(folder)
    return folder


def _folder(disk: Disk, path: str) -> Folder:
    entry = disk.lstat(path)
    return Folder(path, entry.mode, entry.owner) if entry else Folder(path, 0o755, (0, 0))
