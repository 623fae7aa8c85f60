"""DW142: a port in EXPOSE that says more than a container's port."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site


class ExposedPortFormat(Rule):
    """Expose the container's port alone

    ## What it finds

    `EXPOSE 8080:80` with a port or an address of the host, and a protocol in capital letters, `80/TCP`.

    ## Why it matters

    `EXPOSE` publishes nothing and cannot map: the host's part is dropped without a word. BuildKit means to refuse it
    in a later release.

    ## How to mend it

    Write the container's port, `EXPOSE 80`, and map it with `ports:` in compose.

    ## Fix safety

    Safe: the image says the same port as before.

    ## Source

    BuildKit's checks ExposeInvalidFormat and ExposeProtoCasing.
    """

    code, name, severity, consent = "DW142", "exposed-port-format", "warning", "safe"
    equivalents = ("buildkit:ExposeInvalidFormat", "buildkit:ExposeProtoCasing", "dockerfilelint:expose_host_port")
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nEXPOSE ⟦127.0.0.1:8080:80⟧ 9000 ⟦53/UDP⟧\nUSER 1000\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nEXPOSE 80 9000 53/udp\nUSER 1000\n"},
        ),
    )
    valid = (Example({"Dockerfile": "FROM python:3.13-slim\nEXPOSE 8000 8000-8010/udp ${PORT:-80}\nUSER 1000\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for each in project.trees.of(dockerfile.parse, source).instructions:
                for word in each.values if isinstance(each, dockerfile.Expose) else ():
                    wanted = word.value.rpartition(":")[2].lower()
                    if "$" in word.text or word.value == wanted or not wanted:
                        continue
                    mapped = ":" in word.value
                    yield self.found(
                        Site(source.path, word.span),
                        "EXPOSE maps no port of the host" if mapped else "the protocol is written in lower case",
                        advice=f"write {wanted}",
                        fix=Fix(f"expose {wanted}", (Edit(source.path, word.span, wanted),)),
                    )
