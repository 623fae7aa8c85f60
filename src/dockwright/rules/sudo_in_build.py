"""DW171: sudo in a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule


class SudoInBuild(Rule):
    """Build without sudo

    ## What it finds

    `sudo` in a RUN, and its installation by a package manager in a stage that the image is made of.

    ## Why it matters

    Root needs no `sudo` in a build, and a user who has it in the image can become root with it. It starts programs
    below itself and in another environment, so that signals and variables get lost.

    ## How to mend it

    Write `USER root` in front of what needs it and the image's user behind; at run time, `gosu` or `setpriv`.

    ## Fix safety

    There is no fix: which user runs the RUN may be set by the base image.

    ## Source

    Docker's documentation, «Best practices», `USER`.
    """

    code, name, severity = "DW171", "sudo-in-build", "warning"
    equivalents = (
        "hadolint:DL3004", "checkov:CKV2_DOCKER_1", "trivy-checks:DS-0010", "docker-parfum:DL3004",
        "dockerfilelint:sudo_usage", "dockle:DKL-DI-0001",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN ⟦sudo⟧ apt-get update && true || sudo -E pip install x\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y curl ⟦sudo⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN echo sudo && rm -f /etc/sudoers.d/x\n"}),
        Example({"Dockerfile": "FROM debian:13 AS tools\nRUN apt-get install -y sudo\nFROM debian:13\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            # A container that people develop in is theirs to be root in.
            if "devcontainer" in step.path:
                continue
            first = next((simple for simple in step.written if simple.name == "sudo"), None)
            if first is not None:
                yield self.found(
                    step.site(first.words[0].span),
                    "sudo in a build",
                    advice="write USER root in front, and the image's user behind",
                )
            for call in step.packages if step.shipped else ():
                for word in call.packages if call.verb == "install" and call.manager.system else ():
                    if word.value == "sudo":
                        yield self.found(
                            step.site(word.span),
                            "the image's users can become root with sudo",
                            advice="take the package out",
                        )
