"""DW333: published ports that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Offer, Related
from dockwright.project.compose import elements, text
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.project.ports import Port, ports
from dockwright.project.stacks import Stack, compose_files
from dockwright.rule import Example, Rule
from dockwright.rules._compose_fixes import offer
from dockwright.text import Site


class PortsOnInternalNetwork(Rule):
    """Publish ports from a network that leads outside

    ## What it finds

    A service with `ports:` whose networks are all `internal: true`.

    ## Why it matters

    An internal network has no way to the host. Docker publishes nothing and says nothing: the port is refused, and
    the file looks right.

    ## How to mend it

    Put the service into a network that is not internal as well, or take `ports:` away.

    ## Fix safety

    `ports` is taken away: it publishes nothing today, so nothing is lost. Whoever wants the service to be reached adds
    a network instead.

    ## Source

    Compose's documentation of `networks`, `internal`.
    """

    code, name, severity, consent = "DW333", "ports-on-internal-network", "warning", "safe"
    traps = (38,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    networks: [backend]\n"
                "    ports:\n      - ⟦127.0.0.1:5432:5432⟧\nnetworks:\n  backend:\n    internal: true\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    networks: [backend]\n"
                "networks:\n  backend:\n    internal: true\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"
                "    networks: [backend, front]\n"
                "    ports: ['127.0.0.1:5432:5432']\nnetworks:\n  front:\n  backend:\n    internal: true\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ports: ['80:80']\n"
                "networks:\n  backend:\n    internal: true\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for stack, services in merged(project):
            internal = _internal(project, stack)
            for service in services.values() if internal else ():
                names = _networks(service)
                published = ports(service)
                if published and names <= internal.keys() and published[0].site not in told:
                    told.add(published[0].site)
                    networks = " and ".join(sorted(names))
                    yield self.found(
                        published[0].site,
                        f"nothing is published: {service.name} is in {networks} alone, which is internal",
                        advice=f"put {service.name} into another network as well, or take `ports` away",
                        related=[Related(internal[name], "internal") for name in sorted(names)],
                        fix=_fix(project, published[0]),
                    )


def _fix(project: Project, port: Port) -> Offer | None:
    affected = reached(project, port.layer)
    # Where another stack has the service in other networks, its ports may well be published.
    for stack, services in merged(project):
        for service in services.values():
            if any(service.place == each.place for each in affected) and not (
                _networks(service) <= _internal(project, stack).keys()
            ):
                return None

    def change() -> ComposeChanges:
        changes = ComposeChanges(project)
        changes.mean(service.at("ports") for service in affected)
        changes.delete(At.of(port.layer), "ports")
        return changes

    return offer("take away ports that lead nowhere", change, "safe")


def _internal(project: Project, stack: Stack) -> dict[str, Site]:
    found: dict[str, Site] = {}
    for path in stack.files:
        for name, node in compose_files(project)[path].top_level("networks"):
            value = node.get("internal")
            if value is not None:
                found.pop(name, None)
                if text(value) == "true":
                    found[name] = Site(path, value.span)
    return found


def _networks(service: Merged) -> set[str]:
    """The networks of a service; the default one where it names none."""
    names: set[str] = set()
    for _, node in service.written("networks"):
        names |= {text(element) or "" for element in elements(node)} | {text(key) or "" for key, _ in node.entries()}
    return names or {"default" if not service.written("network_mode") else ""}
