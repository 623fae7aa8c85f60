"""DW314: a container whose name allows for one of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from dockwright.finding import Finding
from dockwright.project.compose import Service
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._compose_fixes import offer
from dockwright.syntax import yaml
from dockwright.text import Site, lazy_regex

_JOINS = lazy_regex(r"[\w.-]")


class ContainerNameFixed(Rule):
    """Let Compose name the containers

    ## What it finds

    A service with `container_name`.

    ## Why it matters

    There can be one container of that name on the host: no second copy of the stack for a branch, no tests beside
    development, no `--scale`. The network already knows the service by its short name, and so do `docker compose
    exec` and `logs`.

    ## How to mend it

    Take it away, and write `docker compose exec app` for `docker exec shop-app`.

    ## Fix safety

    `apply` takes it away where nothing in the project mentions the name. A person or a monitor that knows the
    container by it has to learn the new one, `<project>-<service>-1`.

    ## Source

    Compose's documentation of `container_name`: Compose does not scale a service that has one.
    """

    code, name, severity, consent = "DW314", "container-name-fixed", "info", "refit"
    traps = (21,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦container_name: shop-app⟧\n"
                "    restart: 'no'\n"
            },
            becomes={"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    restart: 'no'\n"},
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    ⟦container_name: shop-app⟧\n",
                "shell.sh": "#!/bin/sh\ndocker exec -it shop-app bash\n",
            }
        ),
    )
    valid = (Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for layer in service.layers:
                item = layer.node.item("container_name")
                if item is None or not isinstance(item.value, yaml.Scalar):
                    continue
                at = Site(layer.path, item.span)
                if at in told or "$" in item.value.value:
                    continue
                told.add(at)
                name = item.value.value
                fix = None
                affected = reached(project, layer)
                # Where a stronger layer has a name of its own, that one goes first.
                strongest = all(
                    said is not None and said[0].node is layer.node
                    for said in (each.last("container_name") for each in affected)
                )
                if strongest and not item.value.tag and not _mentioned(project, name, at):
                    title = f"let Compose name the container of {layer.name}"
                    fix = offer(title, partial(_without, project, layer, affected))
                message = f"there can be one container called {name} on a host"
                yield self.found(at, message, advice="take container_name away", fix=fix)


def _without(project: Project, layer: Service, affected: Iterable[Merged]) -> ComposeChanges:
    changes = ComposeChanges(project)
    changes.mean(each.at("container_name") for each in affected)
    changes.delete(At.of(layer), "container_name")
    return changes


def _mentioned(project: Project, name: str, at: Site) -> bool:
    """Whether any file speaks of the container by its name, this one place left out."""
    for path, source in project.sources.items():
        for start in _found(source.text, name):
            own = path == at.path and at.span.start <= start < at.span.end
            if not own and "container_name" not in source.line(source.position(start).line):
                return True
    return False


def _found(text: str, name: str) -> Iterator[int]:
    """Where a name stands as a whole."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if not _JOINS.match(text[start - 1 : start]) and (text[end : end + 1] == "." or not _JOINS.match(text, end)):
            yield start
        start = text.find(name, end)
