"""Short forms in long, and values as `config` prints them."""

from __future__ import annotations

from typing import Any

import pytest

from dockwright.project.loader import LoadError
from dockwright.project.loader.ports import short_port
from dockwright.project.loader.printed import printed, single
from dockwright.project.loader.quantities import duration, size, spoken
from dockwright.project.loader.volumes import short_volume
from dockwright.project.loader.words import words
from loaded import service


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("python -m app", ["python", "-m", "app"]),
        ("sh -c 'a && b' \"c d\"", ["sh", "-c", "a && b", "c d"]),
        ("a && b", ["a"]),
        ("a | b", ["a"]),
        ("a 2>b", ["a"]),
        ("a > b", ["a"]),
        ("x\\ y z", ["x y", "z"]),
        ("''", [""]),
        ("", []),
        ("$(a b) c", ["$(a b)", "c"]),
        ("`a b` c", ["`a b`", "c"]),
        ("it's", None),
        ("(a)", None),
        ("a)", None),
        ("a\\", None),
    ],
)
def test_a_command_is_cut_as_compose_cuts_it(line: str, found: list[str] | None) -> None:
    assert words(line) == found


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("90s", "1m30s"), ("1h", "1h0m0s"), ("500ms", "500ms"), ("1.5s", "1.5s"), ("2d", "48h0m0s"), ("1w", "168h0m0s"),
        ("0s", "0s"), ("0", "0s"), ("-5s", "-5s"), ("3us", "3µs"), ("1500us", "1.5ms"), ("1h0m0.5s", "1h0m0.5s"),
        ("5", None), ("s", None), ("1x", None), ("", None),
    ],
)  # fmt: skip
def test_durations_are_printed_as_go_prints_them(written: str, spelled: str | None) -> None:
    found = duration(written)
    assert (None if found is None else spoken(found)) == spelled


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("512m", 512 << 20), ("1.5G", 3 << 29), ("64MiB", 64 << 20), ("10kb", 10240), ("100", 100), ("7b", 7),
        ("1 gb", 1 << 30), ("-1", None), ("1x", None), ("1bb", None), ("m", None), ("", None), ("1..2", None),
    ],
)  # fmt: skip
def test_sizes_are_powers_of_1024(written: str, count: int | None) -> None:
    assert size(written) == count


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1000000.0, "1e+06"), (1234567.5, "1.2345675e+06"), (0.00001, "1e-05"), (0.0001, "0.0001"), (1.0, "1"),
        (123456.0, "123456"), (0.5, "0.5"), (True, "true"), (None, "<nil>"), (-0.25, "-0.25"),
        ({"a": [1]}, "map[a:[1]]"),
    ],
)  # fmt: skip
def test_numbers_in_texts_are_printed_as_go_prints_them(value: object, text: str) -> None:
    assert printed(value) == text


def test_single_precision_keeps_the_digits_that_people_write() -> None:
    assert [single(value) for value in (0.1, 1.3, 2.0, 0.333333333333)] == [0.1, 1.3, 2, 0.33333334]


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        ("80", [(None, None, 80, "tcp")]),
        ("8080:80", [(None, "8080", 80, "tcp")]),
        ("127.0.0.1::80/udp", [("127.0.0.1", None, 80, "udp")]),
        ("[::1]:8080:80", [("::1", "8080", 80, "tcp")]),
        ("90-91:9-10", [(None, "91", 10, "tcp"), (None, "90", 9, "tcp")]),
        ("8000-8010:80", [(None, "8000-8010", 80, "tcp")]),
        ("80-81:90-99", None),
        ("${PORT}:80", None),
        ("80:80/http", None),
        ("70000:80", None),
        ("localhost:80:80", None),
        ("::1:8080:80", None),
        ("", None),
    ],
)
def test_ports(written: str, ports: list[tuple[Any, ...]] | None) -> None:
    found = short_port(written)
    keys = ("host_ip", "published", "target", "protocol")
    assert (None if found is None else [tuple(port.get(key) for key in keys) for port in found]) == ports


@pytest.mark.parametrize(
    ("written", "mount"),
    [
        ("/data", {"type": "volume", "target": "/data", "volume": {}}),
        # One letter is a drive, not a volume's name.
        ("d:/data", {"type": "volume", "target": "d:/data", "volume": {}}),
        ("db:/data/:ro", {"type": "volume", "source": "db", "target": "/data/", "read_only": True, "volume": {}}),
        ("db:/x:nocopy", {"type": "volume", "source": "db", "target": "/x", "volume": {"nocopy": True}}),
        (
            "./x:/x:z,rshared",
            {
                "type": "bind",
                "source": "./x",
                "target": "/x",
                "bind": {"selinux": "z", "propagation": "rshared", "create_host_path": True},
            },
        ),
        ("C:\\x:/x", {"type": "bind", "source": "C:\\x", "target": "/x", "bind": {"create_host_path": True}}),
        ("${A:-./b}:/x", {"type": "volume", "source": "${A:-./b}", "target": "/x", "volume": {}}),
    ],
)
def test_mounts(written: str, mount: dict[str, Any]) -> None:
    assert short_volume(written, ()) == mount


@pytest.mark.parametrize("written", ["", ":::", "data:/b:ro:rw", "data::ro"])
def test_a_mount_that_cannot_be_told_apart_is_refused(written: str) -> None:
    with pytest.raises(LoadError):
        short_volume(written, ())


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("ulimits: {nofile: 5, nproc: {soft: 1, hard: 2}}", {"nofile": 5, "nproc": {"soft": 1, "hard": 2}}),
        ("devices: ['/dev/a:/dev/b:r']", [{"source": "/dev/a", "target": "/dev/b", "permissions": "r"}]),
        ("extra_hosts: ['b:1.2.3.4', 'a=[::1]']", ["a=::1", "b=1.2.3.4"]),
        ("expose: [80, '81-82']", ["80", "81-82"]),
        ("healthcheck: {test: curl x, interval: 90s}", {"test": ["CMD-SHELL", "curl x"], "interval": "1m30s"}),
        ("mem_limit: 1g", "1073741824"),
        ("cpus: '0.50'", 0.5),
        ("stop_grace_period: 1m", "1m0s"),
        ("deploy: {replicas: 2}", {"replicas": 2, "resources": {}, "placement": {}}),
        ("labels: [a=1, b]", {"a": "1", "b": ""}),
        ("environment: {A: 1.0, B: true, C: null, D: ''}", {"A": "1", "B": "true", "C": None, "D": ""}),
        ("tmpfs: /run", ["/run"]),
        ("pull_policy: if_not_present", "missing"),
        ("privileged: 'yes'", True),
        ("tty: false", None),
    ],
)
def test_a_key_is_printed_with_its_type(written: str, found: object) -> None:
    assert service(written).get(written.partition(":")[0]) == found
