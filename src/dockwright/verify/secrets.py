"""Secrets: the values that may be shown nowhere, known in memory so that they can be told where they turn up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from dockwright.facts.secret_names import MASK, masked, names_a_secret

# A shorter one turns up in any text by chance.
_SHORTEST = 6
# A key has many lines, each of which gives it away.
_LINE = ", line "
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(.*?)(?:-----END|$)", re.DOTALL)
_IN_URL = re.compile(r"://[^/@\s:]*:([^/@\s]+)@")


class Secrets(Struct, frozen=True):
    """Values of secrets by the name of a variable or a secret that has them; of a key, each of its lines."""

    values: Mapping[str, str]

    def within(self, text: str) -> list[str]:
        """The names of those whose value stands in a text."""
        return sorted({name.partition(_LINE)[0] for name, value in self.values.items() if value in text})

    def hidden(self, text: str) -> str:
        """A text that may be shown: values are masked, and whatever looks like one."""
        for value in sorted(self.values.values(), key=len, reverse=True):
            text = text.replace(value, MASK)
        return "\n".join(masked(line) for line in text.split("\n"))

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self.values))})"


def secrets(
    environments: Sequence[Mapping[str, str]],
    model: Mapping[str, Any],
    interpolated: str,
    files: Mapping[str, str] = {},
) -> Secrets:
    """The secrets of a stack: of its containers' variables, and of what its secrets are made from.

    `interpolated` is what `docker compose config --environment` prints, `files` what is in the files of the secrets by
    their names; a certificate is none, whatever it is called. A value that a variable which is no secret has
    as well, such as a user `postgres` whose password is `postgres`, is none that could be told in a log.
    """
    ours = dict(line.partition("=")[::2] for line in interpolated.splitlines())
    named = {each.get("environment") for each in (model.get("secrets") or {}).values()} - {None}
    found: dict[str, str] = {name: ours[name] for name in named if name in ours}
    for name, text in files.items():
        found.update(_of_file(name, text.strip()))
    open_values = {"true", "false"}
    for variables in environments:
        for name, value in variables.items():
            values = list(_secret(name, value))
            if values:
                found[name] = values[0]
            else:
                open_values.add(value)
    return Secrets(
        {
            name: value
            for name, value in found.items()
            if len(value) >= _SHORTEST and value not in open_values and not value.isdigit()
        }
    )


def _of_file(name: str, text: str) -> Iterator[tuple[str, str]]:
    keys = _KEY.findall(text)
    if keys:
        lines = [line for key in keys for line in key.split()]
        yield from ((f"{name}{_LINE}{number}", line) for number, line in enumerate(lines, 1))
    elif "-----BEGIN CERTIFICATE-----" not in text:
        yield name, text


def _secret(name: str, value: str) -> Iterator[str]:
    """The secret part of a variable; in a URL that is its password, and a URL without one is none."""
    if "://" in value:
        yield from (found[1] for found in _IN_URL.finditer(value))
    elif names_a_secret(name) and not value.startswith("/"):
        yield value
