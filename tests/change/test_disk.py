from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from change.simulated import SimulatedDisk, snapshot
from dockwright.change.disk import RealDisk
from dockwright.change.protocol import Disk, Entry
from dockwright.errors import DockwrightError

Act = Callable[[Disk], object]

WRITES: dict[str, Act] = {
    "write": lambda disk: disk.write_new("way/new", b""),
    "link": lambda disk: disk.symlink("x", "way/new"),
    "mkdir": lambda disk: disk.mkdir("way/new", 0o755),
    "chmod": lambda disk: disk.chmod("way/there", 0o777),
    "rename in": lambda disk: disk.rename("mine", "way/new"),
    "rename out": lambda disk: disk.rename("way/there", "new"),
    "unlink": lambda disk: disk.unlink("way/there"),
    "rmdir": lambda disk: disk.rmdir("way/folder"),
    "read": lambda disk: disk.read("way/there"),
    "listdir": lambda disk: disk.listdir("way"),
    "chmod the link": lambda disk: disk.chmod("way", 0o777),
    "read the link": lambda disk: disk.read("out"),
}


@pytest.mark.parametrize("name", WRITES)
def test_nothing_goes_through_a_link_and_out_of_the_root(tmp_path: Path, name: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    (outside / "folder").mkdir(parents=True)
    (outside / "there").write_text("theirs")
    (root / "mine").write_text("mine")
    (root / "way").symlink_to(outside)
    (root / "out").symlink_to("../outside/there")
    before = snapshot(RealDisk(tmp_path))
    with pytest.raises(OSError, match=r"way|out|new") as caught:
        WRITES[name](RealDisk(root))
    assert caught.value.errno in (errno.ENOTDIR, errno.ELOOP)
    assert snapshot(RealDisk(tmp_path)) == before
    assert RealDisk(root).lstat("way/there") is None


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "a//x", "./x", "x/", "x\0"])
def test_a_path_out_of_the_root_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(DockwrightError, match="leads out of the project"):
        RealDisk(tmp_path / "root").lstat(path)


def test_an_error_names_the_whole_path(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(FileNotFoundError) as caught:
        RealDisk(tmp_path).read("a/b")
    assert caught.value.filename == "a/b"


def test_what_is_neither_file_nor_folder_nor_link_is_special(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    entry = RealDisk(tmp_path).lstat("pipe")
    assert entry
    assert entry.kind == "special"


def test_a_disk_that_cannot_sync_folders_is_used_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    number = errno.EINVAL
    RealDisk(tmp_path).sync_folder("")
    number = errno.EIO
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        RealDisk(tmp_path).sync_folder("")


def test_the_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    disk = RealDisk(tmp_path)
    with disk.lock("lock", "apply"), pytest.raises(DockwrightError, match=f"process {os.getpid()}, apply"):
        disk.lock("lock", "undo").__enter__()
    with disk.lock("lock", "undo"):
        assert disk.read("lock").endswith(b"undo\n")
    assert disk.read("lock") == b""


names = st.sampled_from(["a", "b", "a/b", "a/c", "a/b/c"])
operations = st.one_of(
    st.tuples(st.just("write_new"), names, st.sampled_from([b"", b"x"])),
    st.tuples(st.just("symlink"), st.sampled_from(["b", "nowhere"]), names),
    st.tuples(st.just("mkdir"), names, st.just(0o755)),
    st.tuples(st.just("chmod"), names, st.sampled_from([0o755, 0o700])),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.sampled_from(["unlink", "rmdir", "lstat", "read", "readlink", "listdir"]), names),
)


def outcome(disk: Disk, operation: str, *words: object) -> object:
    try:
        result = getattr(disk, operation)(*words)
    except (OSError, AssertionError):
        return "refused"
    return (
        sorted(result)
        if isinstance(result, list)
        else (result.kind, result.mode)
        if isinstance(result, Entry)
        else result
    )


@given(st.lists(operations, max_size=12))
def test_the_simulated_disk_does_what_the_real_one_does(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as root:
        real, simulated = RealDisk(root), SimulatedDisk()
        for name, *words in steps:
            node = simulated.lstat(str(words[0]))
            if name == "rename" and node and node.kind == "folder":
                continue  # never asked of a disk, and not simulated
            assert outcome(real, str(name), *words) == outcome(simulated, str(name), *words), (name, words)
        assert snapshot(real) == snapshot(simulated)
