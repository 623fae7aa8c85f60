"""DW181: a web server that nobody asks whether it is well."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.processes import of_command
from dockwright.project.stacks import compose_files
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class HealthcheckMissing(Rule):
    """Say how to see that the server is well

    ## What it finds

    An image that starts a web server and has no `HEALTHCHECK`, where no service that is built from it has a
    `healthcheck` either.

    ## Why it matters

    A server that hangs counts as running. `depends_on` with `service_healthy` and `up --wait` have nothing to wait
    for, so that what needs the server starts too early.

    ## How to mend it

    A `HEALTHCHECK` that asks the server for a page that touches what it needs, or `healthcheck:` in the compose file.
    Kubernetes looks at neither: it has probes of its own.

    ## Fix safety

    There is no fix: which page tells is for a person to decide.

    ## Source

    Dockerfile reference, `HEALTHCHECK`; CIS Docker Benchmark 4.6.
    """

    code, name, severity = "DW181", "healthcheck-missing", "info"
    equivalents = ("hadolint:DL3057", "checkov:CKV_DOCKER_2", "trivy-checks:DS-0026", "dockle:CIS-DI-0006")
    invalid = (Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD [⟦"uvicorn", "app:app"⟧]\n'}),)
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nHEALTHCHECK CMD ["probe"]\nCMD ["uvicorn", "app:app"]\n'}),
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["uvicorn", "app:app"]\n',
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    healthcheck: {test: [CMD, probe]}\n",
            }
        ),
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["celery", "-A", "shop", "worker"]\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for stage in image.shipped:
                span = _server(image, stage)
                if span is None or image.last(stage, dockerfile.Healthcheck) is not None or _probed(project, image):
                    continue
                at = Site(image.path, span)
                if at not in seen:
                    seen.add(at)
                    yield self.found(
                        at,
                        "nothing asks this server whether it is well",
                        advice="add a HEALTHCHECK, or a healthcheck to the service",
                    )


def _server(image: Image, stage: dockerfile.Stage) -> Span | None:
    for kind in (dockerfile.Entrypoint, dockerfile.Cmd):
        instruction = image.last(stage, kind)
        for process in of_command(instruction.command) if instruction is not None else ():
            server = process.server
            if server is not None and server.role == "web" and not server.reload and server.program != "python":
                return process.span
    return None


def _probed(project: Project, image: Image) -> bool:
    """Whether a service that is built so has a health check in any of the compose files."""
    names = {
        service.name
        for file in compose_files(project).values()
        for service in file.services.values()
        if service.build is not None
        and any(call.at == Site(file.path, service.build.node.span) for call in image.builds)
    }
    return any(
        service.name in names and service.get("healthcheck") is not None
        for file in compose_files(project).values()
        for service in file.services.values()
    )
