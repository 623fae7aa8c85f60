"""image: the production image holds the program and what it needs, in the locked versions, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import decode

from dockwright.facts.secret_names import holds_credentials, names_a_secret
from dockwright.project.lock import Lock
from dockwright.project.requirements import normalised
from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.inside import CONTENT, FILLED
from dockwright.verify.live import Live

CHECK = "image"

INSTALLERS = frozenset({"pip", "setuptools", "wheel", "uv", "distribute"})
"""What a Python comes with, or installs others with: no lock names them."""


class Wanted(Struct, frozen=True):
    """What a lock wants in production: `versions` of all that may be there, and those that have to be.

    `development` are those that are locked for other groups alone, `own` what the project itself is called.
    """

    versions: Mapping[str, str]
    required: frozenset[str]
    development: frozenset[str]
    own: frozenset[str] = frozenset()


def check(live: Live, engine: Engine, lock: Lock | None, bases: Sequence[str]) -> Iterator[Evidence]:
    """Evidence for each image of ours, where the stack is for production.

    `bases` are the images that ours are built on: what lies in a base's caches is not ours to take away.
    """
    if not live.production:
        return
    images: dict[str, tuple[str, str]] = {}
    for container in live.containers:
        if container.service in live.ours:
            images.setdefault(str(container.about["Image"]), (container.image, container.folder))
    wanted = None if lock is None else wanted_in_production(lock)
    calls = [partial(_of_image, engine, key, *said, wanted, bases) for key, said in images.items()]
    for found in engine.at_once(calls):
        yield from found


def _of_image(
    engine: Engine, identifier: str, name: str, folder: str, wanted: Wanted | None, bases: Sequence[str]
) -> list[Evidence]:
    inspected = engine.docker("image", "inspect", identifier)
    about = decode(inspected.out)[0] if inspected.well else {}
    layers = (about.get("RootFS") or {}).get("Layers") or []
    size = {"bytes": about.get("Size"), "layers": len(layers)}
    content = looked_at(engine, identifier, CONTENT, folder)
    if content is None:
        return [skipped(CHECK, name, "it has no Python to look with", **size)]
    caches = [str(path) for kind, path in content["found"] if kind == "cache" and not path.startswith(folder)]
    inherited = _in_bases(engine, bases, layers, caches) if caches else set()
    content["found"] = [each for each in content["found"] if each[1] not in inherited]
    variables = (about.get("Config") or {}).get("Env") or ()
    return [
        of_content(name, content, [str(each) for each in variables], size),
        of_distributions(name, content["distributions"], wanted, venv=bool(content["venv"])),
    ]


def looked_at(engine: Engine, image: str, program: str, *arguments: str) -> Any:
    """What a program of `verify.inside` says of an image, in a throwaway container of it; None where no Python is."""
    for python in ("python", "python3"):
        said = engine.docker(
            "run", "--rm", "-i", "--pull", "never", "--network", "none", "--entrypoint", python, image, "-", *arguments,
            given=program, seconds=120,
        )  # fmt: skip
        try:
            if said.well:
                return decode(said.out)
        except DecodeError:
            return None
    return None


def _in_bases(engine: Engine, bases: Sequence[str], layers: Sequence[str], folders: Sequence[str]) -> set[str]:
    """Those of an image's folders that hold something in the image that it is built on, where the engine has that."""
    found: set[str] = set()
    for base in bases:
        inspected = engine.docker("image", "inspect", base)
        below = (decode(inspected.out)[0].get("RootFS") or {}).get("Layers") if inspected.well else None
        if below and list(layers[: len(below)]) == below:
            run = (
                "run",
                "--rm",
                "--pull",
                "never",
                "--network",
                "none",
                "--entrypoint",
                "sh",
                base,
                "-c",
                FILLED,
                "sh",
            )
            found.update(engine.docker(*run, *folders).out.splitlines())
    return found


def of_content(name: str, content: Mapping[str, Any], variables: list[str], size: Mapping[str, Any]) -> Evidence:
    """Whether files are in an image that need not be there, or a secret in its variables."""
    found = [(str(kind), str(path)) for kind, path in content["found"]]
    pairs = [(each.partition("=")[0], each.partition("=")[2]) for each in variables]
    baked = sorted(key for key, value in pairs if value and (names_a_secret(key) or holds_credentials(value)))
    detail = {**size, "found": [{"kind": kind, "path": path} for kind, path in found], "variables": baked}
    detail["biggest"] = [{"path": path, "bytes": number} for path, number in content["biggest"]]
    if baked:
        reason = f"the secret {some(baked)} is in the image's own variables"
        return failed(CHECK, name, reason, "give it at run time; then change it", **detail)
    if found:
        worst = sorted(found, key=lambda each: _ORDER.index(each[0]) if each[0] in _ORDER else len(_ORDER))
        reason = f"holds {some((f'{path} ({kind})' for kind, path in worst), 3)}"
        way_out = "name it in the ignore file that the build reads, or copy less; a key in it has to be changed"
        return failed(CHECK, name, reason, way_out, **detail)
    megabytes = f"{(size.get('bytes') or 0) / 1e6:.0f} MB in {size.get('layers')} layers"
    return passed(CHECK, name, f"nothing in it that need not be there; {megabytes}", **detail)


_ORDER = ("key", "env file", "history", "tests", "cache")


def of_distributions(name: str, installed: Mapping[str, str], wanted: Wanted | None, *, venv: bool) -> Evidence:
    """Whether what is installed is what the lock wants. Outside of a venv Python's own installers are there, too."""
    subject = f"{name} packages"
    if wanted is None:
        return skipped(CHECK, subject, "there is no uv.lock to compare with", installed=len(installed))
    there = {each: version for each, version in installed.items() if venv or each not in INSTALLERS}
    other = sorted(each for each in there if each in wanted.versions and there[each] != wanted.versions[each])
    development = sorted(each for each in there if each in wanted.development)
    known = wanted.versions.keys() | wanted.development | wanted.own
    unknown = sorted(each for each in there if each not in known and each not in INSTALLERS)
    missing = sorted(wanted.required - there.keys())
    detail = {
        "installed": len(there), "different": other, "development": development, "unknown": unknown, "missing": missing,
    }  # fmt: skip
    parts = [f"for development: {some(development)}"] if development else []
    parts += [f"in another version than uv.lock: {some(other)}"] if other else []
    parts += [f"not in uv.lock: {some(unknown)}"] if unknown else []
    parts += [f"missing: {some(missing)}"] if missing else []
    if parts:
        way_out = "install by `uv sync --locked --no-dev` alone, and build again"
        return failed(CHECK, subject, "; ".join(parts), way_out, **detail)
    return passed(CHECK, subject, f"{len(there)} distributions, as uv.lock has them", **detail)


def wanted_in_production(lock: Lock) -> Wanted:
    """What `uv sync --no-dev` installs, at most, and at least: what hangs on a marker may be for another system."""
    packages = lock.file.get("package")
    written = [each for each in packages if isinstance(each, dict)] if isinstance(packages, list) else []
    versions = {normalised(str(each["name"])): str(each.get("version", "")) for each in written if "name" in each}
    own = {normalised(str(each["name"])) for each in written if _own(each)}
    allowed = {normalised(name) for name in lock.at_run_time()} | own  # what an extra adds, too
    plain = {normalised(str(each["name"])): _plain(each.get("dependencies")) for each in written if "name" in each}
    pending, required = [name for each in own for name in plain.get(each, ())], set()
    while pending:
        name = pending.pop()
        if name not in required:
            required.add(name)
            pending += plain.get(name, ())
    return Wanted(
        {name: version for name, version in versions.items() if name in allowed - own},
        frozenset(required),
        frozenset(versions.keys() - allowed),
        frozenset(own),
    )


def _own(package: Mapping[str, Any]) -> bool:
    source = package.get("source")
    return isinstance(source, dict) and bool({"virtual", "editable"} & source.keys())


def _plain(needs: object) -> list[str]:
    found = needs if isinstance(needs, list) else []
    return [normalised(str(each["name"])) for each in found if isinstance(each, dict) and "marker" not in each]
