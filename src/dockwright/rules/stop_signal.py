"""DW184: a signal that lets no server end in order."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.processes import of_command
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class StopSignal(Rule):
    """Stop the server with the signal that it understands

    ## What it finds

    `STOPSIGNAL SIGKILL`, and an image that starts uWSGI, which takes SIGTERM for an order to reload, without
    `--die-on-term` and without a `STOPSIGNAL` of its own.

    ## Why it matters

    Killed processes finish no request and close no connection. uWSGI loads its workers anew when it should stop, and
    is killed ten seconds later.

    ## How to mend it

    Take the line out; for uWSGI add `--die-on-term`, or write `STOPSIGNAL SIGINT`.

    ## Fix safety

    There is no fix: a configuration file that is not in the project may say `die-on-term`.

    ## Source

    Dockerfile reference, `STOPSIGNAL`; uWSGI's documentation, «Signals for controlling uWSGI».
    """

    code, name, severity = "DW184", "stop-signal", "warning"
    traps = (6,)
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nSTOPSIGNAL ⟦SIGKILL⟧\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD [⟦"uwsgi", "--http", ":8000", "--module", "shop"⟧]\n'}),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nSTOPSIGNAL SIGINT\nCMD ["uwsgi", "--http", ":8000"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD ["uwsgi", "--die-on-term", "--http", ":8000"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD ["uwsgi", "--ini", "/etc/uwsgi.ini"]\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for stage in image.shipped:
                found = _found(image, stage)
                if found is not None and Site(image.path, found[0]) not in seen:
                    at = Site(image.path, found[0])
                    seen.add(at)
                    yield self.found(at, found[1], advice=found[2])


def _found(image: Image, stage: dockerfile.Stage) -> tuple[Span, str, str] | None:
    signal = image.last(stage, dockerfile.Stopsignal)
    if signal is not None:
        if signal.value.value.upper().removeprefix("SIG") not in ("KILL", "9"):
            return None
        return signal.value.span, "SIGKILL leaves the server no time to end in order", "take the line out"
    for kind in (dockerfile.Entrypoint, dockerfile.Cmd):
        instruction = image.last(stage, kind)
        for process in of_command(instruction.command) if instruction is not None else ():
            # A configuration file may say it; so may a variable.
            configured = any(
                word in ("--die-on-term", "--hook-master-start")
                or word.startswith(("--ini", "--yaml", "--xml", "--json"))
                or word.endswith((".ini", ".yaml", ".yml", ".xml"))
                for word in process.words
            )
            told = any(
                pair.key.value == "UWSGI_DIE_ON_TERM"
                for each in image.lineage(stage)
                for env in each.of(dockerfile.Env)
                for pair in env.pairs
            )
            if process.words[:1] == ("uwsgi",) and not configured and not told:
                return process.span, "uWSGI reloads on SIGTERM instead of stopping", "add --die-on-term"
    return None
