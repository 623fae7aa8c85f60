"""How secrets are called, and what text is one whatever it is called: enough to never print a value by accident."""

from __future__ import annotations

import re

_NAME = (
    r"secret|passw|passphrase|token|(?:api|private|access|signing|encryption|master|auth|jwt)_?key|credential|salt|"
    r"\bdsn\b|_dsn|(?:^|_)(?:key|pass|psw|pwd)(?:$|_)"
)
_SECRET_NAME = re.compile(rf"(?i){_NAME}")
_CREDENTIALS = re.compile(r"://[^/@\s]*:[^/@\s]+@|-----BEGIN")

# `NAME=value`, `NAME: value`, `"NAME": "value"`; the value is all up to its closing quote, or up to a blank. A name
# begins where a word does, so that a long word is looked at once.
_ASSIGNED = re.compile(
    r"""(?P<name>(?<![\w.-])[\w.-]+)(?P<between>["']?\s*(?:=(?!=)|:)\s*)(?:"(?P<double>[^"]*)"?|'(?P<single>[^']*)'?|(?P<bare>[^\s"']+))"""
)
_INSTRUCTION = re.compile(r"(?i)^(?P<before>\W*(?:ENV|ARG|LABEL)\s+(?P<name>[A-Za-z_]\w*)\s+)(?P<value>[^=\s].*)$")
_IN_URL = re.compile(r"(?P<before>://[^/@\s:]*:)(?P<value>[^/@\s]+)(?P<after>@)")
# What only says where the value comes from: a variable without a default, a file, a boolean.
_HARMLESS = re.compile(
    r"\$\{?\w+(?::?\?[^}]*)?\}?|\$\$?\w+|\$\{\{.*|\$\(.*|/run/secrets/.*|true|false|null|[\[{|>&*!#].*"
)

MASK = "***"


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name is likely to hold a secret."""
    return _SECRET_NAME.search(name) is not None


def holds_credentials(text: str) -> bool:
    """Whether a text is a secret whatever it is called: a URL with a password, a private key."""
    return _CREDENTIALS.search(text) is not None


def masked(line: str) -> str:
    """A line of any file with the values of its secrets masked; the same line where it names none."""
    if "://" in line:
        line = _IN_URL.sub(_mask_in_url, line)
    instruction = _INSTRUCTION.match(line)
    if instruction is not None and names_a_secret(instruction["name"]):
        return instruction["before"] + MASK
    return _ASSIGNED.sub(_mask_value, line)


def _mask_in_url(found: re.Match[str]) -> str:
    harmless = _HARMLESS.fullmatch(found["value"]) is not None
    return found[0] if harmless else f"{found['before']}{MASK}{found['after']}"


def _mask_value(found: re.Match[str]) -> str:
    group = found.lastgroup or "bare"
    value = found[group]
    if not value or not names_a_secret(found["name"]) or _HARMLESS.fullmatch(value):
        return found[0]
    start, end = (offset - found.start() for offset in found.span(group))
    return found[0][:start] + MASK + found[0][end:]
