"""ports: what is published is what is declared, where it is declared, and no data service is open to everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.live import Live, Port

CHECK = "ports"

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 (what is compared, not listened on)
"""The addresses that stand for all of the host's."""


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each container that runs; one that neither declares nor publishes anything is none worth a line."""
    for container in live.running:
        service = live.service(container)
        if service.get("network_mode") == "host":
            yield skipped(CHECK, container.name, "it is in the host's own network")
            continue
        declared: Sequence[Mapping[str, Any]] = service.get("ports") or ()
        extra = [port for port in container.ports if not any(_fits(each, port) for each in declared)]
        missing = [each for each in declared if not any(_fits(each, port) for port in container.ports)]
        open_data = [port for port in container.ports if container.data and port.address in EVERYWHERE]
        detail = {"published": [str(port) for port in container.ports]}
        if extra:
            reason = f"publishes {some(map(str, extra))}, which is not declared"
            yield failed(CHECK, container.name, reason, "docker compose up -d makes it as declared", **detail)
        elif missing:
            reason = f"declares {some(map(_shown, missing))}, which is not published"
            way_out = "is its only network `internal`? Else docker compose up -d makes it as declared"
            yield failed(CHECK, container.name, reason, way_out, **detail)
        elif open_data:
            reason = f"a data service is open to every host: {some(map(str, open_data))}"
            port = open_data[0]
            way_out = f'write "127.0.0.1:{port.published}:{port.target}", or publish nothing'
            yield failed(CHECK, container.name, reason, way_out, **detail)
        elif declared:
            yield passed(CHECK, container.name, some(_together(container.ports)), **detail)
        elif container.data is not None:
            yield passed(CHECK, container.name, "publishes nothing", **detail)


def _fits(declared: Mapping[str, Any], port: Port) -> bool:
    """Whether a published port is what an entry of `ports` asks for; without a number the engine chooses one."""
    published = str(declared.get("published") or "")
    low, _, high = published.partition("-")
    numbers = not published or int(low) <= int(port.published) <= int(high or low)
    address = declared.get("host_ip") or ""
    same = port.address == address or (address in ("", *EVERYWHERE) and port.address in EVERYWHERE)
    return (
        declared.get("target") == port.target and declared.get("protocol", "tcp") == port.protocol and numbers and same
    )


def _shown(declared: Mapping[str, Any]) -> str:
    address = f"{declared['host_ip']}:" if declared.get("host_ip") else ""
    return f"{address}{declared.get('published') or 'any'}->{declared.get('target')}"


def _together(ports: Sequence[Port]) -> list[str]:
    """Each port once: what is open on all addresses is so by IPv4 and by IPv6."""
    return list(
        dict.fromkeys(
            f"*:{port.published}->{port.target}" if port.address in EVERYWHERE else str(port) for port in ports
        )
    )
