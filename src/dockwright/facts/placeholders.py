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
