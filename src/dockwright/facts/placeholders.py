"""Values that only hold the place of one, or that everybody tries first; and those that examples are given."""

from __future__ import annotations

import re

_WHOLE = (
    "todo|tbd|fixme|none|null|dummy|example|secret|password|passwd|pass|admin|root|test|default|postgres|mysql|guest|"
    "minioadmin|foo|bar|123456?|12345678"
)
_INSIDE = (
    "change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|placeholder|insecure|super[-_ ]?secret|put[-_ ]?your"
)
_PLACEHOLDER = re.compile(
    rf"(?i)(?:{_WHOLE})|.*(?:{_INSIDE}|your[-_](?:secret|password|key|token|api)).*|(?:your|my)[-_ ].*"
    r"|<.*>|\[.*\]|\{\{.*\}\}|x{3,}|\.{3}|\*{3,}|-+"
)


def is_placeholder(value: str) -> bool:
    """Whether a value only holds the place of one, or is known to everybody."""
    return _PLACEHOLDER.fullmatch(value) is not None


def stand_in(name: str, environment: str) -> str:
    """What stands for a secret in an environment's example: plainly none, and in production nothing at all."""
    return "" if environment == "prod" else f"{environment}-only-{name.lower().replace('_', '-')}"


_STAND_IN = re.compile(r"[a-z0-9]+-only-[a-z0-9-]+")
_SETTING = re.compile(
    rf"(?i){_INSIDE}|your[-_. ]|<[^<>@]+>|\{{\{{.*\}}\}}|(?<![\w.-])(?:[\w-]+\.)*example\.(?:com|org|net)\b"
    r"|^(?:todo|tbd|fixme|x{3,}|\.{3}|\*{3,})$"
)


def is_stand_in(value: str) -> bool:
    """Whether a value is one that `stand_in` makes."""
    return _STAND_IN.fullmatch(value) is not None


def holds_a_place(value: str) -> bool:
    """Whether a setting that is no secret still has to be filled in: `your-domain`, `<host>`, `api.example.com`.

    Words such as `postgres` or `test`, which make a bad password, may well be the name of a user or a database.
    """
    return is_stand_in(value) or _SETTING.search(value) is not None
