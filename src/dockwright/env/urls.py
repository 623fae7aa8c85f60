"""URLs of data services in env files: their parts, and the variables that say the same parts by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from dockwright.facts.connections import PARTS, connection
from dockwright.text import lazy_regex

_URL = lazy_regex(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:(?P<user>[^:/@?#\s]*)(?::(?P<password>[^/@?#\s]*))?@)?"
    r"(?P<host>[^:/?#@\s\[\],]+|\[[0-9A-Fa-f:.]+\])?(?::(?P<port>\d+))?"
    r"(?:/(?P<database>[^?#\s]*))?(?:[?#]\S*)?"
)


class Part(Struct, frozen=True):
    """A part of a URL: its text with percent signs undone, and where it stands in the URL."""

    text: str
    start: int
    end: int


class Url(Struct, frozen=True):
    """A URL's scheme and those of its parts that are written; an empty password counts as one."""

    scheme: str
    parts: Mapping[str, Part]

    @property
    def password(self) -> str:
        """The password; empty where there is none."""
        found = self.parts.get("password")
        return "" if found is None else found.text


def read(text: str) -> Url | None:
    """The URL that a text is as a whole; None for any other text."""
    found = _URL.fullmatch(text)
    if found is None:
        return None
    return Url(
        found["scheme"],
        {part: Part(_plain(found[part]), *found.span(part)) for part in PARTS if found[part] is not None},
    )


def rewritten(text: str, parts: Mapping[str, str]) -> str:
    """A URL with other parts; it has to be one that `read` takes, and to have the parts."""
    url = read(text)
    if url is not None:
        for part, value in sorted(parts.items(), key=lambda each: -url.parts[each[0]].start):
            at = url.parts[part]
            text = text[: at.start] + _quoted(value, part) + text[at.end :]
    return text


def followed(text: str, values: Mapping[str, str], secrets: frozenset[str]) -> Mapping[str, str]:
    """Which variable each part of a URL repeats: part to name.

    `values` are the variables beside it, as they are now, and `secrets` the names of those that hold secrets. A part
    repeats what has the same value and is called for it: `POSTGRES_USER` for the user of a `postgresql://`. A password
    repeats any secret of its value as well, and, where none has it, the only one that is called for it: examples
    often have different placeholders for one password.
    """
    url = read(text)
    known = None if url is None else connection(url.scheme)
    if url is None:
        return {}
    found: dict[str, str] = {}
    for part, at in url.parts.items():
        called = [] if known is None else [name for name in known.names.get(part, ()) if name in values]
        alike = [name for name in called if values[name] == at.text and at.text]
        if part == "password":
            alike += [name for name, value in values.items() if value and value == at.text and name in secrets]
            # `$` stands for a variable, which stays what it is.
            alike += called if len(called) == 1 and "$" not in text[at.start : at.end] else []
        if alike:
            found[part] = alike[0]
    return found


def passwords(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The passwords that URLs among values hold: the variable's name and the password."""
    for name, value in values.items():
        if "://" in value:
            url = read(value)
            if url is not None and url.password and "$" not in url.password:
                yield name, url.password


def _plain(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _quoted(text: str, part: str) -> str:
    from urllib.parse import quote

    return text if part in ("host", "port") else quote(text, safe="")
