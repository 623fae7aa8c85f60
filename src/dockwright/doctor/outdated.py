"""Containers that are older than what they were made from: their variables, their image, the source in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from posixpath import join as joined
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis
from dockwright.doctor.sight import Sight, mount_of, sights
from dockwright.facts.known_errors import Step
from dockwright.syntax.shell import quote
from dockwright.verify.evidence import some
from dockwright.verify.live import Container

_MOST = 40
_SOURCES = (".py", ".toml", ".lock", ".txt", ".cfg", ".ini", ".html", ".sh", ".json", ".yml", ".yaml")
_SUMS = 'cd "$1" && shift && sha256sum -- "$@" 2>/dev/null; exit 0'


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each container that `up` would make anew, and each image that `build` would."""
    for sight in sights(case):
        for container in sight.ours:
            yield from _variables(sight, container)
            older = list(_image(sight, container))
            yield from older
            if not older and container.running and container.service in sight.built:
                yield from _source(sight, container)


def _variables(sight: Sight, container: Container) -> Iterator[Diagnosis]:
    """Variables that the files give the service now and the container has otherwise, or not."""
    declared: Mapping[str, Any] = sight.services[container.service].get("environment") or {}
    given = {name: str(value) for name, value in declared.items() if value is not None}
    changed = sorted(name for name, value in given.items() if container.environment.get(name) != value)
    if not changed:
        return
    there = [name for name in changed if name in container.environment]
    missing = [name for name in changed if name not in there]
    parts = [f"another value for {some(there)}"] if there else []
    parts += [f"no {some(missing)}"] if missing else []
    yield sight.found(
        "variables-outdated",
        container.name,
        f"the files have changed since the container was made: it has {' and '.join(parts)}",
        (f"docker inspect {container.service}: compared with `docker compose config`, values not shown",),
        (
            Step(
                f"{sight.compose} up -d {quote(container.service)}",
                "makes the container anew; `restart` would keep the old variables",
            ),
        ),
        severity="hurts",
        explains=(f"variable-missing:{container.name}", f"password-refused:{container.name}"),
    )


def _image(sight: Sight, container: Container) -> Iterator[Diagnosis]:
    """An image that was built or pulled anew since the container was made."""
    about = sight.about_image(container.image)
    if about is None or about.get("Id") == container.about.get("Image"):
        return
    yield sight.found(
        "image-outdated",
        container.name,
        f"the container runs an older image than {container.image} is now",
        (f"docker inspect {container.service}: image {_short(container.about)}, now {str(about.get('Id'))[7:19]}",),
        (Step(f"{sight.compose} up -d {quote(container.service)}", "makes the container anew, of the new image"),),
        severity="hurts",
    )


def _short(about: Mapping[str, Any]) -> str:
    return str(about.get("Image"))[7:19]


def _source(sight: Sight, container: Container) -> Iterator[Diagnosis]:
    """Files of the project that differ from those of the image, having changed since it was built."""
    about = sight.about_image(container.image) or {}
    built = _seconds(str(about.get("Created") or ""))
    build = sight.services[container.service].get("build")
    if built is None or not isinstance(build, dict) or not sight.case.local:
        return
    context = sight.local(str(build.get("context") or "."))
    prefix = "" if context == "." else f"{context}/"
    newer = []
    for path in sorted(sight.case.project.listing):
        if path.startswith(prefix) and path.endswith(_SOURCES):
            inside = joined(container.folder, path.removeprefix(prefix))
            held = sight.case.host.file(sight.case.absolute(path))
            if held is not None and held.modified > built and mount_of(container, inside) is None:
                newer.append(path)
    newer = newer[:_MOST]
    if not newer:
        return
    names = [path.removeprefix(prefix) for path in newer]
    said = sight.engine.docker("exec", container.id, "sh", "-c", _SUMS, "sh", container.folder, *names)
    sums = {
        name.strip().removeprefix("*"): digest
        for digest, _, name in (line.partition(" ") for line in said.out.splitlines())
    }
    other = [path for path, name in zip(newer, names, strict=True) if name in sums and sums[name] != _sum(sight, path)]
    if not other:
        return
    yield sight.found(
        "image-outdated",
        container.name,
        f"the image is older than the source: {some(other, 3)} changed since it was built",
        (f"docker exec {container.service} sha256sum: another content than on the host",),
        (Step(f"{sight.compose} up -d --build {quote(container.service)}"),),
        severity="hurts",
        explains=(f"module-missing:{container.name}",),
    )


def _sum(sight: Sight, path: str) -> str:
    from hashlib import sha256

    return sha256(sight.case.host.read(sight.case.absolute(path), 100_000_000) or b"").hexdigest()


def _seconds(written: str) -> float | None:
    """A time as the engine writes it, in seconds since 1970."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return None
