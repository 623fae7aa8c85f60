"""Text for people: findings with a code frame, a plan with its diff, rules in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dockwright.facts.secret_names import masked
from dockwright.finding import SEVERITIES, Finding
from dockwright.project.compose import elements, last_text, text
from dockwright.project.images import ignore_file_read, images
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.python_side import applications, packagings
from dockwright.project.references import REQUIRED
from dockwright.project.stacks import label, services, stacks
from dockwright.project.variables import variables
from dockwright.report.audited import Audited, Repaired
from dockwright.report.style import count, paint, width, wrapped
from dockwright.rule import Rule
from dockwright.syntax.dockerfile import User
from dockwright.text import Site, printable

if TYPE_CHECKING:  # An audit has neither, and need not wait for them.
    from dockwright.plan import Plan
    from dockwright.proof.images import ImageProof
    from dockwright.proof.static import Difference, Proof


def audit(found: Audited) -> str:
    """What was fixed, findings, what breaks or leaks first, a line that counts them, and what is not among them."""
    lines: list[str] = []
    if found.repaired is not None:
        lines += [*_repaired(found.repaired), ""]
    for finding in found.findings:
        lines += [*_finding(found.project, finding), ""]
    lines += [_summary(found.project, found.findings), *_left_out(found)]
    return "\n".join(lines) + "\n"


def _repaired(repaired: Repaired) -> Iterator[str]:
    """A line for each owner and title, and the way back."""
    titles = [(patch.owner, patch.title) for patch in repaired.patches]
    for owner, title in dict.fromkeys(titles):
        times = titles.count((owner, title))
        yield f"{paint('fixed', 'good')}  {owner:8} {printable(title)}" + (f" ({times} times)" if times > 1 else "")
    yield f"applied as {repaired.journal}; `dockwright undo` takes it back"


def _left_out(found: Audited) -> Iterator[str]:
    if found.suppressed:
        yield paint(f"{found.suppressed} more left out by comments", "dim")
    if found.known is not None and found.known.number:
        yield paint(f"{found.known.number} more known from the baseline", "dim")
    if found.known is not None and found.known.fixed:
        number = len(found.known.fixed)
        fixed, them = ("are fixed", "them") if number > 1 else ("is fixed", "it")
        yield f"{count(number, 'finding')} of the baseline {fixed}; --write-baseline takes {them} out:"
        yield from (f"  {entry.path}  {entry.rule}" for entry in found.known.fixed[:10])
        if number > 10:
            yield f"  and {number - 10} more"


def _finding(project: Project, finding: Finding) -> Iterator[str]:
    yield f"{paint(_where(project, finding.at), 'path')}  {paint(finding.severity, finding.severity)}  " + paint(
        f"{finding.rule} {finding.name}", "dim"
    )
    yield wrapped(printable(finding.message), "  ")
    yield from _frame(project, finding.at)
    for other in finding.related[:5]:
        yield paint(f"  {_where(project, other.at)}: {printable(other.message)}", "dim")
    if len(finding.related) > 5:
        yield paint(f"  and {len(finding.related) - 5} more places", "dim")
    if finding.advice:
        yield wrapped(printable(finding.advice), "       ", paint("  fix: ", "good"))


def _where(project: Project, at: Site) -> str:
    position = project.sources[at.path].position(at.span.start)
    return f"{printable(at.path)}:{position.line}:{position.column}"


def _frame(project: Project, at: Site) -> Iterator[str]:
    """The line of a place with its characters underlined; a long line is cut around them."""
    source = project.sources[at.path]
    start, end = source.position(at.span.start), source.position(at.span.end)
    written = source.line(start.line).removeprefix("\ufeff").expandtabs(1)
    text = masked(written)
    if not text.strip():
        return
    first = start.column - 1
    last = end.column - 1 if end.line == start.line else len(text)
    if text != written:
        # Behind a masked value columns have moved: what can be shown for certain is the line.
        first, last = len(text) - len(text.lstrip()), len(text)
    room = width() - 10
    cut = max(0, min(first - 8, len(text) - room)) if len(text) > room else 0
    shown = printable(text[cut : cut + room])
    shown = "…" + shown[1:] if cut else shown
    shown = shown[:-1] + "…" if cut + room < len(text) else shown
    number = str(start.line)
    marks = "^" * max(1, min(last, cut + room) - first)
    yield paint(f"  {number} | ", "dim") + shown
    yield paint(f"  {' ' * len(number)} | ", "dim") + " " * (first - cut) + paint(marks, "error")


def _summary(project: Project, findings: Sequence[Finding]) -> str:
    if not findings:
        return paint("no findings", "good") + f" in {count(len(project.kinds), 'file')}"
    parts = []
    for severity in SEVERITIES:
        number = sum(finding.severity == severity for finding in findings)
        if number:
            parts.append(paint(count(number, severity) if severity != "info" else f"{number} info", severity))
    files = count(len({finding.at.path for finding in findings}), "file")
    text = f"{', '.join(parts)} in {files}"
    consents = [finding.fixes[0].consent for finding in findings if finding.fixes]
    unsafe = consents.count("unsafe")
    made = len(consents) - unsafe
    shown = [f"`dockwright plan` shows a fix for {made}"] if made else []
    shown += [f"`plan --unsafe-fixes` a guess for {unsafe}"] if unsafe else []
    return f"{text}\n{', '.join(shown)}" if shown else text


def plan(made: Plan, proof_of_it: Proof, *, stat_only: bool, images: Sequence[ImageProof] | None = None) -> str:
    """A plan: a summary by step and rule, the files, the diff, what was left out, the proof, and that of its images."""
    from dockwright.change.diff import unified
    from dockwright.plan import owners

    if not made.patches:
        lines = [paint("nothing to change", "good")]
        return "\n".join([*lines, *_deferred(made)]) + "\n"
    lines = [paint("What would change, and why", "title")]
    for owner in owners(made):
        titles = dict.fromkeys(patch.title for patch in made.patches if patch.owner == owner)
        for title in titles:
            number = sum(patch.owner == owner and patch.title == title for patch in made.patches)
            times = f" ({number} times)" if number > 1 else ""
            lines.append(wrapped(f"{printable(title)}{times}", " " * 13, f"  {owner:10} "))
    lines += ["", *_stat(made)]
    if not stat_only:
        lines += ["", *map(_diff_line, unified(made.changes).splitlines())]
    lines += [*_deferred(made), "", proof(proof_of_it).rstrip("\n")]
    if images is not None:
        from dockwright.report.images import text

        lines += ["", text(images).rstrip("\n")]
    return "\n".join(lines) + "\n"


def _stat(made: Plan) -> Iterator[str]:
    from dockwright.change.diff import stat

    for line in stat(made.changes):
        numbers = "" if line.added is None else f"  +{line.added} -{line.removed}"
        name = f"{line.old_path} -> {line.path}" if line.old_path else line.path
        yield f"  {line.kind:6} {printable(name)}{paint(numbers, 'dim')}"


_DIFF_STYLES = (("+++", "title"), ("---", "title"), ("diff ", "title"), ("@@", "hunk"), ("+", "good"), ("-", "bad"))


def _diff_line(line: str) -> str:
    style = next((style for start, style in _DIFF_STYLES if line.startswith(start)), None)
    text = printable(masked(line))
    return text if style is None else paint(text, style)


def _deferred(made: Plan) -> Iterator[str]:
    if made.deferred:
        yield ""
        yield paint("Left to you", "title")
    for left in made.deferred:
        known = made.before if left.at is not None and left.at.path in made.before.sources else made.after
        where = "" if left.at is None else f"{_where(known, left.at)}: "
        yield wrapped(f"{where}{printable(left.what)}: {printable(left.reason)}", "    ", "  ")


def proof(held: Proof) -> str:
    """What the proof found: kept, changed on purpose, broken."""
    lines = [paint("Proof", "title"), f"  kept     {count(held.kept, 'fact')}"]
    if held.intended:
        lines.append(f"  changed  {len(held.intended)} on purpose")
        for owner in sorted({difference.owner or "" for difference in held.intended}):
            lines += _on_purpose(owner, [one for one in held.intended if one.owner == owner])
    lines.append(f"  broken   {len(held.broken)}")
    for difference in held.broken:
        lines += _difference(difference)
        if difference.owner is not None:
            lines.append(f"      by {paint(difference.owner, 'path')}, which does not declare it")
    lines += [wrapped(printable(text), "           ", "  unproved ") for text in held.unproved]
    return "\n".join(lines) + "\n"


def show(project: Project) -> str:
    """The model on a page: what is built, what is run, what is read."""
    lines = [paint(printable(project.root), "title"), ""]
    for title, rows in (
        ("Images", _images(project)),
        ("Stacks", _stacks(project)),
        ("Python", _python(project)),
        ("Environment", _environment(project)),
        ("References", _references(project)),
    ):
        shown = list(rows)
        lines += [paint(title, "title"), *(shown or ["  none"]), ""]
    return "\n".join(lines[:-1]) + "\n"


def _images(project: Project) -> Iterator[str]:
    for image in images(project):
        ignore = ignore_file_read(project, image) or "no ignore file"
        yield f"  {paint(printable(image.path), 'path')}  context {image.context or '.'}, {ignore}"
        for stage in image.tree.stages:
            user = image.last(stage, User)
            shipped = "" if stage in image.shipped else ", not shipped"
            name = stage.name or f"stage {stage.index}"
            runs_as = "root unless the base says otherwise" if user is None else printable(user.value.value)
            yield f"    {name}: from {printable(stage.from_.image.value)}, user {runs_as}{shipped}"


def _stacks(project: Project) -> Iterator[str]:
    for stack in stacks(project):
        calls = f"{count(len(stack.invoked_from), 'call')}" if stack.invoked_from else "called by nothing here"
        yield paint(wrapped(label(project, stack), "    ", "  "), "path")
        yield f"    project {stack.project_name} (by its {stack.named_by}), {calls}"
        yield wrapped(" + ".join(stack.files), "      ", "    ")
        if stack.env_files:
            yield wrapped("env " + ", ".join(stack.env_files), "      ", "    ")
        for name, written in services(project, stack).items():
            built = "built here" if any(one.build for one in written) else ""
            parts = [part for part in (last_text(written, "image"), built) if part]
            ports = [text(port) or "" for one in written for port in elements(one.get("ports"))]
            shown = f", ports {', '.join(filter(None, ports))}" if any(ports) else ""
            yield wrapped(printable(f"{name}: {', '.join(parts)}{shown}"), "        ", "      ")


def _python(project: Project) -> Iterator[str]:
    for packaging in packagings(project):
        requires = f", Python {packaging.requires_python.text}" if packaging.requires_python else ""
        locked = "locked" if packaging.locked else "not locked"
        dependencies = count(len(packaging.dependencies), "requirement")
        yield f"  {packaging.folder or '.'}: {packaging.primary or 'no manager'}{requires}, {dependencies}, {locked}"
    for app in applications(project):
        if not app.in_tests and not app.mounted:
            yield f"  {app.framework}: {printable(app.app)}"


def _environment(project: Project) -> Iterator[str]:
    for path, file in project.env_files.items():
        yield f"  {printable(path)}: {count(len(file.entries), 'variable')}"
    known = variables(project).values()
    nobody = [one.name for one in known if one.required and not one.defined]
    if nobody:
        yield wrapped("required, and given a value by nothing: " + ", ".join(nobody), "    ", "  ")


def _references(project: Project) -> Iterator[str]:
    kinds: dict[str, int] = {}
    for ref in references(project):
        kinds[ref.kind] = kinds.get(ref.kind, 0) + 1
    for kind, number in sorted(kinds.items(), key=lambda item: -item[1]):
        yield f"  {number:4}  {kind}"
    for ref in references(project):
        if ref.kind in REQUIRED and not ref.pattern and not project.exists(ref.target):
            yield f"  {_where(project, ref.at)}: {printable(ref.target)} is not there"


_SHOWN = 5
"""How many differences of one owner are shown: a health check alone is six, in every stack."""


def _on_purpose(owner: str, made: Sequence[Difference]) -> Iterator[str]:
    yield f"  {paint(owner, 'path')}  {count(len(made), 'difference')}"
    for difference in made[:_SHOWN]:
        yield from _difference(difference)
    if len(made) > _SHOWN:
        yield f"    and {len(made) - _SHOWN} more; --format json lists them all"


def _difference(difference: Difference) -> Iterator[str]:
    before, after = (_fitting(printable(text or "nothing")) for text in difference.values)
    yield wrapped(printable(difference.place), "        ", "    ")
    yield wrapped(f"{before} -> {after}", "        ", "      ")


def _fitting(text: str) -> str:
    """A text whose words fit a line: what a URL says further on is in the JSON."""
    room = width() - 10
    return " ".join(word if len(word) <= room else f"{word[: room - 1]}…" for word in text.split(" "))


def rules(known: Iterable[Rule]) -> str:
    """A line for each rule."""
    lines = []
    for rule in known:
        title = (rule.__doc__ or "").partition("\n")[0]
        fix = {None: "", "safe": "fix", "refit": "refit", "unsafe": "unsafe fix"}[rule.consent]
        lines.append(f"{paint(rule.code, 'path')}  {rule.name:26} {rule.severity:8} {fix:10} {title}")
    return "\n".join(lines) + "\n"
