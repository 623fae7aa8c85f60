"""DW183: a port that EXPOSE should not name, or not so."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site


class ExposedPort(Rule):
    """Expose the service's own port alone

    ## What it finds

    `EXPOSE 22`; a port of the host in front of a colon (`EXPOSE 80:8080`), which is ignored; a protocol in capitals.

    ## Why it matters

    A container needs no ssh server: `docker exec` does the same without another password, and whoever publishes all
    exposed ports opens that one with them. A port of the host that stands there was meant to do something, and does
    nothing.

    ## How to mend it

    `EXPOSE` the port on which the service listens. Publish it with `ports:` of the compose file or `docker run -p`.

    ## Fix safety

    Safe: capitals of a protocol become small, and what is ignored anyway goes.

    ## Source

    Dockerfile reference, `EXPOSE`; BuildKit's checks `ExposeProtoCasing` and `ExposeInvalidFormat`.
    """

    code, name, severity, consent = "DW183", "exposed-port", "warning", "safe"
    equivalents = (
        "checkov:CKV_DOCKER_1", "trivy-checks:DS-0004", "buildkit:ExposeProtoCasing", "buildkit:ExposeInvalidFormat",
        "dockerfilelint:expose_host_port",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nEXPOSE 80 ⟦22⟧\n"}),
        Example(
            {"Dockerfile": "FROM debian:13\nEXPOSE ⟦80:8080⟧ ⟦53/UDP⟧\n"},
            becomes={"Dockerfile": "FROM debian:13\nEXPOSE 8080 53/udp\n"},
        ),
    )
    valid = (Example({"Dockerfile": "FROM debian:13\nEXPOSE 80 443/tcp 2222 $PORT\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for instruction in image.tree.instructions:
                for word in instruction.values if isinstance(instruction, dockerfile.Expose) else ():
                    at = Site(image.path, word.span)
                    if at not in seen and "$" not in word.value:
                        seen.add(at)
                        yield from self._of(image, word)

    def _of(self, image: Image, word: dockerfile.Word) -> Iterator[Finding]:
        at = Site(image.path, word.span)
        port = word.value.rpartition(":")[2]
        better = port.lower()
        if better.partition("/")[0] == "22":
            yield self.found(at, "a container with an ssh server", advice="take the port out; use docker exec")
        elif better != word.value:
            fix = None
            if word.mapped.contiguous(0, len(word.text)) and word.text == word.value:
                fix = Fix(f"expose {better}", (Edit(image.path, word.span, better),))
            said = "the host's port is ignored here" if port != word.value else "a protocol in capitals"
            yield self.found(at, said, advice=f"write EXPOSE {better}", fix=fix)
