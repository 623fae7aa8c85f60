"""DW145: another stage's whole file system copied over this one's."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class WholeFileSystemCopied(Rule):
    """Copy what is needed out of a stage, not its whole system

    ## What it finds

    `COPY --from=build / /` in a stage that is built upon something else than `scratch`.

    ## Why it matters

    Two systems lie on top of one another: libraries and the lists of packages of one, settings of the other. Nothing
    that was left in the build stage is left out, secrets and compilers included.

    ## How to mend it

    Copy the folders that are needed, such as `/opt/venv`.

    ## Fix safety

    There is no fix: what is needed is yours to say.

    ## Source

    Docker, «Multi-stage builds».
    """

    code, name, severity = "DW145", "whole-file-system-copied", "warning"
    equivalents = ("hadolint:DL3067",)
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:trixie AS build\nFROM python:3.13-slim\n⟦COPY --from=build / /⟧\nUSER 1000\n"}
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:trixie AS build\nFROM scratch\nCOPY --from=build / /\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM debian:trixie AS a\nFROM python:3.13-slim\nCOPY --from=a / /mnt/\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY --from=example/tools:1 / /\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                if image.base(stage) == "scratch":
                    continue
                for copy in stage.of(dockerfile.Copy):
                    # An image that is made to be copied whole holds the tools and nothing else.
                    given = copy.from_.value if copy.from_ is not None else None
                    other = image.by_name.get((given or "").lower())
                    if other is None or image.base(other) == "scratch" or copy.destination.value != "/":
                        continue
                    if any(word.value == "/" for word in copy.sources) and (image.path, copy.span) not in seen:
                        seen.add((image.path, copy.span))
                        yield self.found(
                            Site(image.path, copy.span),
                            f"the whole system of {other.name or other.index} is laid over this one",
                            advice="copy the folders that are needed",
                        )
