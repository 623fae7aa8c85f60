"""Volumes that a service has in production, and that its development stack keeps for another service alone."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Fix
from dockwright.project.compose import Volume
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.merged import Merged, every_service
from dockwright.project.model import Project
from dockwright.project.roles import PRODUCTION, role
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Proposal
from dockwright.syntax import yaml


class Volumes:
    """Has every service write where its image's user may, and not into the source that the host's user owns.

    A service that keeps its logs on a volume in production, and that shares the source's mount in development with one
    that has a volume there, gets that volume, too.
    """

    name = "compose"
    title = "Folders that are written to on volumes in development, too"

    def propose(self, project: Project) -> Proposal:
        """One fix for each service."""
        return Proposal(one_by_one(project, _next))


def _next(project: Project) -> Fix | None:
    wanted = {
        (service.name, volume.target)
        for service in every_service(project)
        if role(project, service.stack) in PRODUCTION
        for volume in _named(service)
    }
    for _, tag, runs in looked_at(project):
        for run in runs.values() if tag == "dev" else ():
            for name, target in sorted(wanted):
                if name == run.service.name and _covered(run.service, target):
                    donors = {
                        volume.source.text
                        for other in runs.values()
                        for volume in _named(other.service)
                        if volume.target == target and volume.source is not None
                    }
                    fix = _fix(project, run.service, f"{donors.pop()}:{target}") if len(donors) == 1 else None
                    if fix is not None:
                        return fix
    return None


def _named(service: Merged) -> Iterator[Volume]:
    for layer in service.layers:
        yield from (volume for volume in layer.volumes if not volume.bind and volume.source is not None)


def _covered(service: Merged, target: str) -> bool:
    """Whether a folder lies in what is mounted from the host, with nothing mounted on itself."""
    volumes = [volume for layer in service.layers for volume in layer.volumes]
    inside = any(volume.bind and target.startswith(f"{volume.target.rstrip('/')}/") for volume in volumes)
    return inside and all(volume.target.rstrip("/") != target for volume in volumes)


def _fix(project: Project, service: Merged, written: str) -> Fix | None:
    for layer in reversed(service.layers):
        item = layer.node.item("volumes")
        if item is None or not isinstance(item.value, yaml.Sequence) or layer.path not in service.stack.files:
            continue
        changes = ComposeChanges(project)
        changes.mean(everywhere(reached(project, layer), "volumes"))
        file = changes.file(layer.path)
        own = changes.service(At.of(layer)).node.at("volumes")
        if isinstance(own, yaml.Sequence):
            changes.edit(layer.path, yaml.append_element(file.tree, own, yaml.quote(written)))
        return fix_of(changes, f"{service.stack.name}: {service.name} writes to {written}, not into the source")
    return None
