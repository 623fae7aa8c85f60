"""Diagnosis: a cause, what was seen of it, the commands that mend it, and what `--fix` may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from dockwright.text import Change, FileChange
from dockwright.tools import Engine

Severity: TypeAlias = Literal["stops", "hurts", "note"]
"""What it does: something cannot start or build, something works badly, or it is only worth knowing."""

SEVERITIES: tuple[Severity, ...] = ("stops", "hurts", "note")


class Command(Struct, frozen=True):
    """A line to be run in the project's folder, and what it is for where that does not speak for itself."""

    line: str
    why: str = ""


class Hands(Protocol):
    """What a mend may do. Each of them raises DockwrightError where it cannot, having changed nothing."""

    @property
    def engine(self) -> Engine:
        """The engine that the diagnosis was made with."""
        ...

    def change(self, changes: Sequence[Change], title: str) -> str:
        """Change files of the project as they were examined, journaled; what `dockwright undo` takes."""
        ...

    def rewrite(self, path: str, change: FileChange, title: str) -> str:
        """The same for one file as a whole, its mode included."""
        ...

    def certify(self) -> str:
        """What `dockwright certs` does; in a word what became of the certificates."""
        ...


class Mend(Struct, frozen=True):
    """What `--fix` does of its own accord: nothing that could lose data, or that cannot be checked or taken back.

    `title` says it in the imperative, `touches` are the paths, containers and volumes that it changes: of two mends
    that touch the same thing the second waits until all has been examined anew. `how` does it, and says what it did
    in a clause; DockwrightError where it could not.
    """

    title: str
    touches: tuple[str, ...]
    how: Callable[[Hands], str]


class Place(Struct, frozen=True):
    """A file of the project, and the line that the diagnosis is about, if it is about one."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


class Diagnosis(Struct, frozen=True):
    """Why something does not run, or will not.

    `fault` is a stable name such as `port-taken`, `subject` who suffers: a service, a file, the engine. `cause` is one
    sentence without its full stop, `seen` what was run or read, and what it said. `stack` is the label of the stack
    that it is about; empty for what all share. `explains` names faults that are only symptoms of this one, in the same
    stack (in all, where `stack` is empty): `fault`, or `fault:subject` for a single subject. `symptom_of` are faults
    that this one comes of, where they are found of the same subject or explain something of it. `place` is where it
    stands in a file, if it stands in one. No value of a secret is in any of them.
    """

    fault: str
    subject: str
    cause: str
    seen: tuple[str, ...] = ()
    way_out: tuple[Command, ...] = ()
    severity: Severity = "stops"
    stack: str = ""
    explains: tuple[str, ...] = ()
    fix: Mend | None = None
    place: Place | None = None
    symptom_of: tuple[str, ...] = ()
