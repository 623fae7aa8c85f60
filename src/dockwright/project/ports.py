"""Published ports: each entry of a service's `ports`, short or long, as its parts."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from dockwright.project.compose import Service, colon_parts, elements, settled, text
from dockwright.project.merged import Merged
from dockwright.syntax import yaml
from dockwright.text import Site

# An address that stands for every interface, as Compose reads it.
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104


class Port(Struct, frozen=True):
    """One entry of `ports`.

    `published` is the port on the host, variables' defaults filled in: None where none is written, so that the engine
    chooses one, and where a variable decides. `node` is the entry, `layer` the service that writes it.
    """

    layer: Service
    node: yaml.Node
    host: str
    published: str | None
    target: str
    protocol: str

    @property
    def site(self) -> Site:
        """Where the entry stands."""
        return Site(self.layer.path, self.node.span)

    @property
    def everywhere(self) -> bool:
        """Whether it is published on every interface of the host."""
        return self._address in _EVERYWHERE

    @property
    def _address(self) -> str:
        return self.host.strip("[]")

    @property
    def numbers(self) -> Sequence[int]:
        """The ports of the host that it takes for certain; one that picks from a range may find another free."""
        first, dash, last = (self.published or "").partition("-")
        if not _is_number(first) or (dash and not _is_number(last)):
            return ()
        return range(int(first), min(int(last), int(first) + 1000) + 1) if dash else (int(first),)

    def meets(self, other: Port) -> bool:
        """Whether two entries for one number want the same address."""
        return self._address == other._address or self.everywhere or other.everywhere


def ports(service: Merged) -> tuple[Port, ...]:
    """What a service publishes, in the order that Compose merges it."""
    return tuple(
        port
        for layer, node in service.written("ports")
        for element in elements(node)
        if (port := _port(layer, element)) is not None
    )


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= 5


def _port(layer: Service, node: yaml.Node) -> Port | None:
    if isinstance(node, yaml.Scalar):
        parts = [part.text for part in colon_parts(node.mapped)]
        target, _, protocol = parts[-1].partition("/")
        published = parts[-2] if len(parts) > 1 else ""
        host = ":".join(parts[:-2])
    elif isinstance(node, yaml.Mapping):
        target = text(node.get("target")) or ""
        published, host = text(node.get("published")) or "", text(node.get("host_ip")) or ""
        protocol = text(node.get("protocol")) or ""
    else:
        return None
    address = settled(host)
    return Port(layer, node, "?" if address is None else address, settled(published) or None, target, protocol or "tcp")
