"""Projects in memory, readable at a glance: {path: text}."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockwright.project.model import Project
from dockwright.text import Source


def project(files: Mapping[str, str], name: str = "shop") -> Project:
    """A project that holds these files in a folder called `name`."""
    sources = {path: Source(path, text) for path, text in files.items()}
    return Project(f"/projects/{name}", name, sources, frozenset(sources))


def marked(files: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, int, int]]]:
    """Files without their `⟦ ⟧` marks, and the marked spans as (path, start, end)."""
    clean: dict[str, str] = {}
    spans: list[tuple[str, int, int]] = []
    for path, text in files.items():
        opened: list[int] = []
        out = ""
        for piece in re.split("([⟦⟧])", text):
            if piece == "⟦":
                opened.append(len(out))
            elif piece == "⟧":
                spans.append((path, opened.pop(), len(out)))
            else:
                out += piece
        clean[path] = out
    return clean, spans


def texts(of: Project) -> dict[str, str]:
    """A project's files as {path: text}."""
    return {path: source.text for path, source in of.sources.items()}
