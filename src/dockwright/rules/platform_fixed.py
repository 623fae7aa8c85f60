"""DW138: a stage that is built for one platform, whoever builds it."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span

_TARGET = frozenset({"$TARGETPLATFORM", "${TARGETPLATFORM}"})


class PlatformFixed(Rule):
    """Leave the platform to whoever builds

    ## What it finds

    `FROM --platform=linux/amd64`, a constant, in a stage whose name does not say that platform; and
    `--platform=$TARGETPLATFORM`, which is what holds anyway. `$BUILDPLATFORM` is what the flag is for.

    ## Why it matters

    On a machine with another processor the image is emulated: builds take ten times as long, and programs fail in
    odd ways. An image that is built for several platforms has the programs of one under the name of each.

    ## How to mend it

    Leave the flag out. Give the platform to `docker build --platform`, or to the service in compose.

    ## Fix safety

    Safe for `$TARGETPLATFORM`, which says what holds without it. A constant is left to you: a base image may exist
    for that platform alone.

    ## Source

    BuildKit's checks FromPlatformFlagConstDisallowed and RedundantTargetPlatform.
    """

    code, name, severity, consent = "DW138", "platform-fixed", "warning", "safe"
    equivalents = (
        "buildkit:FromPlatformFlagConstDisallowed", "buildkit:RedundantTargetPlatform", "hadolint:DL3029",
        "hadolint:DL3065", "docker-parfum:DL3029",
    )  # fmt: skip
    invalid = (
        Example(
            {"Dockerfile": "FROM ⟦--platform=$TARGETPLATFORM⟧ python:3.13-slim AS run\nUSER 1000\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim AS run\nUSER 1000\n"},
        ),
        Example({"Dockerfile": "FROM ⟦--platform=linux/amd64⟧ python:3.13-slim\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM --platform=$BUILDPLATFORM node:24 AS assets\nFROM python:3.13-slim\n"}),
        Example({"Dockerfile": "FROM --platform=linux/arm64 python:3.13-slim AS base_arm64\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for stage in project.trees.of(dockerfile.parse, source).stages:
                flag = stage.from_.platform
                if flag is None or not flag.value:
                    continue
                at = Site(source.path, flag.span)
                if flag.value in _TARGET:
                    gap = Span(flag.span.start, flag.span.end + 1)
                    blank = source.text[flag.span.end : gap.end] in (" ", "\t")
                    fix = Fix("leave the redundant platform out", (Edit(source.path, gap, ""),)) if blank else None
                    message = f"{flag.value} is what holds without the flag"
                    yield self.found(at, message, advice="leave --platform out", fix=fix)
                elif "$" not in flag.value and not _named_for(stage.name or "", flag.value):
                    message = f"the stage is built for {flag.value} on every machine"
                    yield self.found(at, message, advice="leave --platform out, and give it to the build")


def _named_for(name: str, platform: str) -> bool:
    return any(part in name for part in platform.lower().split("/"))
