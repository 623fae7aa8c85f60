"""Lock files: a `uv.lock` that was made from another `pyproject.toml`, told by what it says that it was made from.

Nothing is resolved and nobody is asked: uv writes the requirements that it has locked into the lock file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Place
from dockwright.project.lock import Lock, lock
from dockwright.project.packaging import Dependency, Packaging
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.project.requirements import normalised
from dockwright.syntax import shell


def examine(case: Case) -> Iterator[Diagnosis]:
    """Lock files that are stale."""
    for packaging in packagings(case.project):
        found = lock(case.project, packaging.folder) if packaging.primary == "uv" else None
        if found is None or packaging.name is None or packaging.workspace_root is not None:
            continue
        differences = tuple(_differences(packaging, found))
        if differences:
            path = join(packaging.folder, "uv.lock")
            where = f" --directory {shell.quote(packaging.folder)}" if packaging.folder else ""
            yield Diagnosis(
                "lock-stale",
                path,
                f"{path} was made from another pyproject.toml: a build with --locked refuses it",
                differences[:4],
                (Command(f"uv lock{where}", "keeps what is locked, as far as it still fits"),),
                explains=("build-fails",),
                place=Place(path),
            )


def _differences(packaging: Packaging, found: Lock) -> Iterator[str]:
    own = next(
        (
            each
            for each in found.file.get("package") or ()
            if isinstance(each, dict) and normalised(str(each.get("name", ""))) == normalised(packaging.name or "")
        ),
        None,
    )
    if own is None:
        yield f"the lock file does not know the project {packaging.name}"
        return
    python = packaging.requires_python
    locked_python = found.file.get("requires-python")
    if python is not None and isinstance(locked_python, str):
        plain = _plain(python.text) and _plain(locked_python)
        if plain and _parts(python.text) != _parts(locked_python):
            yield f"requires-python is {python.text}, and was {locked_python}"
    metadata = own.get("metadata") or {}
    if "dependencies" not in packaging.dynamic:
        yield from _of_group(packaging.of_group(), metadata.get("requires-dist"), "")
    for group, entries in (metadata.get("requires-dev") or {}).items():
        yield from _of_group(packaging.of_group(group), entries, f" of the group {group}")


def _of_group(asked: Iterable[Dependency], locked: object, where: str) -> Iterator[str]:
    entries = [each for each in locked if isinstance(each, dict)] if isinstance(locked, list) else []
    # What an extra asks for stands in the same list, with a marker that says so.
    before = _by_name(each for each in entries if "extra ==" not in str(each.get("marker", "")))
    now: dict[str, list[Dependency]] = {}
    for each in asked:
        now.setdefault(each.name, []).append(each)
    for name in sorted(now.keys() - before.keys() - {""}):
        yield f"{name}{where} is asked for, and not locked"
    if "" not in now:
        for name in sorted(before.keys() - now.keys()):
            yield f"{name}{where} is locked, and no longer asked for"
    for name in sorted(now.keys() & before.keys()):
        wanted = {_parts(each.specifier) for each in now[name] if each.origin == "index"}
        had = {_parts(str(each.get("specifier", ""))) for each in before[name]}
        if wanted and len(wanted) == len(now[name]) and wanted != had and not _elsewhere(before[name]):
            yield f"{name}{where} is asked for as {_shown(wanted)}, and was as {_shown(had)}"


def _by_name(entries: Iterable[Mapping[str, Any]]) -> Mapping[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in entries:
        found.setdefault(normalised(str(each.get("name", ""))), []).append(each)
    return found


def _elsewhere(entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one comes from no index: a path, a repository."""
    return any({"git", "url", "path", "directory", "editable", "virtual"} & each.keys() for each in entries)


def _parts(specifier: str) -> frozenset[str]:
    return frozenset("".join(part.split()) for part in specifier.split(",") if part.strip())


def _plain(specifier: str) -> bool:
    """Whether uv writes a specifier for Python's version as it was written."""
    return all(part[:1] in "<>" and not part.endswith("*") for part in _parts(specifier))


def _shown(specifiers: Iterable[frozenset[str]]) -> str:
    return " or ".join(sorted(",".join(sorted(each)) or "any" for each in specifiers))
