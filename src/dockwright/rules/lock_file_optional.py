"""DW105: a wildcard that makes a lock file optional."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding, Fix
from dockwright.project.images import Image, images, left_out
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span

_MANIFESTS = frozenset(
    ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pyproject.toml", "Pipfile", "requirements.txt",
     "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "package.json")
)  # fmt: skip


class LockFileOptional(Rule):
    """Copy the lock file by its name

    ## What it finds

    `COPY pyproject.toml uv.lock* ./`: a manifest or lock file of uv, Poetry, PDM, pipenv, pip or npm that is copied
    through a wildcard behind its name.

    ## Why it matters

    A `COPY` of a name fails when the file is not there; a `COPY` of a pattern copies what it finds, which may be
    nothing. When the lock file is ignored, lost or renamed, the build goes on and resolves whatever is newest that day.
    As long as the file is there, that is only worth knowing.

    ## How to mend it

    Write the plain name, and commit the file.

    ## Fix safety

    Safe where the file is in the build context: the pattern and the name then mean the same. Otherwise there is no
    fix, nor where the comment above gives a reason for the pattern.

    ## Source

    Dockerfile reference, `COPY`: patterns may match nothing as long as one source matches something.
    """

    code, name, severity, consent = "DW105", "lock-file-optional", "warning", "safe"
    traps = (4,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY ⟦pyproject.toml*⟧ ⟦uv.lock*⟧ ./\nRUN uv sync --locked\n",
                "pyproject.toml": "",
                "uv.lock": "",
            },
            becomes={"Dockerfile": "FROM python:3.13-slim\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --locked\n"},
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY pyproject.toml ⟦./poetry.lock*⟧ /app/\n"}),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\n# uv.lock* in case there is none\nCOPY a ⟦uv.lock*⟧ ./\n",
                "uv.lock": "",
            }
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY pyproject.toml uv.lock ./\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY requirements*.txt setup.* ./\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for copy in image.tree.instructions:
                if not isinstance(copy, dockerfile.Copy) or copy.from_ is not None:
                    continue
                for word in copy.sources:
                    name = word.value[:-1]
                    if not word.value.endswith("*") or basename(name) not in _MANIFESTS:
                        continue
                    if (image.path, word.span) not in seen:
                        seen.add((image.path, word.span))
                        yield self.found(
                            Site(image.path, word.span),
                            f"the `*` makes {name} optional: without it the build goes on and resolves anew",
                            advice=f"write {name}",
                            fix=_fix(project, image, word, name),
                            severity="info" if _there(project, image, name) else None,
                        )


def _there(project: Project, image: Image, name: str) -> bool:
    """Whether the build finds the file itself."""
    path = join(image.context, name.lstrip("/"))
    return project.is_file(path) and not left_out(project, image)(name.removeprefix("./"))


def _fix(project: Project, image: Image, word: dockerfile.Word, name: str) -> Fix | None:
    path = join(image.context, name.lstrip("/"))
    end = len(word.text) - (0 if word.text.endswith("*") else 1)
    if not _there(project, image, name) or f"{basename(name)}*" in _comment_above(image, word.span):
        return None
    # `name*` may match more than the name: those files would be copied no longer.
    if any(other != path and other.startswith(path) for other in project.listing):
        return None
    span = word.mapped.span(end - 1, end)
    return Fix(f"copy {name} by its name", (Edit(image.path, span, ""),))


def _comment_above(image: Image, span: Span) -> str:
    """The comment right above the line of a place."""
    lines = image.tree.source.text[: span.start].splitlines()[:-1]
    first = len(lines)
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return "\n".join(lines[first:])
