"""DW164: a build that upgrades the whole distribution."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._packages import package_calls

_WHOLE_RELEASE = frozenset({"dist-upgrade", "full-upgrade", "dup", "distro-sync"})


class PackageUpgrade(Rule):
    """Take upgrades from the base image

    ## What it finds

    `apt-get dist-upgrade`, `full-upgrade`, `zypper dup` and `dnf distro-sync` in a RUN, and an `upgrade` of all
    packages in a stage that the image is made of, where the base image is pinned by its digest. On a tag that moves,
    an upgrade only takes early what the next build would bring.

    ## Why it matters

    Two builds of the same commit differ, the base image's packages are in the image twice, and since the layer is
    cached, the upgrade stays that of the day on which it was first built.

    ## How to mend it

    Build on a base image that is rebuilt often, pin it by its digest and let a bot move the pin. Upgrade one package
    by name where a fix cannot wait.

    ## Fix safety

    There is no fix: the upgrade may be what keeps a known hole closed.

    ## Source

    Docker's documentation, «Building best practices», «Rebuild your images often».
    """

    code, name, severity = "DW164", "package-upgrade", "info"
    equivalents = (
        "trivy-checks:DS-0024", "dockerfilelint:apt-get-upgrade", "dockerfilelint:apt-get-dist-upgrade",
        "dockle:DKL-DI-0003", "hadolint:DL3035",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update && ⟦apt-get dist-upgrade -y⟧\n"}),
        Example({"Dockerfile": f"FROM fedora:43@sha256:{64 * 'a'}\nRUN ⟦dnf -y upgrade⟧ && dnf clean all\n"}),
        Example({"Dockerfile": "FROM opensuse/leap:16.0 AS build\nRUN ⟦zypper -n dup⟧\nFROM opensuse/leap:16.0\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update && apt-get install -y --only-upgrade openssl\n"}),
        Example({"Dockerfile": "FROM fedora:43\nRUN dnf -y upgrade openssl && apk upgrade libssl3\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update && apt-get upgrade -y\n"}),
        Example({"Dockerfile": f"FROM debian:13@sha256:{64 * 'a'} AS build\nRUN apt-get upgrade -y\nFROM debian:13\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step, call in package_calls(project, "upgrade"):
            undoes_the_pin = step.shipped and "@" in step.image.base(step.stage)
            whole_release = call.verb_word.text in _WHOLE_RELEASE
            if call.manager.system and not call.packages and (undoes_the_pin or whole_release):
                yield self.found(
                    step.site(call.written.span),
                    f"{call.manager.name} {call.verb_word.text} makes the image differ from one build to the next",
                    advice="take upgrades with a newer base image, pinned by its digest",
                )
