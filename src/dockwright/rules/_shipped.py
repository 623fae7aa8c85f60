"""Which stages are for production, and where a Dockerfile's dependencies are declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.facts.python_installers import DEVELOPMENT_GROUPS
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.project.stacks import stacks
from dockwright.syntax import dockerfile

_DEVELOPMENT = DEVELOPMENT_GROUPS | {"devcontainer", "docs", "doc"}
_NOT_PRODUCTION = _DEVELOPMENT | frozenset(
    ("example", "examples", "e2e", "integration", "unittest", "unittests", "tester",
     "playground", "demo", "builder", "build", "benchmark", "benchmarks", "tools", "assets")
)  # fmt: skip
_WORDS = re.compile(r"[a-z0-9]+")


def production(project: Project) -> Iterator[tuple[Image, dockerfile.Stage]]:
    """The stages that become images and are not, by their names or by the stacks that build them, for developers.

    A Dockerfile that is built from several contexts is given once.
    """
    seen: set[tuple[str, int]] = set()
    development = _development_files(project)
    for image in images(project):
        if _not_production(image.path):
            continue
        for stage in image.shipped:
            if (image.path, stage.index) in seen or (stage.name is not None and _not_production(stage.name)):
                continue
            last = stage.index == len(image.tree.stages) - 1
            calls = [
                call
                for call in image.builds
                if (last if call.target is None else call.target.lower() in (stage.name, str(stage.index)))
            ]
            if calls and all(call.at.path in development for call in calls):
                continue
            seen.add((image.path, stage.index))
            yield image, stage


def for_development(name: str) -> bool:
    """Whether a stage's name or a Dockerfile's path says that it is for developers, tests or documentation."""
    return not _DEVELOPMENT.isdisjoint(_WORDS.findall(name.lower()))


def _not_production(name: str) -> bool:
    return not _NOT_PRODUCTION.isdisjoint(_WORDS.findall(name.lower()))


@view
def _development_files(project: Project) -> frozenset[str]:
    """The compose files that only stacks for development and tests read."""
    kinds: dict[str, set[str]] = {}
    for stack in stacks(project):
        for path in stack.files:
            kinds.setdefault(path, set()).add(stack.name)
    return frozenset(path for path, names in kinds.items() if names <= {"dev", "test", "ci", "devcontainer"})
