"""Each image is built by one service and named by the others."""

from __future__ import annotations

from dockwright.finding import Fix
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.launches import launch
from dockwright.project.model import Project
from dockwright.project.running import Running
from dockwright.project.stacks import Stack
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import TAGS, everywhere, is_local, looked_at, product
from dockwright.refactor.step import Proposal
from dockwright.syntax import yaml

_KEYS = ("build", "image", "pull_policy")


class Tags:
    """Lets one service build each image, under a name that the others run.

    Two services that build one image build it twice, and race where the builds have one name. Compose would ask a
    registry for a name that only this machine has: `pull_policy: never` says so.
    """

    name = "compose"
    title = "One service builds each image, the others name it"

    def propose(self, project: Project) -> Proposal:
        """One fix for each image of each stack."""
        return Proposal(one_by_one(project, _next))


def _next(project: Project) -> Fix | None:
    for stack, role, runs in looked_at(project):
        groups: dict[tuple[str, ...], list[Running]] = {}
        for run in runs.values():
            if run.image is not None and run.service.builds and run.stage is not None:
                key = (run.image.path, run.image.context, str(run.stage.index), _arguments(run))
                groups.setdefault(key, []).append(run)
        for group in groups.values():
            names = {run.service.image for run in group if run.service.image}
            others = [run for run in runs.values() if run.service.image in names and not run.service.builds]
            wanted = len(group) + len(others) > 1 or launch(project, group[0]) is not None
            fix = _fix(project, stack, role, (*group, *others), alone=len(groups) == 1) if wanted else None
            if fix is not None:
                return fix
    return None


def _arguments(run: Running) -> str:
    """What else decides a build: two builds with other arguments or secrets make two images."""
    found = []
    for _, node in run.service.written("build"):
        data = yaml.plain(node)
        if isinstance(data, dict):
            found.append(sorted((key, str(value)) for key, value in data.items() if key not in _PLACE))
    return str([each for each in found if each])


_PLACE = frozenset({"context", "dockerfile", "target"})


def _fix(project: Project, stack: Stack, role: str | None, group: tuple[Running, ...], *, alone: bool) -> Fix | None:
    named = [run.service.image for run in group if run.service.image]
    if len(set(named)) > 1:
        return None
    first = group[0].service
    own = product(stack) if alone else f"{product(stack)}-{first.name}"
    image = named[0] if named else f"{own}:{TAGS.get(role, 'latest')}"
    changes = ComposeChanges(project)
    for run in group:
        key = "build" if run.service.builds else "image"
        layers = [layer for layer in run.service.layers if layer.node.item(key) is not None]
        if len(layers) == 1 and layers[0].path not in stack.files:
            continue  # what it extends is another stack's, and changed there
        if len(layers) != 1:
            return None
        at = At.of(layers[0])
        changes.mean(everywhere(reached(project, layers[0]), *_KEYS))
        if not run.service.image:
            changes.set(at, "image", image)
        if is_local(image) and run.service.last("pull_policy") is None:
            changes.set(at, "pull_policy", "never")
        if run is not group[0] and key == "build":
            changes.delete(at, "build")
    others = " and ".join(run.service.name for run in group[1:])
    title = f"{stack.name}: {first.name} builds {image}" + (f", {others} run it" if others else "")
    return fix_of(changes, title)
