"""DW206: an ignore file that forgets the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dockwright.finding import Finding, Fix, Related
from dockwright.project.context import by_image
from dockwright.project.images import Image, ignore_file_read, left_out
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.text import Edit, Span

# Tools that read the version out of the history while the image is built.
_READS_HISTORY = ("setuptools_scm", "setuptools-scm", "hatch-vcs", "versioneer", "dunamai", "pbr", "versioningit")


class HistoryInImage(Rule):
    """Leave `.git` out of the image

    ## What it finds

    `COPY . .` into an image, with an ignore file that leaves out other things but not `.git`. Projects that take
    their version from git while they build are left alone.

    ## Why it matters

    The image holds every version of every file, deleted passwords among them, and the addresses of everybody who
    worked on it. Each commit, branch or fetch makes the layer anew.

    ## How to mend it

    Write `.git` into the ignore file. Give the version as a build argument where the application shows it.

    ## Fix safety

    `apply` adds the pattern. A build that runs git inside has to get what it reads as an argument afterwards.

    ## Source

    Docker's documentation of the build context.
    """

    code, name, severity, consent = "DW206", "history-in-image", "warning", "refit"
    equivalents = ("dockle:DKL-LI-0003",)
    traps = (14,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.⟧ .\nUSER 1000:1000\n",
                ".dockerignore": "**/.env*\n",
            },
            becomes={".dockerignore": "**/.env*\n.git\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n", ".dockerignore": ".git\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n", ".dockerignore": "**\n!src\n"}),
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n", ".dockerignore": ".git/objects/*\n"}
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": "docs\n",
                "pyproject.toml": '[build-system]\nrequires = ["setuptools-scm"]\n',
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for image, sources in by_image(project, lambda source: not source.path and not source.image.context):
            # Only the root is known to hold the history; a part of a larger repository holds none.
            ignore = ignore_file_read(project, image)
            if ignore is None or _leaves_it_out(left_out(project, image)) or _reads(project, image):
                continue
            text, newline = project.sources[ignore].text, project.sources[ignore].newline
            lead = newline if text and not text.endswith("\n") else ""
            edit = Edit(ignore, Span(len(text), len(text)), f"{lead}.git{newline}")
            yield self.found(
                sources[0].site,
                f"the history ends in the image: {ignore} does not leave out .git",
                advice=f"write .git into {ignore}",
                related=[Related(source.site, "and here") for source in sources[1:]],
                fix=Fix("leave .git out of the image", (edit,), "refit"),
            )


def _leaves_it_out(ignored: Callable[[str], bool]) -> bool:
    """Whether the history itself stays out; some keep `.git/HEAD`, to know the commit."""
    return ignored(".git/HEAD") or ignored(".git/objects/00/0000")


def _reads(project: Project, image: Image) -> bool:
    """Whether the build looks into the history."""
    told = [source.text for source in project.of_kind("packaging")]
    return "git " in image.tree.source.text.replace("git clone", "") or any(
        tool in text for text in told for tool in _READS_HISTORY
    )
