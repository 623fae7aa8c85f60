"""DW128: a FROM that a missing build argument leaves without an image."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

# BuildKit knows these in FROM without an ARG.
_PLATFORM = frozenset(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
)


class UndefinedBaseArgument(Rule):
    """Give the variables of FROM a value

    ## What it finds

    A `FROM` with a variable, in `--platform` too, that no `ARG` above the first `FROM` declares, or whose name is
    empty or broken with the defaults of those that are declared.

    ## Why it matters

    `FROM` sees no `ARG` of a stage and no `ENV`. Without a value the image's name is empty or ends in a colon, and
    the build fails unless everybody remembers the `--build-arg`.

    ## How to mend it

    Declare `ARG NAME=default` above the first `FROM`.

    ## Fix safety

    There is no fix: the default is yours to choose.

    ## Source

    Dockerfile reference, «Understand how ARG and FROM interact».
    """

    code, name, severity = "DW128", "undefined-base-argument", "warning"
    equivalents = ("buildkit:UndefinedArgInFrom", "buildkit:InvalidDefaultArgInFrom")
    invalid = (
        Example({"Dockerfile": "FROM python:⟦$VERSION⟧\nUSER 1000\n"}),
        Example({"Dockerfile": "ARG VERSION\nFROM ⟦python:${VERSION}⟧\nUSER 1000\n"}),
        Example({"Dockerfile": "ARG TARGET_ARCH\nFROM --platform=linux/⟦$ARCH⟧ python:3.13-slim\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "ARG VERSION=3.13\nFROM --platform=$BUILDPLATFORM python:${VERSION}\n"}),
        Example({"Dockerfile": "ARG V\nFROM python:${V:-3.13}\n"}),
        Example({"Dockerfile": "ARG BASE\nFROM ${BASE}\n", "Makefile": "b:\n\tdocker build --build-arg BASE=x .\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        given = _given(project)
        for image in images(project):
            declared = {pair.key.value for arg in image.tree.global_args for pair in arg.pairs}
            for stage in image.tree.stages:
                for at, message, advice in _wrong(image, stage, declared, given):
                    if (image.path, at) not in seen:
                        seen.add((image.path, at))
                        yield self.found(Site(image.path, at), message, advice=advice)


def _given(project: Project) -> str:
    """The text of everything that may hold a build argument's value."""
    return "\n".join(
        source.text
        for source in project.of_kind("make", "shell", "ci", "compose", "python", "task", "devcontainer")
        if "arg" in source.text
    )


def _wrong(image: Image, stage: dockerfile.Stage, declared: set[str], given: str) -> Iterator[tuple[Span, str, str]]:
    platform, word = stage.from_.platform, stage.from_.image
    uses = dockerfile.variables(word) if "$" in word.text else ()
    mapped = None if platform is None else platform.mapped
    flagged = () if mapped is None else dockerfile.variables(mapped, image.tree.escape)
    missing = [use for use in uses if use.name not in declared | _PLATFORM]
    for use in (*(use for use in flagged if use.name not in declared | _PLATFORM), *missing):
        if use.operator is None:
            message = f"{use.name} is not declared above the first FROM: it is empty here"
            yield use.span, message, f"write ARG {use.name}=… above the first FROM"
    if not uses:
        return
    named = word.expand(image.global_defaults)
    broken = (
        not named or named.endswith((":", "/", "@")) or named.startswith((":", "/")) or ":-" in named or "//" in named
    )
    if broken and not missing and not any(use.name in given for use in uses):
        names = ", ".join(use.name for use in uses if use.name not in image.global_defaults)
        yield word.span, f"with the defaults this is {named!r}, which is no image", f"give {names or 'it'} a default"
