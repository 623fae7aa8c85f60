"""Lock: what a `uv.lock` pins, which of it the program needs when it runs, and which of that has to be compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.requirements import normalised
from dockwright.syntax.toml import TomlFile

_MACHINES = ("x86_64", "aarch64")


class Locked(Struct, frozen=True):
    """One locked distribution. `needs` are the names that it depends on, `origin` is how its source is called."""

    name: str
    origin: str
    wheels: tuple[str, ...]
    needs: tuple[str, ...]


class Lock(Struct, frozen=True, dict=True):
    """A `uv.lock`."""

    file: TomlFile

    @cached_property
    def _packages(self) -> tuple[Mapping[str, Any], ...]:
        found = self.file.get("package")
        return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()

    @cached_property
    def distributions(self) -> Mapping[str, Locked]:
        """Every locked distribution by name, the project itself included."""
        return {name: _locked(name, each) for each in self._packages if isinstance(name := each.get("name"), str)}

    @cached_property
    def groups(self) -> Mapping[str, frozenset[str]]:
        """What each dependency group of the project asks for directly; extras are groups of their own, as `[name]`."""
        found: dict[str, frozenset[str]] = {}
        for each in self._packages:
            if not _is_own(each):
                continue
            for key, form in (("dev-dependencies", "{}"), ("optional-dependencies", "[{}]")):
                for group, needs in (each.get(key) or {}).items():
                    found[form.format(group)] = found.get(form.format(group), frozenset()) | set(_names(needs))
        return found

    def at_run_time(self, groups: Iterable[str] = ()) -> Mapping[str, Locked]:
        """What is installed without the development group, and with the groups that are named."""
        pending = [name for each in self._packages if _is_own(each) for name in _names(each.get("dependencies"))]
        pending += [name for group in groups for name in self.groups.get(group, ())]
        found: dict[str, Locked] = {}
        while pending:
            name = pending.pop()
            locked = self.distributions.get(name)
            if locked is not None and name not in found:
                found[name] = locked
                pending += locked.needs
        return found


def lock(project: Project, folder: str) -> Lock | None:
    """The `uv.lock` in a folder, if it was read."""
    file = project.toml(join(folder, "uv.lock"))
    return None if file is None or not file.get("package") else Lock(file)


def _is_own(package: Mapping[str, Any]) -> bool:
    source = package.get("source")
    return isinstance(source, dict) and ("virtual" in source or "editable" in source)


def _locked(name: str, package: Mapping[str, Any]) -> Locked:
    source = package.get("source")
    origin = next(iter(source), "") if isinstance(source, dict) else ""
    files = [wheel.get("url") or wheel.get("filename") or wheel.get("path") for wheel in package.get("wheels") or ()]
    wheels = tuple(each.rpartition("/")[2] for each in files if isinstance(each, str))
    needs = [*_names(package.get("dependencies"))]
    # What an extra adds is only locked where somebody asks for it.
    for extra in (package.get("optional-dependencies") or {}).values():
        needs += _names(extra)
    return Locked(normalised(name), origin, wheels, tuple(needs))


def _names(needs: object) -> list[str]:
    if not isinstance(needs, list):
        return []
    return [each["name"] for each in needs if isinstance(each, dict) and isinstance(each.get("name"), str)]


def compiled(locked: Iterable[Locked], python: str | None, *, musl: bool) -> frozenset[str]:
    """The names of those for which a common machine has no wheel: a build of their source may need a compiler.

    `python` is a version such as `3.13`; where it is not known, only wheels for every Python count.
    """
    return frozenset(each.name for each in locked if not each.wheels or not _has_wheels(each.wheels, python, musl))


def _has_wheels(wheels: tuple[str, ...], python: str | None, musl: bool) -> bool:
    system = "musllinux" if musl else "manylinux"
    served = set()
    for wheel in wheels:
        tags = wheel.removesuffix(".whl").split("-")[-3:]
        if len(tags) < 3 or not _fits(tags[0], tags[1], python):
            continue
        if tags[2] == "any":
            return True
        served |= {machine for machine in _MACHINES if system in tags[2] and machine in tags[2]}
    return len(served) == len(_MACHINES)


def _fits(interpreters: str, abi: str, python: str | None) -> bool:
    """Whether a wheel's tags fit an interpreter; an `abi3` wheel fits every later one, too."""
    minor = int(python.partition(".")[2]) if python is not None else None
    for interpreter in interpreters.split("."):
        if interpreter in ("py3", "py2.py3"):
            return True
        number = interpreter.removeprefix("cp3")
        if interpreter.startswith("cp3") and number.isdigit() and minor is not None:
            same = int(number) == minor and abi in (interpreter, f"{interpreter}m")
            if same or ("abi3" in abi and int(number) <= minor):
                return True
    return False
