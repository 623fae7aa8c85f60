"""DW325: an image without a version."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.base_images import ROLLING_TAGS, repository, tag
from dockwright.facts.data_services import CONSOLES, DEVELOPER_TOOLS, data_service
from dockwright.finding import Finding, Severity
from dockwright.project.merged import Merged, every_service, merged
from dockwright.project.model import Project
from dockwright.project.python_side import packagings
from dockwright.project.requirements import normalised
from dockwright.rule import Example, Rule
from dockwright.rules._developers import mounts_its_source, named_for_developers
from dockwright.syntax import yaml
from dockwright.text import Site


class FloatingImage(Rule):
    """Say which version of an image is meant

    ## What it finds

    A service with an image from a registry that has no tag, or one such as `latest`, `stable` and `edge`. Images that
    this project builds, or that are called like it, are left alone. In stacks for development and tests, and for tools
    that developers look into (mail catchers, consoles of databases), it is an information.

    ## Why it matters

    The stack that is started tomorrow is another one. A database that jumps to its next major version does not start
    on the old one's files, and nobody can say what ran yesterday.

    ## How to mend it

    Write the version that runs now: `docker compose images` says it.

    ## Fix safety

    There is no fix: which version is meant is not in the file.

    ## Source

    Docker's documentation, «Building best practices».
    """

    code, name, severity = "DW325", "floating-image", "warning"
    equivalents = ("dclint:service-image-require-explicit-tag", "compose-lint:CL-0004")
    traps = (11,)
    invalid = (
        Example({"compose.yaml": "name: shop\nservices:\n  db:\n    image: ⟦postgres⟧\n"}),
        Example({"compose.yaml": "name: shop\nservices:\n  db:\n    image: ⟦docker.io/redis:latest⟧\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  web:\n    image: ⟦nginx:stable⟧\n"
                "  mq:\n    image: ⟦docker.io/library/rabbitmq:beta⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"
                "  cache:\n    image: redis@sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
                "  app:\n    build: .\n    image: shop\n  worker:\n    image: shop:latest\n  other:\n"
                "    image: ${IMAGE}\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: ghcr.io/shop/shop-web:latest\n",
                "pyproject.toml": '[project]\nname = "shop-web"\nversion = "1"\n',
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        built = {
            (service.image or "").partition(":")[0]
            for _, services in merged(project)
            for service in services.values()
            if service.builds
        }
        told = set()
        scripts = _scripts(project)
        own = {project.name, *(normalised(each.name) for each in packagings(project) if each.name)}
        for service in every_service(project):
            last = service.last("image")
            if last is None or service.builds or not isinstance(last[1], yaml.Scalar):
                continue
            image, at = last[1].value, Site(last[0].path, last[1].span)
            name = repository(image).rpartition("/")
            made = image.partition(":")[0] in built or f"-t {image}" in scripts or (name[1] and name[2] in own)
            if "$" in image or "@" in image or made or at in told:
                continue
            if tag(image) in (None, *ROLLING_TAGS):
                told.add(at)
                yield self.found(
                    at,
                    f"which version of {image} runs is left to the day",
                    advice="write the version's tag",
                    severity=_severity(project, service, last[0].path),
                )


def _severity(project: Project, service: Merged, path: str) -> Severity | None:
    """A database with the wrong major version does not start anywhere; what only developers see may well move."""
    image = repository(service.image or "")
    if data_service(service.image) is not None and "devcontainer" not in service.stack.name:
        return None
    seen = named_for_developers(service.stack, path) or mounts_its_source(project, service.stack)
    return "info" if seen or image.removeprefix("docker.io/") in CONSOLES | DEVELOPER_TOOLS else None


def _scripts(project: Project) -> str:
    """What is built by hand: a tag that some script or Makefile gives is this project's own."""
    return "\n".join(source.text for source in project.of_kind("make", "shell", "ci") if "docker" in source.text)
