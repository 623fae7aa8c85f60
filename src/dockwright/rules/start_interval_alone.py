"""DW311: a `start_interval` that has no period to count in."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site


class StartIntervalAlone(Rule):
    """Write `start_period` where `start_interval` is

    ## What it finds

    A health check with `start_interval` and without `start_period`.

    ## Why it matters

    Compose reads such a file without a word, and stops when it is to make the container:
    `healthcheck.start_interval requires healthcheck.start_period to be set`. The engine would probe at that interval
    during the start period, which is zero seconds where it is not written.

    ## How to mend it

    Write `start_period`, at least as long as the service takes to start.

    ## Fix safety

    There is no fix: how long a start takes is not written anywhere.

    ## Source

    Compose 2.40, which checks it on `up`; the Dockerfile reference, `HEALTHCHECK`.
    """

    code, name, severity = "DW311", "start-interval-alone", "error"
    traps = (20,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    healthcheck:\n"
                "      test: [CMD, pg_isready]\n      ⟦start_interval⟧: 1s\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    healthcheck:\n"
                "      test: [CMD, pg_isready]\n      start_interval: 1s\n      start_period: 30s\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            checks = [node for _, node in service.written("healthcheck")]
            if any(check.get("start_period") is not None for check in checks):
                continue
            for layer, check in service.written("healthcheck"):
                item = check.item("start_interval") if isinstance(check, yaml.Mapping) else None
                at = None if item is None else Site(layer.path, item.key.span)
                if at is not None and at not in told:
                    told.add(at)
                    yield self.found(
                        at,
                        f"Compose does not start {service.name}: start_interval is nothing without start_period",
                        advice="write start_period: 30s beside it",
                    )
