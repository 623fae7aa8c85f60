"""An audit: rules run, findings chosen, held against a baseline and against what has changed."""

from __future__ import annotations

import argparse
import os
import sys

from dockwright.baseline import Baseline, Entry, compare, read, renewed, written
from dockwright.cli.settings import Choice, left_out
from dockwright.cli.tools import TOOLS
from dockwright.errors import DockwrightError, UsageError
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.report.audited import Audited, Known, Repaired
from dockwright.rule import all_rules
from dockwright.rule import run as run_rules
from dockwright.text import Site
from dockwright.tools import Changed, Git


def audited(
    project: Project,
    choice: Choice,
    given: argparse.Namespace,
    *,
    git: Git | None = None,
    repaired: Repaired | None = None,
) -> Audited:
    """The findings that the options ask for; `--write-baseline` writes its file. Raises DockwrightError."""
    changed = None if git is None else git.changed_since(project.root, given.changed_since)
    raw = [it for it in run_rules(choice.rules, project, TOOLS) if project.focus in (None, it.at.path)]
    considered = findings = tuple(finding for finding in raw if choice.wanted(project, finding))
    not_told = sum(left_out(project, it) for it in raw)
    known = None
    if given.baseline is not None:
        findings, known = _new(project, choice, findings, given)
    if changed is not None:
        findings = tuple(finding for finding in findings if _touched(project, changed, finding))
    return Audited(project, findings, considered, not_told, known, repaired)


def _new(
    project: Project, choice: Choice, findings: tuple[Finding, ...], given: argparse.Namespace
) -> tuple[tuple[Finding, ...], Known]:
    """The findings that the baseline does not hold, after it was written anew if that is asked for."""
    rules = {rule.code for rule in all_rules()}

    def looked_for(entry: Entry) -> bool:
        return (entry.rule in choice.codes or entry.rule not in rules) and project.focus in (None, entry.path)

    baseline = _read(given.baseline, given.write_baseline)
    if given.write_baseline:
        baseline = renewed(baseline, project, findings, looked_for)
        _write(given.baseline, baseline)
    compared = compare(baseline, project, findings, looked_for)
    return compared.new, Known(compared.known, compared.fixed)


def _read(path: str, may_be_new: bool) -> Baseline:
    if may_be_new and not os.path.exists(path):
        return Baseline()
    try:
        with open(path, "rb") as file:
            return read(path, file.read())
    except FileNotFoundError as error:
        raise UsageError("no such file", path=path, hint="--write-baseline makes it") from error
    except OSError as error:
        raise DockwrightError(f"cannot be read: {(error.strerror or '').lower()}", path=path) from error


def _write(path: str, baseline: Baseline) -> None:
    try:
        with open(path, "wb") as file:
            file.write(written(baseline))
    except OSError as error:
        raise DockwrightError(f"cannot be written: {(error.strerror or '').lower()}", path=path) from error
    number = len(baseline.findings)
    print(f"note: {path} puts up with {number} finding{'' if number == 1 else 's'} now", file=sys.stderr)


def _touched(project: Project, changed: Changed, finding: Finding) -> bool:
    """Whether the place of a finding, or one of those related to it, was changed."""
    places = (finding.at, *(other.at for other in finding.related))
    return any(_lies_in(project, changed, at) for at in places)


def _lies_in(project: Project, changed: Changed, at: Site) -> bool:
    source = project.sources[at.path]
    first, last = source.position(at.span.start).line, source.position(max(at.span.start, at.span.end - 1)).line
    return changed.touches(at.path, first, last)
