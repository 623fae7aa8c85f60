"""DW125: a virtual environment that is carried to another interpreter or system."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.releases import Release, family, newer, releases
from dockwright.finding import Finding, Related
from dockwright.project.environments import environments
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class StagesDiffer(Rule):
    """Build and run on the same interpreter and system

    ## What it finds

    A virtual environment that is copied out of a stage with another minor version of Python, another C library
    (Alpine against Debian), or a newer Debian than the stage that it is copied to.

    ## Why it matters

    An environment holds links to its interpreter and compiled modules. With another Python, `lib/python3.12` is not
    looked into and every import fails; with another or an older C library, compiled modules do not load. The image
    builds, and the container stops at its first line.

    ## How to mend it

    Let both stages begin with the same tag; an `ARG` above the first `FROM` keeps them together.

    ## Fix safety

    There is no fix: which of the two is meant is a guess.

    ## Source

    Python documentation, `venv`: environments are not movable; PEP 600 and PEP 656 on glibc and musl.
    """

    code, name, severity = "DW125", "stages-differ", "error"
    traps = (11,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.12-slim AS build\nRUN python -m venv /opt/venv\n\n"
                "FROM python:3.13-slim\n⟦COPY --from=build /opt/venv /opt/venv⟧\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM ghcr.io/astral-sh/uv:python3.13-trixie-slim AS build\nWORKDIR /app\n"
                "RUN uv sync --locked\n\n"
                "FROM python:3.13-slim-bookworm\n⟦COPY --from=build /app /app⟧\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13 AS build\nRUN python -m venv /opt/venv\n\n"
                "FROM python:3.13-alpine\n⟦COPY --from=build /opt/venv /opt/venv⟧\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-trixie AS build\nRUN python -m venv /opt/venv\n\n"
                "FROM python:3.13-slim-trixie\nCOPY --from=build /opt/venv /opt/venv\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM ghcr.io/astral-sh/uv:python3.12-bookworm AS build\nRUN uv venv /opt/venv\n\n"
                "FROM debian:bookworm\nCOPY --from=build /python /python\nCOPY --from=build /opt/venv /opt/venv\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                for each in environments(image, stage):
                    if each.copied is None or (image.path, each.copied.span) in seen or _carries_python(stage):
                        continue
                    difference = _difference(image.base(each.stage), image.base(stage))
                    if difference is None:
                        continue
                    seen.add((image.path, each.copied.span))
                    yield self.found(
                        Site(image.path, each.copied.span),
                        f"the environment was made on {difference[0]} and is to run on {difference[1]}",
                        advice="let both stages begin with the same image",
                        related=[
                            Related(Site(image.path, _oldest(image, each.stage).from_.image.span), "made on this")
                        ],
                    )


def _oldest(image: Image, stage: dockerfile.Stage) -> dockerfile.Stage:
    *_, oldest = image.lineage(stage)
    return oldest


def _carries_python(stage: dockerfile.Stage) -> bool:
    """Whether the interpreter is copied too."""
    return any("python" in word.value for copy in stage.of(dockerfile.Copy) if copy.from_ for word in copy.sources)


def _difference(builder: str, runtime: str) -> tuple[str, str] | None:
    one, other = _by_product(builder), _by_product(runtime)
    if "Python" in one and "Python" in other and one["Python"] != other["Python"]:
        return str(one["Python"]), str(other["Python"])
    libraries = family(builder), family(runtime)
    if None not in libraries and libraries[0] != libraries[1]:
        return str(libraries[0]), str(libraries[1])
    if "Debian" in one and "Debian" in other and newer(one["Debian"], other["Debian"]):
        return str(one["Debian"]), str(other["Debian"])
    return None


def _by_product(image: str) -> dict[str, Release]:
    return {release.product: release for release in releases(image)}
