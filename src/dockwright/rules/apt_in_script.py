"""DW165: apt, which is made for people, in a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Edit, Span

# What both programs do alike; `apt upgrade` installs new packages, which `apt-get upgrade` does not.
_SHARED = frozenset({
    "install", "remove", "purge", "update", "autoremove", "autopurge", "clean", "autoclean",
    "build-dep", "download", "source", "satisfy", "reinstall",
})  # fmt: skip
_IN_CACHE = frozenset({"search", "show", "policy", "showsrc", "depends", "rdepends"})


class AptInScript(Rule):
    """Call apt-get in scripts, not apt

    ## What it finds

    `apt install`, `apt update` and their like in a RUN, which is told once.

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
            {"Dockerfile": "FROM debian:13\nRUN ⟦apt⟧ update && apt-get install -y gcc && sudo apt show gcc\n"},
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
            calls = [(simple, _better(simple)) for simple in step.commands if simple.name == "apt"]
            known = [(simple.words[0].span, better) for simple, better in calls if better is not None]
            if known:
                said = " and ".join(dict.fromkeys(better for _, better in known))
                edits = tuple(Edit(step.path, span, better) for span, better in known)
                yield self._found(step, known[0][0], said, Fix(f"call {said}", edits))
            others = [simple.words[0].span for simple, better in calls if better is None]
            if others:
                yield self._found(step, others[0], "apt-get", None)

    def _found(self, step: Step, span: Span, better: str, fix: Fix | None) -> Finding:
        """One finding for all calls of a RUN that are mended alike."""
        message = "apt makes no promise to scripts about its command line"
        return self.found(step.site(span), message, advice=f"write {better}", fix=fix)


def _better(simple: shell.Simple) -> str | None:
    """What is to be called instead; None where that is not certain."""
    word = simple.words[0]
    verb = next((each.text for each in simple.arguments if not each.text.startswith("-")), "")
    if not word.contiguous or word.text != "apt":
        return None
    return "apt-get" if verb in _SHARED else "apt-cache" if verb in _IN_CACHE else None
