"""`pyproject.toml` and `uv.lock` from what a project has, by uv and a migration tool, with nothing of it run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from posixpath import basename

from dockwright.finding import Fix
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.packaging import Packaging
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.refactor.dockerfile import Stages
from dockwright.refactor.packaging.direct import direct
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import dockerfile
from dockwright.text import Change, Create, Edit, Site, Source, Span, lazy_regex
from dockwright.tools import Uv, Worked

OWNER = "packaging"

_MANIFESTS = lazy_regex(
    r"(?:.*requirements.*|constraints.*|requirements/.*)\.(?:txt|in)|pyproject\.toml|uv\.(?:lock|toml)|Pipfile(?:\.lock)?"
    r"|poetry\.(?:lock|toml)|\.python-version"
)
_MIGRATED = {"requirements": "pip", "pip-tools": "pip-tools", "poetry": "poetry", "pipenv": "pipenv"}
"""The managers that the migration tool knows, with its names for them."""

_TOOLS = {
    **dict.fromkeys(("requirements", "pip-tools"), lazy_regex(r"\bpip3?\b|\bpip-sync\b")),
    "poetry": lazy_regex(r"\bpoetry\b"),
    "pipenv": lazy_regex(r"\bpipenv\b"),
}
"""How a RUN shows that it installs by a manager."""

_BUILD_SYSTEM = lazy_regex(r"(?m)^\[build-system\][ \t]*\n(?:(?!\[)[^\n]*(?:\n|\Z))*")
_CLASSIFIERS = lazy_regex(r"(?m)^classifiers = \[\n(?:[ \t][^\n]*\n)*\]\n")
_OF_UV = lazy_regex(r"(?m)^\[tool\.uv\][ \t]*\n")

# A source of a Pipfile; the index that uv asks by itself needs no name.
_SOURCE = lazy_regex(r"(?m)^\[\[source\]\][ \t]*\n(?:(?!\[)[^\n]*(?:\n|\Z))*")
_PYPI = lazy_regex(r"""url[ \t]*=[ \t]*["']https?://pypi\.(?:python\.)?org/simple/?["']""")

_PYTHON = lazy_regex(r"(?:^|/)(?:python|uv):(?:[\w.]*-?python)?(3\.\d+)")


class Locking:
    """Has uv lock what images install with another package manager."""

    name = OWNER
    title = "Dependencies in pyproject.toml, locked by uv.lock"

    def __init__(self, uv: Callable[[], Uv | None]) -> None:
        self._uv = uv

    def propose(self, project: Project) -> Proposal:
        """One patch a folder that images are built from and that has no `uv.lock`."""
        fixes: list[Fix] = []
        deferred: list[Deferred] = []
        contexts = {image.context for image in images(project)}
        for packaging in packagings(project):
            if packaging.folder not in contexts or not _wants_lock(project, packaging):
                continue
            made = self._made(project, packaging)
            if isinstance(made, Deferred):
                deferred.append(made)
            else:
                fixes.append(made)
        return Proposal(tuple(fixes), tuple(deferred))

    def _made(self, project: Project, packaging: Packaging) -> Fix | Deferred:
        reason = refusal(packaging)
        if reason is not None:
            return _left(packaging, reason)
        uv = self._uv()
        if uv is None:
            return _left(packaging, "uv is not installed: pip install 'dockwright[uv]'")
        files = dict(_manifests(project, packaging))
        worked = uv.lock(files) if packaging.primary in ("uv", "hatch") else self._migrated(uv, packaging, files)
        if worked.error is None and "uv.lock" not in worked.files:
            worked = uv.lock({**files, **worked.files})
        if worked.error is not None:
            return _left(packaging, worked.error)
        if packaging.primary == "requirements":
            worked = direct(project, packaging, uv, worked)
        if packaging.primary == "poetry" and not _has_module(project, packaging):
            worked = _unpackaged(uv, worked, told=_told(project, packaging))
            if worked.error is not None:
                return _left(packaging, worked.error)
        changes = tuple(_changes(project, packaging, worked))
        return _still_installing(project, packaging, changes) or Fix(
            f"lock {_sources(packaging)} by uv", changes, "refit"
        )

    def _migrated(self, uv: Uv, packaging: Packaging, files: Mapping[str, bytes]) -> Worked:
        options = ["--package-manager", _MIGRATED[packaging.primary or ""]]
        for group, option in (("", "--requirements-file"), ("dev", "--dev-requirements-file")):
            paths = dict.fromkeys(
                each.path.removeprefix(f"{packaging.folder}/")
                for each in packaging.dependencies
                if (each.group == "") == (group == "") and _MANIFESTS.fullmatch(each.path) and not _is_toml(each.path)
            )
            for path in paths:
                options += [option, path]
        return uv.migrate(files, options)


def _has_module(project: Project, packaging: Packaging) -> bool:
    """Whether there is something that a build backend could put into a package.

    Where `packages` and `include` name nothing, Poetry looks for a module with the project's name; it only warns
    where there is none, and uv fails. Source: Poetry, «The pyproject.toml file», `packages`.
    """
    told = _told(project, packaging)
    if "packages" in told or "include" in told:
        return True
    name = _NOT_IN_A_NAME.sub("_", packaging.name or "")
    places = (join(packaging.folder, name), join(packaging.folder, f"src/{name}"))
    lead = tuple(f"{place}/" for place in places)
    return any(path.startswith(lead) or path in {f"{place}.py" for place in places} for path in project.listing)


def _told(project: Project, packaging: Packaging) -> Mapping[str, object]:
    manifest = project.toml(join(packaging.folder, "pyproject.toml"))
    return {} if manifest is None else manifest.table("tool", "poetry")


def _unpackaged(uv: Uv, worked: Worked, told: Mapping[str, object]) -> Worked:
    """The same dependencies in a project that is not built itself; `told` is what Poetry was told of it."""
    text = worked.files["pyproject.toml"].decode()
    if "classifiers" not in told:
        # Those that Poetry adds when it builds.
        text = _CLASSIFIERS.sub("", text)
    text = _BUILD_SYSTEM.sub("", text).rstrip("\n") + "\n"
    if _OF_UV.search(text) is not None:
        text = _OF_UV.sub(lambda header: f"{header[0]}package = false\n", text, count=1)
    else:
        text += "\n[tool.uv]\npackage = false\n"
    files = {**worked.files, "pyproject.toml": text.encode()}
    again = uv.lock(files)
    return again if again.error is not None else Worked({**files, **again.files})


def _still_installing(project: Project, packaging: Packaging, changes: tuple[Change, ...]) -> Deferred | None:
    """What is left where the images would go on installing from the former manifests, and why they would.

    A lock that no image installs from is one more list to keep up; and Poetry's own tables are replaced, so that no
    image may need them any more.
    """
    tool = _TOOLS.get(packaging.primary or "")
    users = [] if tool is None else [image for image in _own(project, packaging) if _runs(image, tool)]
    stages = Stages().propose(project.replace(changes))
    written = {change.path for fix in stages.fixes for change in fix.changes if isinstance(change, Edit)}
    staying = [image for image in users if image.path not in written]
    if not staying or (packaging.primary != "poetry" and len(staying) < len(users)):
        return None
    path = staying[0].path
    left = next((each for each in stages.deferred if each.at is not None and each.at.path == path), None)
    because = "" if left is None else f": {left.reason}"
    return _left(
        packaging, f"{path} still installs from it, and stays as it is{because}", None if left is None else left.at
    )


def _own(project: Project, packaging: Packaging) -> Iterator[Image]:
    return (image for image in images(project) if image.context == packaging.folder)


def _runs(image: Image, tool: re.Pattern[str]) -> bool:
    return any(
        isinstance(each, dockerfile.Run) and tool.search(each.arguments.text) is not None
        for each in image.tree.instructions
    )


def _wants_lock(project: Project, packaging: Packaging) -> bool:
    if project.is_file(join(packaging.folder, "uv.lock")) or packaging.workspace_root is not None:
        return False
    return bool(packaging.dependencies) or packaging.primary == "conda"


def refusal(packaging: Packaging) -> str | None:
    """Why a project's dependencies cannot be locked from its files alone; None where they can."""
    if any(sign in packaging.folder for sign in ("{{", "{%")):
        return "it is a template: lock the project that is made of it"
    if packaging.primary is None:
        return "no package manager shows itself"
    if "dependencies" in packaging.dynamic or packaging.primary == "setuptools":
        return "the dependencies are dynamic: only the project's own code tells them"
    if packaging.primary not in ("uv", "hatch", *_MIGRATED):
        return f"{packaging.primary} is not migrated: uv has no equal for all that it holds"
    for each in packaging.dependencies:
        if each.origin == "path" or each.editable:
            return f"{each.path} asks for a path, which uv would have to build"
    return None


def _manifests(project: Project, packaging: Packaging) -> Iterator[tuple[str, bytes]]:
    inside = f"{packaging.folder}/" if packaging.folder else ""
    for path, source in project.sources.items():
        name = path.removeprefix(inside)
        if path.startswith(inside) and name.count("/") <= 1 and _MANIFESTS.fullmatch(name):
            yield name, _without_pypi(source) if name == "Pipfile" else source.data
    manifest = project.toml(join(packaging.folder, "pyproject.toml"))
    if manifest is None or (not manifest.table("project") and not manifest.table("tool", "poetry")):
        rest = "" if manifest is None else f"\n{manifest.source.text}"
        yield "pyproject.toml", (_project_table(project, packaging) + rest).encode()


def _without_pypi(source: Source) -> bytes:
    """A Pipfile that leaves the index to uv where it names PyPI's alone."""
    text = source.text.replace("\r\n", "\n")
    if all(_PYPI.search(found) is not None for found in _SOURCE.findall(text)):
        text = _SOURCE.sub("", text)
    return text.encode()


def _project_table(project: Project, packaging: Packaging) -> str:
    """What uv has to know of a project that has no `[project]` yet; the Python is the one of its image."""
    name = packaging.name or basename(packaging.folder) or project.name
    python = next(
        (
            found[1]
            for image in images(project)
            if image.context == packaging.folder
            for instruction in image.tree.instructions
            if isinstance(instruction, dockerfile.From) and (found := _PYTHON.search(instruction.image.value))
        ),
        None,
    )
    asked = packaging.python_version.text.strip() if packaging.python_version is not None else None
    version = python or asked
    needs = f'requires-python = ">={version}"\n' if version else ""
    return f'[project]\nname = "{_distribution_name(name)}"\nversion = "0.1.0"\n{needs}'


_NOT_IN_A_NAME = lazy_regex(r"[^A-Za-z0-9]+")


def _distribution_name(folder: str) -> str:
    return _NOT_IN_A_NAME.sub("-", folder).strip("-").lower() or "app"


def _changes(project: Project, packaging: Packaging, worked: Worked) -> Iterator[Change]:
    for name, data in worked.files.items():
        path = join(packaging.folder, name)
        text = Source.read(path, data).text
        source = project.sources.get(path)
        if source is None:
            yield Create(path, text)
        elif source.text != text:
            yield _replaced(source, text)
    yield from _shown_to_git(project, join(packaging.folder, "uv.lock"))


def _replaced(source: Source, text: str) -> Edit:
    """The edit from one text to another that leaves their common beginning and end alone."""
    if source.newline == "\r\n" and "\r\n" not in text:
        text = text.replace("\n", "\r\n")
    old = source.text
    start = 0
    while start < min(len(old), len(text)) and old[start] == text[start]:
        start += 1
    end = 0
    while end < min(len(old), len(text)) - start and old[-1 - end] == text[-1 - end]:
        end += 1
    return Edit(source.path, Span(start, len(old) - end), text[start : len(text) - end])


def _shown_to_git(project: Project, lock: str) -> Iterator[Edit]:
    """A `.gitignore` line that hides the lock file goes, with the comment that stands above it alone."""
    source = project.sources.get(".gitignore")
    if source is None:
        return
    lines = source.text.splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.strip().lstrip("/") not in ("uv.lock", lock):
            continue
        first, last = index, index + 1
        alone = last == len(lines) or not lines[last].strip()
        if alone and first and lines[first - 1].startswith("#"):
            first -= 1
            last += last < len(lines)
        start = sum(map(len, lines[:first]))
        yield Edit(source.path, Span(start, start + sum(map(len, lines[first:last]))), "")


def _sources(packaging: Packaging) -> str:
    files = [path for use in packaging.managers if use.name == packaging.primary for path in use.manifests]
    return ", ".join(files) or "the dependencies"


def _left(packaging: Packaging, reason: str, at: Site | None = None) -> Deferred:
    use = next((each for each in packaging.managers if each.name == packaging.primary), None)
    if at is None and use is not None:
        at = Site(use.path, use.span)
    return Deferred(OWNER, f"{_sources(packaging)}: no uv.lock is made", reason, at)


def _is_toml(path: str) -> bool:
    return path.endswith((".toml", ".lock")) or basename(path) == "Pipfile"
