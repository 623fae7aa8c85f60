"""Betterleaks as a detector of secrets: one process for all files, offline, and no value in its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import DecodeError, json

from dockwright.engine.programs import ask, program
from dockwright.tools import SeenSecret

_FOLDER = "."
_ARGUMENTS = (
    "filesystem", _FOLDER, "--redact", "--no-banner", "--silent", "--no-color", "--log-level=fatal", "--output=-",
    "--exit-code=0", "--max-archive-depth=0", "--max-decode-depth=0",
    # Whatever is called a password: on real projects nearly all are values for developers.
    "--disable-rule=generic-password,generic-credential-uri",
)  # fmt: skip


def installed() -> Betterleaks | None:
    """The detector, or None where Betterleaks is not installed."""
    path = program("betterleaks")
    return None if path is None else Betterleaks(path)


class Betterleaks:
    """Runs `betterleaks filesystem` on copies of the files. It is never told to ask a service about what it finds."""

    def __init__(self, path: str) -> None:
        self._path = path

    def detect(self, texts: Mapping[str, str]) -> Callable[[], list[SeenSecret]]:
        """Start to read these texts; the secrets in them are had by a call, and there are none where that fails."""
        if not texts:
            return list
        paths = list(texts)
        files = {str(number): texts[path].encode("utf-8", "replace") for number, path in enumerate(paths)}
        answer = ask([self._path, *_ARGUMENTS], files)
        return lambda: _secrets(answer(), paths, files)


def _secrets(said: bytes, paths: Sequence[str], files: Mapping[str, bytes]) -> list[SeenSecret]:
    try:
        findings = json.decode(said)["findings"]
    except (DecodeError, KeyError, TypeError):
        return []
    seen = []
    for finding in findings or ():
        at = finding["location"]
        number = str(at["path"]).replace("\\", "/").rpartition("/")[2]
        data = files[number]
        start = _offset(data, at["start_line"], at["start_column"] - 1)
        end = _offset(data, at["end_line"], at["end_column"])
        seen.append(SeenSecret(paths[int(number)], finding["rule_id"], start, max(start, end)))
    return sorted(seen, key=lambda each: (each.path, each.start, each.kind))


def _offset(data: bytes, line: int, column: int) -> int:
    """The character behind so many bytes of a line counted from 1."""
    at = 0
    for _ in range(line - 1):
        at = data.find(b"\n", at) + 1
        if at == 0:
            return len(data.decode("utf-8", "replace"))
    return len(data[: at + column].decode("utf-8", "replace"))
