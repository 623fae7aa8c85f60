"""Stacks in memory, loaded: what the loader makes of {path: text}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockwright.project.loader import Call, Files, resolved, unresolved
from dockwright.text import Source

HOME = "/home/someone"


def files(texts: Mapping[str, str]) -> Files:
    """These files in a project whose folder is called `shop`."""
    return Files({path: Source(path, text) for path, text in texts.items()}, "shop", HOME)


def raw(texts: Mapping[str, str] | str, *names: str, **call: Any) -> dict[str, Any]:
    """The model with variables as they are written; a text alone is `compose.yml`."""
    given = {"compose.yml": texts} if isinstance(texts, str) else texts
    return unresolved(files(given), Call(names or ("compose.yml",), **call))


def full(
    texts: Mapping[str, str] | str, *names: str, environ: Mapping[str, str] | None = None, **call: Any
) -> dict[str, Any]:
    """The model with variables and env files filled in."""
    given = {"compose.yml": texts} if isinstance(texts, str) else texts
    return resolved(files(given), Call(names or ("compose.yml",), **call), environ)


def app(body: str, more: str = "") -> str:
    """A file with one service `app` that holds these lines."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"services:\n  app:\n    image: x\n{lines}{more}"


def service(body: str, more: str = "", **environ: str) -> dict[str, Any]:
    """The service that these lines make, filled in."""
    found: dict[str, Any] = full(app(body, more), environ=environ)["services"]["app"]
    return found
