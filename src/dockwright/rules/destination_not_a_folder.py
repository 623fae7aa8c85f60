"""DW135: several files copied to what is not written as a folder."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span


class DestinationNotAFolder(Rule):
    """End the destination of several files with a slash

    ## What it finds

    A `COPY` or `ADD` of several sources whose destination does not end in `/`, and is not `.` or `..`.

    ## Why it matters

    The build is refused: «When using COPY with more than one source file, the destination must be a directory and
    end with a /».

    ## How to mend it

    Write the slash.

    ## Fix safety

    Safe: the build fails without it.

    ## Source

    Dockerfile reference, `COPY`, «Destination».
    """

    code, name, severity, consent = "DW135", "destination-not-a-folder", "error", "safe"
    equivalents = ("hadolint:DL3021", "trivy-checks:DS-0011", "dockerfilelint:add_dest_invalid")
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nCOPY a b ⟦/app⟧\nUSER 1000\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nCOPY a b /app/\nUSER 1000\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY a b ./\nCOPY a b .\nCOPY a /app\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG D=/a/\nCOPY a b $D\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for copy in project.trees.of(dockerfile.parse, source).instructions:
                if not isinstance(copy, (dockerfile.Copy, dockerfile.Add)) or len(copy.words) < 3:
                    continue
                word = copy.destination
                written = word.value
                # BuildKit looks at what the variable stands for.
                if written.endswith(("/", "\\")) or written in (".", "..") or written.endswith("/.") or "$" in written:
                    continue
                end = word.span.end - (1 if word.text[-1:] in "\"'" else 0)
                yield self.found(
                    Site(source.path, word.span),
                    f"several files cannot be copied to {written}: a folder ends with a slash",
                    advice=f"write {written}/",
                    fix=Fix("end the destination with a slash", (Edit(source.path, Span(end, end), "/"),)),
                )
