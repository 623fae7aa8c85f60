"""Which file of the project a dotted Python name means, by the layout of folders alone."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from dockwright.syntax.python_code import Parse
from dockwright.text import Source

_HOPS = 6  # re-exports that are followed before giving up: enough for real code, and an end for cycles


def folder_of(path: str) -> str:
    """The folder of a path, "" for the root."""
    return path.rpartition("/")[0]


def ancestors(path: str) -> list[str]:
    """The folders that hold a path, the nearest first, "" last."""
    found = []
    while path:
        path = folder_of(path)
        found.append(path)
    return found


def under(folder: str, name: str) -> str:
    """A path inside a folder."""
    return f"{folder}/{name}" if folder else name


def module_file(dotted: str, importer: str, exists: Container[str]) -> str | None:
    """The file of a module that `importer` imports, the nearest that fits; None for one outside the project."""
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    if level:
        folders = ancestors(importer)[level - 1 : level]
    else:
        folders = [each for folder in ancestors(importer) for each in (folder, under(folder, "src"))]
    relative = name.replace(".", "/")
    for folder in folders:
        base = under(folder, relative) if relative else folder
        for candidate in (f"{base}.py", under(base, "__init__.py")):
            if candidate in exists:
                return candidate
    return None


def definition(dotted: str, importer: str, sources: Mapping[str, Source], parse: Parse) -> tuple[str, str] | None:
    """The file and the name in it that a dotted name means, re-exports followed; None outside the project.

    A name without dots is one of the importing file's own.
    """
    path = importer
    for _ in range(_HOPS):
        if "." not in dotted:
            return path, dotted
        module, _, name = dotted.rpartition(".")
        found = module_file(module or ".", path, sources) if module.strip(".") else _sibling(dotted, path, sources)
        if found is None:
            return None
        if f"def {name}(" in sources[found].text or f"class {name}" in sources[found].text:
            return found, name
        again = parse(sources[found]).imports().get(name)
        if again is None or again == dotted:
            return found, name
        path, dotted = found, again
    return None


def _sibling(dotted: str, importer: str, sources: Mapping[str, Source]) -> str | None:
    """The package that `from . import name` takes a name from."""
    level = len(dotted) - len(dotted.lstrip("."))
    package = ancestors(importer)[level - 1 : level]
    init = under(package[0], "__init__.py") if package else ""
    return init if init in sources else None


def python_files(sources: Mapping[str, Source], wanted: Callable[[str], object]) -> list[Source]:
    """The project's Python files whose text passes a cheap test, in the order of their paths."""
    return [sources[path] for path in sorted(sources) if path.endswith(".py") and wanted(sources[path].text)]


def in_tests(path: str) -> bool:
    """Whether a file belongs to the tests, told by its path."""
    folders, _, name = path.rpartition("/")
    if name.startswith("test_") or name.endswith("_test.py") or name in ("conftest.py", "tests.py"):
        return True
    return not {"test", "tests", "testing", "e2e", "e2e_tests"}.isdisjoint(folders.split("/"))
