"""Targets: the names that a Makefile's rules make, expanded."""

from __future__ import annotations

from dockwright.syntax.makefile.expand import expand_words
from dockwright.syntax.makefile.nodes import Makefile, Rule, Word

# Targets that tell make something and make nothing: the manual's chapter 4.9.
_SPECIAL = frozenset(
    {
        ".PHONY", ".SUFFIXES", ".DEFAULT", ".PRECIOUS", ".INTERMEDIATE", ".NOTINTERMEDIATE", ".SECONDARY",
        ".SECONDEXPANSION", ".DELETE_ON_ERROR", ".IGNORE", ".LOW_RESOLUTION_TIME", ".SILENT",
        ".EXPORT_ALL_VARIABLES", ".NOTPARALLEL", ".ONESHELL", ".POSIX", ".WAIT",
    }
)  # fmt: skip


def targets(file: Makefile) -> dict[str, Rule]:
    """The file's targets by name, and for each the rule that has its recipe.

    Names from variables and static pattern rules are included; implicit rules (`%.o`) and special targets are not.
    """
    found: dict[str, Rule] = {}
    for rule in file.rules:
        if rule.variables:
            continue
        for word in expand_words(file, rule.targets):
            name = word.text
            if name in _SPECIAL or "%" in name:
                continue
            if name not in found or (rule.recipe and not found[name].recipe):
                found[name] = rule
    return found


def phony_targets(file: Makefile) -> dict[str, Word]:
    """The names that `.PHONY` lists, expanded, each with the first place that gives it."""
    found: dict[str, Word] = {}
    for word in expand_words(file, file.phony):
        found.setdefault(word.text, word)
    return found
