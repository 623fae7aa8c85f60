"""DW132: a WORKDIR or a destination that starts from a folder nobody named."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.base_images import official
from dockwright.finding import Finding
from dockwright.project.build_steps import starts_at_root
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span


class RelativeWorkdir(Rule):
    """Name the working directory before anything is relative to it

    ## What it finds

    A relative `WORKDIR`, or the relative destination of a `COPY` or `ADD`, with no absolute `WORKDIR` above it in the
    stage or in the stages that it is built upon. The first one in each stage is reported. Upon an official image a
    destination lies where that image's own working directory is, mostly in `/`: worth knowing, and no more. Upon other
    images it is left alone, since their working directory may be meant for it.

    ## Why it matters

    The folder is then the base image's own working directory. When the base changes it, the files lie somewhere else
    and the server's command does not find them. Without one they lie in `/`, between the system's folders.

    ## How to mend it

    Write an absolute `WORKDIR` first: `WORKDIR /app`.

    ## Fix safety

    There is no fix: the folder decides where everything lies.

    ## Source

    Dockerfile reference, `WORKDIR`; BuildKit's check WorkdirRelativePath.
    """

    code, name, severity = "DW132", "relative-workdir", "warning"
    equivalents = (
        "hadolint:DL3000", "hadolint:DL3045", "buildkit:WorkdirRelativePath", "trivy-checks:DS-0009",
        "checkov:CKV_DOCKER_10",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nWORKDIR ⟦app⟧\nUSER 1000\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim AS a\nWORKDIR /a\n\nFROM python:3.13-slim\nCOPY x ⟦y⟧\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nONBUILD COPY requirements.txt ⟦.⟧\nUSER 1000\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS a\nWORKDIR /app\n\nFROM a\nWORKDIR src\nCOPY . .\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nARG DIR=/a\nWORKDIR ${DIR}\nCOPY x ${DIR}/y\nCOPY a /b\n"}),
        Example({"Dockerfile": "FROM example/windows:1\nWORKDIR 'C:\\'\nCOPY x d:\\y\n"}),
        Example({"Dockerfile": 'FROM example/windows:1\nWORKDIR "C:\\"\nCOPY x y\n'}),
        Example({"Dockerfile": "FROM ghcr.io/example/base:1\nCOPY . .\nUSER 1000\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                if any(ancestor.last(dockerfile.Workdir) for ancestor in list(image.lineage(stage))[1:]):
                    continue
                for written in stage.instructions:
                    instruction = written.inner if isinstance(written, dockerfile.Onbuild) else written
                    word: dockerfile.Word | None = None
                    if isinstance(instruction, dockerfile.Workdir):
                        word = instruction.value
                    elif isinstance(instruction, (dockerfile.Copy, dockerfile.Add)):
                        word = instruction.destination
                    copies = not isinstance(instruction, dockerfile.Workdir)
                    if copies and official(image.base(stage)) is None:
                        continue
                    if word is not None and _relative(word.value) and (image.path, word.span) not in seen:
                        seen.add((image.path, word.span))
                        message = f"{word.value} is relative to whatever working directory the base image has"
                        if starts_at_root(image.base(stage)):
                            message = f"{word.value} lies in /, since nothing sets a working directory"
                        yield self.found(
                            Site(image.path, word.span),
                            message,
                            advice="write an absolute WORKDIR above it",
                            severity="info" if copies else None,
                        )
                        break
                    if isinstance(instruction, dockerfile.Workdir):
                        break


def _relative(path: str) -> bool:
    path = path.lstrip("\"'")
    drive = path[1:2] == ":" and path[:1].isalpha()
    return bool(path) and not path.startswith(("/", "\\", "$")) and not drive
