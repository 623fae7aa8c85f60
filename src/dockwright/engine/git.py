"""Real git: which lines were changed. It runs nothing that the repository names, no diff driver and no monitor."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from dockwright.errors import DockwrightError, UsageError
from dockwright.text import decode, printable
from dockwright.tools import Changed

SECONDS = 60
"""How long one question to git may take."""

_WHY = "--changed-since asks git what has changed"
_DIFF = (
    "diff --unified=0 --inter-hunk-context=0 --find-renames --no-color --no-ext-diff --no-textconv --no-prefix "
    "--relative"
)
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class RealGit:
    """Runs the `git` command."""

    def changed_since(self, folder: str, revision: str) -> Changed:
        """What has changed below a folder since its history parted from a revision's, uncommitted and new files too.

        Where lines are gone, the two around them count as changed. Raises UsageError for a revision that does not
        exist, DockwrightError where there is no git or no repository.
        """
        if _asked(folder, "rev-parse", "--is-inside-work-tree").strip() != b"true":
            raise DockwrightError("git has no files checked out here", path=printable(folder), hint=_WHY)
        # A revision that begins with a dash would be taken for an option.
        found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found.returncode != 0 or revision.startswith("-"):
            hint = "fetch it first; a shallow clone holds only the newest commits"
            raise UsageError(f"git knows no commit called {printable(revision)}", hint=hint)
        commit = found.stdout.decode().strip()
        parted = _git(folder, "merge-base", commit, "HEAD")
        since = parted.stdout.decode().strip() or commit
        diff = _asked(folder, *_DIFF.split(), since, "--", ".")
        new = _asked(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
        lines = dict(_changed(diff))
        return Changed(lines | {decode(path): None for path in new.split(b"\0") if path})

    def tracked(self, folder: str) -> frozenset[str]:
        """The files below a folder that git has in its index; none where there is no git or no repository."""
        try:
            said = _asked(folder, "ls-files", "-z", "--", ".")
        except DockwrightError:
            return frozenset()
        return frozenset(decode(path) for path in said.split(b"\0") if path)


def _asked(folder: str, *arguments: str) -> bytes:
    done = _git(folder, *arguments)
    if done.returncode != 0:
        reason = decode(done.stderr).strip().rpartition("\n")[2].removeprefix("fatal: ")
        raise DockwrightError(f"git says: {printable(reason)}", path=printable(folder), hint=_WHY)
    return done.stdout


def _git(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # GIT_DIR and its like, which git sets for hooks, stay: they say which index a commit is made from.
    environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "-C", folder, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
    try:
        return subprocess.run(command, env=environ, capture_output=True, check=False, timeout=SECONDS)
    except FileNotFoundError as error:
        raise DockwrightError("git is not installed", hint=_WHY) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DockwrightError(f"git cannot be run: {error}", path=printable(folder), hint=_WHY) from error


def _changed(diff: bytes) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Each file's path and changed ranges, out of a diff without context."""
    path, left = "", 0
    ranges: list[tuple[int, int]] = []
    for line in diff.split(b"\n"):
        if left:  # Lines of a hunk, whatever they look like.
            left -= line[:1] in (b"+", b"-")
            continue
        if line.startswith(b"+++ "):
            if ranges:
                yield path, tuple(ranges)
            path, ranges = decode(_unquoted(line[4:].removesuffix(b"\t"))), []
        elif line.startswith(b"@@ "):
            hunk = _HUNK.match(line.decode("ascii", "replace"))
            if hunk is not None:
                first, count = int(hunk[1]), int(hunk[2] or 1)
                ranges.append((first, first + count - 1) if count else (first, first + 1))
                left = count + _removed(line)
    if ranges:
        yield path, tuple(ranges)


def _removed(hunk: bytes) -> int:
    """How many lines a hunk takes away."""
    _, comma, number = hunk.split(b" ")[1].partition(b",")
    return int(number) if comma else 1


def _unquoted(name: bytes) -> bytes:
    """A path as it is; git puts one with quotes, backslashes or controls in it into quotes, as C would."""
    if not (name.startswith(b'"') and name.endswith(b'"')):
        return name
    return _ESCAPE.sub(
        lambda found: bytes([int(found[1], 8)]) if len(found[1]) == 3 else _ESCAPES.get(found[1], found[1]), name[1:-1]
    )
