"""Volumes into which the services that mount them may not write: whose they are, and the handing over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis, Hands, Mend
from dockwright.doctor.sight import Sight, sights
from dockwright.doctor.volumes import Volume, helper, looked_into, of_services, on_engine, running_of, users
from dockwright.errors import DockwrightError
from dockwright.facts.known_errors import Step
from dockwright.syntax.shell import quote

_LOOK = r"""
printf '%s %s ' "$(id -u)" "$(id -g)"
if [ -w "$1" ]; then printf 'writable '; else printf 'refused '; fi
if [ -n "$(ls -A "$1" 2>/dev/null)" ] || [ ! -r "$1" ]; then printf 'filled '; else printf 'empty '; fi
stat -c '%u %g %a' "$1"
"""
"""Who somebody is, whether he may write into a folder, whether something is in it, and whose it is."""

_GIVE = 'chown -R "$2" "$1" && stat -c "%u:%g" "$1"'


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each volume that nobody of its stack may write into."""
    for sight in sights(case):
        there = on_engine(sight)
        told: dict[str, list[Volume]] = {}
        for volume in of_services(sight):
            if volume.name in there and not volume.read_only:
                told.setdefault(volume.name, []).append(volume)
        for mounts in told.values():
            yield from _owned(sight, mounts)


def _owned(sight: Sight, mounts: list[Volume]) -> Iterator[Diagnosis]:
    refused = []
    for volume in mounts:
        said = _look(sight, volume)
        words = said.split()
        if len(words) != 7 or words[2] == "writable":
            return  # somebody may, or nobody could ask
        # What is empty is given to whom the image gives its folder, when its first container is made.
        if words[3] == "empty" and not any(each.service == volume.service for each in sight.ours):
            return
        refused.append((volume, words))
    volume, (uid, gid, _, _, owner, group, mode) = refused[0]
    who = f"{uid}:{gid}"
    seen = (f"stat {volume.target}: {owner}:{group}, mode {mode}; {volume.service} runs as {who}",)
    image = helper(sight, (volume.service,)) or sight.image(volume.service)
    stopped = [each for each in sight.ours if each.service == volume.service and not each.running]
    yield sight.found(
        "volume-not-owned",
        volume.name,
        f"the volume {volume.name} belongs to {owner}, and {volume.service}, which mounts it at {volume.target}, "
        f"runs as {uid}",
        seen,
        (
            Step(
                f"docker run --rm --user 0 --entrypoint chown -v {volume.name}:/volume {quote(image)} -R {who} /volume",
                "hands it over; nothing else changes",
            ),
            Step(f"{sight.compose} up -d {quote(volume.service)}"),
        ),
        severity="stops" if stopped else "hurts",
        explains=tuple(
            f"{fault}:{each.service}"
            for each, _ in refused
            for fault in ("path-denied", "container-exited", "container-restarting")
        ),
        fix=Mend(
            f"give the volume {volume.name} to {who}",
            (volume.name,),
            partial(_hand_over, sight, volume, image, who, f"{owner}:{group}"),
        ),
    )


def _look(sight: Sight, volume: Volume) -> str:
    running = running_of(sight, volume.service)
    if running is not None:
        said = sight.engine.docker("exec", running.id, "sh", "-c", _LOOK, "sh", volume.target)
        return said.out if said.well else ""
    image = sight.image(volume.service)
    if sight.about_image(image) is None:
        return ""
    mounts = [(volume.name, f"{volume.target}:nocopy")]
    said = looked_into(sight, mounts, image, _LOOK, volume.target, user=sight.user(volume.service))
    return said.out if said.well else ""


def _hand_over(sight: Sight, volume: Volume, image: str, who: str, before: str, hands: Hands) -> str:
    """Give a volume to somebody, and start again what has ended of it."""
    others = [each for each in users(sight, volume.name) if each not in {one.id for one in sight.ours}]
    if others:
        raise DockwrightError(f"another stack runs with {volume.name}", hint=f"docker ps --filter volume={volume.name}")
    done = looked_into(sight, [(volume.name, "/volume")], image, _GIVE, "/volume", who)
    if not done.well or done.out.strip() != who:
        raise DockwrightError(f"it is still somebody else's: {done.err.strip() or done.out.strip()}")
    ended = [each for each in sight.ours if each.service == volume.service and not each.running]
    started = [each.name for each in ended if hands.engine.docker("start", each.id).well]
    again = f"; {', '.join(started)} started again" if started else ""
    return f"it belonged to {before}{again}"
