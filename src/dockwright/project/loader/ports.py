"""Ports: the short syntax of published ports, `127.0.0.1:8000-8001:80-81/udp`, as the long one.

Source: docker/go-connections' `nat.ParsePortSpec`, which Compose calls.
"""

from __future__ import annotations

from typing import Any

_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
_LARGEST = 65535


def short_port(written: str) -> list[dict[str, Any]] | None:
    """One entry a port of the container, sorted as texts, as Compose does; None for what Compose cannot read."""
    parts = written.split(":")
    container = parts[-1]
    host = parts[-2] if len(parts) > 1 else ""
    address = ":".join(parts[:-2])
    number, slash, protocol = container.partition("/")
    protocol = (protocol.partition("/")[0] or "tcp").lower() if slash else "tcp"
    if address.startswith("["):
        if not address.endswith("]") or "]" in address[1:-1] or "[" in address[1:]:
            return None
        address = address[1:-1]
    elif ":" in address:  # An address of version 6 needs its brackets.
        return None
    targets, outside = _range(number), _range(host) if host else None
    if not number or protocol not in _PROTOCOLS or not is_address(address or "::") or targets is None:
        return None
    if host and outside is None:
        return None
    count = targets[1] - targets[0] + 1
    if outside is not None and outside[1] - outside[0] + 1 != count and count != 1:
        return None
    found = []
    for index in range(count):
        entry: dict[str, Any] = {"mode": "ingress", "protocol": protocol}
        if address:
            entry["host_ip"] = address
        if targets[0] + index:
            entry["target"] = targets[0] + index
        if outside is not None:
            entry["published"] = str(outside[0] + index)
            if count == 1 and outside[0] != outside[1]:
                entry["published"] += f"-{outside[1]}"
        found.append(entry)
    return sorted(found, key=lambda entry: str(entry.get("target", 0)))


def _range(written: str) -> tuple[int, int] | None:
    numbers = written.split("-")[:2]
    if not all(number.isascii() and number.isdigit() and int(number) <= _LARGEST for number in numbers):
        return None
    first, last = int(numbers[0]), int(numbers[-1])
    return (first, last) if first <= last else None


def is_address(written: str) -> bool:
    """Whether a text is an IP address without a zone."""
    from ipaddress import ip_address  # few files need it

    try:
        ip_address(written)
    except ValueError:
        return False
    return "%" not in written
