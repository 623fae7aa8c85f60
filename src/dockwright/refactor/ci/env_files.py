"""Env files: a workflow that passes one which git hides makes it from its example first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from dockwright.finding import Fix
from dockwright.project.compose import scalar
from dockwright.project.env_names import git_ignores
from dockwright.project.model import Project
from dockwright.project.references import Reference
from dockwright.project.stacks import commands
from dockwright.refactor.ci.installs import OWNER, in_order
from dockwright.refactor.ci.jobs import Job, Step, jobs
from dockwright.refactor.step import Proposal, letting_go
from dockwright.syntax import shell, yaml
from dockwright.text import Edit, Span

_FILTERS = frozenset({"paths", "paths-ignore"})


class EnvFiles:
    """Adds a step that makes the env files which a job's stacks are given."""

    name = OWNER
    title = "Workflows make the env files that git hides"

    def propose(self, project: Project) -> Proposal:
        """One patch; an env file without an example, or one that an earlier step makes, is left alone."""
        edits = [edit for job in jobs(project) for edit in _of_job(project, job)]
        if not edits:
            return Proposal()
        return Proposal((Fix("make the env files in workflows from their examples", in_order(edits), "refit"),))


class WatchedExamples:
    """Rewrites path filters that name env files which git hides."""

    name = OWNER
    title = "Workflows watch the examples of env files that git hides"

    def propose(self, project: Project) -> Proposal:
        """One patch: a file that is never committed never changes."""
        edits: list[Edit] = []
        for path, kind in project.kinds.items():
            if kind == "ci" and path.startswith(".github/workflows/"):
                tree = project.yaml(project.sources[path])
                for document in tree.documents:
                    edits += _watched(project, path, document, "")
        if not edits:
            return Proposal()
        fix = Fix("watch the examples of env files", in_order(edits), "refit")
        hidden = {edit.text.removesuffix(_EXAMPLE) for edit in edits}
        return Proposal((letting_go(project, fix, hidden),))


def _watched(project: Project, path: str, node: yaml.Node | None, key: str) -> Iterator[Edit]:
    if isinstance(node, yaml.Mapping):
        for item in node.items:
            yield from _watched(project, path, item.value, item.name or "")
    elif isinstance(node, yaml.Sequence) and key in _FILTERS:
        known = {each.value for each in node.strings()}
        for each in node.items:
            if isinstance(each, yaml.Scalar) and is_hidden(project, each.value):
                example = _example(each.value)
                if example not in known:
                    yield Edit(path, each.mapped.span(0, len(each.value)), example)


_EXAMPLE = ".example"


def _example(path: str) -> str:
    return f"{path}{_EXAMPLE}"


def is_hidden(project: Project, path: str) -> bool:
    """Whether an env file is not in a checkout, and its example is."""
    example = _example(path)
    ignores = git_ignores(project)
    return example in project.sources and not ignores(example) and (ignores(path) or not project.is_file(path))


def _of_job(project: Project, job: Job) -> Iterator[Edit]:
    said = commands(project)[job.source.path].references
    needed: dict[str, int] = {}
    for ref in said:
        for at in _used_at(job, ref):
            for path in _meant(project, job, ref):
                if is_hidden(project, path):
                    needed[path] = min(at, needed.get(path, at))
    made = {
        path
        for path, at in needed.items()
        if any(ref.target == path and ref.kind == "path" and job.span.start <= ref.at.span.start < at for ref in said)
    }
    paths = [path for path in needed if path not in made]
    if not paths:
        return
    first = min(needed[path] for path in paths)
    before = [step for step in job.steps if step.uses == "actions/checkout" and step.node.span.end <= first]
    if before:
        yield _added(job, before[-1], [f"cp {_example(path)} {path}" for path in paths])


def _used_at(job: Job, ref: Reference) -> Iterator[int]:
    """The offsets in a job where an env file is read: a step's own text, or a variable that holds the call."""
    if ref.kind != "env file":
        return
    place = ref.at.span
    for step in job.steps:
        if step.node.span.covers(place):
            yield place.start
            return
    name = _variable(job, place)
    if name is None:
        return
    use = re.compile(rf"\$(?:{name}\b|\{{{name}\}}|\{{\{{\s*env\.{name}\s*\}}\}})")
    for step in job.steps:
        if step.run is not None and use.search(step.run.value):
            yield step.node.span.start


def _variable(job: Job, place: Span) -> str | None:
    """The variable of the workflow or the job whose value stands at a place."""
    root = job.tree.root
    for node in (job.node.get("env"), None if root is None else root.get("env")):
        mapping = yaml.resolve(node)
        for item in mapping.items if isinstance(mapping, yaml.Mapping) else ():
            if item.span.covers(place):
                return item.name
    return None


def _meant(project: Project, job: Job, ref: Reference) -> list[str]:
    """The env files that a reference names: each that the loop around it goes through, where it is a pattern."""
    if not ref.pattern:
        return [ref.target]
    values = [
        value
        for step in job.steps
        if step.run is not None and step.node.span.covers(ref.at.span)
        for loop in shell.parse(step.run.mapped).loops
        for word in loop.words
        if re.search(rf"\$\{{?{loop.name}\b", ref.written) and (value := word.value) is not None
    ]
    found = [ref.target.replace("*", value) for value in values] if ref.target.count("*") == 1 else []
    return [path for path in found if fnmatchcase(path, ref.target)]


def _added(job: Job, after: Step, lines: list[str]) -> Edit:
    """A step behind another one, written as the job's others are."""
    text, newline = job.source.text, job.source.newline
    end = after.node.span.end
    column = job.list_.span.start - (text.rfind("\n", 0, job.list_.span.start) + 1)
    at = text.find("\n", end)
    at = len(text) if at < 0 else at - (text[at - 1] == "\r")
    inner = f"{newline}{' ' * (column + 2)}"
    if len(lines) == 1:
        body = f"run: {lines[0]}"
    else:
        body = "run: |" + "".join(f"{inner}  {line}" for line in lines)
    named = [scalar(step.node.get("name")) is not None for step in job.steps if step.run is not None]
    if sum(named) * 2 > len(named):
        body = f"name: {'Env file' if len(lines) == 1 else 'Env files'}{inner}{body}"
    following = text[at : job.steps[after.index + 1].node.span.start] if after.index + 1 < len(job.steps) else ""
    gap = newline if following.count("\n") > 1 and not following.split("\n")[1].strip() else ""
    return Edit(job.source.path, Span(at, at), f"{gap}{newline}{' ' * column}- {body}")
