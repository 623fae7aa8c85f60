"""Files that a command makes: whole or not at all, and keys for their readers alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

import pytest

from dockwright.change.access import LinuxLists, kept_private, make_private
from dockwright.change.disk import RealDisk
from dockwright.change.putting import NewFile, put
from dockwright.errors import DockwrightError

ME = os.geteuid()
OTHER = ME + 4321


class Pretended:
    """Access-control lists that are only noted; `there` is whether the file system has any."""

    def __init__(self, *, there: bool = True) -> None:
        self.there = there
        self.given: dict[str, frozenset[int]] = {}

    def readers(self, path: str) -> frozenset[int]:
        return self.given.get(path, frozenset())

    def let_read(self, path: str, users: Collection[int]) -> bool:
        if self.there:
            self.given[path] = frozenset(users)
        return self.there


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_and_their_folder_are_made_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        put(RealDisk(tmp_path), [NewFile("certs/key.pem", b"k", ()), NewFile("certs/cert.pem", b"c")], Pretended())
    finally:
        os.umask(before)
    assert [mode(tmp_path / path) for path in ("certs", "certs/key.pem", "certs/cert.pem")] == [0o755, 0o600, 0o644]
    assert sorted(os.listdir(tmp_path / "certs")) == ["cert.pem", "key.pem"]


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs/key.pem").write_bytes(b"old")
    (tmp_path / "certs/cert.pem").symlink_to("elsewhere")
    files = [NewFile("certs/key.pem", b"new", ()), NewFile("certs/cert.pem", b"new")]
    with pytest.raises(DockwrightError, match="this is a link"):
        put(RealDisk(tmp_path), files, Pretended())
    assert (tmp_path / "certs/key.pem").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path / "certs")) == ["cert.pem", "key.pem"]


@pytest.mark.parametrize("path", ["../key.pem", ".git/key.pem", "/etc/key.pem"])
def test_no_key_is_written_outside_the_project(tmp_path: Path, path: str) -> None:
    with pytest.raises(DockwrightError):
        put(RealDisk(tmp_path), [NewFile(path, b"k", ())], Pretended())


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "certs").symlink_to("elsewhere")
    with pytest.raises(DockwrightError, match="not a folder"):
        put(RealDisk(tmp_path), [NewFile("certs/key.pem", b"k", ())], Pretended())


@pytest.fixture
def owned(tmp_path: Path) -> RealDisk:
    """A folder of somebody who is not root, with a key that everybody can read."""
    (tmp_path / "key.pem").write_bytes(b"k")
    (tmp_path / "key.pem").chmod(0o644)
    if ME == 0:
        os.chown(tmp_path, 999, 999)
    return RealDisk(tmp_path)


def test_the_containers_user_gets_an_entry_of_its_own(owned: RealDisk) -> None:
    lists = Pretended()
    assert not kept_private(owned, "key.pem", (OTHER,), lists)
    assert make_private(owned, "key.pem", (OTHER,), lists) == ()
    assert lists.given == {"key.pem": {OTHER}}
    assert kept_private(owned, "key.pem", (OTHER,), lists)


def test_the_owner_needs_no_entry(owned: RealDisk) -> None:
    lists = Pretended()
    user = 999 if ME == 0 else ME
    assert make_private(owned, "key.pem", (user,), lists) == ()
    assert lists.given == {}
    assert mode(owned.root / "key.pem") == 0o600
    assert kept_private(owned, "key.pem", (user,), lists)


def test_who_cannot_be_let_in_is_named(owned: RealDisk) -> None:
    assert make_private(owned, "key.pem", (OTHER,), Pretended(there=False)) == (OTHER,)
    assert mode(owned.root / "key.pem") == 0o600


def test_where_containers_see_the_host_s_user_nobody_has_to_be_let_in(owned: RealDisk) -> None:
    assert make_private(owned, "key.pem", (OTHER,), None) == ()
    assert kept_private(owned, "key.pem", (OTHER,), None)


@pytest.mark.skipif(ME != 0, reason="only root can give a file away")
def test_root_gives_a_key_to_the_containers_user_and_what_is_in_a_user_s_folder_to_that_user(tmp_path: Path) -> None:
    lists = Pretended()
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 1001, 1001)
    for folder in ("", "theirs/"):
        put(RealDisk(tmp_path), [NewFile(f"{folder}key.pem", b"k", (1000,))], lists)
    assert (tmp_path / "key.pem").stat().st_uid == 1000
    assert (tmp_path / "theirs/key.pem").stat().st_uid == 1001
    assert [set(users) for users in lists.given.values()] == [{1000}]


def test_linux_keeps_the_list(owned: RealDisk) -> None:
    lists = LinuxLists(owned.root)
    if not lists.let_read("key.pem", {OTHER}):
        pytest.skip("this file system has no access-control lists")
    assert lists.readers("key.pem") == {OTHER}
    assert mode(owned.root / "key.pem") == 0o640  # The group's bits are the list's mask now; the group has none.
    owned.chmod("key.pem", 0o600)
    assert lists.readers("key.pem") == frozenset()


@pytest.mark.skipif(ME != 0, reason="only root can become somebody else")
def test_the_kernel_lets_these_users_read_and_no_other(owned: RealDisk) -> None:
    lists = LinuxLists(owned.root)
    if make_private(owned, "key.pem", (OTHER,), lists):
        pytest.skip("this file system has no access-control lists")
    owned.root.chmod(0o755)
    folder = os.open(owned.root, os.O_DIRECTORY)  # The folders above are for nobody else to pass.
    can = {}
    try:
        for user in (999, OTHER, OTHER + 1):
            os.setegid(user)
            os.seteuid(user)
            try:
                can[user] = os.access("key.pem", os.R_OK, dir_fd=folder, effective_ids=True)
            finally:
                os.seteuid(0)
                os.setegid(0)
    finally:
        os.close(folder)
    assert can == {999: True, OTHER: True, OTHER + 1: False}
