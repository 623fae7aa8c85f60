"""DW161: packages that come along because others recommend them."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._packages import insert_option, is_pulled, package_calls


class PackageRecommends(Rule):
    """Install what is asked for, not what is recommended

    ## What it finds

    `apt-get install` without `--no-install-recommends` and `zypper install` without `--no-recommends`, in a stage that
    the image is made of, where no setting says the same for all.

    ## Why it matters

    What others recommend is often many times of what was asked for. It is downloaded at every build, shipped with
    every image, and has to be patched.

    ## How to mend it

    Add the option, build, and name the packages that are missed then. Those that are missed most: `ca-certificates`
    for curl, `libc6-dev` for gcc.

    ## Fix safety

    Unsafe: what a build needs may have come in as a recommendation.

    ## Source

    Docker's documentation, «Building best practices», `apt-get`; apt-get(8).
    """

    code, name, severity, consent = "DW161", "package-recommends", "info", "unsafe"
    equivalents = (
        "hadolint:DL3015", "trivy-checks:DS-0029", "docker-parfum:aptGetInstallUseNoRec",
        "dockerfilelint:apt-get_recommends",
    )  # fmt: skip
    traps = (12,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN apt-get update && ⟦apt-get install -y libpq5⟧\n"},
            becomes={
                "Dockerfile": "FROM python:3.13-slim\n"
                "RUN apt-get update && apt-get install --no-install-recommends -y libpq5\n"
            },
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y --no-install-recommends gcc\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -o APT::Install-Recommends=false -y gcc\n"}),
        Example({"Dockerfile": "FROM debian:13 AS build\nRUN apt-get install -y gcc\nFROM debian:13\n"}),
        Example({"Dockerfile": "FROM python:3.13-alpine\nRUN apk add gcc\n"}),
        Example({".devcontainer/Dockerfile": "FROM debian:13\nRUN apt-get install -y gcc\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get install -y ./$FILE && apt-get install --only-upgrade x\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step, call in package_calls(project):
            lean = call.manager.lean
            told = any("install-recommends" in each.arguments.text.lower() for each in step.stage.instructions)
            written_here = any("install-recommends" in word.text.lower() for word in call.simple.words)
            if not lean or not is_pulled(step) or not call.sure or call.options & set(lean) or written_here:
                continue
            if told and "apt.conf" in " ".join(each.arguments.text for each in step.stage.instructions):
                continue
            if call.verb_word.text == "build-dep" or "--only-upgrade" in call.options:
                continue
            # A file that was downloaded is one package, and what it recommends was asked for with it.
            if all(word.text.endswith(".deb") or word.text.startswith(("./", "/")) for word in call.packages):
                continue
            edit = insert_option(step, call, lean[0])
            yield self.found(
                step.site(call.written.span),
                f"{call.simple.name} installs what the packages recommend as well",
                advice=f"add {lean[0]}, and name what is missed then",
                fix=None if edit is None else Fix(f"add {lean[0]}", (edit,), "unsafe"),
            )
