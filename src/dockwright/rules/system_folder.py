"""DW133: a working directory or a volume in a folder of the kernel's."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site

_SYSTEM = ("/proc", "/sys", "/dev", "/boot", "/initrd", "/lost+found")


class SystemFolder(Rule):
    """Keep the application out of /proc, /sys and /dev

    ## What it finds

    A `WORKDIR` in `/proc`, `/sys`, `/dev` or `/boot`, and one of these as a `VOLUME`. A volume below one of them, such
    as `/sys/fs/cgroup`, is left alone.

    ## Why it matters

    The kernel fills these folders when the container starts: nothing that the build writes there is found again, and a
    volume in their place hides devices and processes. `WORKDIR /proc/self/fd/8` has been the way out of a container
    onto its host (CVE-2024-21626).

    ## How to mend it

    Write a folder of the application's own: `WORKDIR /app`.

    ## Fix safety

    There is no fix: the folder decides where everything lies.

    ## Source

    CVE-2024-21626; CIS Docker Benchmark 5.6, «sensitive host system directories».
    """

    code, name, severity = "DW133", "system-folder", "error"
    equivalents = ("trivy-checks:DS-0030", "dockle:DKL-DI-0002")
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nWORKDIR ⟦/proc/self/fd/8⟧\nUSER 1000\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nWORKDIR ⟦"/dev/shm"⟧\nVOLUME /data ⟦/proc/⟧\nUSER 1000\n'}),
    )
    valid = (Example({"Dockerfile": 'FROM python:3.13-slim\nWORKDIR /development\nVOLUME ["/sys/fs/cgroup", "/d"]\n'}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for source in project.of_kind("dockerfile"):
            for instruction in project.trees.of(dockerfile.parse, source).instructions:
                words: tuple[dockerfile.Word, ...] = ()
                if isinstance(instruction, dockerfile.Workdir):
                    words = (instruction.value,) if _below(instruction.value.value) else ()
                elif isinstance(instruction, dockerfile.Volume):
                    words = tuple(word for word in instruction.values if word.value.rstrip("/") in _SYSTEM)
                for word in words:
                    yield self.found(
                        Site(source.path, word.span),
                        f"{word.value} is the kernel's: the container does not find there what the image has",
                        advice="write a folder of the application's own, such as /app",
                    )


def _below(path: str) -> bool:
    return any(f"{path}/".startswith(f"{folder}/") for folder in _SYSTEM)
