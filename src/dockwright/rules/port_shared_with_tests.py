"""DW307: a test stack that publishes the ports of the development stack."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.merged import merged
from dockwright.project.model import Project
from dockwright.project.ports import Port, ports
from dockwright.rule import Example, Rule


class PortSharedWithTests(Rule):
    """Let the tests run beside development

    ## What it finds

    A service of the test stack that publishes a port of the host which the development stack publishes, too. Ports
    that a variable with a default decides count with the default.

    ## Why it matters

    Whoever has the development stack running cannot start the tests: `port is already allocated`.

    ## How to mend it

    A test stack publishes nothing, since tests that run in a container reach the others by their names. Where they
    run on the host, write the port without a number before it, `"5432"`, and ask `docker compose port` for it.

    ## Fix safety

    There is no fix: tests on the host may count on the port.

    ## Source

    Compose's documentation of `ports`.
    """

    code, name, severity = "DW307", "port-shared-with-tests", "info"
    traps = (19,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    ports: ['5432:5432']\n",
                "compose.test.yaml": "name: shop-test\nservices:\n  db:\n    image: postgres:17.6\n"
                "    ports: [⟦'5432:5432'⟧]\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    ports: ['5432:5432']\n",
                "compose.test.yaml": "name: shop-test\nservices:\n  db:\n    image: postgres:17.6\n"
                "    ports: ['5433:5432']\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        taken: dict[tuple[str, int], Port] = {}
        for stack, services in merged(project):
            if stack.name in ("dev", "default"):
                for service in services.values():
                    taken.update({(port.protocol, number): port for port in ports(service) for number in port.numbers})
        told = set()
        for stack, services in merged(project):
            for service in services.values() if stack.name == "test" else ():
                for port in ports(service):
                    first = next((taken[port.protocol, n] for n in port.numbers if (port.protocol, n) in taken), None)
                    if first is not None and first.site != port.site and port.meets(first) and port.site not in told:
                        told.add(port.site)
                        yield self.found(
                            port.site,
                            f"the test stack publishes port {port.published}, as the development stack does",
                            advice="publish nothing in the test stack",
                            related=[Related(first.site, "published here")],
                        )
