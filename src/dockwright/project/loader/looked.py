"""Looked: a project's files as the loader asks for them, so that it is known what an answer hangs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import field

from dockwright.project.loader.files import Files, below_root
from dockwright.project.model import Project
from dockwright.project.variables import scalars
from dockwright.syntax import dotenv, yaml
from dockwright.syntax.interpolation import uses
from dockwright.text import Source

Look: TypeAlias = Callable[[str], Source | None]
"""What finds a file by its path below the root."""


class Looked(Files, frozen=True):
    """The files of a project, each looked up by its path: so it is known which of them an answer hangs on."""

    look: Look = lambda path: None
    folders: frozenset[str] = frozenset()
    documents: list[str] = field(default_factory=list)
    env_files: list[str] = field(default_factory=list)

    def source(self, path: str) -> Source | None:
        """A file's text."""
        return self.look(below_root(path) or "")

    def is_folder(self, path: str) -> bool:
        """Whether a path is a folder that holds a file."""
        below = below_root(path)
        return below == "." or below in self.folders

    def yaml(self, path: str) -> yaml.YamlFile | None:
        """A file as YAML."""
        self.documents.append(below_root(path) or "")
        return super().yaml(path)

    def env(self, path: str) -> dotenv.EnvFile | None:
        """A file as env file."""
        self.env_files.append(below_root(path) or "")
        return super().env(path)


def looked_in(project: Project, home: str | None, look: Look) -> Looked:
    """A project's files for the loader, asked for by `look`."""
    return Looked({}, project.name, home, project.trees, {}, look, project.folders, [], [])


def names_read(tree: yaml.YamlFile) -> frozenset[str]:
    """The variables that a compose file reads, those that it passes on by their bare names included."""
    found: set[str] = set()
    for root in tree.documents:
        found.update(use.name for each in scalars(root) if "$" in each.value for use in uses(each.mapped))
        services = yaml.resolve(root.get("services")) if root is not None else None
        for _, node in services.entries() if services is not None else ():
            for section in (node, node.get("build")):
                for key in ("environment", "args"):
                    found |= _passed_on(section.get(key) if section is not None else None)
    return frozenset(found)


def _passed_on(node: yaml.Node | None) -> set[str]:
    given = yaml.plain(node)
    if isinstance(given, dict):
        return {str(name) for name, value in given.items() if value is None}
    return {str(name) for name in given if "=" not in str(name)} if isinstance(given, list) else set()
