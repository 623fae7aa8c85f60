"""The image proof for people: a table for each image, what it would lose first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockwright.facts.secret_names import masked
from dockwright.proof.contract import ImageContract
from dockwright.proof.images import ImageDifference, ImageProof
from dockwright.report.style import count, paint, width, wrapped
from dockwright.text import printable

_NAMED = 6
"""How many names of each kind are shown; the JSON report has all."""

_LABEL = 19
# Lists of the contract, and what they are called.
_LISTS = (
    ("environment", "variables"),
    ("distributions", "distributions"),
    ("packages", "system packages"),
    ("files", "files"),
)
# What says least stands last among names: they came with others.
_CAME_WITH = ("came with what is gone", "came with what is installed now")


def text(proofs: Sequence[ImageProof]) -> str:
    """What was found of each image: those that would lose something first."""
    lines = [paint("Images", "title")]
    if not proofs:
        lines.append("  the plan changes nothing that a build reads")
    for image in sorted(proofs, key=lambda each: not each.broken):
        lines += _image(image)
    return "\n".join(lines) + "\n"


def _image(image: ImageProof) -> Iterator[str]:
    yield paint(wrapped(printable(image.image), "    ", "  "), "path")
    used = [each for each in image.services if each != image.image]
    if used:
        yield wrapped(f"run by {', '.join(map(printable, used))}", "    ")
    if image.before is None and image.after is None and not image.unproved:
        yield "    not built: nothing that its build reads is changed"
        return
    for difference in image.broken:
        yield from _broken(difference)
    for what, before, after in rows(image):
        yield from _row(what, before, after)
    if image.built:
        numbers = (count(image.kept, "fact"), len(image.intended), len(image.broken))
        yield "    kept {}, changed {} on purpose, broken {}".format(*numbers)
    for owner in sorted({each.owner or "" for each in image.intended}):
        said = "; ".join(_reasons([each for each in image.intended if each.owner == owner]))
        yield wrapped(said, "          ", f"      {owner}: ")
    for reason in image.unproved:
        yield wrapped(printable(reason), "             ", "    unproved ")


def _reasons(meant: Sequence[ImageDifference]) -> Iterator[str]:
    """Why differences may be, and which: `only for development (11 distributions)`."""
    found: dict[str, list[list[str]]] = {}
    for each in meant:
        found.setdefault(each.reason, []).append(each.place.split(" / ", 2)[1:])
    for reason, places in found.items():
        kinds = dict(_LISTS)
        of = [kinds.get(place[0], place[0]) for place in places]
        which = places[0][-1] if len(places) == 1 else f"{len(places)} {of[0] if len(set(of)) == 1 else 'facts'}"
        yield f"{reason} ({printable(which)})"


def _broken(difference: ImageDifference) -> Iterator[str]:
    before, after = (printable(value or "nothing") for value in difference.values)
    place = difference.place.partition(" / ")[2]
    yield paint(wrapped(printable(place), "           ", "    broken "), "error")
    yield wrapped(_fitting(f"{before} -> {after}"), "             ", "           ")


def _row(what: str, before: str, after: str) -> Iterator[str]:
    lead = f"    {what:{_LABEL}}"
    if not before:
        yield wrapped(_fitting(printable(after)), " " * len(lead), lead)
    elif len(lead) + len(before) + len(after) + 4 <= width():
        yield f"{lead}{printable(before)} -> {printable(after)}"
    else:
        yield wrapped(_fitting(f"{printable(before)} ->"), " " * (len(lead) + 2), lead)
        yield wrapped(_fitting(printable(after)), " " * (len(lead) + 2))


def _fitting(line: str) -> str:
    room = width() - _LABEL - 8
    return " ".join(word if len(word) <= room else f"{word[: room - 1]}…" for word in line.split(" "))


def rows(image: ImageProof) -> Iterator[tuple[str, str, str]]:
    """A table's rows: what, before, after. Where both are the same, or there is one state alone, before is empty."""
    states = [state for state in (image.before, image.after) if state is not None]
    for what, values in (
        ("size", [f"{state.size / 1e6:.0f} MB" for state in states]),
        ("layers", [str(state.layers) for state in states]),
        ("user", [state.user for state in states]),
        ("entry point", [masked(" ".join(state.entrypoint)) or "none" for state in states]),
        ("command", [masked(" ".join(state.command)) or "none" for state in states]),
        ("ports", [", ".join(sorted(state.ports)) or "none" for state in states]),
        ("working directory", [state.workdir for state in states]),
    ):
        if values:
            yield what, "" if values[0] == values[-1] else values[0], values[-1]
    if not image.built or image.before is None or image.after is None:
        return
    for key, what in _LISTS:
        before, after = _number(image.before, key), _number(image.after, key)
        if before is not None and after is not None:
            yield what, "", "; ".join([f"{before} -> {after}", *_changes(image, key)])


def _number(state: ImageContract, key: str) -> int | None:
    if key == "environment":
        return len(state.environment)
    return None if state.content is None else len(getattr(state.content, key))


def _changes(image: ImageProof, key: str) -> Iterator[str]:
    """What came, went and changed, by name: `2 gone: pip, wheel`."""
    found: dict[str, list[ImageDifference]] = {"gone": [], "new": [], "changed": []}
    for each in (*image.broken, *image.intended):
        if each.place.startswith(f"image {image.image} / {key} / "):
            found["gone" if each.after is None else "new" if each.before is None else "changed"].append(each)
    for kind, several in found.items():
        if several:
            several.sort(key=lambda each: each.reason in _CAME_WITH)
            names = [printable(each.place.split(" / ", 2)[2]) for each in several]
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield f"{len(names)} {kind}: {', '.join(names[:_NAMED])}{more}"
