"""Commands without the package manager that ran them, where the image has it no more."""

from __future__ import annotations

from dockwright.finding import Fix
from dockwright.project.compose import Service
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project
from dockwright.project.running import Running, of_layers
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile, yaml
from dockwright.text import Edit, Span

RUNNERS = frozenset({"poetry", "pipenv", "pdm", "uv", "hatch", "rye"})


class Runners:
    """Takes `poetry run` and its like from commands where the environment is on the image's PATH.

    The package manager is no part of the image any more; what it ran is found without it.
    """

    name = "compose"
    title = "Commands without a package manager before them"

    def propose(self, project: Project) -> Proposal:
        """One fix for each service."""
        return Proposal(one_by_one(project, _next))


def _next(project: Project) -> Fix | None:
    for stack, _, runs in looked_at(project):
        for run in runs.values():
            said = run.service.last("command")
            if said is None or said[0].path not in stack.files or said[0].node.item("command") is None:
                continue
            edits = _edits(said[0], said[1]) if _on_path(run) else []
            others = of_layers(project, reached(project, said[0]))
            if edits and all(_on_path(each) or each.service.last("command") != said for each in others):
                changes = ComposeChanges(project)
                changes.mean(everywhere(reached(project, said[0]), "command"))
                changes.edit(At.of(said[0]).path, edits)
                fix = fix_of(changes, f"{stack.name}: {run.service.name} runs its command itself")
                if fix is not None:
                    return fix
    return None


def _edits(layer: Service, node: yaml.Node) -> list[Edit]:
    words = node.strings()
    if isinstance(node, yaml.Scalar):
        start = node.mapped.text.split(None, 2)
        if len(start) == 3 and start[0] in RUNNERS and start[1] == "run" and not start[2].startswith("-"):
            length = node.mapped.text.index(start[2])
            if node.mapped.contiguous(0, length):
                return [Edit(layer.path, node.mapped.span(0, length), "")]
    elif len(words) > 2 and words[0].value in RUNNERS and words[1].value == "run" and words[2].value[:1] != "-":
        return [Edit(layer.path, Span(words[0].full_span.start, words[2].full_span.start), "")]
    return []


def _on_path(run: Running) -> bool:
    """Whether the environment that the builder made is the first that the image's shell looks into."""
    if run.image is None or run.stage is None:
        return False
    paths = [
        pair.value.value
        for stage in run.image.lineage(run.stage)
        for instruction in stage.instructions
        if isinstance(instruction, dockerfile.Env)
        for pair in instruction.pairs
        if pair.key.value == "PATH" and pair.value is not None
    ]
    return any(path.startswith("/opt/venv/bin:") for path in paths)
