"""DW186: an archive that is copied into a layer and unpacked in another."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.rules._archives import ARCHIVES, TARS, unpacked
from dockwright.syntax import dockerfile
from dockwright.text import Site


class ArchiveCopied(Rule):
    """Unpack an archive without a layer for it

    ## What it finds

    An archive of the build context that a `COPY` brings and a RUN of the same stage unpacks, in a stage that the image
    is made of.

    ## Why it matters

    The layer of the `COPY` holds the archive for good, beside what was in it. No `rm` in a RUN takes it out.

    ## How to mend it

    `ADD x.tgz /opt/` unpacks an archive of tar by itself. Any archive can be mounted for the one RUN that needs it:
    `RUN --mount=type=bind,source=x.zip,target=/tmp/x.zip unzip /tmp/x.zip`.

    ## Fix safety

    There is no fix: what `ADD` unpacks keeps its owners, and the RUN may do more than unpack.

    ## Source

    Dockerfile reference, `ADD`, «Adding local tar archives», and `RUN --mount=type=bind`.
    """

    code, name, severity = "DW186", "archive-copied", "info"
    equivalents = ("hadolint:DL3010",)
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nCOPY ⟦vendor/lib.tgz⟧ /opt/\nRUN tar -C /opt -xzf /opt/lib.tgz\n"}),
        Example({"Dockerfile": "FROM debian:13\nCOPY ⟦a.zip⟧ x /b.zip\nRUN unzip /b.zip && rm /b.zip\n"}),
        Example({"Dockerfile": "FROM debian:13\nCOPY ⟦dump.sql.gz⟧ /srv\nRUN gunzip /srv/dump.sql.gz\n"}),
        Example({"Dockerfile": "FROM debian:13\nCOPY ⟦words.xz⟧ /\nRUN xzcat /words.xz > /srv/words\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nCOPY lib.tgz /opt/\nRUN tar tzf /opt/lib.tgz && tar xf other.tgz\n"}),
        Example({"Dockerfile": "FROM a AS b\nCOPY lib.tgz /\nRUN tar xzf /lib.tgz\nFROM debian:13\nADD lib.tgz /\n"}),
        Example({"Dockerfile": "FROM debian:13\nCOPY dump.sql.gz /\nRUN zcat /dump.sql.gz | sqlite3 /srv/x.db\n"}),
        Example({"Dockerfile": "FROM a AS b\nFROM debian:13\nCOPY --from=b /lib.tgz /\nRUN tar xzf /lib.tgz\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told: set[Site] = set()
        for step in runs(project):
            if not step.shipped:
                continue
            copied = dict(_copied(step))
            for simple, word in unpacked(step) if copied else ():
                source = copied.get(basename(word.value or ""))
                at = None if source is None else step.site(source.span)
                if source is None or at is None or at in told:
                    continue
                told.add(at)
                mount = "mount it: RUN --mount=type=bind"
                yield self.found(
                    at,
                    f"{basename(source.value)} stays in this layer beside its content",
                    advice=f"unpack it with ADD, or {mount}" if source.value.endswith(TARS) else mount,
                    related=[Related(step.site(simple.span), "unpacked here")],
                )


def _copied(step: Step) -> Iterator[tuple[str, dockerfile.Word]]:
    """The archives that the stage copies above a RUN, each by the name that it then has."""
    for copy in step.stage.of(dockerfile.Copy):
        if copy.from_ is None and copy.span.start < step.run.span.start:
            renamed = copy.destination is not None and copy.destination.value.endswith(ARCHIVES)
            for word in copy.sources:
                if word.value.endswith(ARCHIVES):
                    yield basename(copy.destination.value if renamed and copy.destination else word.value), word
