"""DW508: a shell script with Windows' line endings."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Edit, Site, Source, Span


class ScriptLineEndings(Rule):
    """Give scripts the line endings of Unix

    ## What it finds

    A shell script whose lines end in carriage return and line feed, unless a Dockerfile of the project takes the
    carriage returns out (`dos2unix`, `sed 's/\\r$//'`).

    ## Why it matters

    The kernel looks for an interpreter called `sh\\r`. The container stops with `exec /entrypoint.sh: no such file or
    directory`, about a file that is plainly there.

    ## How to mend it

    Save the script with line feeds alone, and let git keep it so: `*.sh text eol=lf` in `.gitattributes`.

    ## Fix safety

    Safe: no shell on Linux reads the script as it is.

    ## Source

    Linux, `execve(2)`, «Interpreter scripts»; git's manual of `gitattributes`, `eol`.
    """

    code, name, severity, consent = "DW508", "script-line-endings", "error", "safe"
    invalid = (
        Example(
            {"entrypoint.sh": '⟦#!/bin/sh⟧\r\nexec "$@"\r\n', "Dockerfile": "FROM python:3.13-slim\nCOPY . .\n"},
            becomes={"entrypoint.sh": '#!/bin/sh\nexec "$@"\n'},
        ),
    )
    valid = (
        Example({"entrypoint.sh": '#!/bin/sh\nexec "$@"\n'}),
        Example(
            {
                "entrypoint.sh": '#!/bin/sh\r\nexec "$@"\r\n',
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN sed -i 's/\\r$//' entrypoint.sh\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        texts = [source.text for source in project.of_kind("dockerfile")]
        if any("dos2unix" in text or "\\r" in text for text in texts):
            return
        for source in project.of_kind("shell"):
            first = source.text.find("\n")
            if source.text.startswith("#!") and source.text[first - 1] == "\r":
                yield self.found(
                    Site(source.path, Span(0, first - 1)),
                    "every line ends in a carriage return: no shell on Linux runs this script",
                    advice="save it with line feeds alone, and write `*.sh text eol=lf` into .gitattributes",
                    fix=Fix("end the lines in line feeds", _edits(source)),
                )


def _edits(source: Source) -> tuple[Edit, ...]:
    edits = []
    at = source.text.find("\r\n")
    while at >= 0:
        edits.append(Edit(source.path, Span(at, at + 1), ""))
        at = source.text.find("\r\n", at + 1)
    return tuple(edits)
