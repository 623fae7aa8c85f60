"""Each environment builds its own stage of the Dockerfile."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.finding import Fix
from dockwright.project.compose import Service
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.images import Image
from dockwright.project.merged import Merged
from dockwright.project.model import Project
from dockwright.project.roles import role
from dockwright.project.running import Running
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile, yaml

STAGES: Mapping[str | None, str] = {"dev": "development", "test": "test", "ci": "test"}
"""The stage of an environment's image; of every other the stage for production."""

PRODUCTION_STAGE = "production"

# The host user's numbers, so that both sides can write what is mounted.
_NUMBERS = {"UID": '"${UID:-1000}"', "GID": '"${GID:-1000}"'}
_MOUNTED = frozenset({"dev", "test"})


class Targets:
    """Names the stage that each environment builds, where the Dockerfile has one for it.

    Development and test get the host user's numbers where their stage takes them.
    """

    name = "compose"
    title = "Each environment builds its own stage"

    def propose(self, project: Project) -> Proposal:
        """One fix for each service that builds."""
        return Proposal(one_by_one(project, _next))


def _next(project: Project) -> Fix | None:
    for _, own_role, runs in looked_at(project):
        for run in runs.values():
            if run.image is None or not run.service.builds:
                continue
            wanted = _wanted(run, own_role)
            for layer in _layers(run) if wanted else ():
                fix = _fix(project, run, layer, own_role, wanted)
                if fix is not None:
                    return fix
    return None


def _wanted(run: Running, own_role: str | None) -> dict[str, str]:
    """The keys of `build` that are missing, as YAML text."""
    image, service = run.image, run.service
    if image is None:
        return {}
    builds = [layer.build for layer, _ in service.written("build") if layer.build is not None]
    wanted: dict[str, str] = {}
    target = next((build.target.value for build in reversed(builds) if build.target is not None), None)
    if target is None:
        target = STAGES.get(own_role, PRODUCTION_STAGE)
        if not any(stage.name == target for stage in image.tree.stages):
            return {}
        wanted["target"] = target
    numbers = {name: text for name, text in _NUMBERS.items() if _takes(image, target, name)}
    if own_role in _MOUNTED and numbers and not any(build.args is not None for build in builds):
        wanted["args"] = "{" + ", ".join(f"{name}: {text}" for name, text in numbers.items()) + "}"
    return wanted


def _takes(image: Image, target: str, name: str) -> bool:
    stage = image.by_name.get(target.lower())
    return stage is not None and any(
        isinstance(instruction, dockerfile.Arg) and any(pair.key.value == name for pair in instruction.pairs)
        for each in image.lineage(stage)
        for instruction in each.instructions
    )


def _layers(run: Running) -> list[Service]:
    """Where it may be written: where the build is, else in the stack's own last file."""
    service: Merged = run.service
    builds = [layer for layer, _ in service.written("build") if layer.path in service.stack.files]
    own = [layer for layer in service.layers[-1:] if layer.path == service.stack.files[-1]]
    return list({id(layer.node): layer for layer in (*builds[:1], *own)}.values())


def _fix(project: Project, run: Running, layer: Service, own_role: str | None, wanted: dict[str, str]) -> Fix | None:
    services = reached(project, layer)
    for each in services:
        # A devcontainer and a stack of no known role take what their base has.
        other = role(project, each.stack)
        same = STAGES.get(other, PRODUCTION_STAGE) == STAGES.get(own_role, PRODUCTION_STAGE)
        told = any(
            said.build is not None and said.build.target is not None
            for said in each.layers
            if said.node is not layer.node
        )
        if other is not None and not same and not told:
            return None
    changes = ComposeChanges(project)
    changes.mean(everywhere(services, "build"))
    at = At.of(layer)
    item = layer.node.item("build")
    value = None if item is None else yaml.resolve(item.value)
    if isinstance(value, yaml.Mapping):
        for key, text in wanted.items():
            changes.set_in(at, ("build", key), text)
    else:
        context = f"context: {changes.file(at.path).source.slice(item.value.full_span)}\n" if item is not None else ""
        changes.set(at, "build", context + "".join(f"{key}: {text}\n" for key, text in wanted.items()))
    stage = wanted.get("target")
    what = (
        f"{run.service.name} builds the stage {stage}" if stage else f"{run.service.name} gets the host user's numbers"
    )
    return fix_of(changes, f"{run.service.stack.name}: {what}")
