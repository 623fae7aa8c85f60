"""The user's Makefile: what it has, what its help says, and in which words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property

from msgspec import Struct

from dockwright.project.commands import Invocation, read_commands
from dockwright.project.make_programs import Program, programs
from dockwright.project.model import Project
from dockwright.syntax import makefile

NAMES = ("GNUmakefile", "makefile", "Makefile")
"""What make looks for, in this order."""

# `echo "make dev-up    start it"`, `echo "  dev-up - start it"`: what leads the name, the name, and the words behind.
_HELP_LINE = re.compile(
    r"""echo[ \t]+(?:-e[ \t]+)?["']?(?P<lead>[ \t]*(?:make[ \t]+)?)(?P<name>[A-Za-z][\w.-]*)"""
    r"""(?P<gap>[ \t]{2,}|[ \t]+[-–—:=]+>?[ \t]+|:[ \t]+)(?P<words>\w[^"'\n]*)"""
)
_NARROWEST = 15
"""Columns of the longest of our names, and two more."""
_READS_ITSELF = re.compile(r"MAKEFILE_LIST|\b[Mm]akefile\b")
_HELPS = ("help", "usage")
_TASK = re.compile(r"[A-Za-z][\w.-]*")


class HelpStyle(Struct, frozen=True):
    """How the help's lines look: what leads a name, the column of the words, whether those begin with a capital."""

    lead: str = "  "
    column: int = 17
    capital: bool = True

    def line(self, name: str, words: str) -> str:
        """A documenting comment, which the help prints with its lead in place of `#? `."""
        words = words[0].upper() + words[1:] if self.capital else words
        return f"#? {name.ljust(self.column - len(self.lead) - 1)} {words}"


class UserFile(Struct, frozen=True, dict=True):
    """The Makefile of the root, with those that it includes."""

    project: Project
    tree: makefile.Makefile
    program: Program

    @cached_property
    def names(self) -> frozenset[str]:
        """Every target that it or an included file has a rule for."""
        return frozenset(self.program.targets)

    def makes(self, name: str) -> bool:
        """Whether a rule makes the target, a pattern rule such as `%-up` included."""
        return name in self.names or any(
            name.startswith(head) and name.endswith(tail) and len(name) > len(head) + len(tail) > 0
            for head, _, tail in (pattern.partition("%") for pattern in self.program.patterns)
        )

    def calls(self, name: str) -> tuple[Invocation, ...]:
        """The calls of Compose in a target's recipe."""
        rule = self.program.targets[name]
        found: list[Invocation] = []
        for recipe in rule.recipe:
            line = makefile.expand_for_shell(self.tree, recipe.mapped, {"@": name}, rule)
            path = self.tree.source.path
            found += read_commands(path, line.mapped, "", self.project.is_file, line.opaque).invocations
        return tuple(found)

    @cached_property
    def help(self) -> makefile.Rule | None:
        """The rule of `help`, by whatever name, where this very file has it."""
        own = makefile.targets(self.tree)
        return next((own[name] for name in _HELPS if name in own), None)

    @cached_property
    def help_text(self) -> str:
        """The recipe of `help`."""
        return "" if self.help is None else "\n".join(recipe.mapped.text for recipe in self.help.recipe)

    @property
    def help_reads_itself(self) -> bool:
        """Whether `help` shows what stands in the Makefile: a pattern decides what it shows, and not a list."""
        return _READS_ITSELF.search(self.help_text) is not None

    @cached_property
    def style(self) -> HelpStyle:
        """How the lines of the help look; ours where it has none that can be read."""
        lines = list(_HELP_LINE.finditer(self.help_text))
        if not lines:
            return HelpStyle()
        columns = [match.start("words") - match.start("lead") for match in lines]
        leads = [match["lead"] for match in lines]
        capital = sum(match["words"][0].isupper() for match in lines) * 2 > len(lines)
        lead = max(leads, key=leads.count)
        return HelpStyle(lead, max(max(columns, key=columns.count), len(lead) + _NARROWEST), capital)

    def helps_with(self, name: str) -> bool:
        """Whether the help's own text tells of a target: in a line of its own, or anyhow where it has no such lines."""
        told = {match["name"] for match in _HELP_LINE.finditer(self.help_text)}
        said = re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", self.help_text) is not None
        return name in told if told else said

    def untold(self, told: Collection[str]) -> Iterator[str]:
        """The tasks of this file that the help tells nothing of; `told` are those that it will tell of."""
        if self.help_reads_itself:
            return
        for name, rule in makefile.targets(self.tree).items():
            task = _TASK.fullmatch(name) is not None and rule.pattern is None and (rule.recipe or rule.prerequisites)
            if task and name not in _HELPS and name not in told and not self.helps_with(name):
                yield name


def user_file(project: Project) -> UserFile | None:
    """The Makefile that make would read in the root; None where there is none, or none that can be read."""
    for name in NAMES:
        for program in programs(project):
            for tree in program.files:
                if tree.source.path == name:
                    return UserFile(project, tree, program)
    return None
