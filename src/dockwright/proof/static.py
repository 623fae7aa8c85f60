"""The static proof: what each stack resolves to before and after, held against what the patches meant to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from dockwright.facts.secret_names import MASK, masked, names_a_secret
from dockwright.finding import Intent
from dockwright.plan import Patch, Plan
from dockwright.project.leading import MISSING
from dockwright.project.model import Project
from dockwright.project.resolved import Model
from dockwright.project.stacks import Stack, stacks
from dockwright.proof.models import leaves_resolved, models, stack_files
from dockwright.proof.names import Former, former_names, pairs
from dockwright.proof.paths import is_leaf, may_be_missing, moved, path_facts
from dockwright.proof.values import absent_env_files, value_count, value_differences
from dockwright.tools import ComposeResolver, Resolved, StackFiles


class Difference(Struct, frozen=True, order=True):
    """One place with what stood there before and after; None is not there.

    `owner` is who declared it, or the patch that made it without: then it is broken.
    """

    place: str
    before: str | None
    after: str | None
    owner: str | None = None

    @property
    def values(self) -> tuple[str | None, str | None]:
        """What stood there before and after, masked where the place or the text says that it is a secret."""
        secret = names_a_secret(self.place.rpartition(" / ")[2])
        before, after = self.before, self.after
        if before is not None:
            before = MASK if secret else masked(before)
        if after is not None:
            after = MASK if secret else masked(after)
        return before, after


class Proof(Struct, frozen=True):
    """`kept` facts are equal, `intended` differences were declared by their patch, `broken` ones by none.

    `unproved` says what could not be looked at, and why.
    """

    kept: int
    intended: tuple[Difference, ...]
    broken: tuple[Difference, ...]
    unproved: tuple[str, ...] = ()


def asked(project: Project) -> tuple[Mapping[str, bytes], Sequence[StackFiles]]:
    """What a resolver is given to resolve all stacks of a project."""
    return _contents(project), [stack_files(stack) for stack in stacks(project)]


def prove(
    plan: Plan,
    compose: ComposeResolver | None = None,
    resolved: Callable[[], Sequence[Resolved]] | None = None,
    *,
    home: str | None = None,
) -> Proof:
    """Hold each patch of a plan against what it declared, and then the plan's two ends against each other.

    Facts are the leaves of every stack's model, the values that its variables come to, where every reference leads,
    what each call of Compose reads, and the Make targets and jobs that are there. The patches are proved by
    dockwright's own loader. With `compose` the models of both ends are that resolver's, and `unproved` says where
    the loader sees them otherwise; `resolved` gives those of the project before, where somebody has them already.
    `home` is the user's home folder, which `~` in a path means.
    """
    if not plan.patches:
        return Proof(0, (), ())
    if not any("~" in source.text for each in (plan.before, plan.after) for source in each.of_kind("compose")):
        home = None  # Then the plan's steps have resolved most of it already, without one.
    walk = _Walk(home)
    for patch, before, after in _states(plan):
        walk.take(patch, before, after)
    former = former_names(plan.before, plan.after, plan.changes.moves)
    paired = list(pairs(plan.before, plan.after, former))
    unproved: list[str] = []
    first, last = _own(models(plan.before, home)), _own(models(plan.after, home))
    if compose is not None:
        given = compose.resolve(*asked(plan.before)) if resolved is None else resolved()
        theirs = {stack: _said(found, stack) for stack, found in zip(stacks(plan.before), given, strict=True)}
        unproved += _disagreements(((name, old) for name, old, _ in paired), theirs, first)
        first = theirs
        later = [new for _, _, new in paired if new is not None]
        given = compose.resolve(_contents(plan.after), [stack_files(stack) for stack in later])
        theirs = {stack: _said(found, stack) for stack, found in zip(later, given, strict=True)}
        unproved += _disagreements(((name, new) for name, _, new in paired if new is not None), theirs, last)
        last = theirs
    ends = _Ends()
    for name, old, new in paired:
        if first[old].error is not None:
            unproved.append(f"stack {name}: it does not resolve even now: {first[old].error}")
        else:
            ends.stack(name, first[old], None if new is None else last[new], former)
    later_paths = moved(path_facts(plan.after), former)
    ends.paths(path_facts(plan.before), later_paths, plan.after, _documents(plan.before, home))
    absent = absent_env_files(plan.before)
    if absent:
        unproved.append(f"values that would come from {', '.join(absent)}: not in this folder")
    return walk.proof(ends, value_count(plan.before, home), tuple(dict.fromkeys(unproved)))


def _documents(project: Project, home: str | None) -> frozenset[str]:
    """The files that the models are read from."""
    return frozenset(path for model in models(project, home).values() if not model.error for path in model.documents)


def _states(plan: Plan) -> Iterator[tuple[Patch, Project, Project]]:
    """Each patch with the project before and after it."""
    before = plan.before
    for patch in plan.patches:
        if patch.after is not None:
            yield patch, before, patch.after
            before = patch.after


class _Leaves(Struct, frozen=True):
    """What a stack resolves to, or why it does not."""

    leaves: Mapping[str, str]
    error: str | None


def _own(found: Mapping[Stack, Model]) -> dict[Stack, _Leaves]:
    return {stack: _Leaves(model.leaves, model.error) for stack, model in found.items()}


def _said(found: Resolved, stack: Stack) -> _Leaves:
    error = None if found.model is not None else found.error or "it does not resolve"
    return _Leaves(leaves_resolved(found, stack), error)


def _disagreements(
    asked_for: Iterable[tuple[str, Stack]], theirs: Mapping[Stack, _Leaves], ours: Mapping[Stack, _Leaves]
) -> Iterator[str]:
    """Each stack that the loader sees otherwise than Compose does; where both refuse they agree."""
    for name, stack in asked_for:
        one, other = theirs[stack], ours[stack]
        if one.error is not None or other.error is not None:
            if one.error is None or other.error is None:
                yield f"stack {name}: two resolvers disagree: {one.error or other.error}"
        elif (place := next(_unlike(one.leaves, other.leaves), None)) is not None:
            yield f"stack {name}: two resolvers disagree at {place}"


def _unlike(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    """The places where two models differ, in order."""
    return (place for place in sorted(one.keys() | other.keys()) if one.get(place) != other.get(place))


def _contents(project: Project) -> dict[str, bytes]:
    """What Compose has to read: compose files and env files; nothing else decides a model."""
    return {source.path: source.data for source in project.of_kind("compose", "env")}


class _Ends:
    """Two states held against each other: how many facts are equal, and the differences, under former names."""

    def __init__(self) -> None:
        self.kept = 0
        self.differences: list[Difference] = []

    def stack(self, name: str, old: _Leaves | Model, new: _Leaves | Model | None, former: Former) -> None:
        """A stack that resolves before."""
        if new is None or new.error is not None:
            reason = "no call invokes it any more" if new is None else new.error
            self.differences.append(Difference(f"stack {name}", "resolves", reason))
            return
        leaves = former.leaves(new.leaves, old.leaves)
        unlike = [
            Difference(f"stack {name} / {at}", old.leaves.get(at), leaves.get(at)) for at in _unlike(old.leaves, leaves)
        ]
        self.kept += len(old.leaves.keys() | leaves.keys()) - len(unlike)
        self.differences += unlike

    def paths(
        self,
        old: Counter[tuple[str, str]],
        new: Counter[tuple[str, str]],
        after: Project,
        documents: frozenset[str],
    ) -> None:
        """What is true of paths. A place that is new is no difference, unless it leads nowhere.

        What the `documents` of the models name no more is a difference of those.
        """
        gone, come = old - new, new - old
        self.kept += old.total() - gone.total()
        others: dict[str, list[str]] = {}
        for place, text in come.elements():
            others.setdefault(place, []).append(text)
        for place, text in sorted(gone.elements()):
            instead = others.get(place)
            if instead or not is_leaf(place, documents):
                self.differences.append(Difference(place, text, instead.pop() if instead else None))
        for place, texts in sorted(others.items()):
            if MISSING in texts and not may_be_missing(after, place):
                self.differences.append(Difference(place, None, MISSING))


class _Walk:
    """The patches one after the other: what each declared, and what it changed without. Places are the plan's first."""

    def __init__(self, home: str | None) -> None:
        self.home = home
        self.origin = Former()
        self.declared: dict[str, list[Difference]] = {}
        self.values: dict[str, list[Difference]] = {}
        self.broken: list[Difference] = []

    def take(self, patch: Patch, before: Project, after: Project) -> None:
        """Hold a patch against what it declares: each difference is exactly one of those, or it is broken."""
        former = former_names(before, after, patch.changes.moves)
        intents: dict[str, list[Intent]] = {}
        for intent in patch.intends:
            place = former.place(intent.place)
            said = Intent(place, former.text(place, intent.before), former.text(place, intent.after))
            intents.setdefault(place, []).append(said)
        paired = list(pairs(before, after, former))
        found = _Ends()
        known, later = models(before, self.home), models(after, self.home)
        for name, old, new in paired:
            one, other = known[old], None if new is None else later[new]
            if one.error is None and (one is not other or former.files):
                found.stack(name, one, other, former)
        found.paths(path_facts(before), moved(path_facts(after), former), after, _documents(before, self.home))
        done = set()
        for difference in found.differences:
            intent = Intent(difference.place, difference.before, difference.after)
            meant = intents.get(difference.place, [])
            if intent in meant:
                meant.remove(intent)
                done.add(difference.place)
                self._note(self.declared, difference, patch.owner)
            else:
                self._note(None, difference, patch.owner)
        for value in value_differences(before, after, paired, former, self.home):
            difference = Difference(value.place, value.before, value.after)
            meant = intents.get(value.place, [])
            explained = value.cause is not None and any(place.startswith(value.cause) for place in done)
            known_to = explained or Intent(value.place, value.before, value.after) in meant
            self._note(self.values if known_to else None, difference, patch.owner)
        self.origin = former.before(self.origin)

    def _note(self, into: dict[str, list[Difference]] | None, difference: Difference, owner: str) -> None:
        place = self.origin.place(difference.place)
        old, new = (self.origin.text(place, text) for text in (difference.before, difference.after))
        said = Difference(place, old, new, owner)
        if into is None:
            self.broken.append(said)
        else:
            into.setdefault(place, []).append(said)

    def proof(self, ends: _Ends, values: int, unproved: tuple[str, ...]) -> Proof:
        """What the ends show, each difference with those who declared it."""
        broken = list(self.broken)
        known = {difference.place for difference in broken}
        intended: list[Difference] = []
        for difference in ends.differences:
            if difference.place in known:
                continue
            owner = _declared_by(self.declared.get(difference.place, ()), difference)
            made = Difference(difference.place, difference.before, difference.after, owner)
            (broken if owner is None else intended).append(made)
        for place, chain in self.values.items():
            if place not in known:
                owner = ", ".join(dict.fromkeys(each.owner or "" for each in chain))
                intended.append(Difference(place, chain[0].before, chain[-1].after, owner))
        kept = ends.kept + values - len(self.values)
        return Proof(kept, tuple(sorted(intended, key=_place)), tuple(sorted(broken, key=_place)), unproved)


def _place(difference: Difference) -> str:
    return difference.place


def _declared_by(chain: Iterable[Difference], difference: Difference) -> str | None:
    """Who meant a difference: the patches that lead from the old value to the new one, each from the last one's."""
    owners: list[str] = []
    value = difference.before
    for each in chain:
        if each.before == value and each.before != each.after:
            value = each.after
            owners.append(each.owner or "")
    return ", ".join(dict.fromkeys(owners)) if value == difference.after and owners else None
