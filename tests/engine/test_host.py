"""The machine: its ports and who holds them, its disks, files and sockets."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from dockwright.engine.host import RealHost
from dockwright.tools import Listener

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def host(proc: Path = Path("/proc")) -> RealHost:
    return RealHost(lambda path: frozenset({1000}) if path.endswith("key.pem") else frozenset(), proc)


@pytest.mark.skipif(sys.byteorder != "little", reason="the addresses are written as a little machine prints them")
def test_ports_are_read_with_the_programs_that_hold_them(tmp_path: Path) -> None:
    for name in ("net", "812/fd"):
        (tmp_path / name).mkdir(parents=True)
    rest = "00000000:0000 {} 00000000:00000000 00:00000000 00000000 0 0 {} 1 0 100 0 0 10 0\n"
    (tmp_path / "net/tcp").write_text(
        f"{HEAD}   0: 0100007F:1538 {rest.format('0A', 77)}   1: 00000000:1F40 {rest.format('01', 78)}"
    )
    six = rest.replace("00000000:0000", "0" * 32 + ":0000", 1)
    (tmp_path / "net/tcp6").write_text(f"{HEAD}   0: {'0' * 32}:1F90 {six.format('0A', 79)}")
    (tmp_path / "812/comm").write_text("postgres\n")
    (tmp_path / "812/fd/3").symlink_to("socket:[77]")
    (tmp_path / "812/fd/0").symlink_to("/dev/null")
    assert host(tmp_path).listeners() == [
        Listener(5432, "127.0.0.1", "tcp", "postgres", 812),
        Listener(8080, "::", "tcp"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_port_that_this_process_holds_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        assert [each.pid for each in host().listeners() if each.port == number] == [os.getpid()]


def test_files_disks_and_programs_are_told(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(b"secret")
    key.chmod(0o640)
    found = host().file(str(key))
    assert found is not None
    assert (found.kind, found.mode, found.owner) == ("file", 0o640, os.getuid())
    assert host().listed_readers(str(key)) == {1000}
    assert host().read(str(key), 3) == b"sec"
    assert host().file(str(tmp_path / "none")) is None
    assert host().read(str(tmp_path / "none")) is None
    space = host().space(str(tmp_path))
    assert space is not None
    assert 0 < space.free <= space.size
    assert host().program("sh")
    assert host().account().user == os.getuid()


def test_why_a_socket_takes_no_connection(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    assert host().connects(path) == "missing"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        assert host().connects(path) == "refused"
        server.listen()
        assert host().connects(path) == ""
