"""DW165: apt, which is made for people, in a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.text import Edit

# What both programs do alike; `apt upgrade` installs new packages, which `apt-get upgrade` does not.
_SHARED = frozenset({
    "install", "remove", "purge", "update", "autoremove", "autopurge", "clean", "autoclean",
    "build-dep", "download", "source", "satisfy", "reinstall",
})  # fmt: skip
_IN_CACHE = frozenset({"search", "show", "policy", "showsrc", "depends", "rdepends"})


class AptInScript(Rule):
    """Call apt-get in scripts, not apt

    ## What it finds

    `apt install`, `apt update` and their like in a RUN.

    ## Why it matters

    `apt` is made for the terminal: it warns on every call that its command line may change between releases.
    `apt-get` promises not to.

    ## How to mend it

    Write `apt-get`, and `apt-cache` for `search`, `show` and `policy`.

    ## Fix safety

    Safe: the same options and packages go to the same library.

    ## Source

    apt(8), «Script usage and differences from other APT tools».
    """

    code, name, severity, consent = "DW165", "apt-in-script", "info", "safe"
    equivalents = ("hadolint:DL3027", "checkov:CKV_DOCKER_9", "docker-parfum:DL3027")
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN ⟦apt⟧ update && apt-get install -y gcc && sudo ⟦apt⟧ show gcc\n"},
            becomes={
                "Dockerfile": "FROM debian:13\n"
                "RUN apt-get update && apt-get install -y gcc && sudo apt-cache show gcc\n"
            },
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update && apt-get install -y apt-utils\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN echo apt install gcc\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            for simple in step.commands:
                if simple.name != "apt":
                    continue
                word = simple.words[0]
                verb = next((each.text for each in simple.arguments if not each.text.startswith("-")), "")
                better = "apt-get" if verb in _SHARED else "apt-cache" if verb in _IN_CACHE else None
                fix = None
                if better is not None and word.contiguous and word.text == "apt":
                    fix = Fix(f"call {better}", (Edit(step.path, word.span, better),))
                yield self.found(
                    step.site(word.span),
                    "apt makes no promise to scripts about its command line",
                    advice=f"write {better or 'apt-get'}",
                    fix=fix,
                )
