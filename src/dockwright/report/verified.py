"""What was seen of a running stack: a table for people, JSON for machines, Markdown for a comment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.json import encode, format

from dockwright import __version__
from dockwright.report.style import count, paint, width, wrapped
from dockwright.text import printable
from dockwright.verify.evidence import Evidence
from dockwright.verify.run import Verified

SCHEMA_VERSION = 1

_ORDER = ("fail", "skip", "pass")
_STYLES = {"fail": "error", "skip": "warning", "pass": "good"}


def text(seen: Verified) -> str:
    """A table, failures first, each with the way out; the logs of who is sick; a line that counts."""
    lines: list[str] = []
    subjects = max((len(each.subject) for each in seen.evidence), default=0)
    checks = max((len(each.check) for each in seen.evidence), default=0)
    for evidence in _sorted(seen.evidence):
        lines += _row(evidence, checks, min(subjects, 20))
    for sick in seen.sick:
        lines += ["", paint(f"The last lines of {printable(sick.service)}: {printable(sick.reason)}", "title")]
        lines += [f"  {_cut(printable(line), width() - 2)}" for line in sick.lines] or ["  it has logged nothing"]
    lines += ["", _summary(seen)]
    return "\n".join(lines) + "\n"


def _sorted(evidence: Sequence[Evidence]) -> list[Evidence]:
    return sorted(evidence, key=lambda each: _ORDER.index(each.verdict))


def _row(evidence: Evidence, checks: int, subjects: int) -> Iterator[str]:
    subject = printable(evidence.subject)
    head = f"{evidence.verdict}  {evidence.check:{checks}}  {subject:{subjects}}  "
    indent = " " * (checks + subjects + 10)
    said = printable(evidence.reason)
    if len(subject) > subjects:
        # Too long for its column: what was seen goes below.
        yield _painted(head.rstrip(), evidence)
        yield _fitting(said, indent)
    else:
        first, *more = _fitting(said, indent).split("\n")
        yield _painted(head + first.removeprefix(indent), evidence)
        yield from more
    if evidence.verdict == "fail" and evidence.way_out:
        for line in _fitting(f"-> {printable(evidence.way_out)}", indent).split("\n"):
            yield paint(line, "dim")


def _painted(line: str, evidence: Evidence) -> str:
    return paint(evidence.verdict, _STYLES[evidence.verdict]) + line[4:]


def _fitting(said: str, indent: str) -> str:
    """A paragraph behind an indent; words that are longer than its lines, such as paths, are cut."""
    room = width() - len(indent)
    words = (word[start : start + room] for word in said.split() for start in range(0, len(word), room))
    return wrapped(" ".join(words), indent)


def _cut(line: str, room: int) -> str:
    return line if len(line) <= room else line[: room - 1] + "…"


def _summary(seen: Verified) -> str:
    parts = []
    for verdict, word in (("fail", "failed"), ("skip", "skipped"), ("pass", "passed")):
        number = seen.count(verdict)
        if number:
            parts.append(paint(f"{number} {word}", _STYLES[verdict]))
    name = seen.name if seen.name == seen.project_name else f"{seen.name} ({seen.project_name})"
    return f"{printable(name)}: {', '.join(parts) or 'nothing to check'}, in {seen.seconds:.1f} s"


def json(seen: Verified) -> str:
    """The evidence as it was seen, with its details; `docs/json.md` says what each key means."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "dockwright", "version": __version__},
        "stack": {"name": seen.name, "project_name": seen.project_name},
        "evidence": [
            {
                "check": each.check,
                "subject": printable(each.subject),
                "verdict": each.verdict,
                "reason": printable(each.reason),
                "seconds": each.seconds,
                "detail": {**each.detail, "way_out": printable(each.way_out)} if each.way_out else each.detail,
            }
            for each in seen.evidence
        ],
        "sick": [{"service": each.service, "reason": each.reason, "lines": each.lines} for each in seen.sick],
        "summary": {verdict: seen.count(verdict) for verdict in ("pass", "fail", "skip")},
        "seconds": round(seen.seconds, 3),
    }
    return format(encode(document), indent=2).decode() + "\n"


def markdown(seen: Verified) -> str:
    """A heading that says how it went, and a table, failures first."""
    failures = seen.count("fail")
    went = f"{count(failures, 'check')} failed" if failures else "all is as it should be"
    lines = [
        f"### dockwright verify {_cell(seen.name)}: {went}",
        "",
        "| | Check | Subject | Seen |",
        "|---|---|---|---|",
    ]
    for each in _sorted(seen.evidence):
        way_out = f"<br>→ {_cell(each.way_out)}" if each.verdict == "fail" and each.way_out else ""
        cells = (each.verdict, each.check, _cell(each.subject), _cell(each.reason) + way_out)
        lines.append(f"| {' | '.join(cells)} |")
    for sick in seen.sick:
        lines += ["", f"<details><summary>The last lines of {_cell(sick.service)}</summary>", ""]
        lines += [f"    {printable(line)}" for line in sick.lines]
        lines += ["", "</details>"]
    numbers = ", ".join(f"{seen.count(verdict)} {verdict}" for verdict in ("pass", "fail", "skip"))
    lines += ["", f"{numbers}, in {seen.seconds:.1f} s"]
    return "\n".join(lines) + "\n"


def _cell(said: str) -> str:
    escaped = printable(said).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return escaped.replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")
