"""Names and addresses that a certificate can be for."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

from dockwright.errors import UsageError
from dockwright.text import lazy_regex, printable

ALWAYS = ("localhost", "127.0.0.1", "::1")
"""What the host itself calls a published port."""

# Underscores are no part of host names, but Compose's services have them, and they resolve.
_NAME = lazy_regex(
    r"(?:\*\.(?=.*\.))?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_LONGEST = 253


def host(text: str) -> str:
    """A name or address as certificates have it: small letters, addresses in their short form.

    Raises UsageError for what is neither.
    """
    found = known(text)
    if found is None:
        hint = "give a name such as shop.test or *.shop.test, or an address; no scheme, no port"
        raise UsageError(f"{printable(text)!r} is no host name and no address", hint=hint)
    return found


def known(text: str) -> str | None:
    """The same, and None for what is neither."""
    number = address(text.removeprefix("[").removesuffix("]"))
    if number is not None:
        return str(number)
    name = text.lower().removesuffix(".")
    return name if len(name) <= _LONGEST and _NAME.fullmatch(name) else None


def address(text: str) -> IPv4Address | IPv6Address | None:
    """A text as the address that it is; None for any other."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def uncovered(wanted: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """The wanted names that a certificate for `names` is not valid for; a wildcard stands for one label.

    Source: RFC 9525, section 6.3.
    """
    have = set(names)
    return tuple(
        name
        for name in dict.fromkeys(wanted)
        if name not in have and (address(name) is not None or f"*.{name.partition('.')[2]}" not in have)
    )
