"""Platforms: an image for another processor than the engine's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Place, Severity
from dockwright.project.stacks import Stack
from dockwright.syntax import dockerfile, shell
from dockwright.text import Site

_NAMES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i386": "386", "i686": "386"}
_EMULATORS = {
    "amd64": "qemu-x86_64", "arm64": "qemu-aarch64", "arm": "qemu-arm", "386": "qemu-i386", "s390x": "qemu-s390x",
    "ppc64le": "qemu-ppc64le", "riscv64": "qemu-riscv64",
}  # fmt: skip
"""How the kernel's binfmt_misc calls the emulators. Source: github.com/tonistiigi/binfmt."""

_SYMPTOMS = ("container-exited", "container-restarting", "build-fails", "unhealthy")


def examine(case: Case) -> Iterator[Diagnosis]:
    """Services whose images are for another processor."""
    native = _native(case)
    for stack in case.stacks:
        model = case.model(stack).get("services") or {}
        images = _images(case, model)
        for name, service in model.items():
            yield from _of_service(case, stack, name, service, native, images.get(str(service.get("image"))))


def _of_service(
    case: Case, stack: Stack, name: str, service: Mapping[str, Any], native: str, local: str | None
) -> Iterator[Diagnosis]:
    asked, place = _asked(case, stack, name, service)
    image = str(service.get("image") or name)
    if asked is not None and asked in _EMULATORS and asked != native:
        cause = f"{name} is fixed to linux/{asked}, and this engine runs linux/{native}"
        seen = (f"docker version: linux/{native}", f"{place}: linux/{asked}")
        yield _found(case, stack, name, asked, cause, seen, place)
    elif asked is None and local is not None and local != native:
        cause = f"the image {image} that is here is for linux/{local}, and this engine runs linux/{native}"
        seen = (f"docker image inspect: {local}", f"docker version: linux/{native}")
        if service.get("build"):
            way = Command(f"docker compose {' '.join(f'-f {shell.quote(each)}' for each in stack.files)} build {name}")
        else:
            way = Command(f"docker pull --platform linux/{native} {shell.quote(image)}")
        yield _found(case, stack, name, local, cause, seen, place, way)


def _found(
    case: Case,
    stack: Stack,
    name: str,
    other: str,
    cause: str,
    seen: tuple[str, ...],
    place: Place | None,
    way: Command | None = None,
) -> Diagnosis:
    emulated = _emulated(case, other)
    severity: Severity = "hurts" if emulated else "stops"
    outcome = "it is emulated, many times slower" if emulated else "it ends in `exec format error`"
    install = Command(
        f"docker run --privileged --rm tonistiigi/binfmt --install {other}", "teaches the kernel to emulate it"
    )
    ways = [way or Command(f"grep -n platform {shell.quote(place.path if place else stack.files[0])}",
                           "take the platform away where the image is made for several")]  # fmt: skip
    if not emulated:
        ways.append(install)
    return Diagnosis(
        "wrong-architecture",
        name,
        f"{cause}: {outcome}",
        seen,
        tuple(ways),
        severity,
        case.label(stack),
        tuple(f"{each}:{name}" for each in _SYMPTOMS),
        place=place,
    )


def _asked(case: Case, stack: Stack, name: str, service: Mapping[str, Any]) -> tuple[str | None, Place | None]:
    """The architecture that a service's files fix, and where."""
    run = case.services(stack).get(name)
    if service.get("platform"):
        written = None if run is None else run.service.last("platform")
        place = None if written is None else case.place(Site(written[0].path, written[1].span))
        return _architecture(str(service["platform"])), place
    if run is None or run.image is None or run.stage is None:
        return None, None
    for stage in run.image.lineage(run.stage):
        flag = stage.from_.flag("platform")
        value = None if flag is None else dockerfile.expand(flag.value or "", run.image.global_defaults)
        if value and "$" not in value and "/" in value:
            return _architecture(value), case.place(Site(run.image.path, stage.from_.span))
    return None, None


def _architecture(platform: str) -> str | None:
    words = platform.lower().split("/")
    return _NAMES.get(words[1], words[1]) if len(words) > 1 else None


def _native(case: Case) -> str:
    server = case.versions.get("Server") or {}
    written = str(server.get("Arch") or case.host.machine)
    return _NAMES.get(written, written)


def _emulated(case: Case, architecture: str) -> bool:
    if not case.local and case.engine is not None:
        return True  # The machines of Docker Desktop and its like bring the emulators along.
    if case.host.system != "linux":
        return True
    name = _EMULATORS.get(architecture)
    return name is not None and case.host.file(f"/proc/sys/fs/binfmt_misc/{name}") is not None


def _images(case: Case, services: Mapping[str, Mapping[str, Any]]) -> Mapping[str, str]:
    """The architectures of those images that are on the engine."""
    names = sorted({str(service["image"]) for service in services.values() if service.get("image")})
    if case.engine is None or not names:
        return {}
    ask = partial(case.engine.docker, "image", "inspect", "--format", "{{.Architecture}}")
    said = case.engine.at_once([partial(ask, name) for name in names])
    return {
        name: _NAMES.get(each.out.strip(), each.out.strip())
        for name, each in zip(names, said, strict=True)
        if each.well
    }
