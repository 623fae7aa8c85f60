"""Leftovers: former manifests go once nothing installs from them any more; what still names them is listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from msgspec import Struct

from dockwright.finding import Fix
from dockwright.project.documents import is_history
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import join
from dockwright.refactor.ci.calls import calls, wish
from dockwright.refactor.ci.jobs import jobs
from dockwright.refactor.ci.texts import inline, texts
from dockwright.refactor.packaging.former import Former, former
from dockwright.refactor.packaging.locking import OWNER
from dockwright.refactor.step import Deferred, Proposal, letting_go
from dockwright.syntax import dockerfile, markdown
from dockwright.text import Delete, Run, Site, Source, Span, lazy_regex

_NOT_ASKED = frozenset({"ignore", "packaging", "env"})
"""Kinds of files in which the name of a manifest keeps nobody from deleting it."""


_WORD = lazy_regex(r"[\w.-]+")


class _Place(Struct, frozen=True):
    """Where a former manifest is named. `keeps` is whether something reads the file for it."""

    at: Site
    manifest: str
    keeps: bool


class Leftovers:
    """Deletes the manifests and lock files that `uv.lock` has replaced."""

    name = OWNER
    title = "What uv.lock replaces is deleted"

    def propose(self, project: Project) -> Proposal:
        """One patch a folder, where nothing reads its former manifests; else each place that does."""
        fixes: list[Fix] = []
        deferred: list[Deferred] = []
        for each in former(project):
            places = list(_places(project, each))
            keeping = [place for place in places if place.keeps]
            names = " and ".join(sorted(map(basename, each.manifests)))
            lock = join(each.folder, "uv.lock")
            if keeping:
                reason = f"still read in {', '.join(dict.fromkeys(_line(project, place.at) for place in keeping))}"
                deferred.append(Deferred(OWNER, f"delete {names}: {lock} replaces them", reason, keeping[0].at))
                continue
            deferred += [
                Deferred(
                    OWNER, f"name pyproject.toml and uv.lock here instead of {place.manifest}", "it is prose", place.at
                )
                for place in places
            ]
            deletes = tuple(map(Delete, sorted(each.manifests)))
            fix = Fix(f"delete {names}: {lock} replaces them", deletes, "refit")
            fixes.append(letting_go(project, fix, each.manifests))
        return Proposal(tuple(fixes), tuple(deferred))


def is_read(project: Project, each: Former) -> bool:
    """Whether something reads one of a folder's former manifests."""
    return any(place.keeps for place in _places(project, each))


def _line(project: Project, at: Site) -> str:
    return f"{at.path}:{project.sources[at.path].position(at.span.start).line}"


def _places(project: Project, each: Former) -> Iterator[_Place]:
    """Every place that names a former manifest, by file and place; one a place."""
    found: dict[Site, _Place] = {}
    watched = [ref.at for ref in references(project) if ref.kind == "path filter"]
    reading = [
        *((ref.at, ref.target) for ref in references(project) if ref.kind != "path filter"),
        *_copied(project, each),
        *_written(project, each),
    ]
    for at, keeps in _called(project, each):
        found.setdefault(at, _Place(at, min(each.manifests), keeps))
    for at, target in reading:
        manifest = next((path for path in sorted(each.manifests) if path == target or fnmatchcase(path, target)), None)
        kind = project.kinds.get(at.path)
        if manifest is None or at.path in each.manifests or kind in _NOT_ASKED or is_history(at.path):
            continue
        if not any(at.path == other.path and at.span.overlaps(other.span) for other in (*found, *watched)):
            found[at] = _Place(at, manifest, not _is_prose(project, at))
    return iter(sorted(found.values(), key=lambda place: place.at))


def _called(project: Project, each: Former) -> Iterator[tuple[Site, bool]]:
    """Commands that install from the folder's manifests or by their manager, whether or not they name a file."""
    said = [call for text in texts(project) for call in calls(text.path, text.mapped, text.cwd, text.opaque)]
    said += [call for job in jobs(project) for step in job.steps for call in job.calls(step)]
    for call in said:
        found = wish(call, (each,))
        if found is not None and found.former is not None and found.kind != "drop":
            yield call.at, project.kinds.get(call.path) != "document" or found.kind == "install"
    for call in inline(project):
        found = wish(call, (each,))
        if found is not None and found.kind == "install":
            yield call.at, False
    managed = {"poetry": "poetry.lock", "pipenv": "Pipfile"}
    for image in images(project):
        for instruction in image.tree.instructions:
            if isinstance(instruction, dockerfile.Run) and image.context == each.folder:
                words = set(_WORD.findall(instruction.logical.text))
                if any(name in words and join(each.folder, file) in each.manifests for name, file in managed.items()):
                    yield Site(image.path, instruction.span), True


def _copied(project: Project, each: Former) -> Iterator[tuple[Site, str]]:
    """What Dockerfiles copy by a pattern, and what they mount."""
    for image in images(project):
        for instruction in image.tree.instructions:
            if isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) and instruction.from_ is None:
                for word in instruction.sources:
                    if any(sign in word.value for sign in "*?["):
                        yield Site(image.path, word.span), join(image.context, word.value.lstrip("/"))


def _written(project: Project, each: Former) -> Iterator[tuple[Site, str]]:
    """Where any text names a manifest as a word of its own, from the root, from its own folder, or in the same one."""
    names = sorted({basename(path) for path in each.manifests}, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.$*{{}}\\-])(?:[\w.-]+/)*(?:{'|'.join(map(re.escape, names))})(?![\w/*-]|\.\w)")
    for path, kind in project.kinds.items():
        if kind == "dockerfile":
            yield from _in_dockerfile(project, path, each, pattern)
            continue
        if kind == "python" and not _is_script(path):
            continue
        for match in pattern.finditer(project.sources[path].text):
            target = _meant(project, path, match[0], each)
            if target is not None:
                yield Site(path, Span(*match.span())), target


def _in_dockerfile(project: Project, path: str, each: Former, pattern: re.Pattern[str]) -> Iterator[tuple[Site, str]]:
    """Instructions that name a manifest of their build context; comments do not read it."""
    for image in images(project):
        if image.path != path:
            continue
        for instruction in image.tree.instructions:
            if isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) and instruction.from_ is not None:
                continue
            start, end = instruction.span
            for match in pattern.finditer(image.tree.source.text, start, end):
                target = join(image.context, match[0].lstrip("/"))
                if target not in each.manifests and each.folder in (image.context, dirname(path)):
                    # A later instruction names it by the place that it was copied to.
                    target = join(each.folder, basename(match[0]))
                if target in each.manifests:
                    yield Site(path, Span(*match.span())), target


def _meant(project: Project, path: str, written: str, each: Former) -> str | None:
    for folder in dict.fromkeys(("", dirname(path), each.folder)):
        target = join(folder, written)
        if target in each.manifests:
            return target
        if project.is_file(target):
            return None
    return None


def _is_script(path: str) -> bool:
    """Python files that set up or run a project: others name a file for reasons of their own."""
    return basename(path) in ("setup.py", "noxfile.py", "tasks.py", "fabfile.py", "conftest.py")


def _is_prose(project: Project, at: Site) -> bool:
    """Whether a place is read by people alone: a document outside its shell commands, or a comment."""
    source = project.sources[at.path]
    kind = project.kinds.get(at.path)
    if kind == "document":
        return not _in_command(project, source, at.span)
    line = source.text[source.text.rfind("\n", 0, at.span.start) + 1 : at.span.start]
    return line.lstrip().startswith(("#", "//")) or " #" in line


def _in_command(project: Project, source: Source, span: Span) -> bool:
    """Whether a document's place stands in a command that installs from it, and not behind it in a comment."""
    document = project.trees.of(markdown.parse, source)
    line = source.text[source.text.rfind("\n", 0, span.start) + 1 : span.start]
    return "#" not in line and any(
        block.is_shell and block.body.text and _bounds(block.body.runs).covers(span) for block in document.blocks
    )


def _bounds(runs: tuple[Run, ...]) -> Span:
    first, last = runs[0], runs[-1]
    return Span(first.source, last.source + last.length)
