"""Who may read a key: its owner, and the containers' users by entries of an access-control list.

A bind mount and a file secret keep the host's owner and mode, whatever Compose is told of them.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from dockwright.change.protocol import Disk, give, parent

PRIVATE = 0o600
_LIST = "system.posix_acl_access"
# Source: Linux, include/uapi/linux/posix_acl_xattr.h and posix_acl.h.
_VERSION, _NOBODY = 2, 0xFFFFFFFF
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_HEAD, _ENTRY = struct.Struct("<I"), struct.Struct("<HHI")
_READ, _WRITE = 4, 2


class Lists(Protocol):
    """The access-control lists of files below a root."""

    def readers(self, path: str) -> frozenset[int]:
        """The users whom the list of a file lets read it."""
        ...

    def let_read(self, path: str, users: Collection[int]) -> bool:
        """Make a file private to its owner and these users; False where there are no such lists."""
        ...


class LinuxLists:
    """POSIX access-control lists as Linux keeps them, without the programs `getfacl` and `setfacl`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def readers(self, path: str) -> frozenset[int]:
        """The users whom the list of a file lets read it."""
        if sys.platform != "linux":
            return frozenset()
        try:
            said = os.getxattr(self.root / path, _LIST, follow_symlinks=False)
        except OSError:
            return frozenset()
        entries = list(_ENTRY.iter_unpack(said[_HEAD.size :]))
        if not any(tag == _MASK and allowed & _READ for tag, allowed, _ in entries):
            return frozenset()
        return frozenset(user for tag, allowed, user in entries if tag == _USER and allowed & _READ)

    def let_read(self, path: str, users: Collection[int]) -> bool:
        """Make a file private to its owner and these users; False where there are no such lists."""
        if sys.platform != "linux":
            return False
        entries = [
            (_OWNER, _READ | _WRITE, _NOBODY),
            *((_USER, _READ, user) for user in sorted(users)),
            (_GROUP, 0, _NOBODY),
            (_MASK, _READ, _NOBODY),
            (_OTHER, 0, _NOBODY),
        ]
        written = _HEAD.pack(_VERSION) + b"".join(_ENTRY.pack(*entry) for entry in entries)
        try:
            os.setxattr(self.root / path, _LIST, written, follow_symlinks=False)
        except OSError:
            return False
        return True


def kept_private(disk: Disk, path: str, users: Sequence[int], lists: Lists | None) -> bool:
    """Whether its owner and these users may read a file, and nobody else; see `make_private` for `lists`."""
    entry = disk.lstat(path)
    if entry is None:
        return False
    readers = frozenset() if lists is None else lists.readers(path)
    others = 0o007 if readers else 0o077  # With a list, the group's bits are its mask.
    wanted = set(users) - {0, entry.owner[0]}
    return not entry.mode & others and (lists is None or readers == wanted)


def make_private(disk: Disk, path: str, users: Sequence[int], lists: Lists | None) -> tuple[int, ...]:
    """Let a file's owner and these users read it, and nobody else; gives the users who still cannot.

    What root makes goes to the owner of its folder, or to the first of the users where that is root, too. `lists` is
    None where containers run in a machine of their own that lets every user read what the host's user can.
    """
    disk.chmod(path, PRIVATE)
    give(disk, path)
    above, entry = disk.lstat(parent(path)), disk.lstat(path)
    if above and entry and users and entry.owner[0] == above.owner[0] == 0:
        give(disk, path, (users[0], users[0]))
        entry = disk.lstat(path)
    rest = tuple(user for user in users if user and (entry is None or user != entry.owner[0]))
    return () if lists is None or not rest or lists.let_read(path, rest) else rest
