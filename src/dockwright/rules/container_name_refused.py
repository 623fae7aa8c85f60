"""DW316: a container name that the engine does not take."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Site, lazy_regex

_NAME = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]+")


class ContainerNameRefused(Rule):
    """Give containers names that the engine takes

    ## What it finds

    A `container_name` of one character, one that begins with anything but a letter or digit, and one that has
    anything in it but letters, digits, `_`, `.` and `-`.

    ## Why it matters

    `docker compose config` passes most of them, since two good characters anywhere in the name are enough for it.
    `up` fails with `Invalid container name` after the images are built and the services before it have started.

    ## How to mend it

    Take `container_name` away, which also allows for a second copy of the stack, or write `shop-app`.

    ## Fix safety

    There is no fix here: DW314, on fixed container names, takes the name away.

    ## Source

    Docker Engine, `daemon/names`: `[a-zA-Z0-9][a-zA-Z0-9_.-]`.
    """

    code, name, severity = "DW316", "container-name-refused", "error"
    equivalents = ("dclint:service-container-name-regex",)
    traps = (21,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    container_name: ⟦'shop app'⟧\n"
                "  db:\n    image: postgres:17.6\n    container_name: ⟦-db⟧\n"
                "  web:\n    image: nginx:1.29\n    container_name: ⟦w⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    container_name: Shop_app.1-a\n"
                "  db:\n    image: postgres:17.6\n    container_name: ${DB_CONTAINER}\n"
                "  web:\n    image: nginx:1.29\n    container_name: ${STACK:-shop}-web\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            name, last = service.text("container_name"), service.last("container_name")
            at = None if last is None else Site(last[0].path, last[1].span)
            if name is not None and at is not None and at not in told and _NAME.fullmatch(name) is None:
                told.add(at)
                yield self.found(at, f"the engine takes no container of the name {name!r}", advice="write shop-app")
