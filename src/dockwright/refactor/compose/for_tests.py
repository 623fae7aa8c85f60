"""Stacks for tests and pipelines: they publish nothing, and their data are gone with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from dockwright.facts.data_services import POSTGRES_VOLUME_SINCE_18, data_service, postgres_major
from dockwright.finding import Fix
from dockwright.project.compose import Volume
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project
from dockwright.project.ports import ports
from dockwright.project.roles import role
from dockwright.project.running import Running
from dockwright.refactor.compose.fixes import fix_of, together
from dockwright.refactor.compose.stacks import everywhere, looked_at, top_places
from dockwright.refactor.step import Proposal
from dockwright.syntax import yaml

_TESTS = frozenset({"test", "ci"})


class ForTests:
    """Takes published ports and kept data out of stacks for tests, where the tests run inside of them."""

    name = "compose"
    title = "Stacks for tests publish nothing and keep nothing"

    def propose(self, project: Project) -> Proposal:
        """One fix for each stack and matter."""
        before = project
        fixes: list[Fix] = []
        for make in (_unpublished, _in_memory):
            for stack, own_role, runs in list(looked_at(project)):
                if own_role not in _TESTS or not any(run.image is not None for run in runs.values()):
                    continue
                current = next((each for other, _, each in looked_at(project) if other == stack), runs)
                fix = make(project, stack.name, current)
                if fix is not None:
                    fixes.append(fix)
                    project = project.replace(fix.changes)
        return Proposal(together(before, fixes))


def _only_tests(project: Project, run: Running) -> bool:
    return all(role(project, each.stack) in _TESTS for layer in run.service.layers for each in reached(project, layer))


def _unpublished(project: Project, name: str, runs: Mapping[str, Running]) -> Fix | None:
    changes = ComposeChanges(project)
    for run in runs.values():
        if not _only_tests(project, run) or any(_asked(project, port.numbers) for port in ports(run.service)):
            continue
        for layer, _ in run.service.written("ports"):
            if layer.path in run.service.stack.files and layer.node.item("ports") is not None:
                changes.mean(everywhere(reached(project, layer), "ports"))
                changes.delete(At.of(layer), "ports")
    return fix_of(changes, f"{name}: nothing is published")


def _asked(project: Project, numbers: Sequence[int]) -> bool:
    """Whether something outside the containers asks one of these ports: a script, a target, a pipeline."""
    return any(
        re.search(rf"(?:localhost|127\.0\.0\.1|0\.0\.0\.0):{number}\b", source.text) is not None
        for number in numbers
        for source in project.of_kind("shell", "make", "ci")
    )


def _in_memory(project: Project, name: str, runs: Mapping[str, Running]) -> Fix | None:
    changes = ComposeChanges(project)
    gone: dict[str, set[str]] = {}
    for run in runs.values():
        service = run.service
        known = data_service(service.image)
        folder = data_folder(service.image)
        if known is None or folder is None or service.builds or not _only_tests(project, run):
            continue
        if any("PGDATA" in layer.environment for layer in service.layers) or service.written("tmpfs"):
            continue
        layers = [layer for layer in service.layers if layer.path in service.stack.files]
        mounts = [
            (layer, index, volume)
            for layer in layers
            for index, volume in enumerate(layer.volumes)
            if _holds_data(volume, folder)
        ]
        if not layers or not (mounts or known.relational) or any(volume.bind for _, _, volume in mounts):
            continue
        for layer, index, volume in reversed(mounts):
            if layer.node.item("volumes") is None:
                continue
            changes.mean(everywhere(reached(project, layer), "volumes"))
            changes.delete_element(At.of(layer), "volumes", index)
            if volume.source is not None:
                gone.setdefault(layer.path, set()).add(volume.source.text)
        changes.mean(everywhere(reached(project, layers[-1]), "tmpfs"))
        changes.set(At.of(layers[-1]), "tmpfs", f"[{folder}]")
    for path, volumes in gone.items():
        for each in sorted(volumes):
            _forget(project, changes, path, each)
    return fix_of(changes, f"{name}: data in memory")


def data_folder(image: str | None) -> str | None:
    """Where a data service of this image keeps its data; None where that is not known."""
    known = data_service(image)
    if known is None or image is None:
        return None
    if known.title == "PostgreSQL":
        major = postgres_major(image)
        return None if major is None else known.data if major < 18 else POSTGRES_VOLUME_SINCE_18
    return known.data


def _holds_data(volume: Volume, folder: str) -> bool:
    target = volume.target.rstrip("/")
    return target in (folder, POSTGRES_VOLUME_SINCE_18) or target.startswith(f"{folder}/")


def _forget(project: Project, changes: ComposeChanges, path: str, volume: str) -> None:
    """Take a named volume away that no service of the file uses any more."""
    file = changes.file(path)
    used = {
        each.source.text for service in file.services.values() for each in service.volumes if each.source is not None
    }
    section = yaml.resolve(file.root.get("volumes")) if file.root else None
    if volume in used or not isinstance(section, yaml.Mapping) or section.item(volume) is None or file.root is None:
        return
    whole = len(section.items) == 1
    edits = yaml.delete_item(file.tree, file.root if whole else section, "volumes" if whole else volume)
    changes.edit(path, edits)
    changes.mean(top_places(project, path, "volumes"))
