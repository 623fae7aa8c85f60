"""The machine that dockwright runs on: its ports, disks, files, clock, and who runs this process."""

from __future__ import annotations

import grp
import os
import platform
import pwd
import shutil
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from dockwright.tools import Account, HostFile, Listener, Space

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_LISTENS = "0A"
_UNCONNECTED = "07"
"""States of sockets that wait: of TCP, and of UDP. Source: Linux, `include/net/tcp_states.h`."""


class RealHost:
    """This machine. Ports and their programs are told by Linux's `/proc`, and by nothing elsewhere.

    `readers` tells whom the access-control list of an absolute path lets read.
    """

    def __init__(self, readers: Callable[[str], frozenset[int]], proc: Path = Path("/proc")) -> None:
        self._readers = readers
        self._proc = proc

    @property
    def system(self) -> str:
        """`linux`, `darwin` or another name of `sys.platform`."""
        return sys.platform

    @property
    def machine(self) -> str:
        """The processor's architecture as images call it."""
        written = platform.machine().lower()
        return _MACHINES.get(written, written)

    def clock(self) -> float:
        """The time, in seconds since 1970."""
        return time.time()

    def account(self) -> Account:
        """Who runs this process."""
        user, group = os.getuid(), os.getgid()
        try:
            entry = pwd.getpwuid(user)
        except KeyError:
            return Account(user, group, str(user), frozenset(_group_names(os.getgroups())))
        at_login = os.getgrouplist(entry.pw_name, entry.pw_gid)
        return Account(
            user, group, entry.pw_name, frozenset(_group_names(os.getgroups())), frozenset(_group_names(at_login))
        )

    def program(self, name: str) -> str | None:
        """Where a program is that can be called by its name."""
        return shutil.which(name)

    def listeners(self) -> Sequence[Listener]:
        """Who waits on which port."""
        waiting = [
            (protocol, *found)
            for protocol, state in (("tcp", _LISTENS), ("udp", _UNCONNECTED))
            for ending in ("", "6")
            for found in _sockets(self._proc / "net" / f"{protocol}{ending}", state)
        ]
        owners = self._owners({inode for _, _, _, inode in waiting})
        found = {
            Listener(port, address, protocol, *owners.get(inode, (None, None)))
            for protocol, address, port, inode in waiting
        }
        return sorted(found, key=lambda each: (each.port, each.protocol, each.address, each.pid or 0))

    def _owners(self, inodes: set[str]) -> dict[str, tuple[str, int]]:
        """The program and process that hold each socket, where its folder may be read."""
        found: dict[str, tuple[str, int]] = {}
        for folder in self._proc.glob("[0-9]*"):
            with suppress(OSError):
                for link in (folder / "fd").iterdir():
                    with suppress(OSError):
                        target = os.readlink(link)
                        inode = target[8:-1] if target.startswith("socket:[") else ""
                        if inode in inodes:
                            found.setdefault(inode, ((folder / "comm").read_text().strip(), int(folder.name)))
        return found

    def space(self, path: str) -> Space | None:
        """What is left on the disk that a path is on."""
        try:
            said = os.statvfs(path)
        except OSError:
            return None
        inodes = (said.f_favail, said.f_files) if said.f_files else (None, None)
        return Space(said.f_bavail * said.f_frsize, said.f_blocks * said.f_frsize, *inodes)

    def file(self, path: str) -> HostFile | None:
        """What a path leads to."""
        try:
            said = os.stat(path)
        except OSError:
            return None
        kind = next((name for name, is_one in _KINDS if is_one(said.st_mode)), "special")
        return HostFile(
            kind, stat.S_IMODE(said.st_mode), said.st_uid, said.st_gid, os.access(path, os.R_OK),
            os.access(path, os.W_OK), said.st_mtime,
        )  # fmt: skip

    def listed_readers(self, path: str) -> frozenset[int]:
        """The users beside its owner whom a file's access-control list lets read it."""
        return self._readers(path)

    def read(self, path: str, most: int = 1_000_000) -> bytes | None:
        """The first bytes of a file."""
        try:
            with open(path, "rb") as file:
                return file.read(most)
        except OSError:
            return None

    def connects(self, path: str) -> str:
        """Why no connection to a socket comes about."""
        with socket.socket(socket.AF_UNIX) as caller:
            caller.settimeout(5)
            try:
                caller.connect(path)
            except FileNotFoundError:
                return "missing"
            except PermissionError:
                return "denied"
            except OSError:
                return "refused"
        return ""


_KINDS = (("file", stat.S_ISREG), ("folder", stat.S_ISDIR), ("socket", stat.S_ISSOCK))


def _group_names(numbers: Sequence[int]) -> Iterator[str]:
    for number in numbers:
        with suppress(KeyError):
            yield grp.getgrgid(number).gr_name


def _sockets(path: Path, state: str) -> Iterator[tuple[str, int, str]]:
    """Address, port and inode of the sockets in a state. Source: Linux, `Documentation/networking/proc_net_tcp.rst`."""
    try:
        lines = path.read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        words = line.split()
        if len(words) > 9 and words[3] == state:
            address, _, port = words[1].partition(":")
            # The kernel prints each 32-bit word of the address in the machine's own byte order.
            data = bytes.fromhex(address)
            ordered = b"".join(
                int.from_bytes(data[at : at + 4], sys.byteorder).to_bytes(4, "big") for at in range(0, len(data), 4)
            )
            yield str(ip_address(ordered)), int(port, 16), words[9]
