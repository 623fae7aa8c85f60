"""Files: what of the context the program needs, and what a build may see of it at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from dockwright.facts.runtime_files import TEST_FILES, TEST_FOLDERS, needed
from dockwright.project.compose import settled
from dockwright.project.images import Image, left_out
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.project.preparation import of_script
from dockwright.project.references import join
from dockwright.project.roles import role
from dockwright.text import Site

MOST_COPIES = 12
"""More entries than these are no list that anybody reads."""

_WORD = re.compile(r"[\w./-]+")
_MODULE = re.compile(r"-m[ \"',]+([\w.]+)|\b([a-z_]\w*(?:\.\w+)*):\w+")
_KEEPERS = (".gitkeep", ".keep", ".gitignore")
_DEVELOPMENT = frozenset({"dev", "test", "ci", "devcontainer"})


class Entries(Struct, frozen=True):
    """What lies at the top of a context and a program needs: folders and files, and single files below others."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    inner: tuple[str, ...] = ()


def running(project: Project, image: Image) -> tuple[Merged, ...]:
    """The services that run an image: those that build it, and those that name what these call it."""
    sites = {call.at for call in image.builds}
    building = [
        service
        for service in every_service(project)
        if any(layer.build is not None and Site(layer.path, layer.build.node.span) in sites for layer in service.layers)
        or _builds(project, image, service)
    ]
    names = {service.image for service in building if service.image}
    return tuple(
        service
        for service in every_service(project)
        if service in building or (service.image in names and not service.builds)
    )


def _builds(project: Project, image: Image, service: Merged) -> bool:
    """Whether a service builds the image; equal builds of several services are one call only."""
    for layer in service.layers:
        build = layer.build
        if build is None or build.inline is not None:
            continue
        context = settled("." if build.context is None else build.context.value)
        name = settled("Dockerfile" if build.dockerfile is None else build.dockerfile.value)
        if context is not None and name is not None:
            where = join(service.stack.project_directory, context)
            if where == image.context and join(where, name) == image.path:
                return True
    return False


def commands_text(service: Merged) -> str:
    """A service's entry point and command, as written."""
    texts: list[str] = []
    for key in ("entrypoint", "command"):
        found = service.last(key)
        if found is not None:
            texts += [scalar.value for scalar in found[1].strings()]
    return " ".join(texts)


def entries(
    project: Project,
    image: Image,
    services: Iterable[Merged],
    scripts: Iterable[str],
    texts: Iterable[str] = (),
    elsewhere: Iterable[str] = (),
) -> Entries:
    """What a program needs of the context's top, as tables and the containers' commands have it.

    `texts` are RUN instructions that may name files; `elsewhere` is what other stages build something else of.
    """
    lead = f"{image.context}/" if image.context else ""
    ignored = left_out(project, image)
    inside = [path[len(lead) :] for path in project.listing if path.startswith(lead) and not ignored(path[len(lead) :])]
    tops = {path.partition("/")[0]: "/" in path for path in inside}
    folders = {name for name, folder in tops.items() if folder and _folder(project, image, name, inside)}
    files = {name for name, folder in tops.items() if not folder and needed(name, folder=False)}
    files |= {name for name, folder in tops.items() if not folder and name not in files and _read(project, image, name)}
    folders -= {name for name in elsewhere if not _imported(project, image, name)}
    named = set(scripts)
    known = set(inside)
    for text in texts:
        for word in _WORD.findall(text):
            parts = word.strip("/").split("/")
            named |= {path for at in range(len(parts)) if "/" in (path := "/".join(parts[at:])) and path in known}
    for service in services:
        if role(project, service.stack) not in _DEVELOPMENT:
            named |= set(_named(project, image, commands_text(service), inside))
    inner = []
    for path in sorted(named):
        top, slash, _ = path.partition("/")
        if not slash:
            files.add(path)
        elif top not in folders:
            inner.append(path)
    return Entries(tuple(sorted(folders)), tuple(sorted(files)), tuple(inner))


def kept_empty(project: Project, image: Image) -> tuple[str, ...]:
    """The folders at the context's top that git keeps for the program to write to, with nothing else in them."""
    lead = f"{image.context}/" if image.context else ""
    ignored = left_out(project, image)
    below: dict[str, bool] = {}
    for path in project.listing:
        top, slash, rest = path[len(lead) :].partition("/")
        if path.startswith(lead) and slash:
            below[top] = below.get(top, True) and rest in _KEEPERS and not ignored(f"{top}/{rest}")
    return tuple(name for name, empty in below.items() if empty)


def _folder(project: Project, image: Image, name: str, inside: list[str]) -> bool:
    below = [path for path in inside if path.startswith(name + "/")]
    if all(path.endswith(_KEEPERS) for path in below):
        return False
    if needed(name, folder=True):
        return True
    # A package that happens to be called so.
    return f"{name}/__init__.py" in below and name not in TEST_FOLDERS and _imported(project, image, name)


def _imported(project: Project, image: Image, name: str) -> bool:
    pattern = re.compile(rf"(?m)^[ \t]*(?:from|import)[ \t]+{re.escape(name)}\b")
    return any(pattern.search(source.text) for source in _program(project, image, name))


def _program(project: Project, image: Image, but: str = "") -> Iterator:  # type: ignore[type-arg]
    """The Python files of the program, tests and helpers left out."""
    lead = f"{image.context}/" if image.context else ""
    for source in project.of_kind("python"):
        if not source.path.startswith(lead):
            continue
        top, slash, _ = source.path[len(lead) :].partition("/")
        if top != but and needed(top, folder=bool(slash)):
            yield source


def _read(project: Project, image: Image, name: str) -> bool:
    """Whether the program names a file that programs do not need as a rule: its version's, a licence."""
    quoted = (f'"{name}"', f"'{name}'")
    return not name.startswith(".") and any(
        sign in source.text for source in _program(project, image) for sign in quoted
    )


def _named(project: Project, image: Image, text: str, inside: list[str]) -> Iterator[str]:
    """The files of the context that a command names, but for scripts that only wait and migrate."""
    known = set(inside)
    for word in _WORD.findall(text):
        path = word.removeprefix("./").removeprefix("/app/")
        if path in known:
            source = project.sources.get(join(image.context, path))
            if source is None or source.path.endswith(".py") or not of_script(source).plain:
                yield path
    for told in _MODULE.findall(text):
        path = (told[0] or told[1]).replace(".", "/") + ".py"
        if path in known:
            yield path


def of_tests(project: Project, image: Image, folder: str) -> tuple[str, ...]:
    """What test runners need at the top of the project in a folder, relative to the context."""
    lead = f"{image.context}/" if image.context else ""
    names = ("pyproject.toml", "uv.lock", *sorted(TEST_FILES), *sorted(TEST_FOLDERS))
    return tuple(join(folder, name).removeprefix(lead) for name in names if project.exists(join(folder, name)))
