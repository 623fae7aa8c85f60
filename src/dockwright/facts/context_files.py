"""What a build context holds that an image should not: keys, histories, caches, by how they are called."""

from __future__ import annotations

from posixpath import basename

PRIVATE_NAMES = frozenset(
    {
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        ".pgpass",
        ".git-credentials",
        ".pypirc",
        "credentials.json",
        "service-account.json",
        "service_account.json",
    }
)
PRIVATE_ENDINGS = (".key", ".p12", ".pfx", ".jks", ".kdbx", ".keystore", "key.pem", "privkey.pem", "private.pem")

# Keys and environments that are made for tests and lessons are nobody's secret.
HARMLESS_FOLDERS = frozenset(
    {"test", "tests", "testing", "test_data", "testdata", "fixtures", "docs", "doc", "example", "examples", "demo"}
)

_HARMLESS_WORDS = ("public", ".pub", "sample", "example", "dummy", "test", "snakeoil")

IGNORED = (
    (".git", "the history"),
    ("**/.env", "passwords"),
    ("**/.env.*", "passwords"),
    ("!**/.env*.example", ""),
    ("**/*.pem", "keys"),
    ("**/*.key", "keys"),
    ("**/__pycache__", "caches"),
    ("**/*.py[cod]", "caches"),
    ("**/.mypy_cache", "caches"),
    ("**/.pytest_cache", "caches"),
    ("**/.ruff_cache", "caches"),
    ("**/.venv", "the host's virtual environment"),
    ("**/venv", "the host's virtual environment"),
    ("**/node_modules", "the host's packages"),
)
"""What an ignore file for a Python service begins with, and why."""

ANYWHERE = frozenset(
    {
        "__pycache__",
        "*.pyc",
        "*.pyo",
        "*.pyd",
        "*.py[cod]",
        "*.py[co]",
        ".DS_Store",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".ipynb_checkpoints",
        "node_modules",
        "*.swp",
        "*.log",
        "*.pem",
        "*.key",
        ".env",
        ".env.*",
        ".env*",
    }
)
"""Patterns that are meant for every folder, wherever git reads them; Docker takes them for the context's root."""


PACKAGING = frozenset({"pyproject.toml", "requirements.txt", "setup.py", "Pipfile", "package.json", "manage.py"})
"""What tells that a folder holds an application, whose tools leave caches and environments in it."""


def is_private(path: str) -> bool:
    """Whether a file of this path is likely to be a key or a login, and a real one."""
    name = basename(path)
    if name not in PRIVATE_NAMES and not name.endswith(PRIVATE_ENDINGS):
        return False
    if any(word in name.lower() for word in _HARMLESS_WORDS):
        return False
    return HARMLESS_FOLDERS.isdisjoint(path.lower().split("/")[:-1])
