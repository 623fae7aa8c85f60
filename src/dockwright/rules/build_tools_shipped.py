"""DW126: compilers and header files in the image that is shipped."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.base_images import repository, tag
from dockwright.finding import Finding
from dockwright.project.build_steps import Call, steps
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._shipped import production
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

_TOOLS = frozenset(
    "gcc g++ cpp clang llvm make cmake ninja-build autoconf automake libtool build-essential build-base cargo rustc "
    "rust go golang pkg-config pkgconf linux-headers gfortran bison flex swig".split()
)
_INSTALLS = {
    "apt-get": "install",
    "apt": "install",
    "apk": "add",
    "dnf": "install",
    "yum": "install",
    "microdnf": "install",
}
_REMOVES = frozenset({"purge", "remove", "autoremove", "del", "erase"})


class BuildToolsShipped(Rule):
    """Leave compilers and header files in the build stage

    ## What it finds

    A production stage that installs compilers, `make` or `-dev` packages with apt, apk or dnf and does not remove them
    in the same `RUN`. Images upon the full `python` and `buildpack-deps` images, which bring all of this, and
    notebooks, whose users build packages, are left alone.

    ## Why it matters

    They are needed for minutes and shipped for ever: often more megabytes than the program, more packages with known
    holes, and a compiler at hand for whoever breaks in.

    ## How to mend it

    Install them in a stage that builds the virtual environment, and copy that environment into a slim image with the
    shared libraries alone: `libpq5` for `libpq-dev`.

    ## Fix safety

    There is no fix: which shared libraries are needed at run time has to be found out.

    ## Source

    Docker, «Multi-stage builds».
    """

    code, name, severity = "DW126", "build-tools-shipped", "info"
    traps = (12,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\n"
                "RUN apt-get update && apt-get install -y ⟦gcc⟧ libpq-dev curl make\nRUN pip install psycopg2\n"
            }
        ),
        Example({"Dockerfile": "FROM python:3.13-alpine\nRUN apk add --no-cache libpq ⟦musl-dev⟧\n"}),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nRUN apt-get update && apt-get install -y gcc\n\n"
                "FROM python:3.13-slim\nRUN apt-get update && apt-get install -y libpq5\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-alpine\nRUN apk add --no-cache --virtual .build gcc musl-dev \\\n"
                " && pip install psycopg2 \\\n && apk del .build\n"
            }
        ),
        Example({"Dockerfile": "FROM quay.io/jupyter/scipy-notebook:2026-01-05\nRUN apt-get install -y gfortran\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN apt-get update && apt-get install -y libpq-dev\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image, stage in production(project):
            if _full(image.base(stage)):
                continue
            for step in steps(image, stage):
                if not isinstance(step.instruction, dockerfile.Run):
                    continue
                calls = step.calls
                # With `apt-mark` people keep the libraries and remove all else.
                if any(call.program == "apt-mark" for call in calls):
                    continue
                removed = {word for call in calls if _REMOVES & set(call.words[1:3]) for word in call.words[2:]}
                for call in calls:
                    at, names = _build_packages(call, removed)
                    if at is not None and (image.path, at) not in seen:
                        seen.add((image.path, at))
                        listed = ", ".join(names[:4]) + (" and others" if len(names) > 4 else "")
                        yield self.found(
                            Site(image.path, at),
                            f"the shipped image keeps {listed}",
                            advice="install them in a build stage, and copy what it builds",
                        )


def _full(base: str) -> bool:
    """Whether an image brings compilers by itself."""
    name, given = repository(base).rpartition("/")[2], tag(base) or ""
    return (
        name == "buildpack-deps"
        or name.endswith("-notebook")
        or (name in ("python", "node") and "slim" not in given and "alpine" not in given)
    )


def _build_packages(call: Call, removed: set[str]) -> tuple[Span | None, list[str]]:
    """The place of the first package that only a build needs, and the names of all."""
    if _INSTALLS.get(call.program) not in call.words or call.places is None:
        return None, []
    found: list[str] = []
    at: Span | None = None
    skip = False
    for word, place in zip(call.words[1:], call.places[1:], strict=True):
        if skip:
            skip = False
            if word in removed:
                return None, []
            continue
        if word in ("-t", "--virtual", "-o", "--target-release"):
            skip = True
        name = word.partition("=")[0].partition("~")[0].partition(">")[0]
        if name in removed or (not name.endswith(("-dev", "-devel")) and name not in _TOOLS):
            if word.startswith("--virtual=") and word.partition("=")[2] in removed:
                return None, []
            continue
        found.append(name)
        at = at or place.span
    return at, found
