"""DW174: curl and wget in one image."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell

# What a program tells of itself; and nothing, as where `which` gave its name.
_ASKS = frozenset({"--version", "-V", "--help", "-h"})


class TwoDownloaders(Rule):
    """Download with one program

    ## What it finds

    A stage that downloads with `curl` in one place and with `wget` in another.

    ## Why it matters

    Both have to be installed and patched, and have options of their own for the same things: certificates, failures,
    redirects.

    ## How to mend it

    Use the one that the base image has, or `ADD --checksum=… https://…`, which needs neither.

    ## Fix safety

    There is no fix: the programs' options differ.

    ## Source

    Docker's documentation, «Building best practices», «ADD or COPY».
    """

    code, name, severity = "DW174", "two-downloaders", "info"
    equivalents = ("hadolint:DL4001", "trivy-checks:DS-0014")
    invalid = (Example({"Dockerfile": "FROM debian:13\nRUN curl -fO https://x.org/a\nRUN ⟦wget⟧ https://x.org/b\n"}),)
    valid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN curl -fO https://x.org/a\nFROM debian:13\nRUN wget https://x.org/b\n"}
        ),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y curl wget && curl -fO https://x.org/a\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN curl -fO https://x.org/a && wget --version | head -1\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        used: dict[tuple[str, int], dict[str, tuple[Step, shell.Simple]]] = {}
        for step in runs(project):
            for simple in step.commands:
                if simple.name in ("curl", "wget") and not _asks(simple):
                    used.setdefault((step.path, step.stage.index), {}).setdefault(simple.name, (step, simple))
        for programs in used.values():
            if len(programs) == 2:
                (first, earlier), (step, simple) = programs.values()
                yield self.found(
                    step.site(simple.words[0].span),
                    f"this stage downloads with {earlier.name} and with {simple.name}",
                    advice=f"use {earlier.name} here as well",
                    related=[Related(first.site(earlier.words[0].span), f"{earlier.name} is used here")],
                )


def _asks(simple: shell.Simple) -> bool:
    return _ASKS.issuperset(word.text for word in simple.arguments)
