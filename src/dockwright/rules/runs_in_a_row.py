"""DW179: RUNs that could be one."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile


class RunsInARow(Rule):
    """Join RUNs that follow each other

    ## What it finds

    A RUN of one command directly behind another one of one command, with the same flags, in a stage that the image is
    made of. Where the first one installs packages, it is left alone: a layer of its own is what the cache needs.

    ## Why it matters

    Each is a layer. What the first one writes stays in the image even where the second one removes it.

    ## How to mend it

    Join them with `&&`, or write a heredoc. Where the first one is slow and the second one changes often, two layers
    are right: say so in a comment that suppresses this.

    ## Fix safety

    There is no fix: two layers may be meant, for the cache.

    ## Source

    Docker's documentation, «Building best practices», `RUN`.
    """

    code, name, severity = "DW179", "runs-in-a-row", "info"
    equivalents = ("hadolint:DL3059",)
    invalid = (Example({"Dockerfile": "FROM debian:13\nRUN /foo.sh\n# And then\n⟦RUN⟧ /bar.sh\nRUN /baz.sh\n"}),)
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN /foo.sh\nWORKDIR /x\nRUN /bar.sh\nRUN a && b\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN --mount=type=secret,id=foo /foo.sh\nRUN /bar.sh\n"}),
        Example({"Dockerfile": "FROM debian:13 AS build\nRUN /foo.sh\nRUN /bar.sh\nFROM debian:13\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN pip install -r requirements.txt\nRUN python -m shop.fonts\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        by_run = {id(step.run): step for step in runs(project) if step.shipped}
        stages = {(step.path, step.stage.index): step.stage for step in by_run.values()}
        for stage in stages.values():
            told = False
            for before, after in zip(stage.instructions, stage.instructions[1:], strict=False):
                first, second = by_run.get(id(before)), by_run.get(id(after))
                row = first is not None and second is not None and _alike(first, second)
                # A row of many is one finding.
                if row and not told and first is not None and second is not None:
                    yield self.found(
                        second.site(second.run.keyword_span),
                        "this RUN follows another one, and could be part of it",
                        advice="join them with &&",
                        related=[Related(first.site(first.run.keyword_span), "the RUN before")],
                    )
                told = row


def _alike(first: Step, second: Step) -> bool:
    return not first.packages and _single(first) and _single(second) and _flags(first.run) == _flags(second.run)


def _single(step: Step) -> bool:
    return len([simple for simple in step.written if not simple.nested]) == 1 and not step.run.heredocs


def _flags(run: dockerfile.Run) -> list[tuple[str, str | None]]:
    return [(flag.name, flag.value) for flag in run.flags]
