"""Images: each Dockerfile with the context it is built from, and what holds in a stage through its parents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from posixpath import basename, dirname
from typing import TypeVar

from msgspec import Struct

from dockwright.project.commands import BuildCall
from dockwright.project.model import Project, view
from dockwright.project.references import join, upwards
from dockwright.project.stacks import build_calls
from dockwright.syntax import dockerfile
from dockwright.syntax.ignorefile import docker_matcher

Kind = TypeVar("Kind", bound=dockerfile.Instruction)


class Image(Struct, frozen=True, dict=True):
    """A Dockerfile and the folder that it is built from, relative to the root.

    `builds` are the calls that build it so; without any, the context is assumed.
    """

    path: str
    tree: dockerfile.Dockerfile
    context: str
    builds: tuple[BuildCall, ...]

    @cached_property
    def by_name(self) -> dict[str, dockerfile.Stage]:
        """Stages by name and by number."""
        named = {str(stage.index): stage for stage in self.tree.stages}
        named.update({stage.name: stage for stage in reversed(self.tree.stages) if stage.name})
        return named

    @cached_property
    def shipped(self) -> tuple[dockerfile.Stage, ...]:
        """The stages that become images: the last one, and those that some build names as its target."""
        stages = self.tree.stages
        named = {call.target.lower() for call in self.builds if call.target and "$" not in call.target}
        chosen = [stage for stage in stages[:-1] if stage.name in named or str(stage.index) in named]
        return (*chosen, *stages[-1:])

    def lineage(self, stage: dockerfile.Stage) -> Iterator[dockerfile.Stage]:
        """The stage and the stages it is built upon, nearest first."""
        seen: set[int] = set()
        while stage.index not in seen:
            seen.add(stage.index)
            yield stage
            parent = self.by_name.get(self._image(stage).lower())
            if parent is None or parent.index >= stage.index:
                return
            stage = parent

    def last(self, stage: dockerfile.Stage, kind: type[Kind]) -> Kind | None:
        """The instruction of a kind that counts in a stage: its own last one, else its parents'."""
        for ancestor in self.lineage(stage):
            found = ancestor.last(kind)
            if found is not None:
                return found
        return None

    def base(self, stage: dockerfile.Stage) -> str:
        """The image that a stage is built upon in the end, global ARG defaults filled in."""
        *_, oldest = self.lineage(stage)
        return self._image(oldest)

    def _image(self, stage: dockerfile.Stage) -> str:
        return dockerfile.expand(stage.from_.image.value, self.global_defaults, self.tree.escape)

    @cached_property
    def global_defaults(self) -> dict[str, str]:
        """The defaults of the ARGs above the first FROM."""
        values: dict[str, str] = {}
        for arg in self.tree.global_args:
            for pair in arg.pairs:
                if pair.value is not None:
                    values[pair.key.value] = dockerfile.expand(pair.value.value, values, self.tree.escape)
        return values


@view
def images(project: Project) -> tuple[Image, ...]:
    """Every image, in the order of the Dockerfiles' paths."""
    calls: dict[tuple[str, str], list[BuildCall]] = {}
    for call in build_calls(project):
        if call.dockerfile in project.sources:
            calls.setdefault((call.dockerfile, call.context), []).append(call)
    built = {path for path, _ in calls}
    for source in project.of_kind("dockerfile"):
        if source.path not in built:
            calls[source.path, _assumed_context(project, source.path)] = []
    found = []
    for (path, context), made in sorted(calls.items(), key=lambda item: item[0]):
        tree = project.dockerfile(path)
        if tree is not None:
            found.append(Image(path, tree, context, tuple(made)))
    return tuple(found)


def _assumed_context(project: Project, path: str) -> str:
    """The folder in which most of what the Dockerfile copies is found: its own, one above, or the root."""
    tree = project.dockerfile(path)
    copied = [
        word.value.lstrip("/")
        for instruction in (tree.instructions if tree else ())
        if isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) and instruction.from_ is None
        for word in instruction.sources
    ]
    folders = upwards(dirname(path))
    return max(folders, key=lambda context: sum(_is_there(project, context, name) for name in copied))


def _is_there(project: Project, context: str, name: str) -> bool:
    """Whether something copied is found in a context: all of `docker/` is not, where it only builds images."""
    target = join(context, name)
    if target != context or "docker" not in basename(context).lower():
        return project.exists(target)
    lead = f"{context}/"
    below = (path.removeprefix(lead).lower() for path in project.listing if path.startswith(lead))
    return not all("dockerfile" in path or "dockerignore" in path for path in below)


def ignore_file_read(project: Project, image: Image) -> str | None:
    """The ignore file that BuildKit reads for an image: the Dockerfile's own beats the context root's.

    Source: BuildKit's `frontend/dockerui` looks for `<Dockerfile>.dockerignore` first.
    """
    candidates = (f"{image.path}.dockerignore", join(image.context, ".dockerignore"))
    return next((path for path in candidates if project.is_file(path)), None)


def left_out(project: Project, image: Image) -> Callable[[str], bool]:
    """Whether the build leaves out a path, relative to the context."""
    path = ignore_file_read(project, image)
    return docker_matcher(None if path is None else project.ignore_file(path))
