"""DW124: an image whose system or interpreter gets no security updates any more."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.releases import releases
from dockwright.finding import Finding
from dockwright.project.compose import scalar, settled
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.rule import Example, Rule
from dockwright.text import Site


class EndOfLife(Rule):
    """Build upon releases that still get security updates

    ## What it finds

    A `FROM`, or a compose service's `image`, whose tag names a release of Python, Debian, Alpine, Ubuntu, Node.js or
    PostgreSQL that had reached its end of life when dockwright's table was made. Build arguments count with their
    defaults.

    ## Why it matters

    Holes that are found from then on stay open in every image that is built. Sooner or later the package mirrors go
    away too, and the build fails.

    ## How to mend it

    Move to a release that is supported. For PostgreSQL the data has to be moved with it: dump and restore, or
    `pg_upgrade`.

    ## Fix safety

    There is no fix: another release has to be tested.

    ## Source

    PEP 602 and the Python Developer's Guide; Debian LTS; alpinelinux.org/releases; Ubuntu's release cycle; the Node.js
    release schedule; PostgreSQL's versioning policy.
    """

    code, name, severity = "DW124", "end-of-life", "warning"
    traps = (11,)
    invalid = (
        Example({"Dockerfile": "FROM ⟦python:3.9-slim⟧\nUSER 1000\n"}),
        Example({"Dockerfile": "ARG PYTHON=3.13\nFROM ⟦python:${PYTHON}-slim-buster⟧\nUSER 1000\n"}),
        Example({"compose.yaml": "name: shop\nservices:\n  db:\n    image: ⟦postgres:12-alpine⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim-trixie\nFROM node:24-alpine3.22\nFROM ubuntu:24.04\n"}),
        Example({"compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"}),
        Example({"Dockerfile": "FROM example/python:3.6\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        found: dict[Site, Finding] = {}
        for image in images(project):
            for stage in image.tree.stages:
                if len(list(image.lineage(stage))) == 1:
                    self._look(image.base(stage), Site(image.path, stage.from_.image.span), found)
        for path, file in compose_files(project).items():
            for service in file.services.values():
                written = scalar(service.get("image"))
                named = settled(written.value) if written is not None and service.build is None else None
                if written is not None and named:
                    self._look(named, Site(path, written.span), found)
        yield from found.values()

    def _look(self, named: str, at: Site, found: dict[Site, Finding]) -> None:
        for release in releases(named):
            if release.ended and at not in found:
                found[at] = self.found(
                    at,
                    f"{release} has had no security updates since {release.end}",
                    advice=f"move to a supported release, up to {release.product} {release.newest}",
                )
