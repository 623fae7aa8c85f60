"""ownership: the files below the application's folder belong to its user; what is mounted there is told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.inside import OWNERS
from dockwright.verify.live import Container, Live

CHECK = "ownership"


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each running container whose image is ours."""
    ours = [each for each in live.running if each.service in live.ours]
    yield from engine.at_once([partial(_of_container, live, engine, each) for each in ours])


def _of_container(live: Live, engine: Engine, container: Container) -> Evidence:
    if container.kernel is None:
        return skipped(CHECK, container.name, container.unasked)
    if container.kernel.uid == 0:
        return skipped(CHECK, container.name, "it is root, to whom all files are its own")
    if container.folder == "/":
        return skipped(CHECK, container.name, "its working directory is the root, so nothing is the application's own")
    # Whoever it was declared to be: what another one runs is the check `user`'s to tell.
    number = live.declared_user(container).partition(":")[0]
    uid = int(number) if number.isdigit() else container.kernel.uid
    bound = [folder for folder, kind in container.mounts.items() if kind == "bind"]
    arguments = ("exec", "-i", container.id, "python", "-", container.folder, str(uid))
    said = engine.docker(*arguments, *bound, given=OWNERS)
    try:
        areas = decode(said.out) if said.well else None
    except DecodeError:
        areas = None
    if areas is None:
        return skipped(CHECK, container.name, "its image has no Python to look with")
    return judged(container, areas, uid)


def judged(container: Container, areas: Mapping[str, Mapping[str, Any]], uid: int) -> Evidence:
    """What the owners are in each area: the image's own files, and each mount's.

    A bind mount holds files of the host, whose owner is the host's user: there it is only wrong when the application
    cannot read them.
    """
    kinds = {folder: _kind(container, folder) for folder in areas}
    detail = {"uid": uid, "areas": {folder: {"kind": kinds[folder], **seen} for folder, seen in areas.items()}}
    own = [(folder, seen) for folder, seen in areas.items() if kinds[folder] != "bind"]
    host = [(folder, seen) for folder, seen in areas.items() if kinds[folder] == "bind"]
    for folder, seen in own:
        if seen["foreign"]:
            number = "1 file belongs" if seen["foreign"] == 1 else f"{seen['foreign']} files belong"
            where = f"of the volume {folder}" if kinds[folder] == "volume" else f"below {folder}"
            reason = f"{number} to {some(map(str, seen['owners']))} and not {uid}, {where}: {some(seen['first'], 2)}"
            way_out = (
                f"once: docker compose run --rm --user 0 {container.service} chown -R {uid} {folder}"
                if kinds[folder] == "volume"
                else f"COPY --chown={uid}:{uid}, and build again"
            )
            return failed(CHECK, container.name, reason, way_out, **detail)
    for _, seen in host:
        if seen["unreadable"]:
            reason = f"{some(seen['unreadable'], 2)} of the host cannot be read by {uid}"
            return failed(CHECK, container.name, reason, "let the container's user read it on the host", **detail)
    foreign = [(folder, seen) for folder, seen in host if seen["foreign"]]
    parts = [f"{seen['files']} files of {folder} are its own" for folder, seen in own if seen["files"]]
    parts += [
        f"{folder} is the host's, of {some(map(str, seen['owners']))}, and can be read" for folder, seen in foreign
    ]
    parts += [f"{folder} is the host's, and its own" for folder, seen in host if not seen["foreign"]]
    verdict = passed if own or not foreign else skipped
    return verdict(CHECK, container.name, "; ".join(parts), **detail)


def _kind(container: Container, folder: str) -> str:
    """What an area is: bind, volume, tmpfs, or of the image. Where none is known, the mount that it lies in counts."""
    return container.mounts.get(folder, "tmpfs" if folder != container.folder else "image")
