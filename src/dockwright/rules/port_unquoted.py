"""DW340: a port mapping without quotes."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.project.ports import ports
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Edit, lazy_regex

# What YAML 1.1 reads as a number to the base of 60: 22:22 is 1342.
_SEXAGESIMAL = lazy_regex(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+")


class PortUnquoted(Rule):
    """Quote what YAML may read as a time

    ## What it finds

    A port mapping without quotes whose container port is below 60: `22:22`.

    ## Why it matters

    Readers of YAML 1.1 take it for a number to the base of 60: `22:22` is 1342. Compose 2 does not, but editors, CI
    templates and PyYAML do, and a file that passes through one of them publishes port 1342.

    ## How to mend it

    Put the mapping into quotes.

    ## Fix safety

    Safe: to Compose it is the same text.

    ## Source

    Compose's documentation of `ports`, short syntax; YAML 1.1, integers.
    """

    code, name, severity, consent = "DW340", "port-unquoted", "info", "safe"
    equivalents = ("dclint:require-quotes-in-ports",)
    invalid = (
        Example(
            {"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ports:\n      - ⟦2222:22⟧  # git\n"},
            becomes={
                "compose.yaml": 'name: shop\nservices:\n  app:\n    image: shop\n    ports:\n      - "2222:22"  # git\n'
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                '    ports:\n      - 8000:8000\n      - "2222:22"\n      - 127.0.0.1:22:22\n'
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for port in ports(service):
                node = port.node
                plain = isinstance(node, yaml.Scalar) and node.style == "plain" and not node.tag
                if plain and isinstance(node, yaml.Scalar) and _SEXAGESIMAL.fullmatch(node.value):
                    if port.site in told:
                        continue
                    told.add(port.site)
                    edit = Edit(port.layer.path, node.span, f'"{node.value}"')
                    message = f"{node.value} is a number to readers of YAML 1.1"
                    fix = Fix("quote the port", (edit,))
                    yield self.found(port.site, message, advice=f'write "{node.value}"', fix=fix)
