"""DW183: a port that an image should not open."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site


class ExposedPort(Rule):
    """Expose no ssh server

    ## What it finds

    `EXPOSE 22`.

    ## Why it matters

    A container needs no ssh server: `docker exec` does the same without another password, and whoever publishes all
    exposed ports opens that one with them.

    ## How to mend it

    `EXPOSE` the port on which the service listens, and take the ssh server out of the image.

    ## Fix safety

    There is no fix: somebody may log in there.

    ## Source

    CIS Docker Benchmark 5.7, «Ensure sshd is not run within containers».
    """

    code, name, severity = "DW183", "exposed-port", "warning"
    equivalents = ("checkov:CKV_DOCKER_1", "trivy-checks:DS-0004")
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nEXPOSE 80 ⟦22⟧\n"}),
        Example({"Dockerfile": "FROM debian:13\nEXPOSE ⟦20-23/tcp⟧\n"}),
    )
    valid = (Example({"Dockerfile": "FROM debian:13\nEXPOSE 80 443/tcp 2222 $PORT\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for instruction in project.trees.of(dockerfile.parse, source).instructions:
                for word in instruction.values if isinstance(instruction, dockerfile.Expose) else ():
                    if _opens_ssh(word.value):
                        yield self.found(
                            Site(source.path, word.span),
                            "a container with an ssh server",
                            advice="take the port out; use docker exec",
                        )


def _opens_ssh(exposed: str) -> bool:
    """Whether a port, or a range of them, holds 22 over TCP."""
    port, _, protocol = exposed.rpartition(":")[2].partition("/")
    first, _, last = port.partition("-")
    ports = (first, last or first)
    return protocol.lower() in ("", "tcp") and all(map(str.isdecimal, ports)) and int(ports[0]) <= 22 <= int(ports[1])
