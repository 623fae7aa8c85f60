"""Former: the manifests of other package managers that a `uv.lock` beside them has replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from dockwright.project.env_names import is_example
from dockwright.project.lock import Lock, lock
from dockwright.project.model import Project, view
from dockwright.project.packaging import Manager, Packaging
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.project.requirements import Include, Line, lines, normalised
from dockwright.syntax import toml
from dockwright.text import Source, lazy_regex

_FORMER: frozenset[Manager] = frozenset({"requirements", "pip-tools", "pipenv", "poetry"})
_EXACT = lazy_regex(r"===?\s*([^\s,*]+)")
_LOCKS = ("poetry.lock", "Pipfile.lock")


class Former(Struct, frozen=True):
    """A folder's former manifests and lock files, by path, each with the names of what it asks for.

    `at_run_time` are the names that the program itself needs, `locked` all of the lock, `groups` its groups' names.
    """

    folder: str
    manifests: Mapping[str, frozenset[str]]
    at_run_time: frozenset[str]
    locked: frozenset[str]
    groups: frozenset[str]
    is_package: bool


def manifests(known: Iterable[Former]) -> frozenset[str]:
    """All their paths."""
    return frozenset(path for each in known for path in each.manifests)


@view
def former(project: Project) -> tuple[Former, ...]:
    """The former manifests of every folder with a `uv.lock`; only those whose every requirement the lock meets."""
    return tuple(found for packaging in packagings(project) if (found := _former(project, packaging)) is not None)


def _former(project: Project, packaging: Packaging) -> Former | None:
    locked = lock(project, packaging.folder)
    if locked is None:
        return None
    versions = _versions(locked)
    found: dict[str, frozenset[str]] = {}
    for use in packaging.managers:
        if use.name not in _FORMER:
            continue
        for path in dict.fromkeys((*use.manifests, *use.locks, *_locks(project, packaging))):
            source = project.sources.get(path)
            if source is None or path.endswith("pyproject.toml") or is_example(path):
                continue
            pins = dict(_pins(project, source))
            if all(_met(name, pin, versions) for name, pin in pins.items()):
                found[path] = frozenset(pins)
                found.update((each, frozenset()) for each in _constraints(project, source))
    if not found:
        return None
    needed = frozenset(locked.at_run_time())
    groups = frozenset(name for name in locked.groups if not name.startswith("["))
    return Former(packaging.folder, found, needed, frozenset(locked.distributions), groups, packaging.is_package)


def _locks(project: Project, packaging: Packaging) -> Iterator[str]:
    yield from (path for name in _LOCKS if project.is_file(path := join(packaging.folder, name)))


def _versions(locked: Lock) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package in locked.file.get("package") or ():
        if isinstance(package, dict) and isinstance(package.get("name"), str):
            found.setdefault(normalised(package["name"]), set()).add(str(package.get("version", "")))
    return found


def _met(name: str, pin: str | None, versions: Mapping[str, set[str]]) -> bool:
    """Whether the lock has a distribution, in the version that is asked for; no name is none that can be told."""
    return name in versions and (pin is None or pin in versions[name])


def _pins(project: Project, source: Source) -> Iterator[tuple[str, str | None]]:
    """The names that a manifest asks for, with their exact version where it names one.

    What a marker keeps for other systems may be in no lock.
    """
    name = source.path.rpartition("/")[2]
    if name == "poetry.lock":
        for package in toml.parse(source).get("package") or ():
            known = package if isinstance(package, dict) else {}
            if (
                isinstance(package_name := known.get("name"), str)
                and not known.get("optional")
                and not known.get("markers")
            ):
                yield normalised(package_name), None
    elif name == "Pipfile.lock":
        yield from _of_pipfile_lock(source)
    elif name == "Pipfile":
        file = toml.parse(source)
        for table in ("packages", "dev-packages"):
            yield from ((normalised(key), None) for key in file.table(table))
    else:
        for line in _listed(project, source, set()):
            if not line.requirement.marker:
                match = _EXACT.fullmatch(line.requirement.specifier)
                yield line.requirement.name, match[1] if match else None


def _of_pipfile_lock(source: Source) -> Iterator[tuple[str, str | None]]:
    import json

    try:
        tables = json.loads(source.text)
    except ValueError:
        return
    for table in ("default", "develop"):
        for key, told in (tables.get(table) or {}).items() if isinstance(tables, dict) else ():
            if isinstance(told, dict) and not told.get("markers"):
                yield normalised(key), None


def _listed(project: Project, source: Source, seen: set[str]) -> Iterator[Line]:
    """The requirements of a list and of those that it includes."""
    seen.add(source.path)
    for line in lines(source):
        if isinstance(line, Line):
            yield line
        elif not line.constraint:
            included = project.sources.get(_beside(source, line))
            if included is not None and included.path not in seen:
                yield from _listed(project, included, seen)


def _constraints(project: Project, source: Source) -> Iterator[str]:
    """The constraints files that a list names: without it they mean nothing."""
    for line in lines(source) if source.path.endswith((".txt", ".in")) else ():
        if isinstance(line, Include) and line.constraint and _beside(source, line) in project.sources:
            yield _beside(source, line)


def _beside(source: Source, line: Include) -> str:
    return join(source.path.rpartition("/")[0], line.path)
