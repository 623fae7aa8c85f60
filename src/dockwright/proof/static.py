"""The static proof: what each stack resolves to before and after, held against what the patches meant to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from posixpath import dirname, normpath, relpath
from typing import Any

from msgspec import Struct

from dockwright.facts.secret_names import MASK, masked, names_a_secret
from dockwright.finding import Intent
from dockwright.plan import Plan
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import REQUIRED, join
from dockwright.project.stacks import Stack, commands, label, looked_up, stacks
from dockwright.text import lazy_regex
from dockwright.tools import ComposeResolver, Resolved, StackFiles

# Without interpolation Compose leaves `${DATA:-./data}` as it is, relative to a directory that may have changed.
_DEFAULT_PATH = lazy_regex(r"^(\$\{\w+:?-)(\.\.?(?:/[^${}]*)?)(?=\}$)")

_CALL = " / docker compose call "


class Difference(Struct, frozen=True, order=True):
    """One place of the model with what stood there before and after; None is not there. `owner` declared it."""

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
    return _contents(project), [_files(stack) for stack in stacks(project)]


def prove(
    plan: Plan,
    compose: ComposeResolver | None,
    resolved: Callable[[], Sequence[Resolved]] | None = None,
    second: ComposeResolver | None = None,
) -> Proof:
    """Hold a plan's two ends against each other.

    Every stack's resolved model must be equal but for the declared differences, and every path that a tool follows
    must still lead to a file. Without a resolver only the paths are looked at, and `unproved` says so. `resolved` gives
    the models of the project before, where somebody has them resolved already. A `second` resolver is asked the same:
    `unproved` says of each stack that it sees otherwise.
    """
    if not plan.patches:
        return Proof(0, (), ())
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    unproved: list[str] = []
    if compose is None:
        unproved.append("the stacks' models: docker compose is not installed")
    else:
        first = compose.resolve(*asked(plan.before)) if resolved is None else resolved()
        _models(plan, compose, first, second, before, after, unproved)
    before.update(_paths(plan.before, {}))
    after.update((place, fact) for place, fact in _paths(plan.after, plan.changes.moved_from) if place in before)
    return _compared(plan, before, after, tuple(unproved))


def _compared(plan: Plan, before: Mapping[str, str], after: Mapping[str, str], unproved: tuple[str, ...]) -> Proof:
    origin = plan.changes.moved_from
    labels = _former_labels(plan, origin)
    declared: dict[str, list[tuple[Intent, str]]] = {}
    for patch in plan.patches:
        for intent in patch.intends:
            translated = _as_before(intent, origin, labels)
            declared.setdefault(translated.place, []).append((translated, patch.owner))
    kept = 0
    intended: list[Difference] = []
    broken: list[Difference] = []
    for place in sorted(before.keys() | after.keys()):
        old, new = before.get(place), after.get(place)
        if old == new:
            kept += 1
            continue
        owner = _declared_by(declared.get(place, ()), old, new)
        difference = Difference(place, old, new, owner)
        (broken if owner is None else intended).append(difference)
    return Proof(kept, tuple(intended), tuple(broken), unproved)


def _declared_by(intents: Iterable[tuple[Intent, str]], old: str | None, new: str | None) -> str | None:
    """Who meant a difference: the patches that lead from the old value to the new one, each from the last one's."""
    owners: list[str] = []
    value = old
    for intent, owner in intents:
        if intent.before == value and intent.before != intent.after:
            value = intent.after
            owners.append(owner)
    return ", ".join(dict.fromkeys(owners)) if value == new and owners else None


def _former_labels(plan: Plan, origin: Mapping[str, str]) -> dict[str, str]:
    """What a stack is called once its files have moved, to what it was called; only where the two differ."""
    former = {stack.files: label(plan.before, stack) for stack in stacks(plan.before)}
    moved = {
        label(plan.after, stack): former.get(tuple(origin.get(path, path) for path in stack.files))
        for stack in stacks(plan.after)
    }
    return {new: old for new, old in moved.items() if old is not None and new not in former.values()}


def _as_before(intent: Intent, origin: Mapping[str, str], labels: Mapping[str, str]) -> Intent:
    """What a patch declares, with moved files under their old paths, as both states speak of them."""
    if intent.place.startswith("stack "):
        name, slash, rest = intent.place.removeprefix("stack ").partition(" / ")
        place = f"stack {labels.get(name, name)}{slash}{rest}"
        # A Dockerfile's path is relative to its context, which is the root nearly always.
        bare = rest.endswith(" / build / dockerfile")
        old, new = (
            None if value is None else origin.get(path := normpath(value), path) if bare else _former(value, origin)
            for value in (intent.before, intent.after)
        )
        return Intent(place, old, new)
    file, call, number = intent.place.partition(_CALL)
    if not call:  # a path in a file: `Makefile / env file env/.env.dev`
        file, slash, named = intent.place.partition(" / ")
        kind, space, path = named.rpartition(" ")
        place = f"{origin.get(file, file)}{slash}{kind}{space}{origin.get(path, path)}"
        return Intent(place, intent.before, intent.after)
    before, after = (
        None if words is None else " ".join(origin.get(word, word) for word in words.split(" "))
        for words in (intent.before, intent.after)
    )
    return Intent(origin.get(file, file) + call + number, before, after)


def _models(
    plan: Plan,
    compose: ComposeResolver,
    first: Sequence[Resolved],
    second: ComposeResolver | None,
    before: dict[str, str],
    after: dict[str, str],
    unproved: list[str],
) -> None:
    moved = plan.changes.moved_to
    pairs = list(_pairs(plan.before, plan.after, moved))
    later = _contents(plan.after), [(name, new) for name, _, new in pairs if new is not None]
    found = compose.resolve(later[0], [_files(new) for _, new in later[1]])
    if second is not None:
        _compare(second, _contents(plan.before), [(name, old) for name, old, _ in pairs], first, unproved)
        _compare(second, *later, found, unproved)
    results = iter(found)
    for (name, old, new), old_model in zip(pairs, first, strict=True):
        new_model = next(results) if new is not None else Resolved(None, "no call invokes it any more")
        if old_model.model is None:
            unproved.append(f"stack {name}: it does not resolve even now: {old_model.error}")
        elif new_model.model is None:
            before[f"stack {name}"], after[f"stack {name}"] = "resolves", new_model.error or "does not resolve"
        else:
            directory = new.project_directory if new is not None else ""
            former = dict(_leaves(f"stack {name}", old_model.model, old.project_directory))
            leaves = dict(_leaves(f"stack {name}", new_model.model, directory))
            before.update(_under_former_names(former, {}))
            after.update(_under_former_names(leaves, plan.changes.moved_from))


def _compare(
    second: ComposeResolver,
    contents: Mapping[str, bytes],
    wanted: list[tuple[str, Stack]],
    found: Sequence[Resolved],
    unproved: list[str],
) -> None:
    """Hold a second resolver's opinion against what was found."""
    others = second.resolve(contents, [_files(stack) for _, stack in wanted])
    for (name, stack), one, other in zip(wanted, found, others, strict=True):
        if (place := _first_difference(one, other, stack.project_directory)) is not None:
            said = f"stack {name}: two resolvers disagree at {place}"
            if said not in unproved:
                unproved.append(said)


def _first_difference(one: Resolved, other: Resolved, directory: str) -> str | None:
    """The first place that two answers see otherwise; None where both refuse or both say the same."""
    if one is other or (one.model is None and other.model is None):
        return None
    if one.model is None or other.model is None:
        return f"all: {one.error or other.error}"
    first, second = (dict(_leaves("model", each.model, directory)) for each in (one, other))
    return next(
        (place for place in sorted(first.keys() | second.keys()) if first.get(place) != second.get(place)), None
    )


def _pairs(before: Project, after: Project, moved: Mapping[str, str]) -> Iterator[tuple[str, Stack, Stack | None]]:
    """Each stack with what has become of it, under its label."""
    later = {stack.files: stack for stack in stacks(after)}
    for stack in stacks(before):
        yield label(before, stack), stack, later.get(tuple(moved.get(path, path) for path in stack.files))


def _contents(project: Project) -> dict[str, bytes]:
    """What Compose has to read: compose files and env files; nothing else decides a model."""
    return {source.path: source.data for source in project.of_kind("compose", "env")}


def _files(stack: Stack) -> StackFiles:
    # A name from the folder is made here, since the copy that Compose reads lies in another.
    given = stack.project_name if stack.named_by in ("folder", "option", "COMPOSE_PROJECT_NAME") else None
    return StackFiles(stack.files, stack.env_files, stack.project_directory, given)


def _leaves(place: str, value: Any, directory: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            # Extension fields mean nothing by themselves: what refers to them is resolved where it stands.
            if not key.startswith("x-"):
                yield from _leaves(f"{place} / {key}", inner, directory)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(f"{place} / {index}", inner, directory)
    else:
        # JSON knows no difference between 1.0 and 1.
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        yield place, _DEFAULT_PATH.sub(lambda match: f"{match[1]}./{join(directory, match[2])}", text)


def _under_former_names(leaves: Mapping[str, str], origin: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A model's leaves with each moved file under the path that it had: the same file is no difference."""
    for place, value in leaves.items():
        service, dockerfile, rest = place.rpartition(" / build / dockerfile")
        if dockerfile and not rest:
            context = leaves.get(f"{service} / build / context", ".")
            path = join(context, value)
            yield place, relpath(origin.get(path, path), context)
        else:
            yield place, _former(value, origin)


def _former(value: str, origin: Mapping[str, str]) -> str:
    """A path of the model, which begins with `./`, as it was before files moved."""
    return f"./{origin[value[2:]]}" if value.startswith("./") and value[2:] in origin else value


def _paths(project: Project, origin: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each path that a tool follows to a file that is there, and the files of each `docker compose` call.

    `origin` gives a moved file's old path, under which both states speak of it.
    """

    def old(path: str) -> str:
        return origin.get(path, path)

    for ref in references(project):
        if ref.kind in REQUIRED and not ref.pattern and project.exists(ref.target):
            yield f"{old(ref.at.path)} / {ref.kind} {old(ref.target) or '.'}", "found"
    for path, said in commands(project).items():
        for number, call in enumerate(said.invocations, 1):
            files = looked_up(project, call) if call.implicit else tuple(ref.target for ref in call.files)
            if not files or not all(project.is_file(file) for file in files):
                continue
            directory = dirname(files[0]) if call.project_directory is None else call.project_directory
            env_files = [ref.target for ref in call.env_files] or [join(directory, ".env")]
            read = [old(file) for file in (*files, *env_files) if project.is_file(file)]
            yield f"{old(path)}{_CALL}{number}", " ".join(read)
