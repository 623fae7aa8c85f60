"""DW139: keywords and stage names in more than one spelling."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Source, Span


class Casing(Rule):
    """Spell keywords one way, and stages in lower case

    ## What it finds

    An instruction in another case than most in the file, an `as` beside `FROM` (or `AS` beside `from`), and a stage
    whose name has capital letters.

    ## Why it matters

    BuildKit reads them all alike; people and searches do not. It compares stages in lower case, so `Build` and
    `build` are one.

    ## How to mend it

    Write what most of the file writes, and stage names in lower case.

    ## Fix safety

    Safe: the build does not tell the difference.

    ## Source

    BuildKit's checks ConsistentInstructionCasing, FromAsCasing and StageNameCasing.
    """

    code, name, severity, consent = "DW139", "casing", "info", "safe"
    equivalents = (
        "buildkit:ConsistentInstructionCasing", "buildkit:FromAsCasing", "buildkit:StageNameCasing",
        "dockerfilelint:uppercase_commands",
    )  # fmt: skip
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim ⟦as⟧ build\n⟦run⟧ true\nUSER 1000\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim AS build\nRUN true\nUSER 1000\n"},
        ),
        Example(
            {"Dockerfile": "FROM debian:trixie AS ⟦Build⟧\nFROM python:3.13-slim\nCOPY --from=Build /a /a\n"},
            becomes={"Dockerfile": "FROM debian:trixie AS build\nFROM python:3.13-slim\nCOPY --from=Build /a /a\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS build\nRUN true\nUSER 1000\n"}),
        Example({"Dockerfile": "from python:3.13-slim as build\nrun true\nuser 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            tree = project.trees.of(dockerfile.parse, source)
            written = [(each, source.slice(each.keyword_span)) for each in tree.instructions]
            upper = sum(text.isupper() for _, text in written) * 2 >= len(written)
            for each, text in written:
                wanted = text.upper() if upper else text.lower()
                if text != wanted and not isinstance(each, dockerfile.Unknown):
                    message = f"{text} is in another case than most instructions"
                    yield self._spelled(source, each.keyword_span, message, wanted)
                if isinstance(each, dockerfile.From) and each.alias is not None:
                    word = each.words[1]
                    keyword = "AS" if upper else "as"
                    if word.text != keyword and word.span.end - word.span.start == 2:
                        message = f"`{word.text}` is in another case than the FROM beside it"
                        yield self._spelled(source, word.span, message, keyword)
                    alias = each.alias
                    if alias.text != alias.text.lower() and source.slice(alias.span) == alias.text:
                        message = f"BuildKit calls the stage {alias.text.lower()}"
                        yield self._spelled(source, alias.span, message, alias.text.lower())

    def _spelled(self, source: Source, span: Span, message: str, wanted: str) -> Finding:
        fix = Fix(f"write {wanted}", (Edit(source.path, span, wanted),))
        return self.found(Site(source.path, span), message, advice=f"write {wanted}", fix=fix)
