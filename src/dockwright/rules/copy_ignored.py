"""DW205: an ignore file that leaves out what the Dockerfile copies."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.context import Taken, taken
from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax.ignorefile import docker_matcher, parse
from dockwright.text import Site, Source


class CopyIgnored(Rule):
    """Let the build have what it copies

    ## What it finds

    A COPY or ADD of a file or folder that is in the project, and that the ignore file leaves out of the build
    context. The pattern that does it is named.

    ## Why it matters

    The build stops: BuildKit says `"/…": not found` of a file that everybody can see.

    ## How to mend it

    Take the pattern out of the ignore file, or write an exception behind it: `!pyproject.toml`. An exception works
    below a folder that is left out, too.

    ## Fix safety

    There is no fix: the COPY or the pattern, one of them is not meant.

    ## Source

    BuildKit's check CopyIgnoredFile.
    """

    code, name, severity = "DW205", "copy-ignored", "error"
    equivalents = ("buildkit:CopyIgnoredFile",)
    traps = (14,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦README.md⟧ pyproject.toml ./\nUSER 1000:1000\n",
                ".dockerignore": ".git\n*.md\n",
                "README.md": "",
                "pyproject.toml": "",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦scripts⟧ /scripts\nUSER 1000:1000\n",
                ".dockerignore": "scripts/\n",
                "scripts/run.sh": "",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY README.md docs ./\nUSER 1000:1000\n",
                ".dockerignore": "*.md\n!README.md\ndocs/*\n!docs/used.txt\n",
                "README.md": "",
                "docs/used.txt": "",
                "docs/other.txt": "",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY dist ./\nUSER 1000:1000\n",
                ".dockerignore": ".git\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        done = set()
        for image in images(project):
            path = ignore_file_read(project, image)
            if path is None:
                continue
            ignored = left_out(project, image)
            for source in taken(image):
                if source.path and source.site not in done and ignored(source.path) and _gone(project, image, source):
                    done.add(source.site)
                    yield self._found(project, source, path)

    def _found(self, project: Project, source: Taken, ignore: str) -> Finding:
        file = project.ignore_file(ignore)
        related = []
        for pattern in file.patterns if file is not None else ():
            alone = docker_matcher(parse(Source(ignore, pattern.text.removeprefix("!"))))
            if not pattern.negated and alone(source.path):
                related = [Related(Site(ignore, pattern.span), "left out here")]
        message = f"{source.word.value} is left out of the build context by {ignore}: the build does not find it"
        advice = f"write !{source.path} at the end of {ignore}, or take the pattern away"
        return self.found(source.site, message, advice=advice, related=related)


def _gone(project: Project, image: Image, source: Taken) -> bool:
    """Whether the source is there, and nothing of it is left for the build."""
    ignored = left_out(project, image)
    full = join(image.context, source.path)
    if project.is_file(full):
        return True
    if full not in project.folders:
        return False
    prefix = f"{image.context}/" if image.context else ""
    return all(ignored(path[len(prefix) :]) for path in project.listing if path.startswith(full + "/"))
