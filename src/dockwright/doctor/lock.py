"""Lock files: a `uv.lock` that was made from another `pyproject.toml`, told by what it says that it was made from.

Nothing is resolved and nobody is asked: uv writes the requirements that it has locked into the lock file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Place
from dockwright.project.lock import Lock, lock
from dockwright.project.packaging import Packaging
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.project.requirements import Requirement, normalised, requirement
from dockwright.syntax import shell
from dockwright.syntax.toml import TomlFile

_LEADING_ZEROS = re.compile(r"(?<![\w+])0+(?=\d)")


def examine(case: Case) -> Iterator[Diagnosis]:
    """Lock files that are stale."""
    for packaging in packagings(case.project):
        found = lock(case.project, packaging.folder) if packaging.primary == "uv" else None
        if found is None or packaging.name is None or packaging.workspace_root is not None:
            continue
        if not case.built_from(packaging.folder):
            continue
        manifest = case.project.toml(join(packaging.folder, "pyproject.toml"))
        differences = () if manifest is None else tuple(_differences(packaging, manifest, found))
        if differences:
            path = join(packaging.folder, "uv.lock")
            refused = any("--locked" in source.text for source in case.project.of_kind("dockerfile"))
            outcome = "the build says --locked, and refuses it" if refused else "builds install what it says"
            where = f" --directory {shell.quote(packaging.folder)}" if packaging.folder else ""
            yield Diagnosis(
                "lock-stale",
                path,
                f"{path} was made from another pyproject.toml: {outcome}",
                differences[:4],
                (Command(f"uv lock{where}", "keeps what is locked, as far as it still fits"),),
                "stops" if refused else "hurts",
                explains=("build-fails",),
                place=Place(path),
            )


def _differences(packaging: Packaging, manifest: TomlFile, found: Lock) -> Iterator[str]:
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
        yield from _of_group(manifest.get("project", "dependencies"), metadata.get("requires-dist"), "")
    for group, entries in (metadata.get("requires-dev") or {}).items():
        yield from _of_group(_group(manifest, group, ()), entries, f" of the group {group}")


def _group(manifest: TomlFile, name: str, above: tuple[str, ...]) -> list[object]:
    """What a dependency group asks for, those that it includes among it (PEP 735); uv's old list is its group dev."""
    found: list[object] = []
    for group, entries in manifest.table("dependency-groups").items():
        if normalised(group) == normalised(name) and group not in above:
            for entry in entries if isinstance(entries, list) else ():
                inner = entry.get("include-group") if isinstance(entry, dict) else None
                found += _group(manifest, inner, (*above, group)) if isinstance(inner, str) else [entry]
    if name == "dev":
        found += manifest.get("tool", "uv", "dev-dependencies") or ()
    return found


def _of_group(asked: object, locked: object, where: str) -> Iterator[str]:
    entries = [each for each in locked if isinstance(each, dict)] if isinstance(locked, list) else []
    # What an extra asks for stands in the same list, with a marker that says so.
    before = _by_name(each for each in entries if "extra ==" not in str(each.get("marker", "")))
    now: dict[str, list[Requirement]] = {}
    for text in asked if isinstance(asked, list) else ():
        found = requirement(text) if isinstance(text, str) else None
        if found is not None:
            now.setdefault(found.name, []).append(found)
    for name in sorted(now.keys() - before.keys() - {""}):
        yield f"{name}{where} is asked for, and not locked"
    if "" not in now:
        for name in sorted(before.keys() - now.keys()):
            yield f"{name}{where} is locked, and no longer asked for"
    for name in sorted(now.keys() & before.keys()):
        wanted = {_parts(each.specifier) for each in now[name]}
        had = {_parts(str(each.get("specifier", ""))) for each in before[name]}
        plain = all(each.origin == "index" for each in now[name]) and not _elsewhere(before[name])
        if plain and wanted != had:
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
    """A specifier's parts; uv writes numbers without the zeros that lead them."""
    plain = "".join(specifier.strip("() ").split())
    return frozenset(_LEADING_ZEROS.sub("", part) for part in plain.split(",") if part)


def _plain(specifier: str) -> bool:
    """Whether uv writes a specifier for Python's version as it was written."""
    return all(part[:1] in "<>" and not part.endswith("*") for part in _parts(specifier))


def _shown(specifiers: Iterable[frozenset[str]]) -> str:
    return " or ".join(sorted(",".join(sorted(each)) or "any" for each in specifiers))
