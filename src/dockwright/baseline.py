"""Fingerprints of findings, which survive that lines move, and baselines made of them: findings put up with for now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import DecodeError, Struct, ValidationError, field
from msgspec.json import decode, encode, format

from dockwright.errors import UsageError
from dockwright.facts.secret_names import masked
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.text import encode as as_bytes
from dockwright.text import printable

VERSION = 1


class Entry(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A finding that is put up with. `path` and `rule` are for people: the fingerprint alone is compared."""

    path: str
    rule: str
    fingerprint: str


class Baseline(Struct, frozen=True, forbid_unknown_fields=True):
    """The entries of a file, in a fixed order."""

    version: int = VERSION
    findings: tuple[Entry, ...] = field(default=())


class Compared(Struct, frozen=True):
    """Findings held against a baseline: `new` ones, how many are `known`, and entries whose finding is `fixed`."""

    new: tuple[Finding, ...]
    known: int
    fixed: tuple[Entry, ...]


def fingerprints(project: Project, findings: Iterable[Finding]) -> list[str]:
    """A text for each finding, made of its rule, its path, what its line says, and which of several alike it is.

    Values of secrets have no part in it, since it is meant to be committed.
    """
    from hashlib import sha256  # Slow to import, and most audits print no fingerprint.

    seen: dict[tuple[str, str, str], int] = {}
    made = []
    for finding in findings:
        source = project.sources[finding.at.path]
        line = masked(source.line(source.position(finding.at.span.start).line)).strip()
        alike = (finding.rule, finding.at.path, line)
        seen[alike] = number = seen.get(alike, 0) + 1
        made.append(sha256(as_bytes("\0".join((*alike, str(number))))).hexdigest()[:32])
    return made


def entries(project: Project, findings: Sequence[Finding]) -> list[Entry]:
    """The entries that put up with these findings."""
    pairs = zip(findings, fingerprints(project, findings), strict=True)
    return [Entry(printable(finding.at.path), finding.rule, made) for finding, made in pairs]


def compare(
    baseline: Baseline, project: Project, findings: Sequence[Finding], looked_for: Callable[[Entry], bool]
) -> Compared:
    """Findings held against a baseline. Only entries that were `looked_for` can be fixed."""
    known = {entry.fingerprint for entry in baseline.findings}
    found = entries(project, findings)
    new = tuple(finding for finding, entry in zip(findings, found, strict=True) if entry.fingerprint not in known)
    there = {entry.fingerprint for entry in found}
    fixed = tuple(entry for entry in baseline.findings if entry.fingerprint not in there and looked_for(entry))
    return Compared(new, len(findings) - len(new), fixed)


def renewed(
    baseline: Baseline, project: Project, findings: Sequence[Finding], looked_for: Callable[[Entry], bool]
) -> Baseline:
    """A baseline of these findings; entries that nobody `looked_for` stay."""
    kept = [entry for entry in baseline.findings if not looked_for(entry)]
    return Baseline(findings=tuple(sorted({*kept, *entries(project, findings)})))


def read(path: str, data: bytes) -> Baseline:
    """The baseline that a file holds. Raises UsageError for one that is none."""
    try:
        baseline = decode(data, type=Baseline)
    except (DecodeError, ValidationError, UnicodeDecodeError) as error:
        hint = "make it anew: dockwright audit --baseline FILE --write-baseline"
        raise UsageError(f"it is no baseline: {error}", path=path, hint=hint) from error
    if baseline.version != VERSION:
        raise UsageError(f"a baseline of version {baseline.version}, and this dockwright knows {VERSION}", path=path)
    return baseline


def written(baseline: Baseline) -> bytes:
    """The file that holds a baseline: the same bytes for the same findings."""
    return format(encode(baseline), indent=2) + b"\n"
