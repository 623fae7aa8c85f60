"""SARIF 2.1.0, for code scanning: an audit's findings, and the page of each rule that found one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from msgspec.json import encode, format

from dockwright import __version__
from dockwright.facts.secret_names import masked
from dockwright.finding import Finding, Severity
from dockwright.project.model import Project
from dockwright.report.audited import Audited, said
from dockwright.report.markdown import page_path, rule_page
from dockwright.rule import Rule, all_rules
from dockwright.text import Site, Source, printable

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "dockwright/v1"

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def audit(found: Audited, folder: str = "") -> str:
    """The findings; `folder` is the project's path below the repository, empty or with a `/` at its end."""
    project = found.project
    codes = {finding.rule for finding in found.findings}
    rules = [rule for rule in all_rules() if rule.code in codes]
    index = {rule.code: number for number, rule in enumerate(rules)}
    results = [
        {
            "ruleId": finding.rule,
            "ruleIndex": index[finding.rule],
            "level": _LEVELS[finding.severity],
            "message": {"text": said(finding)},
            "locations": [_location(project, finding.at, folder)],
            "partialFingerprints": {FINGERPRINT: fingerprint},
            **_related(project, finding, folder),
        }
        for finding, fingerprint in zip(found.findings, found.fingerprints, strict=True)
    ]
    run = {
        "tool": {
            "driver": {
                "name": "dockwright",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notices(project, folder)}],
        "results": results,
    }
    return format(encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}), indent=2).decode() + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    title, _, _ = (rule.__doc__ or "").partition("\n")
    page = rule_page(rule)
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": title.strip()},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        # `helpUri` takes an absolute address alone, and the page is a file that comes with dockwright.
        "properties": {"page": page_path(rule), "tags": list(rule.equivalents)},
    }


def _related(project: Project, finding: Finding, folder: str) -> dict[str, Any]:
    if not finding.related:
        return {}
    return {
        "relatedLocations": [
            {
                "id": number,
                **_location(project, other.at, folder),
                "message": {"text": masked(printable(other.message))},
            }
            for number, other in enumerate(finding.related, 1)
        ]
    }


def _location(project: Project, at: Site, folder: str) -> dict[str, Any]:
    source = project.sources[at.path]
    first, last = source.position(at.span.start), source.position(at.span.end)
    region = {
        "startLine": first.line,
        "startColumn": _column(source, first.line, first.column),
        "endLine": last.line,
        "endColumn": _column(source, last.line, last.column),
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(folder + at.path)}, "region": region}}


def _column(source: Source, line: int, column: int) -> int:
    """A column in UTF-16 code units."""
    before = source.line(line).removeprefix("\ufeff")[: column - 1]
    return column + sum(char > "\uffff" for char in before)


def _uri(path: str) -> str:
    """A path as a relative URI, its bytes percent-encoded; a colon in front of the first slash would end a scheme."""
    return quote(path.encode("utf-8", "surrogateescape"), safe="/~")


def _notices(project: Project, folder: str) -> list[dict[str, Any]]:
    return [
        {
            "level": "note",
            "message": {"text": printable(f"{note.message}; {note.hint}" if note.hint else note.message)},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(folder + note.path)}}}],
        }
        for note in project.notices
    ]
