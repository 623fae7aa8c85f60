"""Fresh secrets, each in the form that its reader wants, from the system's own source of randomness."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dockwright.facts.secret_forms import Form

Generator: TypeAlias = Callable[[Form], str]
"""What makes a value of a form; tests pass in one that they know."""

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


def fresh(form: Form) -> str:
    """A random value of a form. Every one is free of what shells, URLs, Compose or python-dotenv would take apart."""
    import secrets
    from base64 import b64encode, urlsafe_b64encode

    match form.kind:
        case "hex":
            return secrets.token_hex(form.size)
        case "fernet":
            return urlsafe_b64encode(secrets.token_bytes(form.size)).decode()
        case "base64":
            return b64encode(secrets.token_bytes(form.size)).decode()
        case "uuid":
            from uuid import UUID

            return str(UUID(bytes=secrets.token_bytes(16), version=4))
        case _:
            return _text(form.size)


def _text(size: int) -> str:
    """Letters and digits that begin with a letter, so that no option is seen in them, with each kind in them."""
    import secrets

    while True:
        value = secrets.choice(_LETTERS) + "".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(size - 1))
        # Some servers refuse a password that lacks one of the kinds.
        if any(map(str.islower, value)) and any(map(str.isupper, value)) and any(map(str.isdigit, value)):
            return value
