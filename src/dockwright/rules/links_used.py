"""DW331: `links` between services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from dockwright.finding import Finding, Offer
from dockwright.project.compose import Service, elements, text
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._compose_fixes import offer
from dockwright.syntax import yaml
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

    `apply` writes the names into `depends_on`. An alias, or a link to another project's container, stays: it may be
    somebody's host name.

    ## Source

    Docker's documentation, «Legacy container links».
    """

    code, name, severity, consent = "DW331", "links-used", "info", "refit"
    traps = (26,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦links⟧: [db]\n"
                "  db:\n    image: postgres:17.6\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n      - db\n"
                "  db:\n    image: postgres:17.6\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦links⟧:\n      - db\n"
                "    depends_on:\n      db:\n        condition: service_started\n  db:\n    image: busybox\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    depends_on:\n      db:\n        condition: service_started\n  db:\n    image: busybox\n"
            },
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
                    yield self.found(
                        at,
                        message,
                        advice=f"take it away, and write depends_on: [{names}]",
                        fix=_fix(project, layer, key),
                    )


def _fix(project: Project, layer: Service, key: str) -> Offer | None:
    names = [text(element) or "" for element in elements(layer.node.get(key))]
    affected = reached(project, layer)
    if key != "links" or not names or any(":" in name or "$" in name for name in names):
        return None
    title = f"{layer.name} depends on {', '.join(names)} instead of linking it"
    return offer(title, partial(_unlinked, project, layer, names, affected))


def _unlinked(project: Project, layer: Service, names: Sequence[str], affected: Sequence[Merged]) -> ComposeChanges:
    changes = ComposeChanges(project)
    changes.mean(service.at(each) for service in affected for each in ("links", "depends_on"))
    at = At.of(layer)
    missing = [name for name in names if any(name not in service.dependencies for service in affected)]
    changes.delete(at, "links")
    own = layer.node.item("depends_on")
    if missing and own is None:
        changes.set(at, "depends_on", "\n".join(f"- {name}" for name in missing))
    for name in missing if own is not None else ():
        node = changes.service(at).node.at("depends_on")
        if isinstance(node, yaml.Sequence):
            changes.edit(at.path, yaml.append_element(changes.file(at.path).tree, node, name))
        else:
            changes.set_in(at, ("depends_on", name), "{condition: service_started}")
    return changes
