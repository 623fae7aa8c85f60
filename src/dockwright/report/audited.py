"""Audited: what an audit has to say, whatever the format it is said in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from dockwright.baseline import Entry, fingerprints
from dockwright.facts.secret_names import masked
from dockwright.finding import SEVERITIES, Finding, Severity
from dockwright.project.model import Project
from dockwright.text import printable

if TYPE_CHECKING:  # An audit that mends nothing has none.
    from dockwright.plan import Patch


class Known(Struct, frozen=True):
    """How many findings a baseline puts up with, and those of its entries that are not needed any more."""

    number: int
    fixed: tuple[Entry, ...]


class Repaired(Struct, frozen=True):
    """What `--fix` has done, under the number that `undo` takes."""

    journal: str
    patches: tuple[Patch, ...]


class Audited(Struct, frozen=True, dict=True):
    """A project, the findings to report in their order, and what is not among them and why.

    `considered` are the findings before a baseline or a revision narrowed them down, `suppressed` is how many are
    left out by comments.
    """

    project: Project
    findings: tuple[Finding, ...]
    considered: tuple[Finding, ...]
    suppressed: int = 0
    known: Known | None = None
    repaired: Repaired | None = None

    @cached_property
    def fingerprints(self) -> tuple[str, ...]:
        """One for each finding to report; which of several alike one is, is counted among all of them."""
        made = zip(self.considered, fingerprints(self.project, self.considered), strict=True)
        by_finding = {id(finding): fingerprint for finding, fingerprint in made}
        return tuple(by_finding[id(finding)] for finding in self.findings)

    def of(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def counts(self) -> tuple[tuple[Severity, int], ...]:
        """How many findings each severity has, the worst first."""
        return tuple((severity, self.of(severity)) for severity in SEVERITIES)


def said(finding: Finding) -> str:
    """A finding's message, and its advice on a line below: for formats that have one text for both."""
    message = masked(printable(finding.message))
    return f"{message}\nfix: {masked(printable(finding.advice))}" if finding.advice else message
