"""Direct: what a project asks for by itself, out of a list that also pins what its dependencies ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dockwright.facts.module_names import DISTRIBUTIONS
from dockwright.project.model import Project
from dockwright.project.modules import in_tests
from dockwright.project.packaging import Packaging
from dockwright.project.references import join
from dockwright.project.requirements import normalised
from dockwright.syntax import python_code, toml
from dockwright.text import Edit, Source, Span, lazy_regex, splice
from dockwright.tools import Uv, Worked

_WORD = lazy_regex(r"[A-Za-z0-9][\w.-]*")


def direct(project: Project, packaging: Packaging, uv: Uv, worked: Worked) -> Worked:
    """The manifests with only what the project itself asks for in `pyproject.toml`; the lock stays what it was.

    A list in which everything is pinned was written by `pip freeze` or its like, and says of nothing why it is there.
    What others in the list need anyway, and what neither the code imports nor a command names, is left to the lock.
    Nothing is left out where the lock would then hold another set of versions.
    """
    if not _is_frozen(packaging):
        return worked
    manifest = toml.parse(Source.read("pyproject.toml", worked.files["pyproject.toml"]))
    lock = _lock(project, packaging, worked)
    graph = _graph(lock)
    kept: set[str] = set()
    dropped: dict[tuple[str, ...], set[int]] = {}
    for path in (("project", "dependencies"), ("dependency-groups", "dev")):
        listed = [_name(text) for text in manifest.get(*path) or ()]
        named = _named(project, packaging, listed, code=path[0] == "project")
        chosen = _roots(listed, named, graph, kept)
        dropped[path] = {index for index, name in enumerate(listed) if name not in chosen}
        kept |= chosen
    text = _without(manifest, dropped)
    if text == manifest.source.text:
        return worked
    again = uv.lock({**worked.files, "pyproject.toml": text.encode()})
    if again.error is not None or _pins(_lock(project, packaging, again)) != _pins(lock):
        return worked
    return Worked({"pyproject.toml": text.encode(), "uv.lock": again.files["uv.lock"]})


def _is_frozen(packaging: Packaging) -> bool:
    return all(each.specifier.startswith("==") and "*" not in each.specifier for each in packaging.dependencies)


def _lock(project: Project, packaging: Packaging, worked: Worked) -> toml.TomlFile:
    """The lock, parsed as the file that it becomes: whoever reads it there need not parse it again."""
    return project.trees.of(toml.parse, Source.read(join(packaging.folder, "uv.lock"), worked.files["uv.lock"]))


def _graph(lock: toml.TomlFile) -> Mapping[str, frozenset[str]]:
    """What each locked distribution needs; the project itself is none."""
    return {package["name"]: _needs(package) for package in lock.get("package") or () if not _is_own(package)}


def _pins(lock: toml.TomlFile) -> Mapping[str, tuple[str | None, frozenset[str]]]:
    """The version of each locked distribution and what it needs; of the project itself that it is there."""
    return {
        package["name"]: (None, frozenset()) if _is_own(package) else (package.get("version"), _needs(package))
        for package in lock.get("package") or ()
    }


def _is_own(package: Mapping[str, Any]) -> bool:
    return not package.get("source", {}).keys().isdisjoint(("virtual", "editable"))


def _needs(package: Mapping[str, Any]) -> frozenset[str]:
    extras = package.get("optional-dependencies", {}).values()
    return frozenset(each["name"] for needs in (package.get("dependencies", ()), *extras) for each in needs)


def _name(text: str) -> str:
    match = _WORD.match(text)
    return normalised(match[0].rstrip(".-")) if match else text


def _roots(listed: list[str], named: set[str], graph: Mapping[str, frozenset[str]], known: Iterable[str]) -> set[str]:
    """What cannot be left out, as nothing else that stays needs it, or as it is named."""
    stays = set(listed)
    for name in sorted(stays - named):
        if name in _reached((stays - {name}) | set(known), graph):
            stays.remove(name)
    return stays


def _reached(names: Iterable[str], graph: Mapping[str, frozenset[str]]) -> set[str]:
    """What these need, directly or not."""
    found: set[str] = set()
    pending = [need for name in names for need in graph.get(name, ())]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += graph.get(name, ())
    return found


def _named(project: Project, packaging: Packaging, listed: list[str], *, code: bool) -> set[str]:
    """Those that the code imports, or that a command in a Dockerfile or compose file names."""
    words = {
        normalised(word) for source in project.of_kind("dockerfile", "compose") for word in _WORD.findall(source.text)
    }
    modules = _imported(project, packaging) if code else frozenset[str]()
    return {name for name in listed if name in words or name in modules}


def _imported(project: Project, packaging: Packaging) -> frozenset[str]:
    inside = f"{packaging.folder}/" if packaging.folder else ""
    found: set[str] = set()
    for source in project.of_kind("python"):
        if source.path.startswith(inside) and not in_tests(source.path):
            for dotted in project.trees.of(python_code.parse, source).imports().values():
                parts = dotted.lstrip(".").split(".")
                # `google.cloud.storage` comes from google-cloud-storage.
                found |= {normalised("-".join(parts[: count + 1])) for count in range(len(parts))}
    return frozenset(name for module in found for name in (module, *DISTRIBUTIONS.get(module, ())))


def _without(manifest: toml.TomlFile, dropped: Mapping[tuple[str, ...], set[int]]) -> str:
    """The manifest without some elements of its arrays, each of which has a line of its own."""
    text = manifest.source.text
    edits = []
    for path, indexes in dropped.items():
        for index in sorted(indexes):
            span = manifest.span_of(*path, index)
            if span is None:
                continue
            start = text.rfind("\n", 0, span.start) + 1
            end = text.find("\n", span.end) + 1
            if text[start : span.start].strip() or text[span.end : end].strip(" \t\r\n,"):
                continue
            edits.append(Edit("pyproject.toml", Span(start, end), ""))
    return splice(text, edits)
