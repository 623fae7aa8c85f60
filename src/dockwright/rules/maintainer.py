"""DW141: MAINTAINER, which is a label now."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site


class Maintainer(Rule):
    """Name the authors in a label

    ## What it finds

    `MAINTAINER`.

    ## Why it matters

    It is deprecated since 2017. `docker inspect` and registries show labels.

    ## How to mend it

    Write `LABEL org.opencontainers.image.authors="…"`.

    ## Fix safety

    Safe: nothing that runs reads either of them.

    ## Source

    Dockerfile reference, «MAINTAINER (deprecated)»; OCI image specification, annotations.
    """

    code, name, severity, consent = "DW141", "maintainer", "info", "safe"
    equivalents = (
        "hadolint:DL4000", "buildkit:MaintainerDeprecated", "trivy-checks:DS-0022", "checkov:CKV_DOCKER_6",
        "dockerfilelint:deprecated_in_1.13",
    )  # fmt: skip
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\n⟦MAINTAINER Ada <ada@example.org>⟧\nUSER 1000\n"},
            becomes={
                "Dockerfile": "FROM python:3.13-slim\n"
                'LABEL org.opencontainers.image.authors="Ada <ada@example.org>"\nUSER 1000\n'
            },
        ),
    )
    valid = (Example({"Dockerfile": 'FROM python:3.13-slim\nLABEL org.opencontainers.image.authors="Ada"\n'}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for each in project.trees.of(dockerfile.parse, source).instructions:
                if isinstance(each, dockerfile.Maintainer):
                    name = each.value.text.strip("\"'")
                    label = f'LABEL org.opencontainers.image.authors="{name}"'
                    plain = not any(sign in name for sign in '"\\$`\n')
                    yield self.found(
                        Site(source.path, each.span),
                        "MAINTAINER is deprecated",
                        advice=f"write {label}",
                        fix=Fix("name the authors in a label", (Edit(source.path, each.span, label),))
                        if plain
                        else None,
                    )
