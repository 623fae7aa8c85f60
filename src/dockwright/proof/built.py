"""The image proof on an engine: both images of each pair are built, looked into, and held against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.json import decode

from dockwright.proof.contract import ImageContract, contract
from dockwright.proof.images import ImageDifference, ImageProof, compare
from dockwright.proof.pairs import Pair
from dockwright.tools import Engine, ImageBuild, ImageBuilder, Ran
from dockwright.verify.image import looked_at
from dockwright.verify.inside import CONTRACT


class _Built(Struct, frozen=True):
    """What came of one build: the contract, or the reason why there is none."""

    contract: ImageContract | None
    error: str = ""


def prove_images(pairs: Sequence[Pair], engine: Engine, builder: ImageBuilder) -> list[ImageProof]:
    """Build what the plan changes, before and after, each once, and compare.

    What does not build before is not proved. What builds before and does not after is broken.
    """
    wanted = dict.fromkeys(
        build for pair in pairs if pair.changed for build in ((pair.before, False), (pair.after, True))
    )
    calls: list[Callable[[], _Built]] = [partial(_built, engine, builder, *each) for each in wanted]
    found = dict(zip(wanted, engine.at_once(calls), strict=True))
    return [
        _held(pair, found[pair.before, False], found[pair.after, True])
        if pair.changed
        else ImageProof(pair.image, tuple(use.service for use in pair.declared.uses), 1)
        for pair in pairs
    ]


def _held(pair: Pair, before: _Built, after: _Built) -> ImageProof:
    services = tuple(use.service for use in pair.declared.uses)
    if before.contract is None:
        reason = f"image {pair.image}: it does not build even now: {before.error}"
        if after.contract is not None:
            reason += "; as planned it does"
        return ImageProof(pair.image, services, 0, unproved=(reason,), after=after.contract)
    if after.contract is None:
        lost = ImageDifference(f"image {pair.image} / build", "builds", after.error)
        return ImageProof(pair.image, services, 0, broken=(lost,), before=before.contract)
    return compare(pair.image, before.contract, after.contract, pair.declared)


def _built(engine: Engine, builder: ImageBuilder, wanted: ImageBuild, planned: bool) -> _Built:
    made: Ran = builder.build(wanted, planned=planned)
    if not made.well:
        return _Built(None, made.err)
    name = made.out.strip()
    inspected = engine.docker("image", "inspect", name)
    if not inspected.well:
        return _Built(None, inspected.err.strip() or "the engine does not know it")
    about = decode(inspected.out)[0]
    folder = str((about.get("Config") or {}).get("WorkingDir") or "/")
    return _Built(contract(about, looked_at(engine, name, CONTRACT, folder)))
