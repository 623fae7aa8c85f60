"""DW171: sudo in a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, shell

_JOINS = frozenset({"useradd", "usermod", "adduser", "addgroup", "gpasswd"})
_GROUPS = frozenset({"sudo", "wheel"})


class SudoInBuild(Rule):
    """Build without sudo

    ## What it finds

    `sudo` in a RUN; and its installation in a stage that the image is made of, where the Dockerfile lets somebody use
    it: by a `NOPASSWD` line, a user in the group `sudo` or `wheel`, or a file of such rules that is copied.

    ## Why it matters

    Root needs no `sudo` in a build, and a user who has it in the image can become root with it. It starts programs
    below itself and in another environment, so that signals and variables get lost.

    ## How to mend it

    Write `USER root` in front of what needs it and the image's user behind; at run time, `gosu` or `setpriv`.

    ## Fix safety

    There is no fix: which user runs the RUN may be set by the base image.

    ## Source

    Docker's documentation, «Building best practices», `USER`.
    """

    code, name, severity = "DW171", "sudo-in-build", "warning"
    equivalents = (
        "hadolint:DL3004", "checkov:CKV2_DOCKER_1", "trivy-checks:DS-0010", "docker-parfum:DL3004",
        "dockerfilelint:sudo_usage", "dockle:DKL-DI-0001",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN ⟦sudo⟧ apt-get update && true || sudo -E pip install x\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN env A=b timeout 60 ⟦sudo⟧ -E make install\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y ⟦sudo⟧ && useradd -G users,sudo shop\n"}),
        Example(
            {
                "Dockerfile": "FROM debian:13\nRUN apt-get install -y ⟦sudo⟧\n"
                "RUN echo 'shop ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers\n"
            }
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN echo sudo && rm -f /etc/sudoers.d/x && env which sudo\n"}),
        Example({"Dockerfile": "FROM debian:13 AS tools\nRUN apt-get install -y sudo\nFROM debian:13\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y sudo && sed -i s/^%sudo/#/ /etc/sudoers\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        granted = frozenset(step.path for step in runs(project) if _granted(step))
        for step in runs(project):
            # A container that people develop in is theirs to be root in.
            if "devcontainer" in step.path:
                continue
            pairs = zip(step.written, step.commands, strict=True)
            first = next((word for written, simple in pairs for word in _sudo(written, simple)), None)
            if first is not None:
                yield self.found(
                    step.site(first.span),
                    "sudo in a build",
                    advice="write USER root in front, and the image's user behind",
                )
            for call in step.packages if step.shipped and step.path in granted else ():
                for word in call.packages if call.verb == "install" and call.manager.system else ():
                    if word.value == "sudo":
                        yield self.found(
                            step.site(word.span),
                            "a user of the image may run commands as root with sudo",
                            advice="take the package out, and the right to use it",
                        )


def _granted(step: Step) -> bool:
    """Whether somebody may use sudo; without such a line it serves root alone."""
    copies = [each for each in step.image.tree.instructions if isinstance(each, (dockerfile.Copy, dockerfile.Add))]
    return (
        "NOPASSWD" in step.image.tree.source.text
        or any("sudoers" in each.arguments.text for each in copies)
        or any(_joins(simple) for simple in step.commands)
    )


def _joins(simple: shell.Simple) -> bool:
    words = (word.text.replace("=", ",").split(",") for word in simple.arguments)
    return simple.name in _JOINS and any(not _GROUPS.isdisjoint(parts) for parts in words)


def _sudo(written: shell.Simple, simple: shell.Simple) -> tuple[shell.Word, ...]:
    """The `sudo` in front of a command, behind `env`, `timeout` and their like too."""
    before = written.words[: max(1, len(written.words) - len(simple.words))]
    return tuple(word for word in before if word.value == "sudo")
