"""Jobs: the jobs of GitHub's workflows and the runs of its composite actions, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from dockwright.project.compose import scalar
from dockwright.project.kinds import is_yaml
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.refactor.ci.calls import Call, calls
from dockwright.syntax import yaml
from dockwright.text import Source, Span, lazy_regex

_EXPRESSION = lazy_regex(r"\$\{\{.*?\}\}")


class Step(Struct, frozen=True, dict=True):
    """One step of a job."""

    node: yaml.Mapping
    index: int
    cwd: str | None

    @property
    def uses(self) -> str:
        """The action that it uses, without its version; empty where it uses none."""
        written = scalar(self.node.get("uses"))
        return "" if written is None else written.value.partition("@")[0]

    @property
    def run(self) -> yaml.Scalar | None:
        """The text that its shell runs."""
        return scalar(self.node.get("run"))

    @cached_property
    def inputs(self) -> yaml.Mapping | None:
        """What stands below `with`."""
        found = yaml.resolve(self.node.get("with"))
        return found if isinstance(found, yaml.Mapping) else None

    def input(self, name: str) -> str | None:
        """The value of an input, if it is written."""
        written = scalar(self.inputs.get(name)) if self.inputs is not None else None
        return None if written is None else written.value

    @property
    def has_condition(self) -> bool:
        """Whether it is left out at times."""
        return self.node.get("if") is not None


class Job(Struct, frozen=True, dict=True):
    """One job, or what a composite action runs. `span` is all of it."""

    source: Source
    tree: yaml.YamlFile
    node: yaml.Mapping
    list_: yaml.Sequence
    steps: tuple[Step, ...]

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.node.span

    @property
    def in_container(self) -> bool:
        """Whether its steps run in an image of their own."""
        return self.node.get("container") is not None

    def calls(self, step: Step) -> list[Call]:
        """The commands of a step's text, `${{ .. }}` being what only the run knows."""
        text = step.run
        if text is None or step.cwd is None:
            return []
        opaque = {match.start(): match.end() for match in _EXPRESSION.finditer(text.mapped.text)}
        return list(calls(self.source.path, text.mapped, step.cwd, opaque))

    def matrix(self, name: str) -> list[str] | None:
        """The values that `matrix.<name>` takes; None where they are not written down."""
        found = self.node.at("strategy", "matrix", name)
        values = [each.value for each in found.strings()] if isinstance(found, yaml.Sequence) else []
        return values or None


def jobs(project: Project) -> Iterator[Job]:
    """Every job of the project's workflows on GitHub, by file and place."""
    for path, kind in project.kinds.items():
        if kind != "ci" or not is_yaml(path):
            continue
        source = project.sources[path]
        tree = project.yaml(source)
        root = yaml.resolve(tree.root)
        if not isinstance(root, yaml.Mapping) or tree.problems:
            continue
        if path.startswith(".github/workflows/"):
            found = yaml.resolve(root.get("jobs"))
            for _, value in found.entries() if found is not None else ():
                yield from _job(source, tree, value, _folder(root) or "")
        elif root.at("runs", "using") is not None:
            yield from _job(source, tree, root.get("runs"), "")


def _job(source: Source, tree: yaml.YamlFile, node: yaml.Node | None, folder: str) -> Iterator[Job]:
    job = yaml.resolve(node)
    steps = yaml.resolve(job.get("steps")) if isinstance(job, yaml.Mapping) else None
    if not isinstance(job, yaml.Mapping) or not isinstance(steps, yaml.Sequence) or steps.flow:
        return
    own = _folder(job)
    folder = folder if own is None else own
    read = tuple(
        Step(step, index, _cwd(step, folder))
        for index, element in enumerate(steps.items)
        if isinstance(step := yaml.resolve(element), yaml.Mapping) and step is element
    )
    if len(read) == len(steps.items):
        yield Job(source, tree, job, steps, read)


def _folder(node: yaml.Mapping) -> str | None:
    written = scalar(node.at("defaults", "run", "working-directory"))
    return None if written is None else written.value


def _cwd(step: yaml.Mapping, folder: str) -> str | None:
    own = scalar(step.get("working-directory"))
    text = folder if own is None else own.value
    return None if "$" in text else join("", text)


def steps_using(job: Job, *actions: str) -> list[Step]:
    """The steps of a job that use one of these actions."""
    return [step for step in job.steps if step.uses in actions]
