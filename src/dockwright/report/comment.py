"""Markdown for a comment on a pull request: a table of what was found, and the rest folded away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dockwright.facts.secret_names import masked
from dockwright.finding import SEVERITIES, Finding, Severity
from dockwright.plan import Plan, owners
from dockwright.proof.static import Proof
from dockwright.report.audited import Audited
from dockwright.report.style import count
from dockwright.text import Site, lazy_regex, printable

if TYPE_CHECKING:
    from dockwright.proof.images import ImageProof

LONGEST = 65_000
"""Characters; GitHub takes 65,536 and refuses a comment that is longer."""

_TICKS = lazy_regex(r"`+")
_MARKS = lazy_regex(r"[\\`*_{}\[\]<>()#|~&!]")
_TITLES: dict[Severity, str] = {"error": "Errors", "warning": "Warnings", "info": "Worth knowing"}


def audit(found: Audited) -> str:
    """The findings by severity, as many as a comment has room for."""
    if not found.findings:
        return "**dockwright** found nothing.\n" + _left_out(found)
    head = ["**dockwright** found:", "", "| Severity | Findings |", "|---|---|"]
    head += [f"| {_TITLES[severity]} | {number} |" for severity, number in found.counts if number]
    lines = [*head, ""]
    tail = _left_out(found)
    room = LONGEST - len(tail) - sum(len(line) + 1 for line in lines)
    shown = 0
    for severity in SEVERITIES:
        rows = _rows(found, severity)
        opening, closing = _section(found, severity)
        # One more line, in case the next section finds no room.
        room -= len(opening) + len(closing) + 200
        taken: list[str] = []
        for row in rows:
            if room < len(row) + 1:
                break
            room -= len(row) + 1
            taken.append(row)
        if taken:
            lines += [opening, *taken, closing]
            shown += len(taken)
    left = len(found.findings) - shown
    if left:
        lines += [f"{left} more have no room here: `dockwright audit` shows them all.", ""]
    return "\n".join(lines) + tail


def plan(made: Plan, proof: Proof, images: Sequence[ImageProof] | None = None) -> str:
    """What a plan would change and why, what it leaves, the proof, and the diff as far as there is room for it."""
    from dockwright.change.diff import stat, unified

    if not made.patches:
        return "**dockwright** has nothing to change.\n\n" + _deferred(made)
    lines = ["**dockwright** would change:", "", "| Step or rule | What | Places |", "|---|---|---|"]
    for owner in owners(made):
        titles = [patch.title for patch in made.patches if patch.owner == owner]
        lines += [f"| {owner} | {_text(title)} | {titles.count(title)} |" for title in dict.fromkeys(titles)]
    lines += ["", _held(proof), *_images(images), "", "| File | Lines |", "|---|---|"]
    for line in stat(made.changes):
        name = f"{_code(line.old_path)} → {_code(line.path)}" if line.old_path else _code(line.path)
        lines.append(f"| {line.kind} {name} | {'' if line.added is None else f'+{line.added} -{line.removed}'} |")
    lines += ["", _deferred(made)]
    head = "\n".join(lines)
    return head + _diff(unified(made.changes), LONGEST - len(head))


def _held(proof: Proof) -> str:
    said = f"Proof: {count(proof.kept, 'fact')} kept, {len(proof.intended)} changed on purpose, "
    lines = [f"{said}{len(proof.broken)} broken."]
    for difference in proof.broken:
        before, after = (None if value is None else _code(value) for value in difference.values)
        lines.append(f"- {_text(difference.place)}: {before or 'nothing'} → {after or 'nothing'}")
    return "\n".join([*lines, *(f"- not proved: {_text(text)}" for text in proof.unproved)])


def _images(images: Sequence[ImageProof] | None) -> Iterator[str]:
    """A row for each image, and below it what is broken and what could not be seen."""
    if not images:
        return
    from dockwright.report.images import rows

    yield from ("", "| Image | | Before | After |", "|---|---|---|---|")
    for image in images:
        for number, (what, former, latter) in enumerate(rows(image)):
            title = _code(image.image) if number == 0 else ""
            yield f"| {title} | {what} | {_code(former) if former else ''} | {_code(latter)} |"
    yield ""
    for image in images:
        yield (
            f"{_code(image.image)}: {count(image.kept, 'fact')} kept, {len(image.intended)} changed on purpose, "
            f"{len(image.broken)} broken."
        )
        for difference in image.broken:
            before, after = (None if value is None else _code(value) for value in difference.values)
            yield f"- {_text(difference.place)}: {before or 'nothing'} → {after or 'nothing'}"
        yield from (f"- not proved: {_text(text)}" for text in image.unproved)
        yield ""


def _deferred(made: Plan) -> str:
    if not made.deferred:
        return ""
    lines = ["<details><summary>Left to you</summary>", ""]
    for left in made.deferred:
        where = "" if left.at is None else f"{_code(left.at.path)}: "
        lines.append(f"- {where}{_text(left.what)}: {_text(left.reason)}")
    return "\n".join([*lines, "", "</details>", ""])


def _diff(text: str, room: int) -> str:
    """The diff in a fence that nothing in it closes, cut at a line where it is too long."""
    lines = [masked(printable(line)) for line in text.splitlines()]
    ticks = max((len(found[0]) for line in lines for found in _TICKS.finditer(line)), default=0)
    fence = "`" * max(3, ticks + 1)
    opening, closing = f"\n<details><summary>Diff</summary>\n\n{fence}diff\n", f"{fence}\n\n</details>\n"
    room -= len(opening) + len(closing) + 100
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            shown.append(f"… {len(lines) - len(shown)} more lines: `dockwright plan` shows them all")
            break
        shown.append(line)
    return opening + "".join(f"{line}\n" for line in shown) + closing


def _section(found: Audited, severity: Severity) -> tuple[str, str]:
    """What goes around a severity's rows: errors are unfolded, the rest is folded away."""
    state = " open" if severity == "error" else ""
    title = f"<summary>{_TITLES[severity]}: {found.of(severity)}</summary>"
    return f"<details{state}>{title}\n\n| Place | Rule | What is wrong |\n|---|---|---|", "\n</details>\n"


def _rows(found: Audited, severity: Severity) -> Iterator[str]:
    for finding in found.findings:
        if finding.severity == severity:
            place = _code(_where(found, finding.at))
            yield f"| {place} | {finding.rule} {finding.name} | {_what(found, finding)} |"


def _what(found: Audited, finding: Finding) -> str:
    """The message, with all that helps to mend it folded away below."""
    more: list[str] = []
    source = found.project.sources[finding.at.path]
    line = source.line(source.position(finding.at.span.start).line).strip()
    if line:
        shown = masked(line)
        more.append(_code(shown if len(shown) <= 200 else shown[:199] + "…"))
    more += [f"{_code(_where(found, other.at))}: {_text(other.message)}" for other in finding.related[:5]]
    if len(finding.related) > 5:
        more.append(f"and {len(finding.related) - 5} more places")
    if finding.advice:
        more.append(f"fix: {_text(finding.advice)}")
    if not more:
        return _text(finding.message)
    return f"{_text(finding.message)}<details><summary>more</summary>{'<br>'.join(more)}</details>"


def _where(found: Audited, at: Site) -> str:
    return f"{at.path}:{found.project.sources[at.path].position(at.span.start).line}"


def _left_out(found: Audited) -> str:
    parts = [f"{found.suppressed} more left out by comments"] if found.suppressed else []
    if found.known is not None and found.known.number:
        parts.append(f"{found.known.number} more known from the baseline")
    if found.known is not None and found.known.fixed:
        parts.append(f"{count(len(found.known.fixed), 'finding')} of the baseline fixed")
    return f"\n{', '.join(parts)}.\n" if parts else ""


def _text(text: str) -> str:
    """Text that means nothing to Markdown but what stands in backticks, and calls nobody.

    An `@name` in a comment would write to whoever has that name.
    """
    pieces = masked(printable(text)).split("`")
    if len(pieces) % 2 == 0:
        pieces = ["`".join(pieces)]
    return "".join(_code(piece) if number % 2 else _plain(piece) for number, piece in enumerate(pieces))


def _plain(text: str) -> str:
    return _MARKS.sub(_escaped, text).replace("@", "@\u200b")


def _escaped(found: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(found[0], "\\" + found[0])


def _code(text: str) -> str:
    """Text as code in a cell of a table, where backticks do not hold: each mark is written as its number."""
    escaped = _MARKS.sub(lambda found: f"&#{ord(found[0])};", printable(text)).replace("@", "@\u200b")
    return f"<code>{escaped}</code>"
