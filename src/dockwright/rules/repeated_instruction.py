"""DW130: an instruction of which only the last one counts."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix, Related
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site

_KINDS = (dockerfile.Cmd, dockerfile.Entrypoint, dockerfile.Healthcheck)


class RepeatedInstruction(Rule):
    """Write CMD, ENTRYPOINT and HEALTHCHECK once in a stage

    ## What it finds

    A `CMD`, `ENTRYPOINT` or `HEALTHCHECK` below which another one of its kind stands in the same stage.

    ## Why it matters

    Only the last one counts. The others look as if they ran, and whoever edits the wrong one wonders.

    ## How to mend it

    Keep the last one.

    ## Fix safety

    Safe: the earlier one has no effect, and is removed. A `CMD` above an `ENTRYPOINT` is left to you.

    ## Source

    Dockerfile reference, `CMD`, `ENTRYPOINT` and `HEALTHCHECK`.
    """

    code, name, severity, consent = "DW130", "repeated-instruction", "warning", "safe"
    equivalents = (
        "buildkit:MultipleInstructionsDisallowed", "hadolint:DL3012", "hadolint:DL4003", "hadolint:DL4004",
        "trivy-checks:DS-0007", "trivy-checks:DS-0016", "trivy-checks:DS-0023",
    )  # fmt: skip
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\n⟦CMD python a.py⟧\nUSER 1000\nCMD python b.py\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nUSER 1000\nCMD python b.py\n"},
        ),
        Example(
            {"Dockerfile": 'FROM python:3.13-slim\n⟦ENTRYPOINT ["a"]⟧\nENTRYPOINT ["b"]\n'},
            becomes={"Dockerfile": 'FROM python:3.13-slim\nENTRYPOINT ["b"]\n'},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS a\nCMD python a.py\n\nFROM a\nCMD python b.py\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nENTRYPOINT ["python"]\nCMD ["a.py"]\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            tree = project.trees.of(dockerfile.parse, source)
            for stage in tree.stages:
                for kind in _KINDS:
                    found = stage.of(kind)
                    for earlier in found[:-1]:
                        last = found[-1]
                        yield self.found(
                            Site(source.path, earlier.span),
                            f"this {earlier.keyword} has no effect: a later one in the stage replaces it",
                            advice="remove it",
                            related=[Related(Site(source.path, last.span), "this one counts")],
                            fix=Fix(
                                f"remove the {earlier.keyword} without effect",
                                (Edit(source.path, earlier.line_span, ""),),
                            ),
                        )
