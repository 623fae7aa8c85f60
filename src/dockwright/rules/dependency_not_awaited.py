"""DW310: a service that starts before what it needs is ready."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.base_images import repository
from dockwright.facts.data_services import CONSOLES, data_service
from dockwright.finding import Finding, Fix, Intent, Related
from dockwright.project.compose import elements
from dockwright.project.merged import Dependency, Merged, merged, with_layer
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._waiting import waits_by_itself
from dockwright.syntax import yaml
from dockwright.text import Change

_HEALTHY = "service_healthy"


class DependencyNotAwaited(Rule):
    """Wait until a dependency is healthy

    ## What it finds

    A `depends_on` without `condition: service_healthy` on a database, queue or cache that has a health check. It is an
    information for Redis, Valkey and Memcached, which take connections as soon as they run. A service that only
    sleeps, as development containers do, or that waits by itself (`wait-for-it.sh`, `dockerize -wait`) does not count.

    ## Why it matters

    Compose waits until the container is started, not until the database in it takes connections. The health check is
    there, and nobody asks it.

    ## How to mend it

    Write `depends_on` as a map, with `condition: service_healthy` for each dependency that has a health check.

    ## Fix safety

    Safe: the same services start in the same order, only later. It is offered where the dependency has a health
    check in every stack that the service is part of, since Compose refuses to wait for one that has none.

    ## Source

    Compose's documentation, «Control startup and shutdown order».
    """

    code, name, severity, consent = "DW310", "dependency-not-awaited", "warning", "safe"
    traps = (20,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n      - ⟦db⟧\n"
                "      - mail\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      test: [CMD, pg_isready]\n"
                "  mail:\n    image: shop\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n"
                "      db:\n        condition: service_healthy\n      mail:\n        condition: service_started\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      test: [CMD, pg_isready]\n"
                "  mail:\n    image: shop\n"
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n"
                "      ⟦db⟧:\n        condition: service_started\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      test: [CMD, pg_isready]\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n"
                "      db:\n        condition: service_healthy\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      test: [CMD, pg_isready]\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on:\n"
                "      db: {condition: service_healthy}\n      once: {condition: service_completed_successfully}\n"
                "  once:\n    image: shop\n    healthcheck: {test: [CMD, 'true']}\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      test: [CMD, pg_isready]\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      disable: true\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    depends_on: [db]\n"
                "    entrypoint: [dockerize, -wait, tcp://db:5432]\n"
                "  db:\n    image: postgres:17.6\n    healthcheck:\n      test: [CMD, pg_isready]\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for _, services in merged(project):
            for service in services.values():
                if repository(service.image or "") in CONSOLES or waits_by_itself(service):
                    continue
                for dependency in service.dependencies.values():
                    other = services.get(dependency.name)
                    if other is None or dependency.condition != "service_started" or dependency.site in told:
                        continue
                    # What serves people may be healthy only once others are there: only data are waited for.
                    if other.healthcheck is not None and data_service(other.image) is not None:
                        told.add(dependency.site)
                        yield self._found(project, dependency, other)

    def _found(self, project: Project, dependency: Dependency, other: Merged) -> Finding:
        known = data_service(other.image)
        return self.found(
            dependency.site,
            f"{dependency.layer.name} starts before {dependency.name} is healthy",
            advice=f"write `{dependency.name}: {{condition: service_healthy}}`",
            related=[Related(other.site, "has a health check")],
            fix=_fix(project, dependency),
            severity="info" if known is not None and known.quick else None,
        )


def _fix(project: Project, dependency: Dependency) -> Fix | None:
    layer, file = dependency.layer, project.yaml(project.sources[dependency.layer.path])
    reached = with_layer(project, layer)
    by_stack = {id(stack): services for stack, services in merged(project)}
    node = layer.node.item("depends_on")
    if node is None or isinstance(node.value, yaml.Alias) or node.value.anchor or node.value.tag:
        return None
    chosen: list[str] = []
    names = [element.value for element in elements(node.value) if isinstance(element, yaml.Scalar)]
    intends: list[Intent] = []
    for name in names or [dependency.name]:
        others = [by_stack[id(service.stack)].get(name) for service in reached]
        ready = all(
            other is not None and other.healthcheck is not None and data_service(other.image) is not None
            for other in others
        )
        # Another file may say more of the same dependency, or take it away with `!override`.
        entries = [service.dependencies.get(name) for service in reached]
        if ready and all(each is not None and each.layer.node is layer.node for each in entries):
            chosen.append(name)
            intends += [
                Intent(service.at(f"depends_on / {name} / condition"), "service_started", _HEALTHY)
                for service in reached
            ]
    if dependency.name not in chosen:
        return None
    edits: list[Change] = []
    value = node.value
    if isinstance(value, yaml.Sequence) and "#" not in file.source.slice(value.span):
        text = "".join(f"{name}:\n  condition: {_HEALTHY if name in chosen else 'service_started'}\n" for name in names)
        edits += yaml.set_value(file, layer.node, "depends_on", text)
    elif isinstance(value, yaml.Mapping):
        own = value.item(dependency.name)
        entry = None if own is None else own.value
        if not isinstance(entry, yaml.Mapping):
            return None
        said = entry.item("condition")
        if said is not None and isinstance(said.value, yaml.Scalar):
            edits += yaml.set_scalar(file, said.value, _HEALTHY)
        else:
            edits += yaml.insert_item(file, entry, "condition", _HEALTHY, first=True)
    return Fix(f"wait until {', '.join(chosen)} is healthy", tuple(edits), "safe", tuple(intends)) if edits else None
