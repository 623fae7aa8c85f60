"""GitHub's workflow commands: findings as annotations of the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.secret_names import masked
from dockwright.finding import Finding, Severity
from dockwright.report.audited import Audited, said
from dockwright.report.style import count
from dockwright.text import printable

MOST = 10
"""How many annotations of one level GitHub shows for a step."""

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def audit(found: Audited, folder: str = "") -> str:
    """A command for each finding, as many as GitHub shows; the others are lines of the log, and a summary ends it.

    `folder` is the project's path below the repository, empty or with a `/` at its end.
    """
    shown = dict.fromkeys(_COMMANDS, 0)
    commands: list[str] = []
    others: list[str] = []
    for finding in found.findings:
        shown[finding.severity] += 1
        if shown[finding.severity] <= MOST:
            commands.append(_command(found, finding, folder))
        else:
            others.append(_line(found, finding, folder))
    return "\n".join((*commands, *others, *_summary(found, len(others)))) + "\n"


def _command(found: Audited, finding: Finding, folder: str) -> str:
    source = found.project.sources[finding.at.path]
    first, last = source.position(finding.at.span.start), source.position(finding.at.span.end)
    place = {"file": folder + finding.at.path, "line": first.line, "endLine": last.line}
    if first.line == last.line:
        place |= {"col": first.column, "endColumn": last.column}
    place["title"] = f"{finding.rule} {finding.name}"
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    return f"::{_COMMANDS[finding.severity]} {properties}::{_data(said(finding))}"


def _line(found: Audited, finding: Finding, folder: str) -> str:
    at = found.project.sources[finding.at.path].position(finding.at.span.start)
    place = f"{printable(folder + finding.at.path)}:{at.line}:{at.column}"
    line = f"{place}: {finding.severity} {finding.rule}: {masked(printable(finding.message))}"
    # Runners obey an old form of command wherever it stands in a line.
    return line.replace("##[", "## [")


def _summary(found: Audited, more: int) -> Iterator[str]:
    parts = [count(number, severity) for severity, number in found.counts if number and severity != "info"]
    parts += [f"{number} info" for severity, number in found.counts if number and severity == "info"]
    files = count(len({finding.at.path for finding in found.findings}), "file")
    yield f"dockwright: {', '.join(parts)} in {files}" if parts else "dockwright: no findings"
    if more:
        yield f"{more} of them are above as lines only: GitHub shows {MOST} annotations of a level"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
