"""DW323: a service whose output nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.compose import scalar
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Site


class LoggingOff(Rule):
    """Keep what a service says

    ## What it finds

    `logging:` with `driver: none`.

    ## Why it matters

    `docker compose logs` shows nothing. When the service fails, or after a break-in, there is nothing to read.

    ## How to mend it

    Take `logging` away, or bound it: `driver: json-file` with `options: {max-size: 10m, max-file: "3"}`.

    ## Fix safety

    There is no fix: the output may have been switched off because it held what it should not.

    ## Source

    Docker's documentation, «Configure logging drivers».
    """

    code, name, severity = "DW323", "logging-off", "info"
    equivalents = ("compose-lint:CL-0014",)
    invalid = (
        Example(
            {"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    logging:\n      driver: ⟦none⟧\n"}
        ),
    )
    valid = (
        Example(
            {"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    logging:\n      driver: local\n"}
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for layer, node in service.written("logging"):
                driver = scalar(node.get("driver"))
                at = None if driver is None else Site(layer.path, driver.span)
                if driver is not None and at is not None and driver.value == "none" and at not in told:
                    told.add(at)
                    message = f"what {layer.name} says is thrown away"
                    yield self.found(at, message, advice="take it away, or bound the log's size instead")
