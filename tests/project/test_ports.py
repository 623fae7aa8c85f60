"""Published ports, short and long."""

from __future__ import annotations

import pytest

from dockwright.project.merged import every_service
from dockwright.project.ports import Port, ports
from projects import project


def of(*entries: str) -> tuple[Port, ...]:
    written = "".join(f"      - {entry}\n" for entry in entries)
    (service,) = every_service(project({"compose.yaml": f"services:\n  app:\n    image: a\n    ports:\n{written}"}))
    return ports(service)


@pytest.mark.parametrize(
    ("entry", "host", "published", "target", "protocol"),
    [
        ("'80'", "", None, "80", "tcp"),
        ("'8000:80'", "", "8000", "80", "tcp"),
        ("'8000:80/udp'", "", "8000", "80", "udp"),
        ("127.0.0.1:8000:80", "127.0.0.1", "8000", "80", "tcp"),
        ("127.0.0.1::80", "127.0.0.1", None, "80", "tcp"),
        ("'[::1]:8000:80'", "[::1]", "8000", "80", "tcp"),
        ("'${PORT:-8000}:80'", "", "8000", "80", "tcp"),
        ("'${PORT}:80'", "", None, "80", "tcp"),
        ("'${BIND:-127.0.0.1}:1:2'", "127.0.0.1", "1", "2", "tcp"),
        ("'${BIND}:1:2'", "?", "1", "2", "tcp"),
        ("{target: 80, published: '8000', host_ip: 127.0.0.1, protocol: udp}", "127.0.0.1", "8000", "80", "udp"),
        ("{target: 80}", "", None, "80", "tcp"),
    ],
)
def test_an_entry_is_read(entry: str, host: str, published: str | None, target: str, protocol: str) -> None:
    (port,) = of(entry)
    assert (port.host, port.published, port.target, port.protocol) == (host, published, target, protocol)


@pytest.mark.parametrize(
    ("published", "numbers"),
    [
        ("80", [80]),
        ("80-82", [80, 81, 82]),
        ("82-80", []),
        ("80-", []),
        ("-80", []),
        ("web", []),
        ("²", []),
        ("٣", []),
        ("9" * 5000, []),
    ],
)
def test_the_numbers_that_an_entry_takes(published: str, numbers: list[int]) -> None:
    (port,) = of(f"'{published}:80'")
    assert list(port.numbers) == numbers


def test_a_range_is_not_followed_for_ever() -> None:
    (port,) = of("'1-65535:80'")
    assert len(port.numbers) == 1001


@pytest.mark.parametrize("host", ["", "0.0.0.0:", "'[::]:"])
def test_an_address_for_every_interface(host: str) -> None:
    (port,) = of(f"{host}80:80'" if "'" in host else f"'{host}80:80'")
    assert port.everywhere


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("'1:1'", "127.0.0.1:1:1", True),
        ("127.0.0.1:1:1", "'0.0.0.0:1:1'", True),
        ("127.0.0.1:1:1", "127.0.0.1:1:1", True),
        ("127.0.0.1:1:1", "127.0.0.2:1:1", False),
        ("'[::1]:1:1'", "{target: 1, published: 1, host_ip: '::1'}", True),
        ("'${A}:1:1'", "127.0.0.2:1:1", False),
    ],
)
def test_entries_meet_on_one_address(one: str, other: str, meet: bool) -> None:
    first, second = of(one, other)
    assert first.meets(second) is second.meets(first) is meet


def test_entries_of_all_layers_count_in_the_order_of_the_files() -> None:
    files = {
        "a.yml": "services:\n  app: {image: a, ports: ['1:1', '2:2']}\n",
        "b.yml": "services:\n  app: {ports: ['3:3', [4]]}\n",
        "up.sh": "docker compose -f a.yml -f b.yml up\n",
    }
    (service,) = every_service(project(files))
    assert [(port.target, port.site.path) for port in ports(service)] == [
        ("1", "a.yml"),
        ("2", "a.yml"),
        ("3", "b.yml"),
    ]
