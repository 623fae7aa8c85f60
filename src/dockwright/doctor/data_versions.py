"""Data that another major version has written than the one that is to read it."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis
from dockwright.doctor.sight import Sight, sights
from dockwright.doctor.volumes import Volume, helper, looked_into, of_services, on_engine, running_of
from dockwright.facts.data_services import postgres_major
from dockwright.facts.known_errors import Step
from dockwright.syntax.shell import quote

_LOOK = 'find "$1" -maxdepth 3 -name PG_VERSION -not -path "*/base/*" 2>/dev/null | while read -r f; do cat "$f"; done'
"""The versions that data folders of PostgreSQL were made by; those of 18 and later lie two folders deeper."""


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each volume of a PostgreSQL that does not run, and that its image cannot read."""
    for sight in sights(case):
        there = on_engine(sight)
        for volume in of_services(sight):
            wanted = postgres_major(sight.image(volume.service)) or _major_of_image(sight, volume.service)
            if wanted is None or volume.name not in there or running_of(sight, volume.service) is not None:
                continue
            image = helper(sight, (volume.service,))
            if image is not None and "postgresql" in volume.target:
                yield from _read(sight, volume, image, wanted)


def _major_of_image(sight: Sight, service: str) -> int | None:
    """The major version that an image says of itself, where its tag does not."""
    about = sight.about_image(sight.image(service)) or {}
    for written in (about.get("Config") or {}).get("Env") or ():
        name, _, value = str(written).partition("=")
        if name == "PG_MAJOR" and value.isdigit():
            return int(value)
    return None


def _read(sight: Sight, volume: Volume, image: str, wanted: int) -> Iterator[Diagnosis]:
    said = looked_into(sight, [(volume.name, "/volume:ro,nocopy")], image, _LOOK, "/volume")
    versions = {int(word) for word in said.out.split() if word.isdigit()}
    if not versions or wanted in versions:
        return
    old = max(versions)
    name = sight.image(volume.service)
    before = f"{name.partition(':')[0]}:{old}"
    way = "newer" if old > wanted else "older"
    dump = f"{sight.compose} exec -T {quote(volume.service)} pg_dumpall -U postgres > dump.sql"
    ways = (
        Step(f"image: {before}", f"in the service {volume.service}: the version that reads these data"),
        Step(f"{sight.compose} up -d {quote(volume.service)}"),
        Step(dump, "to upgrade: with the old image; then a volume of another name, the new image, and"),
        Step(f"{sight.compose} exec -T {quote(volume.service)} psql -U postgres -d postgres < dump.sql"),
    )
    yield sight.found(
        "data-version",
        volume.service,
        f"the data on {volume.name} are of PostgreSQL {old}, {way} than the {wanted} of {name}, which cannot read them",
        (f"PG_VERSION on {volume.name}: {old}",),
        ways if old < wanted else ways[:2],
        explains=(f"data-of-another-version:{volume.service}", f"container-exited:{volume.service}",
                  f"container-restarting:{volume.service}", f"data-incomplete:{volume.service}"),
    )  # fmt: skip
