"""Rule, Example and the registry: a rule is one file, its text is its page, its examples are its tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import ClassVar

from msgspec import Struct

from dockwright.finding import Consent, Finding, Fix, Offer, Related, Severity
from dockwright.project.model import Project
from dockwright.text import Site
from dockwright.tools import Tools


class Example(Struct, frozen=True):
    """A small project, path to text.

    In a bad one, `⟦` and `⟧` mark the span where the rule fires, and `becomes` holds the files that
    its fix changes as they are afterwards, None for one that is gone. `name` is the project folder's.
    """

    files: Mapping[str, str]
    becomes: Mapping[str, str | None] | None = None
    name: str = "shop"


class Rule:
    """One thing that dockwright looks for.

    The class's docstring is the rule's page in `docs/rules/` and in `dockwright explain`: a first line in
    the imperative, then the headings What it finds, Why it matters, How to mend it, Fix safety, Source.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    consent: ClassVar[Consent | None] = None
    """What the rule's fixes need; None for a rule that only advises."""
    equivalents: ClassVar[tuple[str, ...]] = ()
    """The same rule in other tools, as `tool:id`."""
    traps: ClassVar[tuple[int, ...]] = ()
    """The numbered ways in which a refactoring by hand goes wrong that this rule finds."""
    invalid: ClassVar[tuple[Example, ...]]
    valid: ClassVar[tuple[Example, ...]]

    def check(self, project: Project) -> Iterator[Finding]:
        """The findings of this rule in a project; reads only, and the same on every run."""
        raise NotImplementedError

    @classmethod
    def found(
        cls,
        at: Site,
        message: str,
        *,
        advice: str | None = None,
        related: Iterable[Related] = (),
        fix: Fix | Offer | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of this rule, of the rule's severity where none is said."""
        fixes = () if fix is None else (fix,)
        return Finding(cls.code, cls.name, severity or cls.severity, message, at, advice, tuple(related), fixes)


class AskingRule(Rule):
    """A rule that asks an outside tool, and finds nothing where that is not installed.

    `ask` starts the tool; its answer is waited for when the first finding is taken. Meanwhile other rules run.
    """

    def check(self, project: Project) -> Iterator[Finding]:
        """The findings without any tool: none."""
        return self.ask(project, Tools())

    def ask(self, project: Project, tools: Tools) -> Iterator[Finding]:
        """Start the tool that is asked; the findings of this rule, given the tools that are there."""
        raise NotImplementedError


@cache
def all_rules() -> tuple[Rule, ...]:
    """One of each rule, in the order of their codes, found by walking the package `dockwright.rules`."""
    package = import_module("dockwright.rules")
    rules = []
    for entry in sorted(os.listdir(package.__path__[0])):
        module, dot, ending = entry.partition(".")
        if dot and ending == "py" and not module.startswith("_"):
            found = vars(import_module(f"dockwright.rules.{module}")).values()
            rules += [
                kind() for kind in found if isinstance(kind, type) and issubclass(kind, Rule) and "code" in vars(kind)
            ]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def run(rules: Iterable[Rule], project: Project, tools: Tools = Tools()) -> list[Finding]:  # noqa: B008 (immutable)
    """Every finding of the given rules, in a fixed order; each rule looks at a project once."""
    memo: _Memo = project.__dict__.setdefault(f"{__name__}.run", _Memo({}, {}))
    keys = {(rule, tools): rule for rule in rules}
    new = {key: rule for key, rule in keys.items() if key not in memo.known and key not in memo.asked}
    for key, rule in new.items():
        if isinstance(rule, AskingRule):
            memo.asked[key] = rule.ask(project, tools)
    for key, rule in new.items():
        if key not in memo.asked:
            memo.known[key] = tuple(rule.check(project))
    for key in keys:
        if key in memo.asked:
            memo.known[key] = tuple(memo.asked.pop(key))
    return sorted((finding for key in keys for finding in memo.known[key]), key=lambda finding: finding.order)


class _Memo(Struct):
    """What rules found in a project, and what those that ask tools are still to find."""

    known: dict[tuple[Rule, Tools], tuple[Finding, ...]]
    asked: dict[tuple[Rule, Tools], Iterator[Finding]]
