"""Ignoring: the ignore file of a rewritten Dockerfile, which lets in what its stages copy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname

from dockwright.facts.runtime_files import IGNORED_ANYWHERE, TEST_FILES, TEST_FOLDERS
from dockwright.project.images import Image, ignore_file_read, images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.refactor.dockerfile.files import of_tests
from dockwright.refactor.dockerfile.writing import Plan
from dockwright.syntax.ignorefile import docker_matcher
from dockwright.text import Change, Create, Delete, Edit, Source, Span

_COPIED_ALONE = "# Nothing is sent to the build but what its stages copy.\n"
_NOT_NEEDED = "# What no build needs to see.\n"
_PATTERNS = (
    ".git", *IGNORED_ANYWHERE, ".venv", "venv", "**/.mypy_cache", "**/.pytest_cache", "**/.ruff_cache",
    "**/node_modules", "Dockerfile*", "docker-compose*", "compose*.y*ml",
)  # fmt: skip

# Patterns that everybody has: a file with nothing else says nothing of this project.
_COMMON = re.compile(r"cache|\.py\[?c|\.pyc|venv|\.env|\.git\b|node_modules|egg-info|\.DS_Store|\.swp")


def ignore_file(project: Project, image: Image, plan: Plan) -> Iterator[Change]:
    """The changes to the ignore file that a build of the new Dockerfile reads.

    A user's own file is completed where it says something of the project. Else there is one that denies by default,
    where the stages copy what can be listed, or one that names what no build needs.
    """
    place, known = _place(image), ignore_file_read(project, image)
    source = project.sources.get(known) if known is not None else None
    readme = [name for name in (_readme(project, image, plan),) if name is not None]
    if source is not None and _tells(project, source):
        yield from _completed(project, source, (*of_tests(project, image, image.context), *readme))
        return
    names = _copied(plan)
    told = (
        plan.listed and not plan.python.package and not plan.reading.kept_stages and not _shared(project, image, place)
    )
    if told and not any(sign in name for name in names for sign in "*?$"):
        text = _COPIED_ALONE + "".join(f"{pattern}\n" for pattern in _allowed(project, image, names))
    elif source is not None:
        yield from _completed(project, source, readme)
        return
    else:
        text = _NOT_NEEDED + "".join(f"{pattern}\n" for pattern in _PATTERNS)
    if source is not None and source.path == place:
        yield Edit(place, Span(0, len(source.text)), text)
        return
    yield Create(place, text)
    if source is not None and not _shared(project, image, source.path):
        yield Delete(source.path)


def _place(image: Image) -> str:
    """Where the ignore file lies: beside a Dockerfile that is not in the context's root, else in there."""
    beside = dirname(image.path) != image.context
    return f"{image.path}.dockerignore" if beside else join(image.context, ".dockerignore")


def _shared(project: Project, image: Image, path: str) -> bool:
    """Whether another image reads the same ignore file, and may need what this one does not."""
    return any(
        other.path != image.path and path in (_place(other), ignore_file_read(project, other))
        for other in images(project)
    )


def _copied(plan: Plan) -> list[str]:
    """What the stages copy out of the context."""
    names = [*plan.launch.scripts]
    for copied in plan.reading.copies:
        plain = [source.removeprefix("./") for source in copied.sources]
        names += [name for name in plain if not copied.whole and name not in plan.launch.dropped]
    if any(copied.whole for copied in plan.reading.copies):
        names += [*plan.entries.folders, *plan.entries.files, *plan.entries.inner]
    return names


def _allowed(project: Project, image: Image, names: Iterable[str]) -> list[str]:
    """Patterns that let in these names and what tests need, and nothing else."""
    lead = f"{image.context}/" if image.context else ""
    tops = {path[len(lead) :].partition("/")[0] for path in project.listing if path.startswith(lead)}
    wanted = {*(name.rstrip("/") for name in names), "pyproject.toml", "uv.lock"}
    wanted |= {name for name in (*TEST_FOLDERS, *TEST_FILES) if name in tops}
    outer = sorted(name for name in wanted if not any(name.startswith(f"{other}/") for other in wanted))
    return ["*", *(f"!{name}" for name in outer), "# Nor these, wherever they lie.", *IGNORED_ANYWHERE]


def _tells(project: Project, source: Source) -> bool:
    """Whether an ignore file says more than which caches there are."""
    file = project.ignore_file(source.path)
    patterns = [pattern.text.strip("/!") for pattern in file.patterns] if file is not None else []
    return "*" in patterns or sum(not _COMMON.search(pattern) for pattern in patterns) > 2


def _completed(project: Project, source: Source, needed: Iterable[str]) -> Iterator[Edit]:
    """What is missing in a user's own ignore file, at its end."""
    leaves_out = docker_matcher(project.ignore_file(source.path))
    missing = [
        pattern
        for pattern, sample in ((".git", ".git/HEAD"), *((each, _sample(each)) for each in IGNORED_ANYWHERE))
        if not leaves_out(sample) or (pattern.startswith("**") and not leaves_out(f"a/{sample}"))
    ]
    missing += [f"!{name}" for name in needed if leaves_out(name)]
    if missing:
        lead = "" if not source.text or source.text.endswith("\n") else source.newline
        text = lead + "".join(f"{pattern}{source.newline}" for pattern in missing)
        yield Edit(source.path, Span(len(source.text), len(source.text)), text)


def _sample(pattern: str) -> str:
    return pattern.removeprefix("**/").replace("py[cod]", "pyc").replace("*", "x")


def _readme(project: Project, image: Image, plan: Plan) -> str | None:
    """The file that a package's build reads its description from."""
    pyproject = project.toml(join(join(image.context, plan.python.folder), "pyproject.toml"))
    told = pyproject.get("project", "readme") if plan.python.package and pyproject is not None else None
    return told if isinstance(told, str) else None
