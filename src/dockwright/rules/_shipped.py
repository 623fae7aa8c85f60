"""Which stages are for production, and where a Dockerfile's dependencies are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname

from dockwright.facts.python_installers import DEVELOPMENT_GROUPS
from dockwright.project.compose import settled
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import commands, written_services
from dockwright.rules._developers import FOR_DEVELOPERS
from dockwright.syntax import dockerfile
from dockwright.text import Site, lazy_regex

_DEVELOPMENT = DEVELOPMENT_GROUPS | {"devcontainer", "docs", "doc"}
_NOT_PRODUCTION = _DEVELOPMENT | frozenset(
    ("example", "examples", "e2e", "integration", "unittest", "unittests", "tester",
     "playground", "demo", "builder", "build", "benchmark", "benchmarks", "tools", "assets")
)  # fmt: skip
_WORDS = lazy_regex(r"[a-z0-9]+?(?=dockerfile|containerfile|[^a-z0-9]|$)")


def production(project: Project) -> Iterator[tuple[Image, dockerfile.Stage]]:
    """The stages that become images and are not, by their names or by the stacks that build them, for developers.

    A stage that another one copies from is a build stage, though some service may run it too. A Dockerfile that is
    built from several contexts is given once.
    """
    seen: set[tuple[str, int]] = set()
    uses = _uses(project)
    for image in images(project):
        if _not_production(image.path):
            continue
        for stage in image.shipped:
            if (image.path, stage.index) in seen or (stage.name is not None and _not_production(stage.name)):
                continue
            last = stage.index == len(image.tree.stages) - 1
            if not last and _copied(image, stage):
                continue
            targets = (None, stage.name, str(stage.index)) if last else (stage.name, str(stage.index))
            users = set().union(*(uses.get((image.path, target), ()) for target in targets if target or last))
            if users and users <= FOR_DEVELOPERS:
                continue
            seen.add((image.path, stage.index))
            yield image, stage


def source_mounted(project: Project, image: Image, stage: dockerfile.Stage) -> bool:
    """Whether compose alone builds a stage, and mounts the source it was built from over it wherever it runs."""
    last = image.tree.stages[-1]
    calls = [call for call in image.builds if image.by_name.get((call.target or "").lower(), last) is stage]
    mounted = _mounted(project)
    return bool(calls) and all(mounted.get(call.at, False) for call in calls)


@view
def _mounted(project: Project) -> Mapping[Site, bool]:
    """By the place of each build section: whether all that run it mount its context, or a folder of code in it."""
    found: dict[Site, bool] = {}
    for stack, written in written_services(project):
        sources = {
            join(stack.project_directory, volume.source.text)
            for service in written
            for volume in service.volumes
            if volume.bind and volume.source is not None
        }
        for service in written:
            if service.build is not None:
                given = service.build.context
                context = settled("." if given is None else given.value)
                folder = None if context is None else join(stack.project_directory, context)
                below = any(dirname(each) == folder for each in sources & _code(project))
                mounts = folder in sources or below
                at = Site(service.path, service.build.node.span)
                found[at] = mounts and found.get(at, True)
    return found


@view
def _code(project: Project) -> frozenset[str]:
    """The folders that hold Python files themselves."""
    return frozenset(dirname(path) for path in project.listing if path.endswith(".py"))


def for_development(name: str) -> bool:
    """Whether a stage's name or a Dockerfile's path says that it is for developers, tests or documentation."""
    return _names(name, _DEVELOPMENT)


def _copied(image: Image, stage: dockerfile.Stage) -> bool:
    names = {stage.name, str(stage.index)}
    copies = (copy.from_ for other in image.tree.stages for copy in other.of(dockerfile.Copy))
    return any(flag is not None and flag.value is not None and flag.value.lower() in names for flag in copies)


def _not_production(name: str) -> bool:
    return _names(name, _NOT_PRODUCTION)


def _names(name: str, kinds: frozenset[str]) -> bool:
    words = _WORDS.findall(name.lower())
    return not kinds.isdisjoint(words) or any(word.endswith("dev") for word in words)


@view
def _uses(project: Project) -> Mapping[tuple[str, str | None], set[str]]:
    """Which stacks build each Dockerfile's stages, by path and target; `docker build` counts as a stack `command`."""
    found: dict[tuple[str, str | None], set[str]] = {}
    for stack, written in written_services(project):
        for service in written:
            build = service.build
            if build is None or build.inline is not None:
                continue
            parts = (build.context, build.dockerfile, build.target)
            context, name, target = (None if part is None else settled(part.value) for part in parts)
            path = join(join(stack.project_directory, context or "."), name or "Dockerfile")
            found.setdefault((path, target.lower() if target else None), set()).add(stack.name)
    for said in commands(project).values():
        for call in said.builds:
            found.setdefault((call.dockerfile, call.target.lower() if call.target else None), set()).add("command")
    return found
