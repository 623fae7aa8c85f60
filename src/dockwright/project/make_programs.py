"""Makefiles that include each other, as one program."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from posixpath import dirname

from msgspec import Struct

from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.syntax import makefile


class Program(Struct, frozen=True, dict=True):
    """The Makefiles that one call of make reads, as far as `include` tells.

    `complete` is whether all that they include is among them, and none of their rules is made while make runs.
    """

    files: tuple[makefile.Makefile, ...]
    complete: bool

    @cached_property
    def targets(self) -> dict[str, makefile.Rule]:
        """The targets by name."""
        return {name: rule for file in self.files for name, rule in makefile.targets(file).items()}

    @cached_property
    def phony(self) -> frozenset[str]:
        """The names that some `.PHONY` lists."""
        return frozenset(name for file in self.files for name in makefile.phony_targets(file))

    @cached_property
    def phony_known(self) -> bool:
        """Whether every word of every `.PHONY` could be read."""
        words = [(file, word) for file in self.files for word in file.phony if "$" in word.text]
        return all(makefile.expand_words(file, [word]) for file, word in words)

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The targets of implicit rules: `deploy-%`."""
        return tuple(
            word.text for file in self.files for rule in file.rules for word in rule.targets if "%" in word.text
        )


@view
def programs(project: Project) -> tuple[Program, ...]:
    """The project's Makefiles, those that include each other together, in the order of their paths."""
    files = {file.source.path: file for file in project.makefiles}
    group = {path: path for path in files}
    unknown: set[str] = set()

    def leader(path: str) -> str:
        while group[path] != path:
            path = group[path]
        return path

    for path, file in files.items():
        if any(sign in file.source.text for sign in ("$(eval", "${eval")):
            unknown.add(path)
        for include in file.includes:
            for word in include.words:
                named = [target for target in _named(path, file, word) if target in files]
                # An env file has variables alone.
                if not named and not _is_env(project, path, word.text):
                    unknown.add(path)
                for target in named:
                    group[leader(target)] = leader(path)
    together: dict[str, list[str]] = {}
    for path in files:
        together.setdefault(leader(path), []).append(path)
    return tuple(
        Program(tuple(files[path] for path in paths), not unknown.intersection(paths)) for paths in together.values()
    )


def _named(path: str, file: makefile.Makefile, word: makefile.Word) -> Iterator[str]:
    for found in makefile.expand_words(file, [word]) or [word]:
        yield join(dirname(path), found.text)
        yield join("", found.text)


def _is_env(project: Project, path: str, written: str) -> bool:
    name = written.rpartition("/")[2]
    return join(dirname(path), written) in project.env_files or name.startswith(".env") or name.endswith(".env")
