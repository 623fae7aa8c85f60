"""DW306: two services of one stack that publish one port of the host."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.compose import elements, text
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.project.ports import Port, ports
from dockwright.rule import Example, Rule


class PortTakenTwice(Rule):
    """Publish each port of the host once

    ## What it finds

    Two services of one stack that publish the same port of the host on the same address. Services that share no
    profile are left alone: they are alternatives.

    ## Why it matters

    The second one does not start: `Bind for 0.0.0.0:8000 failed: port is already allocated`. Which one is the second
    differs from start to start.

    ## How to mend it

    Give one of them another port on the host, the number before the colon. Services reach each other by the number
    behind it, without any publishing.

    ## Fix safety

    There is no fix: which port is free is for a person to say.

    ## Source

    Compose's documentation of `ports`.
    """

    code, name, severity = "DW306", "port-taken-twice", "error"
    equivalents = ("dclint:no-duplicate-exported-ports",)
    traps = (19,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ports:\n      - '8000:8000'\n"
                "  admin:\n    image: shop\n    ports:\n      - ⟦'8000:9000'⟧\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ports:\n"
                "      - '8000-8002:8000-8002'\n"
                "  admin:\n    image: shop\n    ports:\n      - ⟦127.0.0.1:8001:8001⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    ports: ['8000:8000', '8000:8000/udp']\n"
                "  admin:\n    image: shop\n    ports: ['8001:8000', '8000', '²:80']\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    profiles: [a]\n"
                "    ports: ['80:80']\n"
                "  admin:\n    image: shop\n    profiles: [b]\n    ports: ['80:80']\n"
                "  a:\n    image: shop\n    ports: ['127.0.0.2:1:1']\n  b:\n    image: shop\n"
                "    ports: ['127.0.0.3:1:1']\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for _, services in merged(project):
            taken: dict[tuple[str, int], list[tuple[Merged, Port]]] = {}
            for service in services.values():
                for port in ports(service):
                    for number in port.numbers:
                        before = taken.setdefault((port.protocol, number), [])
                        clash = next(((o, p) for o, p in before if _both(o, service) and port.meets(p)), None)
                        before.append((service, port))
                        if clash is not None and port.site not in told:
                            told.add(port.site)
                            yield self._found(service, port, number, *clash)

    def _found(self, service: Merged, port: Port, number: int, other: Merged, first: Port) -> Finding:
        message = f"{service.name} publishes port {number}, which {other.name} publishes already"
        advice = f"give {service.name} another port before the colon"
        return self.found(port.site, message, advice=advice, related=[Related(first.site, f"{other.name} has it")])


def _both(one: Merged, other: Merged) -> bool:
    """Whether two services are others, and may run together."""
    mine, theirs = _profiles(one), _profiles(other)
    return one.name != other.name and (not mine or not theirs or not mine.isdisjoint(theirs))


def _profiles(service: Merged) -> set[str | None]:
    return {text(element) for _, node in service.written("profiles") for element in elements(node)}
