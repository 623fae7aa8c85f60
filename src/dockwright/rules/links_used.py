"""DW331: `links` between services."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.compose import elements, text
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Site


class LinksUsed(Rule):
    """Write `depends_on` for `links`

    ## What it finds

    A service with `links` or `external_links`.

    ## Why it matters

    Services of one network know each other by their names without it. What is left of `links` is an order of
    starting that nobody sees there, and that cannot wait for a health check.

    ## How to mend it

    Take it away, and write `depends_on` for what has to be there first. For another name, `link:alias`, give the
    linked service a network alias.

    ## Fix safety

    There is no fix: an alias may be somebody's host name.

    ## Source

    Docker's documentation, «Legacy container links».
    """

    code, name, severity = "DW331", "links-used", "info"
    traps = (26,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦links⟧: [db]\n"
                "  db:\n    image: postgres:17.6\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  db:\n    image: postgres:17.6\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for layer in service.layers:
                for key in ("links", "external_links"):
                    item = layer.node.item(key)
                    at = None if item is None else Site(layer.path, item.key.span)
                    if item is None or at is None or at in told:
                        continue
                    told.add(at)
                    names = ", ".join((text(element) or "").partition(":")[0] for element in elements(item.value))
                    message = f"{layer.name} reaches {names or 'the others'} by name without {key}"
                    yield self.found(at, message, advice=f"take it away, and write depends_on: [{names}]")
