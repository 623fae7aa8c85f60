"""Images built of a project as it lies on disk, and of a copy in which a plan is made; nothing of either is kept."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from dockwright.facts.secret_names import MASK, masked, names_a_secret
from dockwright.project.kinds import PRUNED
from dockwright.text import FileChange
from dockwright.tools import Engine, ImageBuild, Ran

NAME = "dockwright-proof"
"""What the images are called while they are looked at; they need a name of their own, to be taken away by it."""

SECONDS = 1800
"""How long one image may take; one that compiles its dependencies can take minutes."""

_ERROR = re.compile(r"(?m)^ERROR: (?:failed to build: )?(?:failed to solve: )?(.+)$")


@contextmanager
def building(
    engine: Engine, root: str, changes: Mapping[str, FileChange], left_out: Callable[[str], bool]
) -> Iterator[Builder]:
    """A builder for a project and the changes that a plan makes to it.

    `left_out` tells of a path whether no build of the plan reads it: it is not in the copy then. In the end the copy
    and the images are gone; what the engine keeps for later builds stays.
    """
    with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
        builder = Builder(engine, Path(root), Path(folder).resolve() / "planned")
        _copy(Path(root), builder.planned, changes, left_out)
        try:
            yield builder
        finally:
            if builder.names:
                engine.docker("image", "rm", *builder.names)


class Builder:
    """Runs `docker build` on the project's own folder, which it only reads, and on the copy."""

    def __init__(self, engine: Engine, root: Path, planned: Path) -> None:
        self.engine, self.root, self.planned = engine, root, planned
        self.names: list[str] = []

    def build(self, wanted: ImageBuild, *, planned: bool) -> Ran:
        """Build an image; `out` is what the engine calls it then, `err` why there is none, in one line."""
        root = self.planned if planned else self.root
        name = f"{NAME}:{uuid4().hex}"
        command = ["build", "--progress", "plain", "--tag", name, "--file", str(root / wanted.dockerfile)]
        command += ["--target", wanted.target] if wanted.target else []
        command += ["--network", wanted.network] if wanted.network else []
        for key, value in wanted.args:
            command += ["--build-arg", f"{key}={value}"]
        for key, path in wanted.contexts:
            elsewhere = "://" in path or path.startswith("/")
            command += ["--build-context", f"{key}={path if elsewhere else root / path}"]
        said = self.engine.docker(*command, str(root / wanted.context), seconds=SECONDS)
        if not said.well:
            printed = said.err.replace(str(root), ".")
            for key, value in wanted.args:
                if value and names_a_secret(key):
                    printed = printed.replace(value, MASK)
            return Ran(said.status, "", _reason(printed))
        self.names.append(name)
        return Ran(0, name)


def _reason(said: str) -> str:
    """Why a build failed, in a line: the last words of the instruction that did, else what the engine calls it."""
    found = _ERROR.findall(said)
    told = re.findall(r"(?m)^\s*(?:\d+\.\d+ )(\S.*)$", said.partition("------")[2])
    words = [each for each in told if re.search(r"(?i)error|not found|no such|cannot|failed", each)] or told[-1:]
    reason = found[-1] if found else said.strip().rpartition("\n")[2] or "the engine does not say why"
    return masked(f"{words[-1].strip()} ({reason})" if words else reason)


def _copy(root: Path, target: Path, changes: Mapping[str, FileChange], left_out: Callable[[str], bool]) -> None:
    """The project with its changes: files that stay are linked where the disk can, which costs nothing.

    Changes are written first, while there is no link that could lead them to the project's own files.
    """
    target.mkdir()
    for path, change in changes.items():
        if change.after is not None:
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if change.after.link is not None:
                place.symlink_to(change.after.link)
            else:
                place.write_bytes(change.after.data)
                place.chmod(change.after.mode)
    for folder, folders, names in os.walk(root):
        below = os.path.relpath(folder, root).replace(os.sep, "/")
        lead = "" if below == "." else f"{below}/"
        # What tools keep by the thousand is looked at as a whole.
        folders[:] = [name for name in folders if not (name in PRUNED and left_out(lead + name))]
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in (*names, *links):
            if lead + name not in changes and not left_out(lead + name):
                _linked(Path(folder, name), target / (lead + name))


def _linked(source: Path, place: Path) -> None:
    if os.path.lexists(place):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        place.symlink_to(source.readlink())
        return
    if not source.is_file():  # A socket or a pipe: no build takes one in.
        return
    try:
        os.link(source, place)
    except OSError:
        try:
            shutil.copy2(source, place)
        except OSError:  # It may not be read, and so no build can read it either.
            return
