"""Quantities: durations and sizes as Compose reads and prints them."""

from __future__ import annotations

import re

from dockwright.text import lazy_regex

_NANOSECONDS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9,
    "m": 60 * 10**9, "h": 3600 * 10**9, "d": 24 * 3600 * 10**9, "w": 7 * 24 * 3600 * 10**9,
}  # fmt: skip
_PART = lazy_regex(r"(?P<number>\d+\.?\d*|\.\d+)(?P<unit>[^\d.]+)", re.ASCII)
_SIZE = lazy_regex(r"(?P<number>[-+]?[\d.]+) ?(?P<unit>[^\d. ]*)", re.ASCII)
_FACTORS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
_LARGEST = 2**63


def duration(written: str) -> int | None:
    """A duration such as `1m30s` or `2d` in nanoseconds; None for what is none."""
    text = written[1:] if written[:1] in ("-", "+") else written
    if text == "0":
        return 0
    total, at = 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part["unit"] not in _NANOSECONDS:
            return None
        whole, _, fraction = part["number"].partition(".")
        factor = _NANOSECONDS[part["unit"]]
        total += int(whole or 0) * factor + (int(int(fraction) * factor / 10 ** len(fraction)) if fraction else 0)
        at = part.end()
    if not text or total >= _LARGEST:
        return None
    return -total if written.startswith("-") else total


def spoken(nanoseconds: int) -> str:
    """A duration as Go prints it: `1m30s`, `1.5s`, `0s`."""
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < 10**9:
        for unit, factor in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if rest >= factor:
                return f"{sign}{_decimal(rest, factor)}{unit}"
        return "0s"
    minutes, left = divmod(rest, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{_decimal(left, 10**9)}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def _decimal(amount: int, factor: int) -> str:
    whole, rest = divmod(amount, factor)
    return f"{whole}.{str(rest).rjust(len(str(factor)) - 1, '0').rstrip('0')}" if rest else str(whole)


def size(written: str) -> int | None:
    """A size such as `512m` or `1.5 GiB` in bytes, units being powers of 1024; None for what is none."""
    found = _SIZE.fullmatch(written)
    if found is None:
        return None
    try:
        number = float(found["number"])
    except ValueError:
        return None
    unit = found["unit"].lower()
    first, rest = unit[:1], unit[1:]
    if unit == "b":
        first = rest = ""
    if number < 0 or first not in _FACTORS or rest not in ("", "b", "ib"):
        return None
    found_size = int(number * _FACTORS[first])
    return found_size if found_size < _LARGEST else None
