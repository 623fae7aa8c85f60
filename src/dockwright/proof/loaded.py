"""The loader as a resolver: stacks' models without Docker Compose, in a few milliseconds each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockwright.project.loader import Call, Files, LoadError, unresolved
from dockwright.project.model import Trees
from dockwright.text import Source
from dockwright.tools import Resolved, StackFiles


class LoadedCompose:
    """Resolves stacks by dockwright's own loader. `home` is the user's home folder, which `~` in a path means."""

    def __init__(self, home: str | None = None) -> None:
        self.home = home
        self._sources: dict[str, Source] = {}
        self._trees = Trees()

    def resolve(self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]) -> list[Resolved]:
        """Each stack's model, variables as they are written; files that did not change are not parsed again."""
        files = Files({path: self._source(path, data) for path, data in contents.items()}, "", self.home, self._trees)
        return [_resolved(files, stack) for stack in stacks]

    def _source(self, path: str, data: bytes) -> Source:
        known = self._sources.get(path)
        if known is None or known.data != data:
            known = self._sources[path] = Source.read(path, data)
        return known


def _resolved(files: Files, stack: StackFiles) -> Resolved:
    env_files = tuple(path for path in stack.env_files if path in files.sources)
    try:
        return Resolved(unresolved(files, Call(stack.files, env_files, stack.project_directory, stack.project_name)))
    except LoadError as error:
        return Resolved(None, str(error))
