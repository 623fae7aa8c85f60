"""What was found out about a project that does not run: causes first, what was seen, and the commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.json import encode, format

from dockwright import __version__
from dockwright.doctor.diagnosis import Diagnosis
from dockwright.doctor.run import Diagnosed, Found, Mended
from dockwright.report.style import count, paint, width, wrapped
from dockwright.text import printable

SCHEMA_VERSION = 1

_STYLES = {"stops": "error", "hurts": "warning", "note": "info"}
_COUNTED = (("stops", "stops it", "stop it"), ("hurts", "hurts", "hurt"), ("note", "to know", "to know"))
_INDENT = "    "
_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+\s*|\s+""")
"""A word of a command with the space behind it; what stands in quotes is not taken apart."""


def text(seen: Diagnosed) -> str:
    """Each cause with what was seen and what to do, its symptoms below it; what was mended; a line that counts."""
    lines: list[str] = []
    for found in seen.found:
        lines += [*_cause(found), ""]
    for each in seen.mended:
        lines += _mended(each)
    if seen.mended:
        lines.append("")
    if not seen.found:
        lines += [wrapped(f"looked at: {', '.join(seen.looked_at)}", "  ", ""), ""]
    for why, whats in _left_out(seen):
        lines += [_fitting(f"{why}, so not looked at: {', '.join(whats)}", "  ", ""), ""]
    lines.append(_summary(seen))
    return "\n".join(lines) + "\n"


def _left_out(seen: Diagnosed) -> Iterator[tuple[str, list[str]]]:
    """What could not be looked at, by the reason."""
    for why in dict.fromkeys(each.why for each in seen.left_out):
        yield why, [each.what for each in seen.left_out if each.why == why]


def _cause(found: Found) -> Iterator[str]:
    diagnosis = found.diagnosis
    lead = f"{diagnosis.severity}  {diagnosis.fault}  "
    painted = paint(diagnosis.severity, _STYLES[diagnosis.severity]) + lead[len(diagnosis.severity) :]
    yield painted + _fitting(_whom(diagnosis), " " * len(lead)).lstrip()
    yield _fitting(diagnosis.cause, "  ")
    if diagnosis.place is not None:
        yield f"  {paint(printable(str(diagnosis.place)), 'path')}"
    for line in diagnosis.seen:
        yield paint(_fitting(line, _INDENT + "  ", f"{_INDENT}| "), "dim")
    for command in diagnosis.way_out:
        yield from _command(command.line)
        if command.why:
            yield _fitting(command.why, _INDENT + " ")
    if diagnosis.fix is not None:
        yield _fitting(f"`dockwright doctor --fix` does it: {diagnosis.fix.title}", _INDENT, "  ")
    for symptom in found.symptoms:
        yield _fitting(f"explains {symptom.fault} of {_whom(symptom)}: {symptom.cause}", _INDENT + "  ", "  + ")


def _command(line: str) -> Iterator[str]:
    """A command, which can still be copied where it takes several lines: the shell puts them together again."""
    lead, room = "  -> ", width() - 7
    text = ""
    for word in _WORD.findall(printable(line)):
        if text and len(text) + len(word) > room:
            yield f"{lead}{text.rstrip()} \\"
            lead, text = _INDENT + "   ", ""
        text += word
    yield f"{lead}{text}"


def _whom(diagnosis: Diagnosis) -> str:
    return f"{diagnosis.stack} / {diagnosis.subject}" if diagnosis.stack else diagnosis.subject


def _mended(each: Mended) -> Iterator[str]:
    word = paint("mended", "good") if each.done else paint("failed", "error")
    yield f"{word}  {_fitting(f'{each.fault} of {each.subject}: {each.title}', ' ' * 8).lstrip()}"
    yield _fitting(each.outcome, _INDENT)


def _fitting(said: str, indent: str, first: str | None = None) -> str:
    """A paragraph behind an indent; words that are longer than its lines, such as paths, are cut."""
    room = width() - len(indent)
    words = (word[start : start + room] for word in printable(said).split() for start in range(0, len(word), room))
    return wrapped(" ".join(words), indent, first)


def _summary(seen: Diagnosed) -> str:
    parts = [
        paint(f"{number} {one if number == 1 else several}", _STYLES[severity])
        for severity, one, several in _COUNTED
        if (number := seen.count(severity))
    ]
    names = ", ".join(map(printable, seen.stacks)) or "no stack"
    mendable = sum(each.diagnosis.fix is not None for each in seen.found)
    fixes = f"; `dockwright doctor --fix` mends {mendable}" if mendable and not seen.mended else ""
    return wrapped(f"{names}: {', '.join(parts) or 'nothing found'}{fixes}", "  ", "")


def json(seen: Diagnosed) -> str:
    """The same for machines; `docs/json.md` says what each key means."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "dockwright", "version": __version__},
        "stacks": list(seen.stacks),
        "diagnoses": [
            {**_entry(found.diagnosis), "symptoms": [_entry(each) for each in found.symptoms]} for found in seen.found
        ],
        "mended": [
            {
                "fault": each.fault,
                "subject": each.subject,
                "title": each.title,
                "outcome": printable(each.outcome),
                "done": each.done,
            }
            for each in seen.mended
        ],
        "looked_at": list(seen.looked_at),
        "left_out": [{"what": each.what, "why": printable(each.why)} for each in seen.left_out],
        "summary": {severity: seen.count(severity) for severity in _STYLES},
    }
    return format(encode(document), indent=2).decode() + "\n"


def _entry(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "fault": diagnosis.fault,
        "severity": diagnosis.severity,
        "stack": diagnosis.stack or None,
        "subject": diagnosis.subject,
        "path": diagnosis.place.path if diagnosis.place else None,
        "line": diagnosis.place.line if diagnosis.place else None,
        "cause": diagnosis.cause,
        "seen": list(diagnosis.seen),
        "way_out": [{"command": each.line, "why": each.why or None} for each in diagnosis.way_out],
        "fix": None if diagnosis.fix is None else diagnosis.fix.title,
    }


def markdown(seen: Diagnosed) -> str:
    """A heading that says how it stands, and a paragraph with its commands for each cause."""
    stands = "nothing found" if not seen.found else count(len(seen.found), "cause") + " found"
    lines = [f"### dockwright doctor: {stands}", ""]
    for found in seen.found:
        diagnosis = found.diagnosis
        lines += [f"**{diagnosis.fault}** ({diagnosis.severity}), {_escaped(_whom(diagnosis))}: "
                  f"{_escaped(diagnosis.cause)}", ""]  # fmt: skip
        lines += [f"- {_escaped(line)}" for line in diagnosis.seen]
        lines += [f"- explains {each.fault} of {_escaped(_whom(each))}" for each in found.symptoms]
        if diagnosis.way_out:
            lines += ["", *(f"    {each.line}" for each in diagnosis.way_out)]
        lines.append("")
    lines += [f"- mended {each.fault} of {_escaped(each.subject)}" for each in seen.mended if each.done]
    lines.append(f"Looked at: {', '.join(seen.looked_at)}.")
    lines += [f"Not looked at, since {_escaped(why)}: {', '.join(whats)}." for why, whats in _left_out(seen)]
    return "\n".join(lines) + "\n"


def _escaped(said: str) -> str:
    escaped = printable(said).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")
