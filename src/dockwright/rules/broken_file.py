"""DW001: a file that its own tool would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, makefile, yaml
from dockwright.syntax.problem import Problem
from dockwright.text import Site, Source, Span

_TEMPLATE = re.compile(r"[.-](?:template|tmpl|tpl)\.[^./]+$", re.I)


class BrokenFile(Rule):
    """Mend what the tool cannot read

    ## What it finds

    A Dockerfile, compose file or Makefile that BuildKit, Compose or Make would refuse: a syntax error, an unknown
    instruction, a key that is written twice, spaces where a recipe needs a tab.

    ## Why it matters

    The command fails, and what stands behind the error is not checked by anything, dockwright included.

    ## How to mend it

    The message says what the tool expects at that place.

    ## Fix safety

    There is no fix: what was meant is a guess.

    ## Source

    BuildKit's Dockerfile frontend, the YAML specification, GNU Make's manual.
    """

    code, name, severity = "DW001", "broken-file", "error"
    equivalents = (
        "hadolint:DL1000", "hadolint:DL3011", "hadolint:DL3043", "hadolint:DL3061", "trivy-checks:DS-0008",
        "dclint:invalid-yaml", "dockerfilelint:invalid_line", "dockerfilelint:invalid_command",
        "dockerfilelint:from_first",
        "dockerfilelint:required_params", "dockerfilelint:missing_args",
        "dockerfilelint:invalid_port", "dockerfilelint:invalid_format", "dockerfilelint:label_invalid",
        "dockerfilelint:healthcheck_options_missing_args",
    )  # fmt: skip
    traps = (31,)
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n⟦FRM⟧ base\n"}),
        Example({"compose.yaml": "name: shop\nservices:\n  app: {image: shop\n⟦⟧"}),
        Example({"Makefile": "up:\n⟦    docker compose up -d⟧\n", "compose.yaml": "name: shop\nservices: {}\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"}),
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"}),
        Example({"static/dockerfile-a1b2.js.map": '{"version": 3}\n'}),
        Example(
            {
                "compose.template.yml": "services:\n  app:\n    image: shop\n    #!if prod\n    restart: always\n"
                "    #!else\n    restart: never\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source, problem in _problems(project):
            start, end = problem.span
            end = max(start, min(end, source.text.find("\n", start) if "\n" in source.text[start:end] else end))
            yield self.found(Site(source.path, Span(start, end)), problem.message, advice=problem.hint)


def _problems(project: Project) -> Iterator[tuple[Source, Problem]]:
    for source in project.of_kind("dockerfile"):
        for problem in project.trees.of(dockerfile.parse, source).problems:
            yield source, problem
    for source in project.of_kind("compose"):
        # A tool makes the compose file out of it, and may leave out what is there twice.
        if _TEMPLATE.search(source.path):
            continue
        for problem in project.trees.of(yaml.parse, source).problems:
            yield source, problem
    for source in project.of_kind("make"):
        for problem in project.trees.of(makefile.parse, source).problems:
            yield source, problem
