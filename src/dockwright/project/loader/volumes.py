"""Volumes: the short syntax of mounts, `./data:/data:ro`, as the long one.

Source: compose-go's `format.ParseVolume`.
"""

from __future__ import annotations

from posixpath import normpath
from typing import Any

from dockwright.project.loader.refusal import LoadError, Place

_PROPAGATION = frozenset({"rprivate", "private", "rshared", "shared", "rslave", "slave"})
_SELINUX = frozenset({"z", "Z"})


def short_volume(written: str, place: Place) -> dict[str, Any]:
    """A mount in the long syntax, its target as written. Raises LoadError where Compose cannot tell its parts."""
    if not written:
        raise LoadError("invalid empty volume spec", place)
    if len(written.encode("utf-8", "surrogatepass")) <= 2:
        return {"type": "volume", "target": written}
    parts = _parts(written)
    if "" in parts:
        raise LoadError(f"invalid spec: {written}: empty section between colons", place)
    if len(parts) > 3:
        raise LoadError(f"invalid spec: {written}: too many colons", place)
    source = parts[0] if len(parts) > 1 else ""
    target = parts[1] if len(parts) > 1 else parts[0]
    found: dict[str, Any] = {"source": source} if source else {}
    found["target"] = target
    bind: dict[str, Any] = {}
    volume: dict[str, Any] = {}
    for option in parts[2].split(",") if len(parts) > 2 else ():
        if option in ("ro", "rw"):
            found["read_only"] = option == "ro"
        elif option == "nocopy":
            volume["nocopy"] = True
        elif option in _PROPAGATION:
            bind["propagation"] = option
        elif option in _SELINUX:
            bind["selinux"] = option
    if not found.get("read_only"):
        found.pop("read_only", None)
    if is_path(source):
        found = {"type": "bind", **found, "bind": {**bind, "create_host_path": True}}
        return {**found, "volume": volume} if volume else found
    found = {"type": "volume", **found, "volume": volume}
    return {**found, "bind": bind} if bind else found


def _parts(written: str) -> list[str]:
    """The text cut at its colons, but not inside `${...}` nor after a drive's letter."""
    parts: list[str] = []
    start = depth = 0
    for index, char in enumerate(written):
        if char == "$" and written[index + 1 : index + 2] == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif char == ":" and not depth and not (index == start + 1 and written[start].isalpha()):
            parts.append(written[start:index])
            start = index + 1
    parts.append(written[start:])
    return parts


def is_path(source: str) -> bool:
    """Whether a source is a path of the host; else it is the name of a volume."""
    return source.startswith((".", "/", "~", "\\\\")) or (source[1:2] == ":" and source[0].isalpha())


def clean(target: str) -> str:
    """A path in the container without doubled slashes, dots, or a slash at its end."""
    if not target:
        return ""
    cleaned = normpath(target)
    return cleaned[1:] if cleaned.startswith("//") else cleaned
