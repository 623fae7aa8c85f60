"""Printed: values as Go prints them, where Compose makes texts of numbers and booleans."""

from __future__ import annotations

import struct
from typing import Any


def printed(value: Any) -> str:
    """What `fmt.Sprint` gives: `1e+06` for a million with a point, `<nil>` for nothing."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case float():
            return _float(value)
        case dict():
            return f"map[{' '.join(f'{key}:{printed(inner)}' for key, inner in sorted(value.items()))}]"
        case list():
            return f"[{' '.join(map(printed, value))}]"
    return str(value)


def _float(value: float) -> str:
    """The shortest digits that give the number back, with an exponent where it is below -4 or above 5."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}[text]
    sign = "-" if text.startswith("-") else ""
    digits, _, power = text.lstrip("-").partition("e")
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    exponent = int(power or 0) + len(whole) - 1
    significant = (whole + fraction).lstrip("0")
    if whole.strip("0") == "" and significant:
        exponent = int(power or 0) - (len(fraction) - len(significant)) - 1
    significant = significant.rstrip("0") or "0"
    if value == 0:
        return f"{sign}0"
    if exponent < -4 or exponent > 5:
        point = f".{significant[1:]}" if len(significant) > 1 else ""
        return f"{sign}{significant[0]}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{significant}"
    padded = significant.ljust(exponent + 1, "0")
    rest = padded[exponent + 1 :]
    return f"{sign}{padded[: exponent + 1]}{'.' + rest if rest else ''}"


def single(value: float) -> float | int:
    """A number in single precision, with the shortest digits that tell it from its neighbours."""
    narrow = struct.unpack("f", struct.pack("f", value))[0]
    for precision in range(1, 10):
        short = float(f"{narrow:.{precision}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == narrow:
            return int(short) if short.is_integer() else short
    return float(narrow)
