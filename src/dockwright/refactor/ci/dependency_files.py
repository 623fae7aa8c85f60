"""Dependency files: cache keys and path filters that named former manifests name what replaced them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import dirname

from dockwright.finding import Fix
from dockwright.project.kinds import is_yaml
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.refactor.ci.installs import OWNER, in_order
from dockwright.refactor.packaging.former import former
from dockwright.refactor.packaging.leftovers import is_read
from dockwright.refactor.step import Proposal, letting_go
from dockwright.syntax import yaml
from dockwright.text import Edit, Source, lazy_regex

_FILTERS = frozenset({"paths", "paths-ignore", "changes"})
_HASH_FILES = lazy_regex(r"hashFiles\(([^()]*)\)")
_QUOTED = lazy_regex(r"(['\"])([^'\"]*)\1")
_ANYWHERE = "**/"


class DependencyFiles:
    """Rewrites what workflows watch and what their caches are kept for."""

    name = OWNER
    title = "Cache keys and path filters follow uv.lock"

    def propose(self, project: Project) -> Proposal:
        """One patch; a pattern that matches other files as well stays, and so does what is still read."""
        gone = [each for each in former(project) if not is_read(project, each)]
        folders = {path: each.folder for each in gone for path in each.manifests}
        edits: list[Edit] = []
        for path, kind in project.kinds.items():
            if folders and kind == "ci" and is_yaml(path):
                reading = _Reading(project, project.sources[path], folders)
                for document in project.yaml(project.sources[path]).documents:
                    reading.node(document, "")
                edits += reading.edits
        if not edits:
            return Proposal()
        fix = Fix("cache keys and path filters follow uv.lock", in_order(edits), "refit")
        return Proposal((letting_go(project, fix, folders),))


class _Reading:
    """The edits of one pipeline."""

    def __init__(self, project: Project, source: Source, folders: dict[str, str]) -> None:
        self.project = project
        self.source = source
        self.folders = folders
        self.edits: list[Edit] = []

    def node(self, node: yaml.Node | None, key: str) -> None:
        if isinstance(node, yaml.Mapping):
            for item in node.items:
                self.node(item.value, item.name or "")
        elif isinstance(node, yaml.Sequence):
            if key in _FILTERS:
                self.edits += self._filters(node)
                return
            for element in node.items:
                self.node(element, key)
        elif isinstance(node, yaml.Scalar):
            self.edits += self._hashes(node)

    def _folder(self, pattern: str) -> str | None:
        """The folder whose former manifests are all that a pattern matches, as the pattern writes it; else None."""
        bare = pattern.removeprefix("./").removeprefix(_ANYWHERE)
        anywhere = _ANYWHERE in pattern[:3]
        matched = [
            path
            for path in self.project.listing
            if fnmatchcase(path, bare) or (anywhere and fnmatchcase(path, f"*/{bare}"))
        ]
        owners = {self.folders.get(path) for path in matched}
        if not matched or None in owners:
            return None
        if anywhere:
            return _ANYWHERE.rstrip("/") if not dirname(bare) else None
        return owners.pop() if len(owners) == 1 else None

    def _hashes(self, node: yaml.Scalar) -> Iterator[Edit]:
        """`hashFiles('requirements.txt', 'requirements-dev.txt')`: the lock file, once."""
        mapped = node.mapped
        for call in _HASH_FILES.finditer(mapped.text):
            found = list(_QUOTED.finditer(mapped.text, call.start(1), call.end(1)))
            named = {each[2] for each in found}
            for number, each in enumerate(found):
                folder = self._folder(each[2])
                if folder is None or not mapped.contiguous(each.start(), each.end()):
                    continue
                new = join(folder, "uv.lock")
                if new not in named:
                    named.add(new)
                    yield Edit(self.source.path, mapped.span(each.start(2), each.end(2)), new)
                    continue
                start, end = each.span()
                if number + 1 < len(found):
                    end = found[number + 1].start()
                else:
                    start = found[number - 1].end()
                yield Edit(self.source.path, mapped.span(start, end), "")

    def _filters(self, node: yaml.Sequence) -> Iterator[Edit]:
        """`- requirements*.txt` becomes `- pyproject.toml` and `- uv.lock`, where no other pattern has them."""
        written = [each for each in node.items if isinstance(each, yaml.Scalar)]
        kept = [each.value for each in written if self._folder(each.value.removeprefix("!")) is None]
        for index, element in enumerate(node.items):
            if not isinstance(element, yaml.Scalar) or element.value.startswith("!"):
                continue
            folder = self._folder(element.value)
            if folder is None:
                continue
            new = [join(folder, name) for name in ("pyproject.toml", "uv.lock")]
            new = [path for path in new if not any(fnmatchcase(path, pattern) for pattern in kept)]
            kept += new
            if not new:
                yield from yaml.delete_element(self.project.yaml(self.source), node, index)
                continue
            quote = element.written[:1] if element.style in ("single", "double") else ""
            texts = [f"{quote}{path}{quote}" for path in new]
            if folder == "**" and not quote:
                texts = [f'"{path}"' for path in new]
            yield Edit(self.source.path, element.span, self._separator(node).join(texts))

    def _separator(self, node: yaml.Sequence) -> str:
        if node.flow:
            return ", "
        at = node.span.start
        column = at - (self.source.text.rfind("\n", 0, at) + 1)
        return f"{self.source.newline}{' ' * column}- "
