"""DW136: a stage whose name is taken."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site

_RESERVED = frozenset({"context", "scratch"})


class StageNameTaken(Rule):
    """Give every stage a name of its own

    ## What it finds

    A stage with the name of another one, letters' case aside, or with a word that BuildKit keeps for itself:
    `context` and `scratch`.

    ## Why it matters

    `--target` and `COPY --from` take one of the two, and not always the one that was meant. `FROM scratch` and a
    named context `context` mean something else already.

    ## How to mend it

    Rename the stage, and what refers to it.

    ## Fix safety

    There is no fix: which of the two a reference means is a guess.

    ## Source

    BuildKit's checks DuplicateStageName and ReservedStageName.
    """

    code, name, severity = "DW136", "stage-name-taken", "error"
    equivalents = (
        "buildkit:DuplicateStageName", "buildkit:ReservedStageName", "hadolint:DL3024", "hadolint:DL3063",
        "trivy-checks:DS-0012", "checkov:CKV_DOCKER_11",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:trixie AS build\nFROM python:3.13-slim AS ⟦Build⟧\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim AS ⟦scratch⟧\nUSER 1000\n"}),
    )
    valid = (Example({"Dockerfile": "FROM debian:trixie AS build\nFROM python:3.13-slim AS run\nUSER 1000\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            first: dict[str, dockerfile.Word] = {}
            for stage in project.trees.of(dockerfile.parse, source).stages:
                alias = stage.from_.alias
                if alias is None or stage.name is None:
                    continue
                at = Site(source.path, alias.span)
                if stage.name in _RESERVED:
                    message = f"BuildKit keeps the name {stage.name} for itself"
                    yield self.found(at, message, advice="give the stage another name")
                elif stage.name in first:
                    other = Related(Site(source.path, first[stage.name].span), "the first one")
                    message = f"another stage is called {stage.name} already"
                    yield self.found(at, message, advice="give the stage a name of its own", related=[other])
                else:
                    first[stage.name] = alias
