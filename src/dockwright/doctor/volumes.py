"""Volumes of a stack on the engine, and throwaway containers that look into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from dockwright.doctor.sight import Sight, objects
from dockwright.tools import Ran
from dockwright.verify.live import Container

SECONDS = 300.0
"""How long a look into a volume may take: it may hold a lot."""


class Volume(Struct, frozen=True):
    """A named volume of a service: its key in the file, what the engine calls it, and where the service mounts it."""

    service: str
    key: str
    name: str
    target: str
    read_only: bool


def of_services(sight: Sight) -> Iterator[Volume]:
    """The named volumes that the stack's services mount; those that others make are left out."""
    declared: Mapping[str, Any] = sight.model.get("volumes") or {}
    for service, said in sight.services.items():
        for mount in said.get("volumes") or ():
            if not isinstance(mount, dict) or mount.get("type") != "volume" or not mount.get("source"):
                continue
            key = str(mount["source"])
            about = declared.get(key) or {}
            name = str(about.get("name") or f"{sight.name}_{key}")
            if not about.get("external"):
                yield Volume(service, key, name, str(mount["target"]), bool(mount.get("read_only")))


def on_engine(sight: Sight) -> Mapping[str, Mapping[str, Any]]:
    """Every volume of the engine by its name, as `docker volume inspect` has it."""

    def ask() -> Mapping[str, Mapping[str, Any]]:
        listed = sight.engine.docker("volume", "ls", "-q")
        names = listed.out.split() if listed.well else []
        found = objects(sight.engine.docker("volume", "inspect", *names)) if names else []
        return {str(each.get("Name")): each for each in found}

    return sight.case.once("volumes", ask)


def users(sight: Sight, volume: str) -> tuple[str, ...]:
    """The identifiers of the containers that run with a volume, whoever's they are."""
    said = sight.engine.docker("ps", "-q", "--no-trunc", "--filter", f"volume={volume}")
    return tuple(said.out.split()) if said.well else ()


def running_of(sight: Sight, service: str) -> Container | None:
    """A container of a service that runs."""
    return next((each for each in sight.ours if each.service == service and each.running), None)


def looked_into(
    sight: Sight, mounts: Sequence[tuple[str, str]], image: str, script: str, *words: str, user: str = "0"
) -> Ran:
    """What a script prints in a throwaway container of an image that is here, without network.

    `mounts` are volumes and where they are mounted, options included. Nothing is copied into them.
    """
    volumes = [word for name, target in mounts for word in ("-v", f"{name}:{target}")]
    return sight.engine.docker(
        "run", "--rm", "--pull", "never", "--network", "none", "--user", user, "--entrypoint", "sh", *volumes, image,
        "-c", script, "sh", *words, seconds=SECONDS,
    )  # fmt: skip


def helper(sight: Sight, services: Sequence[str]) -> str | None:
    """An image that is here and has a shell, of one of these services, else of any of the stack's."""
    for service in dict.fromkeys((*services, *sight.services)):
        name = sight.image(service)
        if sight.about_image(name) is not None and sight.case.once(("shell", name), partial(_has_shell, sight, name)):
            return name
    return None


def _has_shell(sight: Sight, image: str) -> bool:
    tools = "command -v find && command -v stat && command -v cp"
    return looked_into(sight, (), image, tools).well
