"""Volumes left behind under a name that the project had: carried over by copy, check and switch; the old one stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from posixpath import basename, dirname
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis, Hands, Mend
from dockwright.doctor.sight import LABEL, Sight, everybody, sights
from dockwright.doctor.volumes import Volume, helper, looked_into, of_services, on_engine, users
from dockwright.errors import DockwrightError
from dockwright.facts.known_errors import Step
from dockwright.project.stacks import ENVIRONMENTS, normal_name, stacks
from dockwright.syntax.shell import quote

CARRIED = "dockwright.carried-over-from"
"""The label of a volume that was filled from another one, with that one's name."""

_COUNT = r"""
cd "$1" || exit 1
printf '%s ' "$(find . -type f | wc -l)" "$(find . -type f -exec cat {} + | wc -c)"
"""
_DIGEST = (
    _COUNT
    + r"""
{ find . -type f -exec sha256sum {} +; find . ! -type s -exec stat -c '%n %F %u:%g %a %N' {} +; } | LC_ALL=C sort \
    | sha256sum
"""
)
"""The number of files, their bytes, and a digest of contents, kinds, owners, modes and links."""

_COPY = "cp -a /from/. /to/"


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each volume of a stack that is empty or not made yet, while one of a former name is full."""
    for sight in sights(case):
        there = on_engine(sight)
        former = _former_names(sight, there)
        told: set[str] = set()
        for volume in of_services(sight):
            if volume.name in told:
                continue
            told.add(volume.name)
            for name, about in there.items():
                labels: Mapping[str, Any] = about.get("Labels") or {}
                project = str(labels.get(f"{LABEL}project") or "")
                if project in former and labels.get(f"{LABEL}volume") == volume.key and name != volume.name:
                    yield from _left(sight, volume, name, there.get(volume.name))


def _former_names(sight: Sight, there: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """What Compose may have called this stack before: by a folder of the project, or by what its containers say.

    A name that a stack of the project has now is that one's.
    """
    project = sight.case.project
    root = project.root
    folders = {basename(root), *(basename(dirname(path)) for path in sight.stack.files)}
    bare = sight.name
    for tail in ENVIRONMENTS:
        bare = bare.removesuffix(f"-{tail}").removesuffix(f"_{tail}")
    found = {normal_name(each) for each in folders if each} | {bare}
    foreign: set[str] = set()
    for row in everybody(sight.case):
        ours = any(path.startswith(f"{root}/") for path in row.files)
        (found if ours else foreign).add(row.project)
    keys = {key for stack in stacks(project) for key in sight.case.model(stack).get("volumes") or {}}
    for about in there.values():
        labels = about.get("Labels") or {}
        if labels.get(f"{LABEL}volume") not in keys:
            # Folders are called alike in many places: whoever has a volume that is none of ours is somebody else.
            foreign.add(str(labels.get(f"{LABEL}project")))
    return frozenset(found) - foreign - {stack.project_name for stack in stacks(project)} - {sight.name, ""}


def _left(sight: Sight, volume: Volume, old: str, new: Mapping[str, Any] | None) -> Iterator[Diagnosis]:
    image = helper(sight, (volume.service,))
    if image is None or ((new or {}).get("Labels") or {}).get(CARRIED) == old:
        return
    before = _counted(sight, old, image)
    after = _counted(sight, volume.name, image) if new is not None else (0, 0)
    if before is None or after is None or not before[0]:
        return
    empty = not after[0]
    running = [*users(sight, old), *users(sight, volume.name)]
    seen = [f"{old}: {_amount(before)}", f"{volume.name}: {_amount(after) if new is not None else 'not made yet'}"]
    if running:
        seen.append(f"docker ps: {len(running)} that run with one of them")
    ways = _ways(sight, volume, old, image, made=new is not None)
    if not empty:
        yield sight.found(
            "volume-left-behind",
            volume.name,
            f"the project was called otherwise before: {old} still holds what {volume.key} was, beside what "
            f"{volume.name} got since",
            seen,
            (
                Step(
                    f"docker run --rm -it -v {old}:/old:ro -v {volume.name}:/new:ro {quote(image)} sh",
                    "to compare the two",
                ),
                Step(f"docker volume rm {old}", "once nothing in it is missed"),
            ),
            severity="note",
        )
        return
    fix = Mend(
        f"copy {old} to {volume.name}, and compare the two",
        (old, volume.name),
        partial(_carry_over, sight, volume, old, image, made=new is not None),
    )
    yield sight.found(
        "volume-left-behind",
        volume.name,
        f"the data of {volume.key} are on {old}, of a name that the project had before: {volume.name} is "
        + ("empty" if new is not None else "not made yet, and would be empty"),
        seen,
        ways,
        severity="hurts",
        explains=(f"migrations-missing:{volume.service}", "migrations-missing"),
        fix=None if running else fix,
    )


def _ways(sight: Sight, volume: Volume, old: str, image: str, *, made: bool) -> list[Step]:
    """The commands that carry it over by hand."""
    create = (
        f"docker volume create {' '.join(f'--label {label}' for label in _labels(sight, volume, old))} {volume.name}"
    )
    copy = f"docker run --rm --user 0 --entrypoint sh -v {old}:/from:ro -v {volume.name}:/to:nocopy {quote(image)}"
    return [
        Step(f"{sight.compose} down", "nothing may write while it is copied; volumes stay"),
        *([] if made else [Step(create)]),
        Step(f"{copy} -c 'cp -a /from/. /to/'"),
        Step(f"{copy} -c 'diff -r /from /to && echo the same'", f"{old} stays as it is"),
        Step(f"{sight.compose} up -d"),
    ]


def _labels(sight: Sight, volume: Volume, old: str) -> tuple[str, ...]:
    return (f"{LABEL}project={sight.name}", f"{LABEL}volume={volume.key}", f"{CARRIED}={old}")


def _counted(sight: Sight, name: str, image: str) -> tuple[int, int] | None:
    said = looked_into(sight, [(name, "/volume:ro,nocopy")], image, _COUNT, "/volume")
    words = said.out.split()
    return (int(words[0]), int(words[1])) if said.well and len(words) == 2 else None


def _amount(counted: tuple[int, int]) -> str:
    files, size = counted
    return f"{files} files, {size} bytes" if files else "empty"


def _carry_over(sight: Sight, volume: Volume, old: str, image: str, hands: Hands, *, made: bool) -> str:
    """Copy a volume, compare the two, and leave the old one as it is."""
    if users(sight, old) or users(sight, volume.name):
        raise DockwrightError("something runs with it", hint=f"{sight.compose} down, then again")
    if made and _counted(sight, volume.name, image) != (0, 0):
        raise DockwrightError(f"{volume.name} is not empty any more")
    if not made:
        labels = [word for label in _labels(sight, volume, old) for word in ("--label", label)]
        driver = str((on_engine(sight).get(old) or {}).get("Driver") or "local")
        done = hands.engine.docker("volume", "create", "--driver", driver, *labels, volume.name)
        if not done.well:
            raise DockwrightError(f"the volume cannot be made: {done.err.strip()}")
    mounts = [(old, "/from:ro,nocopy"), (volume.name, "/to:nocopy")]
    done = looked_into(sight, mounts, image, _COPY)
    if not done.well:
        raise DockwrightError(f"it cannot be copied: {done.err.strip()}", hint=f"{old} is as it was")
    sums = [looked_into(sight, [(name, "/volume:ro,nocopy")], image, _DIGEST, "/volume") for name in (old, volume.name)]
    if not all(each.well for each in sums) or sums[0].out.split() != sums[1].out.split():
        raise DockwrightError(
            f"the copy differs from {old}", hint=f"{old} is as it was; docker volume rm {volume.name}"
        )
    files, size, digest = sums[0].out.split()[:3]
    return f"{_amount((int(files), int(size)))}, digest {digest[:12]}, the same on both; {old} stays"
