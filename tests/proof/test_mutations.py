"""Mutations of the applied example: each leaf of its stacks, each value and each reference, changed, dropped and added.

They are generated from the text that brings each fact about: nodes of compose files, entries of env files, spans of
references. Of several candidates the first counts that Compose would still take, so that a place has to be named.
`docs/proof.md` has their number.
"""

from __future__ import annotations

import gc
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from dockwright.plan import Patch, Plan, make_plan
from dockwright.project.discover import discover
from dockwright.project.leading import leading, target_of
from dockwright.project.loader import Call, LoadError, resolved
from dockwright.project.loader.looked import Look, looked_in
from dockwright.project.model import Project, changes_between
from dockwright.project.naming import references
from dockwright.project.references import Reference
from dockwright.project.resolved import leaves_of
from dockwright.project.stacks import Stack, label, stacks
from dockwright.proof.models import models, stack_files
from dockwright.proof.paths import OF_MODELS
from dockwright.proof.static import Difference, prove
from dockwright.refactor.steps import to_target_layout
from dockwright.syntax import dotenv, yaml
from dockwright.text import Edit, Span
from dockwright.tools import Tools
from example import LEFT_BEHIND, LEGACY

ROOT = Path(__file__).parents[2]
REAL = "env/.env.prod"

Kind = Literal["change", "drop", "add"]
KINDS: tuple[Kind, ...] = ("change", "drop", "add")
Leaf = tuple[str, str]
"""A stack's label, and the place of a leaf in what it comes to."""


class Mutation(NamedTuple):
    """What was done to which file, and the project then. The proof has to name `said`, where it is not empty."""

    kind: Kind
    path: str
    at: str
    after: Project
    said: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What came of all mutations: their number, those that the proof did not report or name, and what they reached."""

    counts: Counter[tuple[str, Kind]]
    missed: list[str]
    unnamed: list[str]
    reached: set[Leaf]
    left: Counter[str]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The applied example as it is where somebody has made production's env file from its example."""
    folder = tmp_path_factory.mktemp("applied") / "dashtam"
    shutil.copytree(ROOT / "examples" / "dashtam", folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    example = (folder / f"{REAL}.example").read_text()
    (folder / REAL).write_text(re.sub(r"(?m)^(\w+)=$", r"\1=given", example))
    return discover(str(folder))


@pytest.fixture(scope="module")
def outcome(applied: Project) -> Outcome:
    """Every mutation, proved."""
    found = Outcome(Counter(), [], [], set(), Counter())
    gc.disable()
    for mutation in in_compose_files(applied):
        take(applied, "compose files", mutation, found)
    for mutation in in_env_files(applied):
        take(applied, "values", mutation, found)
    for mutation in in_references(applied):
        take(applied, "references", mutation, found)
    gc.enable()
    return found


def take(before: Project, what: str, mutation: Mutation, found: Outcome) -> None:
    """Prove a mutation, and note what came of it."""
    said = broken(before, mutation.after)
    name = f"{mutation.kind} {mutation.path}{mutation.at}"
    changed = () if what == "references" else changed_leaves(before, mutation)
    if what == "references" and mutation.kind == "add" and led(before) == led(mutation.after):
        found.left["references beside which no other can stand"] += 1
        return
    if what == "values" and not changed:
        found.left["entries of env files that no stack reads"] += 1
        return
    if not said and mutation.kind == "add" and is_full(mutation.at):
        found.left["mappings that have every key they may"] += 1
        return
    found.counts[what, mutation.kind] += 1
    found.reached.update(changed)
    if not said:
        found.missed.append(name)
    elif mutation.said:
        if not any(place.endswith(each) for each in mutation.said for place in places(said)):
            found.unnamed.append(f"{name}: {sorted(places(said))}")
    else:
        found.unnamed.extend(f"{name}: {leaf}" for leaf in changed if not is_named(leaf, said))


def broken(before: Project, after: Project) -> tuple[Difference, ...]:
    """What the proof says of a patch that declares nothing."""
    patch = Patch("mutation", "a mutation", changes_between(before, after), "refit", (), before, after)
    return prove(Plan(before, after, (patch,), ())).broken


def places(said: Iterable[Difference]) -> set[str]:
    return {difference.place for difference in said}


REFUSED = "all of it"
"""The place of a stack that Compose would not take, once its variables have their values."""

_ARRIVES = {"env_file": "environment", "from env_file": "environment"}


def is_named(leaf: Leaf, said: Iterable[Difference]) -> bool:
    """Whether the proof names a leaf by its service and key."""
    stack, place = f"stack {leaf[0]}", place_of(leaf[1])
    if leaf[1] == REFUSED:
        return any(each.place.startswith(stack) for each in said)
    named = {place_of(each.place.removeprefix(f"{stack} / ")) for each in said if each.place.startswith(stack)}
    # Compose completes a service by these two.
    made = place[-1] in ("command", "entrypoint") and place[:2] in {each[:2] for each in named}
    # What no service names any more is left out.
    unused = {each[2:] for each in named if each[0] == "services"}
    return place in named or made or (place[:1] in unused)


def place_of(written: str) -> tuple[str, ...]:
    section, *rest = written.split(" / ")
    if section != "services":
        return (section, *rest[:1])
    return (section, *rest[:1], *(_ARRIVES.get(key, key) for key in rest[1:2]))


def changed_leaves(before: Project, mutation: Mutation) -> tuple[Leaf, ...]:
    """The leaves that a mutation changes: with the values of variables where one is changed, else as they are written.

    Of a stack that Compose would not take then, what is written is compared, too.
    """
    written, now_written = all_leaves(before, as_written), all_leaves(mutation.after, as_written)
    old, new = (written, now_written)
    if mutation.kind == "change" or mutation.said:
        old, new = all_leaves(before, leaves), all_leaves(mutation.after, leaves)
    changed: list[Leaf] = []
    for name, found in old.items():
        now = new.get(name) or {}
        if not now:
            changed.append((name, REFUSED))
            found, now = written[name], now_written.get(name) or written[name]
        if now is not found:
            changed += [(name, place) for place in found.keys() | now.keys() if found.get(place) != now.get(place)]
    return tuple(changed)


def as_written(project: Project, stack: Stack) -> Mapping[str, str]:
    return models(project, None)[stack].leaves


def all_leaves(
    project: Project, said: Callable[[Project, Stack], Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    return {label(project, stack): said(project, stack) for stack in stacks(project)}


def leaves(project: Project, stack: Stack) -> Mapping[str, str]:
    """What a stack comes to with the values of its variables; nothing where Compose refuses it."""
    said = stack_files(stack)

    def compute(look: Look) -> Mapping[str, str]:
        files = looked_in(project, None, look)
        call = Call(said.files, said.env_files, said.project_directory, said.project_name)
        try:
            return dict(leaves_of(resolved(files, call), said.project_directory))
        except LoadError:
            return {}

    return project.trees.looked_up(leaves, said, project.sources.get, compute)


# Compose files


def in_compose_files(project: Project) -> Iterator[Mutation]:
    """Each node of each file that a model is read from."""
    documents = {path for model in models(project, None).values() for path in model.documents}
    for path in sorted(documents):
        tree = project.yaml(project.sources[path])
        for kind, at, candidates in in_tree(tree):
            tried = [Mutation(kind, path, at, project.replace(edits)) for edits in candidates if edits]
            # What is dropped can be dropped in one way alone.
            yield (
                tried[-1] if kind == "drop" else next((one for one in tried if still_resolves(project, one)), tried[-1])
            )


Candidates = Iterable[list[Edit]]


def in_tree(tree: yaml.YamlFile) -> Iterator[tuple[Kind, str, Candidates]]:
    """Each value changed, each entry dropped, each collection with one more."""
    todo = [(tree.root, "")]
    while todo:
        node, place = todo.pop()
        if isinstance(node, yaml.Mapping):
            yield "add", place, (yaml.insert_item(tree, node, key, text) for key, text in ADDED)
            for item in node.items:
                at = f"{place} / {item.name}"
                if place and not isinstance(item.value, (yaml.Mapping, yaml.Sequence)):
                    yield "drop", at, [yaml.delete_item(tree, node, item.name or "")]
                if isinstance(item.value, yaml.Scalar):
                    for part, texts in others(item.value):
                        written = (yaml.set_value(tree, node, item.name or "", text) for text in texts)
                        yield "change", f"{at}{part}", written
                elif not isinstance(item.value, yaml.Alias):
                    todo.append((item.value, at))
        elif isinstance(node, yaml.Sequence):
            last = node.items[-1] if node.items else None
            more = next(others(last))[1] if isinstance(last, yaml.Scalar) else ["mutated"]
            yield "add", place, (yaml.append_element(tree, node, text) for text in more)
            for index, element in enumerate(node.items):
                at = f"{place} / {index}"
                if not isinstance(element, (yaml.Mapping, yaml.Sequence)):
                    yield "drop", at, [yaml.delete_element(tree, node, index)]
                if isinstance(element, yaml.Scalar):
                    for part, texts in others(element):
                        written = ([Edit(tree.source.path, element.span, text)] for text in texts)
                        yield "change", f"{at}{part}", written
                else:
                    todo.append((element, at))


ADDED = (
    ("MUTATED", '"1"'),
    ("hostname", "mutated"),
    ("start_interval", "7s"),
    ("labels", "[mutated]"),
    ("mutated", "{image: mutated}"),
    ("mutated", "{}"),
    ("mutated", "{condition: service_started}"),
    ("read_only", "true"),
    ("restart", "true"),
    ("devices", "[{capabilities: [gpu]}]"),
    ("cpus", '"0.5"'),
    ("mode", "511"),
    ("host_ip", "127.0.0.2"),
    ("disable", "true"),
    ("configs", "{mutated: {content: mutated}}"),
)
"""What one of can be written into any mapping that a compose file has."""


_PART = re.compile(r"\$\{[^{}]*\}|[^\s:$]+")


def others(node: yaml.Scalar) -> Iterator[tuple[str, list[str]]]:
    """Other values in the place of one, as YAML: several for each part of it, since each may be a leaf by itself."""
    text, value = node.value, node.python()
    if value is None:
        yield "", ["{name: mutated}", "{labels: [mutated]}", "mutated"]
    elif isinstance(value, bool):
        yield "", ["false" if value else "true"]
    else:
        parts = list(_PART.finditer(text))
        for number, part in enumerate(parts):
            said = [f"{text[: part.start()]}{new}{text[part.end() :]}" for new in other(part[0])]
            if len(parts) == 1:
                said += [f"mutated:{text}"]
            yield f" ({number})" if len(parts) > 1 else "", list(map(quoted, said))


def other(part: str) -> list[str]:
    numbers = list(re.finditer(r"\d+", part))
    if part.startswith("$"):
        return ["8765", "mutated"]
    if numbers:
        last = numbers[-1]
        return [f"{part[: last.start()]}{int(last[0]) + 1}{part[last.end() :]}", f"{part}-mutated"]
    return [OPPOSITES.get(part, f"{part}-mutated"), f"mutated-{part}"]


OPPOSITES = {
    "service_healthy": "service_started",
    "service_completed_successfully": "service_started",
    "service_started": "service_healthy",
    "never": "missing",
    "always": "on-failure",
    "unless-stopped": "on-failure",
    "on-failure": "always",
    "volume": "tmpfs",
    "CMD": "CMD-SHELL",
    "CMD-SHELL": "CMD",
}


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def still_resolves(before: Project, mutation: Mutation) -> bool:
    """Whether the stacks that read the file are others now, and such that Compose takes them."""
    after = mutation.after
    old, new = models(before, None), models(after, None)
    pairs = [
        (one, two, stack)
        for one, (stack, two) in zip(old.values(), new.items(), strict=True)
        if mutation.path in one.documents
    ]
    same = all(one.leaves == two.leaves for one, two, _ in pairs)
    valued = mutation.kind == "change"
    return not same and all(two.error is None and (not valued or leaves(after, stack)) for _, two, stack in pairs)


FULL = {"extends", "limits", "resources", "logging"}


def is_full(place: str) -> bool:
    """Whether a mapping has all the keys that Compose knows for it, so that no other can stand there."""
    return place.rpartition(" / ")[2] in FULL


# Values


def in_env_files(project: Project) -> Iterator[Mutation]:
    """Each entry of the env files that stacks read, and each variable that they read and do not have."""
    read = {path for stack in stacks(project) for path in stack.env_files}
    names: set[str] = set()
    for model in models(project, None).values():
        names |= model.names
        for service in (model.model or {}).get("services", {}).values():
            read |= {entry["path"].removeprefix("./") for entry in service.get("env_file", ())}
    for path in sorted(read & project.env_files.keys()):
        file = project.env_files[path]
        for entry in file.entries:
            text = entry.value.text
            number = text.isdigit()
            changed = dotenv.set_value(file, entry.key, str(int(text) + 1) if number else f"{text}-mutated")
            line = Edit(path, Span(entry.key_span.start, entry.value_span.end), "# gone")
            yield Mutation("change", path, f" / {entry.key}", project.replace(changed), (f" / {entry.key}",))
            yield Mutation("drop", path, f" / {entry.key}", project.replace([line]), (f" / {entry.key}",))
        for name in sorted(names - {entry.key for entry in file.entries}):
            more = dotenv.append(file, name, "8765")
            yield Mutation("add", path, f" / {name}", project.replace(more), (f" / {name}",))


# References


BESIDE = {
    "compose file": " -f {}mutated.yml",
    "env file": " --env-file {}mutated.env",
    "copy source": " {}mutated",
    "link": " [more]({}mutated.md)",
}


def in_references(project: Project) -> Iterator[Mutation]:
    """Each place that names a file, once; what compose files' own keys name is among their values."""
    sites: dict[tuple[str, Span], list[Reference]] = {}
    for ref in references(project):
        if not (ref.kind in OF_MODELS and project.kinds.get(ref.at.path) == "compose"):
            sites.setdefault((ref.at.path, ref.at.span), []).append(ref)
    for (path, span), named in sites.items():
        written = project.sources[path].slice(span)
        said = tuple(f"{ref.kind} {target}" for ref in named for target in targets(project, ref))
        at = f" / {named[0].kind} {written} at {span.start}"
        yield Mutation("change", path, at, project.replace([Edit(path, span, f"mutated-{written}")]), said)
        yield Mutation("drop", path, at, project.replace([Edit(path, span, "")]), said)
        upwards = re.match(r"(?:\.\./)*", written)
        more = BESIDE.get(named[0].kind, " {}mutated").format(upwards[0] if upwards else "")
        after = project.replace([Edit(path, Span(span.end, span.end), more)])
        yield Mutation("add", path, at, after)


def targets(project: Project, ref: Reference) -> list[str]:
    return [target_of(place) for place, _ in leading(project) if place.startswith(f"{ref.at.path} / {ref.kind} ")]


def led(project: Project) -> Counter[tuple[str, str]]:
    """Where the references lead."""
    return leading(project)


# What has to hold


def test_every_mutation_is_reported(outcome: Outcome) -> None:
    assert outcome.missed == []


def test_every_report_names_the_place(outcome: Outcome) -> None:
    assert outcome.unnamed == []


FILLED_IN = re.compile(
    r".* / (?:command|entrypoint|required|ipam|placement|networks / default|create_host_path"
    r"|(?:ports|volumes) / \d+ / (?:mode|protocol|type))"
)
"""Leaves that no file writes: Compose fills them in, or reads them off a short form."""


def test_every_leaf_that_a_file_writes_was_reached(applied: Project, outcome: Outcome) -> None:
    left = every_leaf(applied) - outcome.reached
    assert [leaf for leaf in left if not FILLED_IN.fullmatch(leaf[1])] == []


def every_leaf(project: Project) -> set[Leaf]:
    return {(name, place) for name, found in all_leaves(project, leaves).items() for place in found}


def test_a_mutation_at_the_end_of_a_whole_plan_is_reported_as_its_patch(applied: Project) -> None:
    plan = make_plan(discover(str(LEGACY)), [], to_target_layout(Tools()))
    assert prove(plan).broken == ()
    tree = plan.after.yaml(plan.after.sources["compose/docker-compose.prod.yml"])
    image = tree.root.at("services", "redis", "image") if tree.root is not None else None
    assert isinstance(image, yaml.Scalar)
    after = plan.after.replace(yaml.set_scalar(tree, image, "mutated"))
    patch = Patch("mutation", "a mutation", changes_between(plan.after, after), "refit", (), plan.after, after)
    said = prove(Plan(plan.before, after, (*plan.patches, patch), ())).broken
    assert {(each.place, each.owner) for each in said} == {
        (f"stack {name} / services / redis / image", "mutation") for name in ("default", "demo")
    }


def test_the_page_has_their_number(applied: Project, outcome: Outcome) -> None:
    text = (ROOT / "docs" / "proof.md").read_text()
    rows = [
        f"| {what} | {' | '.join(f'{outcome.counts[what, kind]:,}' for kind in KINDS)} |"
        for what in ("compose files", "values", "references")
    ]
    total, every = sum(outcome.counts.values()), every_leaf(applied)
    rows += [f"{total:,} mutations", f"{len(every):,} leaves", f"{len(every - outcome.reached)} that no file writes"]
    rows += [f"{number} {what}" for what, number in outcome.left.items()]
    flat = " ".join(text.split())
    assert [row for row in rows if row not in flat] == []
