"""Plan: steps and fixes as an ordered stack of patches, each made against what the one below it left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from dockwright.finding import Consent, Finding, Fix, Intent, made
from dockwright.project.model import Project, changes_between
from dockwright.refactor.step import Deferred, Step
from dockwright.rule import Rule, run
from dockwright.text import Change, ChangeSet, Create, Edit, Move, Span

MAX_ROUNDS = 20
"""More rounds than any project needs: a fix may uncover a finding, and that one another, but not often."""

_TAKEN = "it wants the same place as another change"
_REACHES = "it would change more than this place, or a stack around it cannot be read"

Wanted: TypeAlias = Callable[[Project, Finding, str], bool]
"""Whether the user wants to hear of a finding, given the project it is in and the path that its file had at first."""


class Patch(Struct, frozen=True):
    """One step's or one fix's changes. `owner` is the step's name or the rule's code; no hunk has two."""

    owner: str
    title: str
    changes: ChangeSet
    consent: Consent
    intends: tuple[Intent, ...] = ()
    before: Project | None = None
    after: Project | None = None


class Plan(Struct, frozen=True):
    """What would be done: the project before and after, the patches between them, and what was left out and why."""

    before: Project
    after: Project
    patches: tuple[Patch, ...]
    deferred: tuple[Deferred, ...]

    @property
    def changes(self) -> ChangeSet:
        """All patches as one change, moves of moves joined."""
        moves = ((old, new) for new, old in _origins(self.patches).items())
        return changes_between(self.before, self.after, moves)


def _origins(patches: Iterable[Patch]) -> Mapping[str, str]:
    """The path that each moved file had at first, by its path now."""
    origin: dict[str, str] = {}
    for patch in patches:
        for old, new in patch.changes.moves:
            origin[new] = origin.pop(old, old)
    return origin


class OscillationError(RuntimeError):
    """Fixes that undo each other: a bug in a rule, with the rules' codes."""


def make_plan(
    project: Project,
    rules: Sequence[Rule],
    steps: Iterable[Step] = (),
    *,
    closing: Iterable[Step] = (),
    consents: Collection[Consent] = ("safe", "refit"),
    skip: Collection[str] = (),
    wanted: Wanted = lambda project, finding, path: True,
) -> Plan:
    """The plan for a project: the steps in their order, then fixes until none is left to make.

    `closing` steps are taken last, and only where there is something to change at all.
    `consents` are the kinds of change that the user agrees to; `skip` names steps and rules to leave out.
    Only fixes of findings that are `wanted` are made. Raises OscillationError where fixes undo each other.
    """
    builder = _Builder(project)
    builder.take(step for step in steps if step.name not in skip)
    asked = [rule for rule in rules if rule.code not in skip and rule.name not in skip and rule.consent in consents]
    left = builder.fix_point(asked, consents, wanted)
    builder.deferred += [Deferred(finding.rule, finding.fixes[0].title, reason, finding.at) for finding, reason in left]
    if builder.patches:
        builder.take(step for step in closing if step.name not in skip)
    return Plan(project, builder.project, tuple(builder.patches), tuple(builder.deferred))


class _Builder:
    """The patches so far, and the project they leave."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.patches: list[Patch] = []
        self.deferred: list[Deferred] = []

    def take(self, steps: Iterable[Step]) -> None:
        """Each step against what the one before it left."""
        for step in steps:
            proposal = step.propose(self.project)
            self.deferred += proposal.deferred
            placed = _Placed()
            for fix in proposal.fixes:
                self.add(step.name, fix, placed.rebase(fix.changes))

    def add(self, owner: str, fix: Fix, changes: Iterable[Change]) -> None:
        before = self.project
        changes = tuple(changes)
        self.project = before.replace(changes)
        moves = [(change.old, change.new) for change in changes if isinstance(change, Move)]
        difference = changes_between(before, self.project, moves)
        if difference:
            self.patches.append(Patch(owner, fix.title, difference, fix.consent, fix.intends, before, self.project))

    def fix_point(
        self, rules: Sequence[Rule], consents: Collection[Consent], wanted: Wanted
    ) -> list[tuple[Finding, str]]:
        """Rounds of fixes until nothing changes; the findings whose fix could not be made, each with the reason."""
        seen = {_fingerprint(self.project): 0}
        codes: list[set[str]] = []
        for _ in range(MAX_ROUNDS):
            origin = _origins(self.patches)
            offered = [
                finding
                for finding in run(rules, self.project)
                if finding.fixes
                and finding.fixes[0].consent in consents
                and wanted(self.project, finding, origin.get(finding.at.path, finding.at.path))
            ]
            fixes = [(finding, made(finding.fixes[0])) for finding in offered]
            chosen = list(_compatible(((finding, fix) for finding, fix in fixes if fix is not None), self.project))
            if not chosen:
                return [(finding, _REACHES if fix is None else _TAKEN) for finding, fix in fixes]
            placed = _Placed()
            for finding, fix in chosen:
                self.add(finding.rule, fix, placed.rebase(fix.changes))
            codes.append({finding.rule for finding, _ in chosen})
            state = _fingerprint(self.project)
            if state in seen:
                raise OscillationError("fixes undo each other: " + _names(codes[seen[state] :]))
            seen[state] = len(codes)
        raise OscillationError(f"fixes find no end in {MAX_ROUNDS} rounds: {_names(codes[-1:])}")


def _names(codes: Iterable[set[str]]) -> str:
    return ", ".join(sorted(set().union(*codes)))


def _compatible(offered: Iterable[tuple[Finding, Fix]], project: Project) -> Iterator[tuple[Finding, Fix]]:
    """The fixes that can be made together, in a fixed order: none touches what an earlier one touches."""
    spans: dict[str, list[Span]] = {}
    whole: set[str] = set()
    for finding, fix in sorted(offered, key=lambda each: (each[0].rule, each[0].at)):
        edits = [change for change in fix.changes if isinstance(change, Edit)]
        files = {path for change in fix.changes if not isinstance(change, Edit) for path in _paths(change)}
        clash = (
            files & (whole | spans.keys())
            or any(edit.path in whole for edit in edits)
            or any(other.overlaps(edit.span) for edit in edits for other in spans.get(edit.path, ()))
            or any(isinstance(change, (Create, Move)) and project.is_file(_target(change)) for change in fix.changes)
        )
        if not clash:
            whole |= files
            for edit in edits:
                spans.setdefault(edit.path, []).append(edit.span)
            yield finding, fix


def _paths(change: Change) -> tuple[str, ...]:
    return (change.old, change.new) if isinstance(change, Move) else (change.path,)


def _target(change: Create | Move) -> str:
    return change.new if isinstance(change, Move) else change.path


class _Placed:
    """The edits already made by a step or in a round: later ones, whose spans speak of its start, are moved along."""

    def __init__(self) -> None:
        self._made: dict[str, list[tuple[int, int]]] = {}

    def rebase(self, changes: Iterable[Change]) -> list[Change]:
        rebased: list[Change] = []
        grown: list[tuple[str, int, int]] = []
        for change in changes:
            if isinstance(change, Edit):
                by = sum(size for end, size in self._made.get(change.path, ()) if end <= change.span.start)
                rebased.append(Edit(change.path, change.span.shift(by), change.text))
                size = len(change.text) - (change.span.end - change.span.start)
                grown.append((change.path, change.span.end, size))
            else:
                rebased.append(change)
        for path, end, size in grown:
            self._made.setdefault(path, []).append((end, size))
        return rebased


def _fingerprint(project: Project) -> frozenset[tuple[str, str, int]]:
    return frozenset((path, source.text, source.mode) for path, source in project.sources.items())


def owners(plan: Plan) -> list[str]:
    """The steps and rules that change something, in the order of their patches."""
    return list(dict.fromkeys(patch.owner for patch in plan.patches))
