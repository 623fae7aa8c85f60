"""What start-up scripts do before the server: commands that only wait, that migrate, and that only talk."""

from __future__ import annotations

from collections.abc import Sequence

WAITING: frozenset[str] = frozenset(
    {
        "sleep",
        "nc",
        "ncat",
        "pg_isready",
        "mysqladmin",
        "mariadb-admin",
        "wait-for-it.sh",
        "wait-for-it",
        "wait-for.sh",
        "wait-for",
        "wait4x",
        "dockerize",
    }
)
"""Programs that a script calls until another service answers; by their documentation they change nothing."""

IDLE: frozenset[str] = frozenset({"echo", "printf", "true", ":", "set", "date", "[", "[[", "test", "exit", "break"})
"""Commands of a shell that change nothing outside the script."""


def migrates(words: Sequence[str]) -> bool:
    """Whether a command, given as its words, brings a database up to date by a known tool."""
    names = [word.rpartition("/")[2] for word in words]
    if "upgrade" in names:
        return "alembic" in names or "aerich" in names or ("flask" in names and "db" in names)
    return "migrate" in names and ("manage.py" in names or "django-admin" in names)


def waits(words: Sequence[str]) -> bool:
    """Whether a command does nothing but wait for another service."""
    names = [word.rpartition("/")[2] for word in words]
    # Django projects have a management command of this name that opens a connection in a loop.
    return bool(names) and (
        names[0] in WAITING or ("manage.py" in names[:3] and names[-1] in ("wait_for_db", "waitfordb"))
    )
