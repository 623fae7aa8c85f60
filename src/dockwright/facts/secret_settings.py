"""Which settings hold a secret and which only speak of one; which files are secrets."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from dockwright.facts.secret_names import holds_credentials, names_a_secret

# Words of a variable's name that say what is held is not the secret itself.
_ABOUT = frozenset(
    {
        "ALGORITHM", "BACKEND", "BYTES", "CLASS", "DAYS", "DIR", "DIRECTORY", "ENABLED", "ENDPOINT", "EXPIRE",
        "EXPIRES", "EXPIRY", "FILE", "FINGERPRINT", "FORMAT", "GPG", "HEADER", "HOST", "HOURS", "ID", "IDS", "ISSUER",
        "KEYSERVER", "KEYSERVERS", "LENGTH", "LIFETIME", "LIMIT", "MAX", "MIN", "MINUTES", "NAME", "PARALLELISM",
        "PATH", "POLICY", "PREFIX", "PROVIDER", "PUB", "PUBLIC", "REQUIRED", "SECONDS", "SHA256", "SIZE", "TIMEOUT",
        "TOKENIZER", "TOKENIZERS", "TOKENS", "TTL", "TYPE", "URI", "URL", "USER", "USERNAME", "VERSION", "VALIDATORS",
        "CACHE", "SORT", "HASHERS", "PRIMARY", "FOREIGN", "KEYS", "KEYBOARD", "EMPTY", "ALLOW", "SITE", "UWSGI",
        "SENTRY", "VITE", "REACT", "NUXT",
    }
)  # fmt: skip
# Values that stand in for a secret while an image is built, or are none at all.
_STAND_INS = (
    "dummy", "placeholder", "unused", "notused", "not-used", "not_used", "build", "fake", "example", "none", "null",
    "ignore", "temp", "todo", "collectstatic",
)  # fmt: skip
# Words of such a value that are too short to be looked for inside of others.
_STAND_IN_WORDS = frozenset({"true", "false", "yes", "no", "not", "na", "n/a"})
# A hook of the internet is a secret by its path; a host without a dot is a service or this machine.
_OWN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9-]+|127\.0\.0\.1)(?::\d+)?(?:/[^@?]*)?")

_FILES = (
    ".env", ".env.*", "*.env", "*.key", "*key.pem", "privkey*.pem", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
    ".netrc", ".pypirc", ".pgpass", ".htpasswd", ".git-credentials", "*.p12", "*.pfx", "*.jks", "*.kdbx",
    "service-account*.json", "service_account*.json", "client_secret*.json", ".ssh", ".aws", ".gnupg", ".vault-token",
)  # fmt: skip
_EXAMPLES = ("example", "sample", "template", "dist", "tmpl", "public", "pub")


def sets_a_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret, and not where one lies, how long it lives and the like."""
    return names_a_secret(name) and not _ABOUT & set(name.upper().replace("-", "_").split("_"))


def stands_in(value: str) -> bool:
    """Whether a value is none that anybody would keep secret: a truth value, a number, a path, `dummy`.

    An address in one's own network is none either, as long as it holds no login: `grpc://db:8086`.
    """
    lower = value.strip("\"'").lower()
    return (
        not lower
        or lower.isdigit()
        or lower.startswith(("/", "./", "$", "<"))
        or _OWN_ADDRESS.fullmatch(lower) is not None
        or any(sign in lower for sign in _STAND_INS)
        or not _STAND_IN_WORDS.isdisjoint(lower.replace("-", " ").replace("_", " ").split())
    )


def credentials_in(value: str) -> bool:
    """Whether a text holds a password in a URL, or a key, that is written out and is no variable."""
    if not holds_credentials(value):
        return False
    password = value.partition("://")[2].partition("@")[0].partition(":")[2]
    return not password.startswith(("$", "<", "{", "%"))


def is_secret_file(name: str) -> bool:
    """Whether a file or folder of this base name is a key, a password file or an env file, and no example of one."""
    lower = name.lower()
    words = lower.replace("-", ".").replace("_", ".").split(".")
    return any(fnmatchcase(lower, pattern) for pattern in _FILES) and not any(word in _EXAMPLES for word in words)
