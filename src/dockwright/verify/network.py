"""network: a data service is out of reach for a container outside its networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.inside import REACHED
from dockwright.verify.live import Container, Live

CHECK = "network"


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each data service.

    A throwaway container of an image that is there anyway asks, once in Docker's default network and once in the
    service's own: that it is reached there shows that the question is a good one.
    """
    asked: list[tuple[Container, list[str]]] = []
    for container in live.running:
        if container.data is None:
            continue
        own = _targets(container)
        open_ports = [port for port in container.ports if not _loopback(port.address)]
        if open_ports:
            yield skipped(CHECK, container.name, f"is published, so that others reach it: {open_ports[0]}")
        elif not own:
            yield skipped(CHECK, container.name, "has no address of its own")
        else:
            asked.append((container, own))
    if not asked:
        return
    image = _image(live, asked)
    targets = [target for _, own in asked for target in own]
    networks = sorted({name for container, _ in asked for name in container.addresses})
    outside, *inside = engine.at_once(
        [
            partial(_reached, engine, image, "bridge", targets),
            *(partial(_reached, engine, image, name, targets) for name in networks),
        ]
    )
    near = {target for each in inside for target in each or ()}
    for container, own in asked:
        open_ones = [target for target in own if target in (outside or ())]
        detail = {"addresses": own, "networks": list(container.addresses), "asked_from": image}
        if outside is None or near.isdisjoint(own):
            yield skipped(CHECK, container.name, "cannot be asked: its own network does not reach it either", **detail)
        elif open_ones:
            reason = f"a container outside the stack reaches {some(open_ones)}"
            way_out = "keep it to the stack's networks, and let the engine keep networks apart (iptables)"
            yield failed(CHECK, container.name, reason, way_out, **detail)
        else:
            yield passed(CHECK, container.name, "reached from its own network, and not from outside", **detail)


def _loopback(address: str) -> bool:
    """Whether only the host itself reaches a published port."""
    return address.startswith("127.") or address == "::1"


def _targets(container: Container) -> list[str]:
    """Its port at each of its addresses."""
    exposed = sorted(container.about["Config"].get("ExposedPorts") or {})
    known = container.data.ports if container.data is not None else frozenset()
    ports = [port for port, _, protocol in (each.partition("/") for each in exposed) if protocol in ("", "tcp")]
    port = next((each for each in ports if each in known), None) or min(known, default=None)
    return [] if port is None else [f"{address}:{port}" for address in container.addresses.values()]


def _image(live: Live, asked: Sequence[tuple[Container, list[str]]]) -> str:
    """An image to ask from: ours, which has Python, else the data service's own."""
    ours = (each for each in live.running if each.service in live.ours)
    return next((str(each.about["Image"]) for each in ours), str(asked[0][0].about["Image"]))


def _reached(engine: Engine, image: str, network: str, targets: Sequence[str]) -> set[str] | None:
    """The targets that take a connection from a network; None where nobody could ask."""
    run = ("run", "--rm", "--pull", "never", "--network", network, "--entrypoint", "sh", image, "-c", REACHED, "sh")
    said = engine.docker(*run, *targets)
    return set(said.out.split()) if said.well else None
