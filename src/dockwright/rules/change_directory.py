"""DW170: a cd that is gone with its RUN, or that WORKDIR says better."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule


class ChangeDirectory(Rule):
    """Change the folder with WORKDIR

    ## What it finds

    A RUN that begins with `cd` to a fixed folder and stays there, and one that ends with a `cd`, which changes
    nothing. Going to a folder in between and removing it again is fine, and so is a folder that is mounted for this
    RUN alone.

    ## Why it matters

    Each RUN starts in `WORKDIR`: what a `cd` did is gone with its RUN, and the next line runs somewhere else than it
    seems.

    ## How to mend it

    `WORKDIR /src` in front of the RUN.

    ## Fix safety

    There is no fix: WORKDIR holds for all that follows, the container's start included.

    ## Source

    Docker's documentation, «Building best practices», `WORKDIR`.
    """

    code, name, severity = "DW170", "change-directory", "info"
    equivalents = ("hadolint:DL3003", "trivy-checks:DS-0013")
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN ⟦cd /usr/src/app⟧ && make\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN make && ⟦cd /app⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nWORKDIR /app\nRUN make && cd sub && make\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN cd /tmp/build && make install && rm -rf /tmp/build\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN (cd /a && make) && cd /b && make && cd .. && rm -rf /b\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN --mount=type=bind,target=/src,rw cd /src && make install\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            commands = [simple for simple in step.commands if not simple.nested]
            moves = [simple for simple in commands if simple.name == "cd" and not simple.enclosing]
            cleans = any(simple.name == "rm" for simple in commands)
            for simple in moves:
                target = simple.arguments[0].value if simple.arguments else None
                if target is not None and _mounted(step, target):
                    continue
                first = simple is commands[0] and len(moves) == 1 and not cleans and len(commands) == 2
                last = simple is commands[-1] and not cleans and len(commands) == 1 + commands.index(simple)
                if last and len(moves) == 1:
                    said = "nothing comes behind this cd: the next RUN starts in WORKDIR"
                elif first and target is not None and target.startswith("/"):
                    said = f"cd {target} holds for this RUN alone"
                else:
                    continue
                yield self.found(step.site(simple.span), said, advice="write WORKDIR in front of the RUN")


def _mounted(step: Step, folder: str) -> bool:
    """Whether a folder, or something in it, is there for this RUN alone: WORKDIR would leave it behind, empty."""
    parts = (mount.part("target", "dst", "destination") for mount in step.run.mounts)
    targets = [part.value.rstrip("/") for part in parts if part is not None and part.value]
    return any(f"{target}/".startswith(f"{folder.rstrip('/')}/") for target in targets)
