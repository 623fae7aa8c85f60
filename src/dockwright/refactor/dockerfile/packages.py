"""Packages: which of an image's system packages its build needs, which its program, and which nobody does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from dockwright.facts.base_images import tag
from dockwright.facts.releases import family, releases
from dockwright.facts.system_packages import (
    BRING_C_HEADERS,
    BUILD_ONLY,
    C_HEADERS,
    COMPILERS,
    GIT,
    LIBRARIES,
    PROGRAMS,
    USES_GIT,
    Library,
    library_of_headers,
    library_of_runtime,
)
from dockwright.project.lock import Locked, compiled

_NAME = re.compile(r"[\w.+-]+?(?=[=~<>@]|$)")
_LINKING = frozenset(name for library in LIBRARIES for name in library.linked)


class Packages(Struct, frozen=True):
    """System packages as they are written, version included: for the build alone, and for the program.

    `unknown` are those of the program that only a person can tell to be needed or not.
    """

    build: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Setting(Struct, frozen=True):
    """What decides on packages: the base image, and the distributions that are installed; None where no lock tells."""

    base: str
    locked: Mapping[str, Locked] | None

    @property
    def musl(self) -> bool:
        """Whether it is Alpine."""
        return family(self.base) == "Alpine"

    @property
    def python(self) -> str | None:
        """The minor version of Python."""
        return next((each.version for each in releases(self.base) if each.product == "Python"), None)

    @property
    def distribution(self) -> str:
        """The column of the tables that speaks of the image. Tags without a release are of Debian's newest."""
        if self.musl:
            return "alpine"
        return next((each.version for each in releases(self.base) if each.product == "Debian"), "trixie")

    @property
    def full(self) -> bool:
        """Whether the image brings compilers and header files by itself."""
        return not self.musl and "slim" not in (tag(self.base) or "")

    def sources(self) -> frozenset[str] | None:
        """The distributions that have to be built on a common machine."""
        if self.locked is None:
            return None
        return compiled(self.locked.values(), self.python, musl=self.musl)


def split(written: Iterable[str], setting: Setting, used: Callable[[tuple[str, ...]], bool]) -> Packages:
    """The packages by who needs them. `used` tells whether something in the image calls one of some programs."""
    sources = setting.sources()
    locked = setting.locked or {}
    building = sources is None or bool(sources)
    build: dict[str, None] = {}
    runtime: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for word in written:
        found = _NAME.match(word)
        name = word if found is None else found[0]
        library = library_of_headers(name)
        if name in BUILD_ONLY or library is not None or name.endswith("-dev"):
            if building and not (setting.full and library is None):
                build[word] = None
            if library is not None and _needs(library, sources, locked):
                names = library.runtime.get(setting.distribution)
                if names is None:
                    unknown[word] = None
                runtime.update(dict.fromkeys(names or (word,)))
            elif library is None and name.endswith("-dev") and name not in BUILD_ONLY and building:
                unknown[word] = None
                runtime[word] = None
        elif name == GIT and any(each.origin == "git" for each in locked.values()):
            build[word] = None
            if USES_GIT & locked.keys():
                runtime[word] = None
        elif name in PROGRAMS:
            if used(PROGRAMS[name]):
                runtime[word] = None
        else:
            library = library_of_runtime(name)
            if library is None or _needs(library, sources, locked):
                runtime[word] = None
    if not setting.musl and COMPILERS & build.keys() and not BRING_C_HEADERS & build.keys():
        build[C_HEADERS] = None
    return Packages(tuple(build), tuple(runtime), tuple(unknown))


def _needs(library: Library, sources: frozenset[str] | None, locked: Mapping[str, Locked]) -> bool:
    """Whether something that is installed links to a library of the system, or may for all that is known."""
    if sources is None:
        return True
    loads = any(name in locked and f"{name}-binary" not in locked for name in library.loaded)
    return loads or bool(library.linked & sources) or bool(sources - _LINKING)
