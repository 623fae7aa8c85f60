from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from change.simulated import SimulatedDisk, changed, snapshot
from change.worlds import AFTER, BEFORE, FOLDERS, MOVES, HastyDisk, write
from dockwright.change.apply import apply
from dockwright.change.disk import RealDisk
from dockwright.change.journal import journals
from dockwright.change.protocol import Disk
from dockwright.change.undo import EditedSinceError, UndoReport, recover, undo
from dockwright.errors import DockwrightError
from dockwright.text import FileState

CHANGES = changed(BEFORE, AFTER, *MOVES)


@pytest.fixture
def project(tmp_path: Path) -> RealDisk:
    """The world after the change of every kind."""
    root = tmp_path / "project"
    root.mkdir()
    write(root, BEFORE, FOLDERS)
    disk = HastyDisk(root)
    apply(disk, CHANGES, title="refactor", tool_version="1")
    return disk


def edited(disk: RealDisk, path: str, text: str) -> None:
    (disk.root / path).write_text(text)


def edit(disk: Disk, before: str, after: str) -> str:
    """One more change, of one file."""
    old, new = ({"src/app.py": FileState(text.encode())} for text in (before, after))
    return apply(disk, changed(old, new), title=after, tool_version="1")


Spoil = Callable[[Path], object]


@pytest.mark.parametrize(
    ("path", "spoil"),
    [
        ("entry.sh", lambda root: (root / "entry.sh").write_text("mine\n")),
        ("entry.sh", lambda root: (root / "entry.sh").chmod(0o700)),
        ("docker/Dockerfile", lambda root: (root / "docker/Dockerfile").write_text("mine\n")),
        ("stale", lambda root: (root / "stale").write_text("mine\n")),
        ("current", lambda root: ((root / "current").unlink(), (root / "current").symlink_to("src"))),
        ("docker", lambda root: (root / "docker/mine").write_text("mine\n")),
        ("stale", lambda root: (root / "stale").mkdir()),
    ],
)
def test_a_file_that_was_edited_since_stops_undo_unless_it_may_stay(project: RealDisk, path: str, spoil: Spoil) -> None:
    spoil(project.root)
    before = snapshot(project)
    with pytest.raises(EditedSinceError, match=f"^{path}.* edited since change 0001, so nothing was undone") as caught:
        undo(project)
    assert path in caught.value.edited
    assert snapshot(project) == before

    report = undo(project, keep_edited=True)
    kept = set(report.edited)
    assert path in kept
    assert set(report.restored) == CHANGES.files.keys() - kept
    wanted = snapshot(SimulatedDisk.of(BEFORE, FOLDERS))
    now = snapshot(project)
    for changed_path in CHANGES.files:
        tree = before if changed_path in kept else wanted
        assert now.get(changed_path) == tree.get(changed_path)


def test_undo_twice_takes_back_the_change_before_too(project: RealDisk) -> None:
    edit(project, "print()\n", "1")
    edit(project, "1", "2")
    assert [undo(project).title, undo(project).title, undo(project).title] == ["2", "1", "refactor"]
    assert snapshot(project) == snapshot(SimulatedDisk.of(BEFORE, FOLDERS))
    assert [journal.state for journal in journals(project)] == ["undone"] * 3
    with pytest.raises(DockwrightError, match="there is no change to undo"):
        undo(project)


def test_an_older_change_can_be_taken_back_alone(project: RealDisk) -> None:
    edit(project, "print()\n", "1")
    assert undo(project, "0001").title == "refactor"
    assert project.read("src/app.py") == b"1"
    assert undo(project, "0001") == UndoReport("0001", "refactor", (), (), already=True)


def test_a_file_that_a_later_change_wrote_counts_as_edited(project: RealDisk) -> None:
    first = edit(project, "print()\n", "1")
    edit(project, "1", "2")
    with pytest.raises(EditedSinceError):
        undo(project, first)


def test_a_file_that_is_already_as_it_was_is_fine(project: RealDisk) -> None:
    edited(project, "entry.sh", BEFORE["entry.sh"].data.decode())
    (project.root / "entry.sh").chmod(0o644)
    undo(project)
    assert snapshot(project) == snapshot(SimulatedDisk.of(BEFORE, FOLDERS))


def test_folders_that_the_change_made_stay_where_something_new_is_in_them(project: RealDisk) -> None:
    (project.root / "compose/mine").write_text("mine\n")
    undo(project)
    assert snapshot(project, "compose") == {"compose/mine": ("file", 0o644, b"mine\n")}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "manifest.json").write_text("{"), "this journal is damaged"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "this journal is damaged"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"\xff"), "this journal is damaged"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 2}'), "a later dockwright wrote this"),
        (lambda folder: [f.write_text("") for f in folder.iterdir() if len(f.name) == 64], "former bytes is damaged"),
        (lambda folder: [f.write_text("") for f in sorted(folder.iterdir())[-3:-2]], "former bytes is damaged"),
        (lambda folder: [f.unlink() for f in folder.iterdir() if len(f.name) == 64], "No such file"),
    ],
)
def test_a_damaged_journal_is_named_and_nothing_changed(project: RealDisk, spoil: Spoil, message: str) -> None:
    spoil(project.root / ".dockwright/journal/0001")
    before = snapshot(project), snapshot(project, ".dockwright/journal")
    with pytest.raises(DockwrightError, match=message) as caught:
        undo(project)
    assert str(caught.value).startswith(".dockwright/journal/0001/")
    assert caught.value.hint
    assert (snapshot(project), snapshot(project, ".dockwright/journal")) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"entry.sh"', '".git/hooks/pre-commit"', "no change may write here"),
        ('"entry.sh"', '"../entry.sh"', "leads out of the project"),
        ('"compose"', '".git/hooks"', "no change may write here"),
        ('"0001"', '"0002"', "this journal is damaged"),
    ],
)
def test_a_journal_that_a_stranger_wrote_leads_nowhere_else(
    project: RealDisk, old: str, new: str, message: str
) -> None:
    manifest = project.root / ".dockwright/journal/0001/manifest.json"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new).replace('"applied"', '"applying"'))
    before = snapshot(project)
    for act in (undo, recover, journals):
        with pytest.raises(DockwrightError, match=message):
            act(project)
    assert snapshot(project) == before


def test_a_change_goes_by_its_number_without_the_zeros(project: RealDisk) -> None:
    assert undo(project, "1").id == "0001"


def test_there_is_no_change_by_that_number(project: RealDisk) -> None:
    for id in ("7", "../0001", ""):
        with pytest.raises(DockwrightError, match="there is no change"):
            undo(project, id)


def test_where_nothing_was_ever_changed_undo_and_recover_leave_no_trace(tmp_path: Path) -> None:
    disk = HastyDisk(tmp_path)
    assert recover(disk) is None
    assert journals(disk) == []
    with pytest.raises(DockwrightError, match="there is no change to undo"):
        undo(disk)
    assert list(tmp_path.iterdir()) == []


def test_what_was_edited_after_a_crash_is_kept(project: RealDisk) -> None:
    manifest = project.root / ".dockwright/journal/0001/manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "state": "applying"}))
    edited(project, "entry.sh", "mine\n")
    recovery = recover(project)
    assert recovery
    assert (recovery.interrupted, recovery.edited) == ("apply", ("entry.sh",))
    assert project.read("entry.sh") == b"mine\n"
    assert project.read("Dockerfile") == BEFORE["Dockerfile"].data
    assert recover(project) is None


KILLED = """
import os, random, signal, sys
from dockwright.change.apply import apply
from dockwright.change.disk import RealDisk
from change.simulated import changed
from change.worlds import AFTER, BEFORE, MOVES

root, left = sys.argv[1], int(sys.argv[2])


class Deadly(RealDisk):
    pass


def deadly(name):
    done = getattr(RealDisk, name)

    def operation(self, *words):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return done(self, *words)

    return operation


for name in ("write_new", "symlink", "mkdir", "chmod", "rename", "unlink", "rmdir", "sync_file", "sync_folder"):
    setattr(Deadly, name, deadly(name))
apply(Deadly(root), changed(BEFORE, AFTER, *MOVES), title="refactor", tool_version="1")
"""


@pytest.mark.parametrize("seed", range(6))
def test_a_process_that_is_killed_loses_nothing(tmp_path: Path, seed: int) -> None:
    write(tmp_path, BEFORE, FOLDERS)
    disk = RealDisk(tmp_path)
    before = snapshot(disk)
    left = random.Random(seed).randint(10, 75)
    here = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(left)], cwd=here, check=False)
    assert done.returncode == -signal.SIGKILL
    recover(disk)
    assert snapshot(disk) == before
    apply(disk, CHANGES, title="again", tool_version="1")
    undo(disk)
    assert snapshot(disk) == before
