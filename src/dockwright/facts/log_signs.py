"""Signs of trouble in what services log: the words of Python, PostgreSQL, the C library and the JVM.

Sources: `errno` messages of glibc and musl, Python's `traceback` and `warnings`.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Sign(NamedTuple):
    """A line that says something is wrong, how many of them are too many, and the way out."""

    title: str
    line: re.Pattern[str]
    most: int
    way_out: str


SIGNS = (
    Sign(
        "permission errors",
        re.compile(r"(?i)\bpermission denied\b|\bPermissionError\b|\bEACCES\b|operation not permitted"),
        0,
        "give what it names to the container's user: the folder in the image, or the volume it is on",
    ),
    Sign(
        "writes to a read-only root",
        re.compile(r"(?i)read-only file system|\bEROFS\b"),
        0,
        "mount a volume or a tmpfs where it writes",
    ),
    Sign(
        "tracebacks",
        re.compile(r"^(?:.*\| ?|.*: ?)?Traceback \(most recent call last\)|^\s*\+ Exception Group Traceback"),
        0,
        "read them: docker compose logs",
    ),
    # One or two are news of a library; more are a loop that nobody reads.
    Sign(
        "deprecation warnings",
        re.compile(r"\b(?:Pending)?DeprecationWarning\b"),
        10,
        "follow what they say, before the release that makes errors of them",
    ),
)
