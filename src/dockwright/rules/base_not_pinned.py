"""DW123: an image whose name may mean another one tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.facts.base_images import official, repository, tag
from dockwright.facts.releases import floats
from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.project.stacks import services, stacks
from dockwright.rule import Example, Rule
from dockwright.rules._shipped import for_development
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class BaseNotPinned(Rule):
    """Name the version of every image that the build takes

    ## What it finds

    `FROM` and `COPY --from=` of an image without a tag, with `latest`, or with a tag that moves from one major or
    minor version to the next: `python:3-slim`, `python:slim`, `node:lts`, `debian:stable`, `alpine:3`. A digest, and a
    tag with Python's minor version, are settled. The default of a build argument counts where no other file
    names the argument. An image that the project builds itself is left alone. In a Dockerfile for developers or tests
    it is worth knowing, and no more.

    ## Why it matters

    The same commit builds another image next month, with another interpreter or C library. What breaks then has no
    change in git to look at, and the old image cannot be built again.

    ## How to mend it

    Write the version and the distribution: `python:3.13-slim-trixie`. Let a bot raise it.

    ## Fix safety

    There is no fix: which version was meant is a guess.

    ## Source

    Docker, «Building best practices», «Pin base image versions».
    """

    code, name, severity = "DW123", "base-not-pinned", "warning"
    equivalents = (
        "hadolint:DL3006", "hadolint:DL3007", "trivy-checks:DS-0001", "checkov:CKV_DOCKER_7",
        "dockerfilelint:missing_tag", "dockerfilelint:latest_tag", "dockle:DKL-DI-0006",
    )  # fmt: skip
    traps = (11,)
    invalid = (
        Example({"Dockerfile": "FROM ⟦python⟧ AS build\nFROM ⟦debian:latest⟧\nUSER 1000\n"}),
        Example({"Dockerfile": "ARG TAG=latest\nFROM ⟦debian:${TAG}⟧ AS build\nFROM ⟦${REGISTRY}/shop:latest⟧\n"}),
        Example({"Dockerfile": "FROM ⟦python:3-slim⟧\nCOPY --from=⟦ghcr.io/astral-sh/uv:latest⟧ /uv /bin/\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS build\n\nFROM build\nCOPY --from=build /a /a\n"}),
        Example({"Dockerfile": "ARG BASE\nFROM ${BASE}\nFROM ruby@sha256:f1dbca0f5dbc9\nFROM scratch\n"}),
        Example({"Dockerfile": "FROM debian:jessie\nFROM node:22\nFROM ruby:2\n"}),
        Example(
            {
                "Dockerfile": "ARG TAG=latest\nFROM debian:${TAG}\n",
                "Makefile": "x:\n\tdocker build --build-arg TAG=13 .\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM shop/base:latest\n",
                "tools/Dockerfile": "FROM shop-web\n",
                "compose.yaml": "name: shop\nservices:\n  web: {build: .}\n  base: {build: base, image: shop/base}\n",
            }
        ),
        Example(
            {
                "base/Dockerfile": "# docker build --tag shop/base .\nFROM debian:trixie\n",
                "Dockerfile": "FROM shop/base:latest\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for span, named in _named(project, image):
                reason = floats(named)
                if reason is not None and (image.path, span) not in seen and not _built_here(project, named):
                    seen.add((image.path, span))
                    yield self.found(
                        Site(image.path, span),
                        f"{named} {reason}",
                        advice=f"write a version, as in {_example(named)}",
                        severity="info" if for_development(image.path) else None,
                    )


def _example(named: str) -> str:
    """The name with a version, of the same distribution."""
    if official(named) != "python":
        return f"{repository(named)}:VERSION"
    kept = [part for part in (tag(named) or "").split("-") if part[:1].isalpha() and part != "latest"]
    return "-".join([f"{repository(named)}:3.14", *kept])


@view
def _compose_builds(project: Project) -> frozenset[str]:
    """The names that compose gives the images it builds, without the tag `latest`."""
    found: set[str] = set()
    for stack in stacks(project):
        for name, written in services(project, stack).items():
            if any(service.build is not None for service in written):
                given = next((given for service in reversed(written) if (given := service.text("image"))), None)
                found.add((given or f"{stack.project_name}-{name}").removesuffix(":latest"))
    return frozenset(found)


def _built_here(project: Project, named: str) -> bool:
    """Whether the project itself gives an image this name: then git says what is in it."""
    bare = named.removesuffix(":latest")
    if bare in _compose_builds(project):
        return True
    tagged = re.compile(rf"(?:-t|--tag)[ =][\"']?{re.escape(bare)}(?![\w/-])")
    return any(
        bare in source.text and tagged.search(source.text)
        for source in project.of_kind("make", "shell", "ci", "task", "dockerfile", "document")
    )


def _named(project: Project, image: Image) -> Iterator[tuple[Span, str]]:
    """The images from outside that a Dockerfile names, without those that somebody else gives."""
    contexts = image.by_name
    for stage in image.tree.stages:
        word = stage.from_.image
        named = _settled(project, image, word.value)
        local = contexts.get(named.lower())
        if named and (local is None or local.index >= stage.index):
            yield word.span, named
        for copy in stage.of(dockerfile.Copy):
            flag = copy.from_
            if flag is None or not flag.value or flag.value_span is None or "$" in flag.value:
                continue
            # A plain word is a stage, or a context that the build call names.
            if flag.value.lower() not in contexts and ("/" in flag.value or ":" in flag.value):
                yield flag.value_span, flag.value


def _settled(project: Project, image: Image, written: str) -> str:
    """An image's name with its variables' defaults; empty where one has none, or may get its value from elsewhere."""
    if "$" not in written or written.endswith(":latest"):
        return written
    given = dockerfile.expansion(written, image.global_defaults, image.tree.escape)
    others = [source for path, source in project.sources.items() if path != image.path]
    if given.unset or any(name in source.text for source in others for name in given.used):
        return ""
    return given.value
