"""DW178: a shell that is put in another one's place by a link."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule


class ShellReplaced(Rule):
    """Choose the shell with SHELL

    ## What it finds

    `ln -s /bin/bash /bin/sh` in a RUN.

    ## Why it matters

    Every script of the distribution that begins with `#!/bin/sh` runs with the other shell from then on, in the
    running container too, and an update of the package puts the old one back.

    ## How to mend it

    `SHELL ["/bin/bash", "-c"]`: it holds for the instructions of this stage and for nothing else.

    ## Fix safety

    There is no fix: scripts may count on the other shell by now.

    ## Source

    Dockerfile reference, `SHELL`.
    """

    code, name, severity = "DW178", "shell-replaced", "warning"
    equivalents = ("hadolint:DL4005",)
    invalid = (Example({"Dockerfile": "FROM debian:13\nRUN rm /bin/sh && ⟦ln -s /bin/bash /bin/sh⟧\n"}),)
    valid = (
        Example({"Dockerfile": 'FROM debian:13\nSHELL ["/bin/bash", "-c"]\nRUN ln -s /usr/bin/python3 /bin/py\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            for simple in step.commands:
                words = [word.value for word in simple.arguments]
                if simple.name == "ln" and words and words[-1] in ("/bin/sh", "/usr/bin/sh", "sh"):
                    yield self.found(
                        step.site(simple.span),
                        "this gives every script of the distribution another shell",
                        advice='write SHELL ["/bin/bash", "-c"]',
                    )
