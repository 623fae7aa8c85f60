"""DW308: a database that the whole network can reach."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.data_services import data_service
from dockwright.finding import Finding, Fix, Intent
from dockwright.project.compose import colon_parts, elements, text
from dockwright.project.merged import Merged, every_service, with_layer
from dockwright.project.model import Project
from dockwright.project.ports import Port, ports
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Edit, Span

LOCALHOST = "127.0.0.1"


class DataPortOpen(Rule):
    """Publish databases on localhost alone

    ## What it finds

    A database, queue or cache whose port is published without an address, which means on every interface of the host.

    ## Why it matters

    Docker opens the port in front of the host's firewall: ufw and firewalld do not see it. On a server the whole
    internet can try the password, in a café everybody in the network.

    ## How to mend it

    Write `127.0.0.1:` before the port, or take `ports:` away: the other services reach the database by its name
    without it.

    ## Fix safety

    `apply` writes the address. A client on another machine cannot connect afterwards, so `audit --fix` leaves it
    alone.

    ## Source

    Docker's documentation, «Packet filtering and firewalls»; compose-lint CL-0005.
    """

    code, name, severity, consent = "DW308", "data-port-open", "warning", "refit"
    equivalents = ("dclint:no-unbound-port-interfaces", "compose-lint:CL-0005")
    traps = (19,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    ports:\n"
                "      - ⟦'5432:5432'⟧\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    ports:\n"
                "      - '127.0.0.1:5432:5432'\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports:\n"
                "      - ⟦${REDIS_PORT:-6379}:6379⟧ # for the debugger\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports:\n"
                "      - 127.0.0.1:${REDIS_PORT:-6379}:6379 # for the debugger\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports:\n"
                '      - ⟦"${REDIS_PORT:?}:6379"⟧\n'
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports:\n"
                '      - "127.0.0.1:${REDIS_PORT:?}:6379"\n'
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports:\n"
                "      - ⟦target: 6379\n        published: 6379⟧\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports:\n"
                "      - target: 6379\n        published: 6379\n        host_ip: 127.0.0.1\n"
            },
        ),
        Example(
            {"compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports: [⟦0.0.0.0:6379:6379⟧]\n"},
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: redis:8.2\n    ports: [127.0.0.1:6379:6379]\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"
                "    ports: ['127.0.0.1:5432:5432']\n"
                "  app:\n    image: shop\n    ports: ['8000:8000']\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"
                "    ports: ['${ADDRESS}:5432:5432']\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            known = data_service(service.image)
            if known is None:
                continue
            for port in ports(service):
                if port.everywhere and _is_published(port) and port.site not in told:
                    told.add(port.site)
                    yield self.found(
                        port.site,
                        f"{known.title} can be reached from every network that the host is in",
                        advice=f"write `{LOCALHOST}:` before the port, or take `ports` away",
                        fix=_fix(project, port),
                    )


def _is_published(port: Port) -> bool:
    """Whether the entry names a port of the host, by number or by variable; else the engine takes a free one."""
    if isinstance(port.node, yaml.Scalar):
        return len(colon_parts(port.node.mapped)) > 1
    return bool(text(port.node.get("published")))


def _fix(project: Project, port: Port) -> Fix | None:
    node, path = port.node, port.layer.path
    intends: list[Intent] = []
    for service in with_layer(project, port.layer):
        places = _intents(service, port)
        if places is None:
            return None
        intends += places
    file = project.yaml(project.sources[path])
    if isinstance(node, yaml.Mapping):
        own = node.item("host_ip")
        edits = (
            yaml.set_scalar(file, own.value, LOCALHOST)
            if own is not None and isinstance(own.value, yaml.Scalar)
            else yaml.insert_item(file, node, "host_ip", LOCALHOST)
        )
    elif isinstance(node, yaml.Scalar) and node.style in ("plain", "single", "double"):
        start = node.span.start + (node.style != "plain")
        end = start + len(port.host) + 1 if port.host else start
        edits = [Edit(path, Span(start, end), f"{LOCALHOST}:")]
    else:
        return None
    return Fix("publish on localhost", tuple(edits), "refit", tuple(intends))


def _intents(service: Merged, port: Port) -> list[Intent] | None:
    """What the resolved service shows of the change; None where Compose puts ports together from several places."""
    written = service.written("ports")
    if len(written) != 1 or not isinstance(written[0][1], yaml.Sequence):
        return None
    nodes = list(elements(written[0][1]))
    if port.node not in nodes:
        return None
    index = nodes.index(port.node)
    if any(isinstance(node, yaml.Scalar) and "$" in node.value for node in nodes):
        # Without their values Compose leaves the entries as they are written.
        if isinstance(port.node, yaml.Scalar):
            before = port.node.value
            bare = before[len(port.host) + 1 :] if port.host else before
            return [Intent(service.at(f"ports / {index}"), before, f"{LOCALHOST}:{bare}")]
        return [Intent(service.at(f"ports / {index} / host_ip"), port.host or None, LOCALHOST)]
    if any(not isinstance(node, yaml.Scalar) or "-" in node.value for node in nodes[:index]):
        return None
    return [Intent(service.at(f"ports / {index} / host_ip"), port.host or None, LOCALHOST)]
