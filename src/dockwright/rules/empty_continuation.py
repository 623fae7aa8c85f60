"""DW140: an empty line inside an instruction."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Source, Span


class EmptyContinuation(Rule):
    """Leave no empty line inside an instruction

    ## What it finds

    An empty line behind a line that ends in a backslash.

    ## Why it matters

    BuildKit reads over it today and says that it will be an error in a later release. To the eye the instruction
    ends there.

    ## How to mend it

    Remove the line, or write a `#` in it.

    ## Fix safety

    Safe: BuildKit removes the line too before it reads the instruction.

    ## Source

    BuildKit's check NoEmptyContinuation.
    """

    code, name, severity, consent = "DW140", "empty-continuation", "warning", "safe"
    equivalents = ("buildkit:NoEmptyContinuation",)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN one \\\n⟦⟧\n && two\nUSER 1000\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nRUN one \\\n && two\nUSER 1000\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN one \\\n # why\n && two\n\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN <<EOF\none\n\ntwo\nEOF\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for instruction in project.trees.of(dockerfile.parse, source).instructions:
                blank = list(_blank_lines(source, instruction))
                for number, line in enumerate(blank):
                    at = Site(source.path, Span(line.start, line.start))
                    edits = tuple(Edit(source.path, each, "") for each in blank) if not number else ()
                    yield self.found(
                        at,
                        f"an empty line inside {instruction.keyword}: BuildKit means to refuse it one day",
                        advice="remove it",
                        fix=Fix("remove the empty lines", edits) if edits else None,
                    )


def _blank_lines(source: Source, instruction: dockerfile.Instruction) -> Iterator[Span]:
    """The empty lines between an instruction's first and last one; what documents hold is theirs."""
    start = instruction.line_span.start
    end = instruction.heredocs[0].body.span().start if instruction.heredocs else instruction.span.end
    if "\n" not in source.text[start:end]:
        return
    at = start
    while (line_end := source.text.find("\n", at, end)) >= 0:
        if not source.text[at:line_end].strip():
            yield Span(at, line_end + 1)
        at = line_end + 1
