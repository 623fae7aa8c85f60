"""Releases of what images are made of: until when each one gets security updates, and how image tags name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dockwright.facts.base_images import official, repository, tag

AS_OF = "2026-11-15"
"""The day these tables were checked; what ended before it has ended on every later day too."""

# Sources: each project's own schedule, as its page on releases has it; PEP 602 for Python.
ENDS: Mapping[str, Mapping[str, str]] = {
    "Python": {
        "2.7": "2020-01-01", "3.4": "2019-03-18", "3.5": "2020-09-30", "3.6": "2021-12-23", "3.7": "2023-06-27",
        "3.8": "2024-10-07", "3.9": "2025-10-31", "3.10": "2026-10-31", "3.11": "2027-10-31", "3.12": "2028-10-31",
        "3.13": "2029-10-31", "3.14": "2030-10-31",
    },
    # With long-term support.
    "Debian": {
        "wheezy": "2018-05-31", "jessie": "2020-06-30", "stretch": "2022-06-30", "buster": "2024-06-30",
        "bullseye": "2026-08-31", "bookworm": "2028-06-30", "trixie": "2030-06-30",
    },
    "Alpine": {
        "3.8": "2020-05-01", "3.9": "2020-11-01", "3.10": "2021-05-01", "3.11": "2021-11-01", "3.12": "2022-05-01",
        "3.13": "2022-11-01", "3.14": "2023-05-01", "3.15": "2023-11-01", "3.16": "2024-05-23", "3.17": "2024-11-22",
        "3.18": "2025-05-09", "3.19": "2025-11-01", "3.20": "2026-04-01", "3.21": "2026-11-01", "3.22": "2027-05-01",
        "3.23": "2027-11-01", "3.24": "2028-05-01",
    },
    # Standard support.
    "Ubuntu": {
        "14.04": "2019-04-25", "16.04": "2021-04-30", "18.04": "2023-05-31", "20.04": "2025-05-31",
        "22.04": "2027-06-01", "23.04": "2024-01-25", "23.10": "2024-07-11", "24.04": "2029-05-31",
        "24.10": "2025-07-10", "25.04": "2026-01-15",
    },
    "Node.js": {
        "8": "2019-12-31", "10": "2021-04-30", "12": "2022-04-30", "14": "2023-04-30", "15": "2021-06-01",
        "16": "2023-09-11", "17": "2022-06-01", "18": "2025-04-30", "19": "2023-06-01", "20": "2026-04-30",
        "21": "2024-06-01", "22": "2027-04-30", "23": "2025-06-01", "24": "2028-04-30", "25": "2026-06-01",
        "26": "2029-04-30",
    },
    "PostgreSQL": {
        "9.4": "2020-02-13", "9.5": "2021-02-11", "9.6": "2021-11-11", "10": "2022-11-10", "11": "2023-11-09",
        "12": "2024-11-21", "13": "2025-11-13", "14": "2026-11-12", "15": "2027-11-11", "16": "2028-11-09",
        "17": "2029-11-08", "18": "2030-11-14",
    },
}  # fmt: skip

_PRODUCTS = {"python": "Python", "node": "Node.js", "postgres": "PostgreSQL", "alpine": "Alpine"}
_DEBIAN_NUMBERS = {"8": "jessie", "9": "stretch", "10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie"}
_UBUNTU_NAMES = {
    "trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04", "jammy": "22.04", "lunar": "23.04",
    "mantic": "23.10", "noble": "24.04", "oracular": "24.10", "plucky": "25.04",
}  # fmt: skip
_ORDER = tuple(ENDS["Debian"])


class Release(NamedTuple):
    """A release of a product, as its tables name it: Python 3.13, Debian trixie."""

    product: str
    version: str

    @property
    def end(self) -> str | None:
        """The day its security updates end; None where that is not known."""
        return ENDS[self.product].get(self.version)

    @property
    def ended(self) -> bool:
        """Whether its security updates have ended."""
        return self.end is not None and self.end < AS_OF

    @property
    def newest(self) -> str:
        """The product's release with the longest time to go."""
        ends = ENDS[self.product]
        return max(ends, key=lambda version: ends[version])

    def __str__(self) -> str:
        return f"{self.product} {self.version}"


def releases(image: str) -> tuple[Release, ...]:
    """What an official image or one of uv's is made of, as far as its tag tells."""
    name, parts = official(image), (tag(image) or "").split("-")
    found: list[Release] = []
    if repository(image) == "ghcr.io/astral-sh/uv":
        parts = next(
            ([part[6:], *parts[at + 1 :]] for at, part in enumerate(parts) if part.startswith("python")), parts
        )
        name = "python"
    if name is None:
        return ()
    if name in _PRODUCTS:
        version = _version(_PRODUCTS[name], parts[0])
        found += [version] if version else []
    elif name == "debian":
        word = parts[0].partition(".")[0]
        found += _suite(_DEBIAN_NUMBERS.get(word, word))
    elif name == "ubuntu":
        found.append(Release("Ubuntu", _UBUNTU_NAMES.get(parts[0], parts[0])))
    elif name == "buildpack-deps":
        found += _suite(parts[0])
    for part in parts[1:] if name in _PRODUCTS else ():
        found += _suite(part)
    return tuple(found)


def _suite(word: str) -> list[Release]:
    if word in ENDS["Debian"]:
        return [Release("Debian", word)]
    alpine = _version("Alpine", word[6:]) if word.startswith("alpine") else None
    return [alpine] if alpine else []


def _version(product: str, text: str) -> Release | None:
    numbers = text.split(".")
    if not all(number.isdigit() for number in numbers[:2]) or not numbers[0]:
        return None
    count = 1 if f"{numbers[0]}" in ENDS[product] or product in ("Node.js", "PostgreSQL") else 2
    count = 2 if product == "PostgreSQL" and numbers[0] == "9" else count
    return Release(product, ".".join(numbers[:count])) if len(numbers) >= count else None


def family(image: str) -> str | None:
    """Which C library an official image brings, by its distribution's family: `Alpine` or `Debian`."""
    name = official(image) if repository(image) != "ghcr.io/astral-sh/uv" else "python"
    if name == "alpine" or (name is not None and "alpine" in (tag(image) or "")):
        return "Alpine"
    return "Debian" if name in ("python", "debian", "buildpack-deps", "ubuntu", "node") else None


def newer(one: Release, other: Release) -> bool:
    """Whether a Debian release is newer than another."""
    return _ORDER.index(one.version) > _ORDER.index(other.version)


def floats(image: str) -> str | None:
    """Why an image's name may mean another image tomorrow, in words; None where it is settled well enough.

    A minor version is: what comes behind it are fixes.
    """
    if "@" in image or image == "scratch":
        return None
    given, name = tag(image), official(image)
    if given is None:
        return "has no tag, which means `latest`"
    first, *rest = given.split("-")
    if given == "latest":
        return "is `latest`, whatever that is today"
    if name == "python" and not _minor(first):
        return f"moves to the next Python with the tag {given!r}"
    if name in ("node", "postgres") and not first[:1].isdigit():
        return f"moves to the next major version with the tag {given!r}"
    if name in _MOVING and first in _MOVING[name] and not (rest and rest[0][:1].isdigit()):
        return f"moves to the next release with the tag {given!r}"
    return None


def _minor(version: str) -> bool:
    major, dot, minor = version.partition(".")
    return major.isdigit() and bool(dot) and minor[:1].isdigit()


_MOVING = {
    "debian": frozenset({"stable", "oldstable", "testing", "unstable", "sid", "experimental"}),
    "ubuntu": frozenset({"rolling", "devel"}),
    "alpine": frozenset({"edge", "3"}),
}
