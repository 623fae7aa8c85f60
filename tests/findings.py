"""Findings and audits made up for tests of reports."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.finding import Finding, Related, Severity
from dockwright.report.audited import Audited
from dockwright.rule import all_rules
from dockwright.text import Site, Span
from projects import marked, project

RULE = next(rule for rule in all_rules() if rule.code == "DW101")


def audited(files: Mapping[str, str], message: str = "wrong", severity: Severity = "error", **more: object) -> Audited:
    """An audit that finds something at each `⟦mark⟧` of the files."""
    clean, spans = marked(files)
    found = tuple(
        Finding(RULE.code, RULE.name, severity, message, Site(path, Span(start, end)))
        for path, start, end in sorted(spans)
    )
    return audit_of(clean, *found, **more)


def audit_of(files: Mapping[str, str], *findings: Finding, **more: object) -> Audited:
    """An audit that reports these findings."""
    return Audited(project(files), findings, findings, **more)  # type: ignore[arg-type]


def finding(path: str, start: int, end: int, message: str, *, advice: str | None = None, also: str = "") -> Finding:
    """A finding with everything that one can have."""
    at = Site(path, Span(start, end))
    related = (Related(at, also),) if also else ()
    return Finding(RULE.code, RULE.name, "error", message, at, advice, related)
