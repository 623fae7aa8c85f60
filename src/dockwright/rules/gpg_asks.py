"""DW187: gpg, made to talk to a person, in a RUN."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import runs
from dockwright.rule import Example, Rule
from dockwright.syntax import shell
from dockwright.text import Edit, Span

# What gpg talks about: it reads keys from others and asks whether they are right.
_TALKS = frozenset({"--recv-keys", "--recv-key", "--verify", "--import", "--receive-keys"})


class GpgAsks(Rule):
    """Tell gpg that nobody is there

    ## What it finds

    `gpg` that fetches, imports or verifies in a RUN without `--batch`.

    ## Why it matters

    Its interface for people is no interface for scripts: it may ask, and what it then answers and with which code it
    ends may change from one release to the next.

    ## How to mend it

    Add `--batch`.

    ## Fix safety

    Safe: in a build there is no terminal on which gpg could have asked.

    ## Source

    gpg(1), `--batch`; Debian bug 913614.
    """

    code, name, severity, consent = "DW187", "gpg-asks", "info", "safe"
    equivalents = ("docker-parfum:gpgUseBatchFlag",)
    invalid = (
        Example(
            {"Dockerfile": "FROM debian:13\nRUN ⟦gpg --verify a.asc a⟧ && rm a.asc\n"},
            becomes={"Dockerfile": "FROM debian:13\nRUN gpg --batch --verify a.asc a && rm a.asc\n"},
        ),
    )
    valid = (Example({"Dockerfile": "FROM debian:13\nRUN gpg --batch --verify a.asc a && gpg --dearmor <a >b\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for step in runs(project):
            for simple in step.commands:
                names = {option.name for option in shell.options(simple.arguments)} if simple.name == "gpg" else set()
                if not names & _TALKS or "--batch" in names or "--no-tty" in names:
                    continue
                word, fix = simple.words[0], None
                if word.contiguous and step.script is not None:
                    fix = Fix("add --batch", (Edit(step.path, Span(word.span.end, word.span.end), " --batch"),))
                yield self.found(
                    step.site(simple.span), "gpg may ask, and nobody is there", advice="add --batch", fix=fix
                )
