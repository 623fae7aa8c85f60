"""Values: what the variables that a stack reads come to, by the env files that are there. None is ever shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from dockwright.project.loader import LoadError
from dockwright.project.loader.environment import label_values, project_variables, service_values
from dockwright.project.loader.files import ROOT, anchored, below_root, joined
from dockwright.project.loader.looked import Look, looked_in
from dockwright.project.loader.variables import text
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.resolved import Model
from dockwright.project.stacks import Stack, commands
from dockwright.proof.models import models
from dockwright.proof.names import CALL, Former
from dockwright.proof.paths import CallMade, calls

_ALWAYS_READ = frozenset({"COMPOSE_PROFILES"})

Values = Mapping[str, str | None]


class Changed(Struct, frozen=True):
    """A value that is another one: its place, and the places whose declared change accounts for it."""

    place: str
    before: str | None
    after: str | None
    cause: str | None = None


def value_differences(
    before: Project,
    after: Project,
    paired: Iterable[tuple[str, Stack, Stack | None]],
    former: Former,
    home: str | None,
) -> Iterator[Changed]:
    """What comes to another value, under former names: variables call by call, and what env files give to services."""
    labels: dict[tuple[str, ...], tuple[str, Stack, Stack]] = {}
    known, later = models(before, home), models(after, home)
    for name, stack, new in paired:
        if new is None or not known[stack].leaves or not later[new].leaves:
            continue
        labels.setdefault(stack.files, (name, stack, new))
        yield from _arriving(name, (before, stack, known[stack]), (after, new, later[new]), home)
        if not stack.invoked_from and not new.invoked_from:
            one, two = _by_default(before, stack), _by_default(after, new)
            read, reads = one.env_files, tuple(map(former.path, two.env_files))
            if read != reads:
                yield Changed(f"stack {name} / env files", " + ".join(read) or None, " + ".join(reads) or None)
            else:
                place = f"stack {name} / {' + '.join(read)}"
                yield from _variables(place, None, (before, known[stack], one), (after, later[new], two), home)
    made = {(former.path(path), number): call for (path, number), call in calls(after).items()}
    seen = set()
    for (path, number), one in calls(before).items():
        other = made.get((path, number))
        if other is None or one.files not in labels or tuple(map(former.path, other.files)) != one.files:
            continue  # A call that is lost or names other files is a difference by itself.
        reads = tuple(map(former.path, other.env_files))
        name, stack, new = labels[one.files]
        same = reads == one.env_files
        place = f"stack {name} / {' + '.join(reads)}" if same else f"{path}{CALL}{number}"
        if (place, one.directory) not in seen and (one.env_files or reads):
            seen.add((place, one.directory))
            cause = None if same else place
            yield from _variables(place, cause, (before, known[stack], one), (after, later[new], other), home)


def value_count(project: Project, home: str | None) -> int:
    """How many values there are to be kept."""
    number = 0
    seen = set()
    by_files = {stack.files: (stack, model) for stack, model in models(project, home).items()}
    for stack, model in by_files.values():
        number += sum(map(len, _services(project, stack, model, home).values()))
        made = [call for call in calls(project).values() if call.files == stack.files]
        for call in made or [_by_default(project, stack)]:
            if (call.files, call.env_files, call.directory) not in seen:
                seen.add((call.files, call.env_files, call.directory))
                found = _read(project, model, call, home)
                number += sum(value is not None for value in (found or {}).values())
    return number


def absent_env_files(project: Project) -> list[str]:
    """The env files that calls and services name and that are not here: their values cannot be compared."""
    found = set()
    for said in commands(project).values():
        for call in said.invocations:
            found |= {ref.target for ref in call.env_files if not ref.pattern and not project.is_file(ref.target)}
    for model in models(project, None).values():
        for service in ((model.model or {}).get("services") or {}).values():
            for entry in service.get("env_file") or ():
                path = below_root(str(entry["path"]).removeprefix("./"))
                if path is not None and "$" not in path and not project.is_file(path):
                    found.add(path)
    return sorted(found)


def _by_default(project: Project, stack: Stack) -> CallMade:
    """What Compose reads where nothing calls the stack."""
    default = join(stack.project_directory, ".env")
    there = stack.env_files or (default,)
    return CallMade(stack.files, tuple(filter(project.is_file, there)), stack.project_directory)


_State = tuple[Project, Model, CallMade]


def _variables(place: str, cause: str | None, old: _State, new: _State, home: str | None) -> Iterator[Changed]:
    before, after = _read(*old, home), _read(*new, home)
    if before is None or before is after:
        return
    if after is None:
        yield Changed(place, "read", "refused", cause)
        return
    # What is read no more, or read anew, is a difference of the model.
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            yield Changed(f"{place} / {name}", *_said(before[name], after[name]), cause)


def _said(before: str | None, after: str | None) -> tuple[str | None, str | None]:
    """Two values without saying them."""
    one, two = (None if value is None else "a value" if value else "an empty value" for value in (before, after))
    return one, "another value" if one == two else two


def _read(project: Project, model: Model, call: CallMade, home: str | None) -> Values | None:
    """The variables that a stack's files read, as a call gives them; None where Compose would refuse an env file."""

    def compute(look: Look) -> Values | None:
        files = looked_in(project, home, look)
        env_files = tuple(joined(ROOT, path) for path in (*call.env_files, *model.env_files))
        try:
            found = project_variables(files, {}, env_files, anchored(call.directory))
        except LoadError:
            return None
        return {name: found.get(name) for name in model.names | _ALWAYS_READ}

    key = (call.env_files, call.directory, model.names, model.env_files, home)
    return project.trees.looked_up(_read, key, project.sources.get, compute)


_Side = tuple[Project, Stack, Model]


def _arriving(name: str, old: _Side, new: _Side, home: str | None) -> Iterator[Changed]:
    """What env files give to the services that are there before and after."""
    before, after = _services(*old, home), _services(*new, home)
    if before is after:
        return
    for service, key in before.keys() & after.keys():
        one, two = before[service, key], after[service, key]
        place = f"stack {name} / services / {service}"
        for variable in sorted(one.keys() | two.keys()):
            if one.get(variable) != two.get(variable):
                said = _said(one.get(variable), two.get(variable))
                yield Changed(f"{place} / from {key} / {variable}", *said, f"{place} / {key} / ")


def _services(
    project: Project, stack: Stack, model: Model, home: str | None
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """What the env files and label files of each service give, by the service's name and its key."""
    given = _by_default(project, stack).env_files

    def compute(look: Look) -> Mapping[tuple[str, str], Mapping[str, str]]:
        files = looked_in(project, home, look)
        for path in model.documents:
            look(path)
        try:
            env_files = tuple(joined(ROOT, path) for path in given)
            variables = project_variables(files, {}, env_files, anchored(stack.project_directory))
        except LoadError:
            variables = {}
        found = {}
        for name, service in ((model.model or {}).get("services") or {}).items():
            entries = [dict(entry) for entry in service.get("env_file") or ()]
            found[name, "env_file"] = _given(files, entries, variables)
            labels = service.get("label_file") or ()
            found[name, "label_file"] = _labels(files, labels) if isinstance(labels, list) else {}
        return found

    return project.trees.looked_up(_services, (stack, given, home), project.sources.get, compute)


def _given(files: Any, entries: list[dict[str, Any]], variables: Mapping[str, str]) -> dict[str, str]:
    there = []
    for entry in entries:
        try:
            entry["path"] = text(str(entry["path"]), variables)
        except LoadError:
            continue
        if files.source(entry["path"]) is not None:
            there.append(entry)
    try:
        return service_values(files, there, {}, variables)
    except LoadError:
        return {}


def _labels(files: Any, paths: Iterable[str]) -> dict[str, str]:
    try:
        return label_values(files, [path for path in paths if files.source(path) is not None])
    except LoadError:
        return {}
