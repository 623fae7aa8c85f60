"""DW137: COPY --from of a stage that is not above."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class CopiesFromNoStage(Rule):
    """Copy from a stage that is above

    ## What it finds

    `COPY --from=` with the stage's own name or number, or with that of a stage further down.

    ## Why it matters

    A stage can take files only from stages above it. The build fails; or BuildKit looks for an image of that name in
    the registry, and whoever owns the name there decides what is copied.

    ## How to mend it

    Move the stage up, or name the one that was meant.

    ## Fix safety

    There is no fix: moving a stage may change which one is built by default.

    ## Source

    Dockerfile reference, `COPY --from`.
    """

    code, name, severity = "DW137", "copies-from-no-stage", "error"
    equivalents = ("hadolint:DL3022", "hadolint:DL3023", "trivy-checks:DS-0006")
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS run\nCOPY --from=⟦run⟧ /a /b\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY --from=⟦build⟧ /a /b\nFROM debian:trixie AS build\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY --from=⟦0⟧ /a /b\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:trixie AS build\nFROM python:3.13-slim\nCOPY --from=Build /a /b\n"}),
        Example({"Dockerfile": "FROM debian:trixie\nFROM python:3.13-slim\nCOPY --from=0 /a /b\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY --from=nginx:1.29 /a /b\nCOPY --from=assets /c /d\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                for copy in stage.of(dockerfile.Copy):
                    flag = copy.from_
                    if flag is None or not flag.value or flag.value_span is None:
                        continue
                    reason = _reason(image, stage, flag.value.lower())
                    if reason is None or (image.path, flag.value_span) in seen or _given(project, flag.value):
                        continue
                    seen.add((image.path, flag.value_span))
                    yield self.found(
                        Site(image.path, flag.value_span),
                        f"{flag.value} is {reason}",
                        advice="name a stage above this one",
                    )


def _reason(image: Image, stage: dockerfile.Stage, name: str) -> str | None:
    other = image.by_name.get(name)
    if other is not None and other.index == stage.index:
        return "this very stage"
    if other is not None and other.index > stage.index:
        return "a stage further down"
    return "no stage's number" if other is None and name.isdigit() else None


def _given(project: Project, name: str) -> bool:
    """Whether some build gives a context of this name."""
    return any(
        "additional_contexts" in file.source.text and name in file.source.text
        for file in compose_files(project).values()
    )
