"""DW154: a program that is installed for the health check alone."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.base_images import repository
from dockwright.finding import Finding, Related
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.runs import Step, runs
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, shell
from dockwright.text import Site

_PROGRAMS = ("curl", "wget")


class ProbeNeedsCurl(Rule):
    """Probe with what the image has

    ## What it finds

    `curl` or `wget` that is installed into a Python image where only the `HEALTHCHECK` uses it.

    ## Why it matters

    It brings libraries that have to be patched like all others, and is the first thing that an intruder looks for.
    Python's standard library asks for a URL just as well.

    ## How to mend it

    `CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/health', timeout=2)"]` behind
    `HEALTHCHECK`, and take the package out.

    ## Fix safety

    There is no fix: scripts that are not in the project may use the program.

    ## Source

    Python's documentation of `urllib.request`: `urlopen` raises for every answer of 400 and above.
    """

    code, name, severity = "DW154", "probe-needs-curl", "info"
    traps = (7,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nRUN apt-get update && apt-get install -y libpq5 ⟦curl⟧\n"
                "HEALTHCHECK CMD curl -f http://localhost:8000/health\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nRUN apt-get update && apt-get install -y curl\n"
                "RUN curl -fsSL https://example.com/x -o /x\nHEALTHCHECK CMD curl -f http://localhost:8000/health\n"
            }
        ),
        Example(
            {"Dockerfile": "FROM debian:13\nRUN apt-get install -y curl\nHEALTHCHECK CMD curl -f http://localhost\n"}
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for stage in image.shipped:
                check = image.last(stage, dockerfile.Healthcheck)
                if check is None or check.none or "python" not in repository(image.base(stage)):
                    continue
                own = {each.index for each in image.lineage(stage)}
                steps = [step for step in runs(project) if step.path == image.path and step.stage.index in own]
                for program in _PROGRAMS:
                    if program in check.arguments.text.split() and not _used(project, steps, program):
                        for step, word in _installed(steps, program):
                            at = step.site(word.span)
                            if at not in seen:
                                seen.add(at)
                                yield self.found(
                                    at,
                                    f"{program} is in the image for the health check alone",
                                    advice="probe with Python's urllib.request, and take the package out",
                                    related=[Related(Site(image.path, check.span), "the only use")],
                                )


def _installed(steps: list[Step], program: str) -> Iterator[tuple[Step, shell.Word]]:
    for step in steps:
        for call in step.packages:
            if call.verb == "install" and call.manager.system:
                yield from ((step, word) for word in call.packages if word.value == program)


def _used(project: Project, steps: list[Step], program: str) -> bool:
    if any(simple.name == program for step in steps for simple in step.commands):
        return True
    return any(program in source.text for source in project.of_kind("shell", "python"))
