"""Progress: one line on a terminal while something takes longer than a moment, gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dockwright.tools import Uv, Worked

_ERASE = "\r\x1b[K"


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Say what goes on, where somebody is watching."""
    watched = sys.stderr.isatty()
    if watched:
        sys.stderr.write(f"{what} …")
        sys.stderr.flush()
    try:
        yield
    finally:
        if watched:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()


class ToldUv:
    """uv, and a word on what it does while it does it."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv

    def migrate(self, files: Mapping[str, bytes], options: Sequence[str]) -> Worked:
        """`pyproject.toml` and `uv.lock` from the manifests of another package manager, versions kept."""
        with telling("uv looks up the dependencies"):
            return self._uv.migrate(files, options)

    def lock(self, files: Mapping[str, bytes]) -> Worked:
        """`uv.lock` brought up to date with `pyproject.toml`, versions kept."""
        with telling("uv locks the dependencies"):
            return self._uv.lock(files)
