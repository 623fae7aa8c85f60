"""DW201: an ignore file that no build reads."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Finding, Fix, Related, Severity
from dockwright.project.context import taken
from dockwright.project.images import Image, ignore_file_read, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Move, Site, Source, Span


class IgnoreFileUnread(Rule):
    """Put the ignore file where the build reads it

    ## What it finds

    A `.dockerignore` beside a Dockerfile whose build does not read it. For an image, BuildKit reads
    `<Dockerfile>.dockerignore` beside the Dockerfile, and only where that is missing `.dockerignore` in the root of the
    build context. A `.dockerignore` in `docker/` is read by nothing when the context is the repository's root. It is
    an error where the whole context is copied, and a warning where only parts of it are.

    ## Why it matters

    Everything that it was meant to keep out is sent to the builder, and `COPY . .` bakes it into a layer: the
    history in `.git`, the passwords in `.env`, private keys.

    ## How to mend it

    Rename it to the Dockerfile's name with `.dockerignore` behind it. Its patterns are relative to the build
    context, not to the folder that it lies in.

    ## Fix safety

    `apply` moves the file where one image alone can be meant and no other ignore file is read for it. Files that
    were part of the context until now are left out afterwards, so `audit --fix` leaves it alone.

    ## Source

    Docker's documentation of the build context, «Filename and location».
    """

    code, name, severity, consent = "DW201", "ignore-file-unread", "error", "refit"
    traps = (14,)
    invalid = (
        Example(
            {
                "docker/Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                "docker/.dockerignore": "⟦.git⟧\n.env*\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build:\n      dockerfile: docker/Dockerfile\n",
            },
            becomes={"docker/.dockerignore": None, "docker/Dockerfile.dockerignore": ".git\n.env*\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n", ".dockerignore": ".git\n"}),
        Example(
            {
                "docker/Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                "docker/Dockerfile.dockerignore": ".git\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build:\n      dockerfile: docker/Dockerfile\n",
            }
        ),
        # Its Dockerfile may be made by a script.
        Example({"tools/Dockerfile": "FROM python:3.13-slim\nCOPY a .\nUSER 1000:1000\n", ".dockerignore": ".git\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        known = images(project)
        read = {ignore_file_read(project, image) for image in known}
        for source in project.of_kind("ignore"):
            if source.path.endswith(".dockerignore") and source.path not in read:
                meant = [image for image in known if _meant(source.path, image)]
                # With no Dockerfile beside it, a build that nobody sees here may read it.
                if meant:
                    yield self._found(project, source, meant)

    def _found(self, project: Project, source: Source, meant: list[Image]) -> Finding:
        at = Site(source.path, _first_line(source))
        image = meant[0]
        target = f"{image.path}.dockerignore"
        where = image.context or "the repository's root"
        message = f"no build reads this ignore file: {image.path} is built with {where} as its context"
        other = ignore_file_read(project, image)
        fix = None
        if len(meant) == 1 and other is None:
            fix = Fix(f"move {source.path} to {target}", (Move(source.path, target),), "refit")
        related = [Related(call.at, "built here") for call in image.builds]
        whole = any(not copied.path for image in meant for copied in taken(image))
        severity: Severity = "error" if whole else "warning"
        return self.found(at, message, advice=f"rename it to {target}", related=related, fix=fix, severity=severity)


def _meant(path: str, image: Image) -> bool:
    return dirname(path) == dirname(image.path)


def _first_line(source: Source) -> Span:
    for number in range(1, source.line_count + 1):
        text = source.line(number)
        if text.strip() and not text.startswith("#"):
            start = source.line_span(number).start
            return Span(start, start + len(text))
    return Span(0, 0)
