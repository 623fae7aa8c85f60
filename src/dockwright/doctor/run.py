"""The run: every examiner in its order, secrets masked, symptoms below their causes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import SEVERITIES, Command, Diagnosis
from dockwright.doctor.examiners import EXAMINERS, Examiner
from dockwright.errors import DockwrightError
from dockwright.facts.secret_names import MASK
from dockwright.text import printable


class Found(Struct, frozen=True):
    """A cause, and the faults that are only symptoms of it."""

    diagnosis: Diagnosis
    symptoms: tuple[Diagnosis, ...] = ()


class Mended(Struct, frozen=True):
    """What `--fix` did about a fault: the mend's title, and what came of it; `done` is whether it was made."""

    fault: str
    subject: str
    title: str
    outcome: str
    done: bool = True


class LeftOut(Struct, frozen=True):
    """What could not be looked at, and why."""

    what: str
    why: str


class Diagnosed(Struct, frozen=True):
    """What was found, the worst first; what was looked at for it, and what could not be.

    `mended` is what was done before this was seen.
    """

    stacks: tuple[str, ...]
    found: tuple[Found, ...]
    looked_at: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    mended: tuple[Mended, ...] = ()

    def count(self, severity: str) -> int:
        """How many causes have a severity."""
        return sum(each.diagnosis.severity == severity for each in self.found)

    @property
    def healthy(self) -> bool:
        """Whether nothing stops or hurts."""
        return self.count("note") == len(self.found)


def diagnosed(case: Case, examiners: Sequence[Examiner] = EXAMINERS) -> Diagnosed:
    """Examine a case."""
    found: list[Diagnosis] = []
    looked_at: list[str] = []
    left_out: list[LeftOut] = []
    for examiner in examiners:
        if examiner.needs == "engine" and case.engine is None:
            left_out.append(LeftOut(examiner.looks_at, "no Docker engine answers"))
            continue
        try:
            found += [_shown(case, each) for each in examiner.examine(case)]
        except DockwrightError as error:  # The others may still know more.
            left_out.append(LeftOut(examiner.looks_at, _hidden(case, str(error))))
        else:
            looked_at.append(examiner.looks_at)
    labels = tuple(case.label(stack) for stack in case.stacks)
    return Diagnosed(labels, nested(found), tuple(looked_at), tuple(left_out))


def nested(found: Sequence[Diagnosis]) -> tuple[Found, ...]:
    """Causes with their symptoms below them, the worst first; each diagnosis is in it once."""
    unique = list(dict.fromkeys(found))
    causes = {each: _root(each, unique) for each in unique}
    roots = [each for each in unique if causes[each] is each]
    roots.sort(key=lambda each: SEVERITIES.index(each.severity))
    return tuple(
        Found(root, tuple(each for each in unique if each is not root and causes[each] is root)) for root in roots
    )


def _root(diagnosis: Diagnosis, found: Sequence[Diagnosis]) -> Diagnosis:
    """The cause at the end of the chain; where the chain bites its tail, its first one that was examined."""
    chain = [diagnosis]
    while True:
        above = next((each for each in found if each is not chain[-1] and _explains(each, chain[-1])), None)
        if above is None:
            return chain[-1]
        if above in chain:
            return min(chain[chain.index(above) :], key=found.index)
        chain.append(above)


def _explains(cause: Diagnosis, symptom: Diagnosis) -> bool:
    return cause.stack in ("", symptom.stack) and (
        symptom.fault in cause.explains
        or f"{symptom.fault}:{symptom.subject}" in cause.explains
        or (cause.fault in symptom.symptom_of and _about(cause, symptom.subject))
    )


def _about(cause: Diagnosis, subject: str) -> bool:
    """Whether a cause is found of a subject, or explains something of it."""
    return subject == cause.subject or any(":" not in each or each.endswith(f":{subject}") for each in cause.explains)


def _shown(case: Case, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis as it may be shown: whatever an examiner quotes, no secret's value is in it."""
    hidden = partial(_hidden, case)
    return replace(
        diagnosis,
        subject=hidden(diagnosis.subject),
        cause=hidden(diagnosis.cause),
        seen=tuple(map(hidden, diagnosis.seen)),
        way_out=tuple(Command(_runnable(case, each.line), hidden(each.why)) for each in diagnosis.way_out),
    )


def _runnable(case: Case, line: str) -> str:
    """A command without values of secrets. What only looks like one is left: `KEY=` may be what it is about."""
    for value in sorted(case.secrets.values.values(), key=len, reverse=True):
        line = line.replace(value, MASK)
    return printable(line)


def _hidden(case: Case, text: str) -> str:
    return printable(case.secrets.hidden(text))
