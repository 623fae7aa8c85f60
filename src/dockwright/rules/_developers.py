"""Which stacks are for those who develop and test, and not for those who run the service."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.project.compose import DEFAULT_OVERRIDES
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import Stack
from dockwright.text import lazy_regex

FOR_DEVELOPERS = frozenset({"dev", "test", "ci", "devcontainer"})
"""The environments that never serve anybody else."""

_NAMES = FOR_DEVELOPERS | {"development", "develop", "tests", "testing", "e2e", "integration", "local"}
_WORDS = lazy_regex(r"[a-z0-9]+")


def named_for_developers(stack: Stack, path: str) -> bool:
    """Whether a stack, or the file of it that says something, is for developers by its name or its folders' names.

    An override that Compose adds unasked, `compose.override.yaml`, is one: nobody names it on a server.
    """
    return (
        stack.name in FOR_DEVELOPERS
        or path.rpartition("/")[2] in DEFAULT_OVERRIDES
        or not _NAMES.isdisjoint(_WORDS.findall(path.lower()))
    )


def mounts_its_source(project: Project, stack: Stack) -> bool:
    """Whether somebody is at work in a stack: a service mounts the folder it is built from, or has it watched."""
    return _at_work(project)[stack]


@view
def _at_work(project: Project) -> Mapping[Stack, bool]:
    return {stack: any(map(_mounts_its_source, services.values())) for stack, services in merged(project)}


def _mounts_its_source(service: Merged) -> bool:
    directory = service.stack.project_directory
    built = {
        join(directory, "." if layer.build.context is None else layer.build.context.value)
        for layer in service.layers
        if layer.build is not None
    }
    mounted = {
        join(directory, volume.source.text)
        for layer in service.layers
        for volume in layer.volumes
        if volume.bind and volume.source is not None and volume.source.text.startswith(".")
    }
    return bool(service.written("develop")) or not built.isdisjoint(mounted)
