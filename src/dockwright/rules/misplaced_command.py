"""DW172: a command that makes no sense while an image is built."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.misplaced_commands import FINE, MISPLACED
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule


class MisplacedCommand(Rule):
    """Leave out of a build what only a running machine can use

    ## What it finds

    `service`, `systemctl start`, `ps`, `top`, `mount`, `ssh`, `vim` and their like in a RUN. A service that runs for
    the commands behind it in the same RUN is fine, and so is one that is stopped.

    ## Why it matters

    Nothing that is started in a RUN lives longer than the RUN. What was meant does not happen, and nobody is told.

    ## How to mend it

    Start services when the container starts, one to a container. Take the rest out.

    ## Fix safety

    There is no fix: what was meant is a guess.

    ## Source

    Dockerfile reference, `RUN`.
    """

    code, name, severity = "DW172", "misplaced-command", "warning"
    equivalents = ("hadolint:DL3001",)
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN ⟦service⟧ nginx start\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN make && ⟦top⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN service postgresql start && createdb shop\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y ssh vim && systemctl enable shop\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            commands = [simple for simple in step.commands if not simple.nested]
            for simple in commands:
                why = MISPLACED.get(simple.name or "")
                if why is None or {word.text for word in simple.arguments} & FINE.get(simple.name or "", frozenset()):
                    continue
                # What follows in the same RUN may need the service, or be what is killed.
                if simple.name in ("service", "kill", "mount", "umount", "systemctl") and len(commands) > 1:
                    continue
                yield self.found(step.site(simple.words[0].span), f"{simple.name}: {why}", advice="take it out")
