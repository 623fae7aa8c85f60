"""DW185: an archive that stays in the layer beside what was in it."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.rules._archives import REPLACERS, unpacked


class ArchiveKept(Rule):
    """Remove what was unpacked in the same RUN

    ## What it finds

    An archive that a RUN downloads and unpacks, and that neither this RUN removes nor a mount keeps out of the layer,
    in a stage that the image is made of.

    ## Why it matters

    The image holds its content twice. A removal in a later RUN makes nothing smaller.

    ## How to mend it

    `&& rm x.tgz` behind `tar`, `curl … | tar xz` with `pipefail`, or `ADD` in a stage that only builds.

    ## Fix safety

    There is no fix: a later instruction may need the file.

    ## Source

    Docker's documentation, «Building best practices», «ADD or COPY».
    """

    code, name, severity = "DW185", "archive-kept", "info"
    equivalents = ("docker-parfum:tarSomethingRmTheSomething",)
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN wget -q https://x.org/a.tgz && tar xzf ⟦a.tgz⟧ -C /opt\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN curl -fo /tmp/a.zip https://x.org/a && unzip ⟦/tmp/a.zip⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN wget -q https://x.org/a.tgz && tar xzf a.tgz && rm a.tgz\n"}),
        Example({"Dockerfile": "FROM a\nRUN cd /tmp && wget -q https://x.org/a.tgz && tar xf a.tgz && rm -r /tmp/*\n"}),
        Example({"Dockerfile": "FROM a\nRUN --mount=type=tmpfs,target=/t wget -O /t/a.tgz $U && tar xf /t/a.tgz\n"}),
        Example({"Dockerfile": "FROM a AS b\nRUN wget $U/a.tgz && tar xf a.tgz\nFROM debian:13\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN wget $U/a.tgz && tar -tf a.tgz && wget $U/b.gz && gunzip b.gz\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            if not step.shipped or not any(simple.name in ("curl", "wget") for simple in step.commands):
                continue
            # Whatever is removed by a pattern or a folder may be it.
            if step.mount_targets or any(simple.name in ("rm", "mv", "find") for simple in step.commands):
                continue
            for simple, word in unpacked(step):
                if simple.name in REPLACERS:
                    continue
                yield self.found(
                    step.site(word.span),
                    f"{basename(word.value or '')} stays in the layer beside its content",
                    advice="remove it in the same RUN",
                )
