"""Writes the reference documents that are generated: the settings' JSON schema, and what dockwright declines to find.

    python -m scripts.reference [--check]

With --check nothing is written, and the exit code is 1 when a document is not what the code says.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from dockwright.config import Settings
from dockwright.report.markdown import declined_page

DOCS = Path(__file__).parents[1] / "docs"


def settings_schema() -> dict[str, Any]:
    """The JSON schema of `dockwright.toml`, and of `[tool.dockwright]` in `pyproject.toml`."""
    (_,), components = msgspec.json.schema_components([Settings])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **components["Settings"],
        "title": "The settings of dockwright",
        "description": inspect.cleandoc(Settings.__doc__ or ""),
    }


def documents() -> dict[str, str]:
    """Each generated document by its name."""
    schema = json.dumps(settings_schema(), indent=2, ensure_ascii=False) + "\n"
    return {"dockwright.schema.json": schema, "declined.md": declined_page()}


def main(arguments: list[str]) -> int:
    """Write the documents, or compare them."""
    stale = [
        name
        for name, text in documents().items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is not what the code says; `make docs` writes it")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(documents()[name], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
