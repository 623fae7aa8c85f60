from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from change.generated import changes
from change.simulated import SimulatedDisk, changed, snapshot
from change.worlds import AFTER, BEFORE, FOLDERS, MOVES, HastyDisk, write
from dockwright.change.apply import apply
from dockwright.change.disk import RealDisk
from dockwright.change.journal import JournalEntry, journals
from dockwright.change.protocol import Disk
from dockwright.change.undo import undo
from dockwright.errors import DockwrightError
from dockwright.text import ChangeSet, FileChange, FileState

CHANGES = changed(BEFORE, AFTER, *MOVES)
FILE = FileState(b"text\n")


def applied(disk: Disk, changes: ChangeSet) -> str:
    return apply(disk, changes, title="refactor", tool_version="1")


def creates(path: str) -> ChangeSet:
    return ChangeSet({path: FileChange(None, FILE)})


@pytest.fixture
def project(tmp_path: Path) -> RealDisk:
    """The world of every kind of change, on the real disk."""
    root = tmp_path / "project"
    root.mkdir()
    write(root, BEFORE, FOLDERS)
    return HastyDisk(root)


def test_apply_makes_the_new_tree_and_undo_gives_the_old_one_back(project: RealDisk) -> None:
    project = RealDisk(project.root)
    before = snapshot(project)
    id = applied(project, CHANGES)
    tree = snapshot(SimulatedDisk.of(AFTER, {"logs": 0o700}))
    assert snapshot(project) == tree
    report = undo(project, id)
    assert snapshot(project) == before
    assert set(report.restored) == set(CHANGES.files)


@given(changes)
def test_undo_after_apply_is_identity(pair: tuple[dict[str, FileState], dict[str, FileState]]) -> None:
    before, after = pair
    disk = SimulatedDisk.of(before, {"empty": 0o700, **FOLDERS})
    start = snapshot(disk)
    applied(disk, changed(before, after))
    files = {path: found for path, found in snapshot(disk).items() if found[0] != "folder"}
    assert files == {p: f for p, f in snapshot(SimulatedDisk.of(after, {})).items() if f[0] != "folder"}
    undo(disk)
    assert snapshot(disk) == start


@given(changes)
@settings(max_examples=settings().max_examples // 8)
def test_undo_after_apply_is_identity_on_the_real_disk(
    pair: tuple[dict[str, FileState], dict[str, FileState]],
) -> None:
    before, after = pair
    with tempfile.TemporaryDirectory() as root:
        write(Path(root), before)
        disk = HastyDisk(root)
        start = snapshot(disk)
        applied(disk, changed(before, after))
        undo(disk)
        assert snapshot(disk) == start


def test_git_does_not_see_the_journal(project: RealDisk) -> None:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=project.root, capture_output=True, check=True, text=True).stdout

    git("init", "-q")
    git("add", "-A")
    applied(project, ChangeSet({"src/app.py": FileChange(BEFORE["src/app.py"], FILE)}))
    assert git("status", "--porcelain", "--untracked-files=all", "src", ".dockwright").count("??") == 0


def test_former_bytes_are_for_their_owner_alone_and_in_no_list(project: RealDisk) -> None:
    applied(project, CHANGES)
    home = project.root / ".dockwright"
    for path in (home, *home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o600), path
    assert b"secret" not in (home / "journal/0001/manifest.json").read_bytes()
    (entry,) = journals(project)
    assert entry == JournalEntry("0001", entry.time, "refactor", "applied", len(CHANGES.files) - len(MOVES))


def test_a_file_that_was_changed_since_the_plan_stops_everything(project: RealDisk) -> None:
    (project.root / "entry.sh").write_text("mine\n")
    before = snapshot(project)
    with pytest.raises(DockwrightError, match=r"^entry\.sh: this file was changed since the plan was made$") as caught:
        applied(project, CHANGES)
    assert caught.value.hint
    assert snapshot(project) == before
    assert not (project.root / ".dockwright").exists()


def untouched(root: Path) -> dict[Path, tuple[int, int]]:
    """What tells whether anything below a folder was written."""
    return {path: (path.lstat().st_ino, path.lstat().st_ctime_ns) for path in root.rglob("*")}


Spoil = Callable[[Path], object]


@pytest.mark.parametrize(
    ("changes", "spoil", "message"),
    [
        (creates("new"), lambda root: (root / "new").write_text(""), "new: this file has come into being since"),
        (CHANGES, lambda root: (root / "stale").unlink(), "stale: this file has gone since"),
        (CHANGES, lambda root: (root / "entry.sh").chmod(0o700), "entry.sh: this file was changed since"),
        (creates("new"), lambda root: (root / "new").mkdir(), "new: there is a folder where the file should go"),
        (creates("new"), lambda root: os.mkfifo(root / "new"), "new: this is a device, a pipe or a socket"),
        (creates("entry.sh/new"), lambda root: None, "entry.sh is not a folder"),
        (creates("way/new"), lambda root: (root / "way").symlink_to("/tmp"), "way is a symbolic link"),
        (creates("../new"), lambda root: None, "leads out of the project"),
        (creates("/etc/new"), lambda root: None, "leads out of the project"),
        (creates("a//new"), lambda root: None, "leads out of the project"),
        (creates("nul\0"), lambda root: None, "leads out of the project"),
        (creates(".git/hooks/pre-commit"), lambda root: None, "no change may write here"),
        (creates("sub/.GIT/config"), lambda root: None, "no change may write here"),
        (creates(".Dockwright/journal/x"), lambda root: None, "no change may write here"),
        (ChangeSet({}), lambda root: None, "there is nothing to change"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_first_write(
    project: RealDisk, changes: ChangeSet, spoil: Spoil, message: str
) -> None:
    spoil(project.root)
    before = untouched(project.root)
    with pytest.raises(DockwrightError, match=message.replace(".", r"\.")):
        applied(project, changes)
    assert untouched(project.root) == before


def test_a_link_is_replaced_and_what_it_names_is_not_touched(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "outside").write_bytes(b"theirs\n")
    (root / "link").symlink_to("../outside")
    disk = HastyDisk(root)
    applied(disk, ChangeSet({"link": FileChange(FileState(b"", 0o777, "../outside"), FILE)}))
    assert disk.read("link") == FILE.data
    undo(disk)
    assert disk.readlink("link") == "../outside"
    assert (tmp_path / "outside").read_bytes() == b"theirs\n"


def test_a_hard_link_elsewhere_keeps_its_bytes(project: RealDisk) -> None:
    other = project.root.parent / "other"
    other.hardlink_to(project.root / "Dockerfile")
    applied(project, CHANGES)
    undo(project)
    assert other.read_bytes() == (project.root / "Dockerfile").read_bytes() == BEFORE["Dockerfile"].data


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder of a user for whom read-only means something, even where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        user = os.geteuid()
        if user == 0:
            os.chown(root, 65534, 65534)
            os.seteuid(65534)
        try:
            yield root
        finally:
            os.seteuid(user)


@pytest.mark.parametrize("read_only", ["a", "a/file"])
def test_what_is_read_only_is_refused_with_the_way_out(as_nobody: Path, read_only: str) -> None:
    write(as_nobody, {"a/file": FILE, "b/file": FILE})
    (as_nobody / read_only).chmod(0o555)
    disk = HastyDisk(as_nobody)
    old = FileState(FILE.data, 0o555) if read_only == "a/file" else FILE
    change = ChangeSet({"b/file": FileChange(FILE, None), "a/file": FileChange(old, FileState(b""))})
    with pytest.raises(DockwrightError, match=f"^{read_only}: this .* is read-only") as caught:
        applied(disk, change)
    assert caught.value.hint == f"Allow writing: chmod u+w {read_only}"
    assert disk.listdir("") == ["a", "b"] or disk.listdir("") == ["b", "a"]
    (as_nobody / "a").chmod(0o755)


def test_two_at_once_do_not_get_into_each_others_way(project: RealDisk) -> None:
    applied(project, ChangeSet({"src/app.py": FileChange(BEFORE["src/app.py"], FILE)}))
    with (
        HastyDisk(project.root).lock(".dockwright/lock", "undo"),
        pytest.raises(
            DockwrightError, match=f"another dockwright is changing this project .process {os.getpid()}, undo"
        ),
    ):
        applied(project, creates("new"))
    assert applied(project, creates("new")) == "0002"


@pytest.mark.parametrize("knows_case", [True, False])
@pytest.mark.parametrize(
    "moves",
    [
        {"readme.md": "README.md"},
        {"Docker/Dockerfile": "docker/Dockerfile"},
        {"Docker/sub/x": "docker/Sub/X", "Docker/y": "docker/y"},
        {"Straße": "STRASSE"},
    ],
)
def test_a_name_may_change_in_case_alone(moves: dict[str, str], knows_case: bool) -> None:
    before = {old: FileState(old.encode()) for old in moves}
    after = {new: FileState(old.encode()) for old, new in moves.items()}
    disk = SimulatedDisk.of(before, {}, knows_case=knows_case)
    start = snapshot(disk)
    applied(disk, changed(before, after, *moves.items()))
    assert snapshot(disk) == snapshot(SimulatedDisk.of(after, {}))
    undo(disk)
    assert snapshot(disk) == start


def test_a_folder_cannot_change_in_case_alone_for_some_of_its_files() -> None:
    before = {"Docker/a": FILE, "Docker/b": FILE}
    disk = SimulatedDisk.of(before, {}, knows_case=False)
    with pytest.raises(DockwrightError, match="on this disk docker is another folder too"):
        applied(disk, changed(before, {"docker/a": FILE, "Docker/b": FILE}, ("Docker/a", "docker/a")))


def test_a_disk_without_permission_bits_is_changed_and_undone_too() -> None:
    class Flat(SimulatedDisk):
        def chmod(self, path: str, mode: int) -> None:
            raise PermissionError(1, "Operation not permitted", path)

        def mkdir(self, path: str, mode: int) -> None:
            super().mkdir(path, 0o755)

    flat = {path: FileState(state.data, 0o600, state.link) for path, state in BEFORE.items()}
    disk = Flat(SimulatedDisk.of(flat, {}).root)
    start = snapshot(disk)
    applied(disk, changed(flat, AFTER))
    undo(disk)
    assert snapshot(disk) == start


def test_files_keep_their_owner_and_new_ones_get_that_of_their_folder() -> None:
    before = {"a/edited": FILE, "a/moved": FILE}
    disk = SimulatedDisk.of(before, {}, new_owner=(0, 0))
    disk.chown("a/edited", (1, 1))
    disk.chown("a/moved", (2, 2))
    after = {"a/edited": FileState(b"new"), "b/moved": FILE, "b/c/made": FILE}
    applied(disk, changed(before, after, ("a/moved", "b/moved")))
    owners = {path: entry.owner for path in (*after, "b", "b/c", ".dockwright") if (entry := disk.lstat(path))}
    mine = (1000, 1000)
    assert owners == {
        "a/edited": (1, 1), "b/moved": (2, 2), "b/c/made": mine, "b": mine, "b/c": mine, ".dockwright": mine
    }  # fmt: skip
    undo(disk)
    assert [entry.owner for entry in map(disk.lstat, before) if entry] == [(1, 1), (2, 2)]


def test_what_an_editor_saves_while_apply_prepares_is_not_lost() -> None:
    class Busy(SimulatedDisk):
        def symlink(self, target: str, path: str) -> None:
            super().symlink(target, path)
            file = self._node("src/app.py")
            file.data = b"saved just now"  # type: ignore[union-attr]

    disk = Busy(SimulatedDisk.of(BEFORE, FOLDERS).root)
    edits = {**AFTER, "src/app.py": FileState(b"planned")}
    with pytest.raises(DockwrightError, match=r"^src/app\.py: this file was changed since"):
        applied(disk, changed(BEFORE, edits))
    tree = snapshot(disk)
    assert tree.pop("src/app.py") == ("file", 0o644, b"saved just now")
    assert tree == {path: found for path, found in snapshot(SimulatedDisk.of(BEFORE, FOLDERS)).items() if path in tree}
    assert ".dockwright" not in " ".join(tree)


def test_a_folder_stays_when_somebody_puts_a_file_there_meanwhile() -> None:
    class Busy(SimulatedDisk):
        def unlink(self, path: str) -> None:
            super().unlink(path)
            if path == "old/deep/.env":
                self.write_new("old/mine", b"mine")

    disk = Busy(SimulatedDisk.of(BEFORE, FOLDERS).root)
    start = snapshot(disk)
    applied(disk, CHANGES)
    assert snapshot(disk, "old") == {"old/mine": ("file", 0o600, b"mine")}
    undo(disk)
    tree = snapshot(disk)
    assert tree.pop("old/mine")
    assert tree == start
