"""Credentials that show themselves by how they begin, and what a secret looks like that a machine has made."""

from __future__ import annotations

from itertools import pairwise

PREFIXES: tuple[str, ...] = (
    "AKIA", "ASIA",  # AWS IAM, «Unique identifiers»
    "AIza",  # Google, API keys
    "ghp_", "gho_", "ghs_", "ghr_", "github_pat_",  # GitHub, «About authentication»
    "glpat-",  # GitLab, «Token prefixes»
    "sk_live_", "rk_live_",  # Stripe, «API keys»
    "xoxb-", "xoxp-", "xapp-",  # Slack, «Token types»
    "sk-ant-", "sk-proj-",  # Anthropic and OpenAI, API keys
    "SG.",  # SendGrid, API keys
    "dop_v1_",  # DigitalOcean, personal access tokens
    "pypi-",  # PyPI, API tokens
    "hf_",  # Hugging Face, user access tokens
    "npm_",  # npm, access tokens
    "-----BEGIN",
)  # fmt: skip
"""How the keys and tokens begin that services give out."""

_FEWEST = 16  # characters; whoever types a password by hand stays below


def is_issued(value: str) -> bool:
    """Whether a value is a key or token that some service has given out."""
    return value.startswith(PREFIXES) and (len(value) >= _FEWEST or value.startswith("-----"))


def looks_random(value: str) -> bool:
    """Whether a value looks as if a machine had made it: long, of several kinds of characters, no words."""
    if len(value) < _FEWEST or " " in value or "/" in value[:1] or "://" in value or "$" in value[:1]:
        return False
    kinds = sum(any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper))
    # Words are told by their separators: `some-long-name` has few characters that are not followed by their like.
    changes = sum(_kind(a) != _kind(b) for a, b in pairwise(value))
    return kinds >= 2 and len(set(value)) >= 10 and changes * 4 >= len(value)


def _kind(char: str) -> int:
    return 0 if char.isdigit() else 1 if char.islower() else 2 if char.isupper() else 3
