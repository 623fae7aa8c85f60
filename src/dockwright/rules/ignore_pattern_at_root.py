"""DW204: a pattern of an ignore file that is meant for every folder, and holds for the root alone."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from dockwright.facts.context_files import ANYWHERE
from dockwright.finding import Finding, Fix
from dockwright.project.context import taken
from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax.ignorefile import Pattern, docker_matcher, parse
from dockwright.text import Edit, Site, Source, Span

_CACHES = "__pycache__"
_BYTECODE = frozenset({"*.pyc", "*.py[cod]", "*.py[co]"})


class IgnorePatternAtRoot(Rule):
    """Write `**/` before what may lie in any folder

    ## What it finds

    A pattern for caches, logs, keys or env files in a `.dockerignore`, such as `__pycache__` or `*.pyc`, in a project
    that has them below folders, too. git reads such a pattern for every folder; Docker for the context's root alone.

    ## Why it matters

    The file looks as if it did its work. `src/__pycache__` is copied nevertheless, and changes the layer whenever
    somebody runs the code; `env/.env` is copied although the file says `.env`.

    ## How to mend it

    Write `**/__pycache__`. `**/` matches the root as well.

    ## Fix safety

    `apply` writes it. The build gets fewer files than before, so `audit --fix` leaves it alone.

    ## Source

    Docker's documentation of `.dockerignore`; moby/patternmatcher.
    """

    code, name, severity, consent = "DW204", "ignore-pattern-at-root", "info", "refit"
    traps = (14,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n⟦__pycache__/⟧\n*.pyc\n*.pyd\n",
                "src/app.py": "",
            },
            becomes={".dockerignore": ".git\n**/__pycache__/\n*.pyc\n*.pyd\n"},
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n⟦*.pyc⟧\n",
                "src/app.py": "",
            },
            becomes={".dockerignore": ".git\n**/*.pyc\n"},
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n⟦.env⟧\n",
                "env/.env": "DEBUG=true\n",
            },
            becomes={".dockerignore": ".git\n**/.env\n"},
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n**/__pycache__\n**/*.pyc\n",
                "src/app.py": "",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n",
                ".dockerignore": ".git\n.env\nbuild\n",
                "src/app.py": "",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        done = set()
        for image in images(project):
            path = ignore_file_read(project, image)
            file = None if path is None or path in done else project.ignore_file(path)
            if file is None or path is None or not any(not source.path for source in taken(image)):
                continue
            done.add(path)
            meant = [(pattern.text.strip("/"), pattern) for pattern in file.patterns if not pattern.negated]
            caches = any(name == _CACHES for name, _ in meant)
            for name, pattern in meant:
                # Python writes its bytecode into that folder alone: one pattern is enough.
                spare = caches and name in _BYTECODE
                deeper = _deeper(project, image, name) if name in ANYWHERE and not spare else None
                if deeper is not None:
                    yield self._found(path, pattern, name, deeper)

    def _found(self, path: str, pattern: Pattern, name: str, deeper: str) -> Finding:
        start = pattern.span.start + pattern.text.index(name)
        edit = Edit(path, Span(pattern.span.start, start), "**/")
        return self.found(
            Site(path, pattern.span),
            f"{pattern.text} holds for the context's root alone: {deeper} is not left out",
            advice=f"write **/{name}",
            fix=Fix(f"leave out {name} in every folder", (edit,), "refit"),
        )


def _deeper(project: Project, image: Image, name: str) -> str | None:
    """Something below a folder of the context that the pattern means and nothing leaves out."""
    ignored = left_out(project, image)
    prefix = f"{image.context}/" if image.context else ""
    wide = docker_matcher(parse(Source("", f"**/{name}")))
    needed = [source.path for source in taken(image) if source.path]
    if any(wide(path) for path in needed):
        return None
    for path in sorted(project.listing):
        inner = path[len(prefix) :]
        if not path.startswith(prefix) or "/" not in inner:
            continue
        if name == _CACHES or name in _BYTECODE:
            # The walk passes caches over; where modules lie in a folder, running them makes some.
            folder = inner.rpartition("/")[0]
            cache = f"{folder}/__pycache__/x.cpython-313.pyc"
            if inner.endswith(".py") and not ignored(cache) and not ignored(inner):
                return f"{folder}/__pycache__"
        elif fnmatchcase(inner.rpartition("/")[2], name) and not ignored(inner):
            return join(image.context, inner)
    return None
