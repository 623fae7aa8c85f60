"""What rules of the audit find that keeps a project from starting or building: a row a rule.

The rules say what is wrong and where. Here stand the fault's name, the command, what it explains, and whether `--fix`
makes the rule's safe fix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend, Severity
from dockwright.finding import Finding, made
from dockwright.project.kinds import Kind
from dockwright.project.stacks import stacks
from dockwright.rule import all_rules, run
from dockwright.syntax import shell

_OF_PROBES = "DW110"
"""What it finds in a Dockerfile does not concern a service with a health check of its own."""

_OF_LOCKS = "DW601"
"""What is not built into an image may do without."""

_ELSEWHERE: frozenset[Kind] = frozenset({"ci", "task", "devcontainer", "document"})
"""Files whose commands other machines run, or nobody yet."""

_BUILD = ("build-fails",)
_START = ("container-exited", "container-restarting", "not-started")


class Row(Struct, frozen=True):
    """A rule's code, the fault that it tells, and what mends it.

    `fixes` is whether `--fix` makes the rule's fix, `everywhere` whether it counts in Makefiles and scripts, too: what
    one target names concerns nobody who does not call it.
    """

    code: str
    fault: str
    way_out: Callable[[Case, Finding], tuple[Command, ...]]
    explains: tuple[str, ...] = ()
    severity: Severity = "stops"
    fixes: bool = False
    everywhere: bool = True


def _fixed(case: Case, finding: Finding) -> tuple[Command, ...]:
    return (Command(f"dockwright audit --fix --select {finding.rule}", finding.advice or ""),)


def _explained(case: Case, finding: Finding) -> tuple[Command, ...]:
    return (Command(f"dockwright explain {finding.rule}", finding.advice or ""),)


def _line_feeds(case: Case, finding: Finding) -> tuple[Command, ...]:
    path = shell.quote(finding.at.path)
    return (
        Command(f"sed -i 's/\\r$//' {path}"),
        Command("echo '*.sh text eol=lf' >> .gitattributes", "so that git keeps it so"),
    )


def _let_through(case: Case, finding: Finding) -> tuple[Command, ...]:
    source = case.project.sources[finding.at.path]
    word = source.slice(finding.at.span).removeprefix("./").strip("/")
    ignore = finding.related[0].at.path if finding.related else ".dockerignore"
    if word in ("", "."):
        return (Command(f"cat {shell.quote(ignore)}", finding.advice or ""),)
    return (Command(f"echo {shell.quote(f'!{word}')} >> {shell.quote(ignore)}", "or leave it out of the COPY"),)


_LOCKING: Mapping[str, str] = {
    "uv.lock": "uv lock", "poetry.lock": "poetry lock", "pdm.lock": "pdm lock", "Pipfile.lock": "pipenv lock",
}  # fmt: skip


def _locked(case: Case, finding: Finding) -> tuple[Command, ...]:
    path = finding.message.partition(" is not there")[0]
    folder, name = dirname(path), path.rpartition("/")[2]
    if name not in _LOCKING:
        return _explained(case, finding)
    into = f"cd {shell.quote(folder)} && " if folder else ""
    return (Command(f"{into}{_LOCKING[name]}"), Command(f"git add {shell.quote(path)}", "builds need it everywhere"))


ROWS: tuple[Row, ...] = (
    Row("DW001", "file-broken", _explained, (*_BUILD, "compose-refused")),
    Row("DW103", "copy-without-maker", _explained, _BUILD),
    Row("DW109", "project-built-too-early", _explained, _BUILD),
    Row("DW110", "probe-scheme", _explained, ("unhealthy",)),
    Row("DW122", "environment-hidden", _explained, _START),
    Row("DW135", "copy-to-no-folder", _fixed, _BUILD, fixes=True),
    Row("DW137", "copy-from-no-stage", _explained, _BUILD),
    Row("DW143", "copy-ignored", _let_through, _BUILD),
    Row("DW146", "copy-from-outside", _explained, _BUILD),
    Row("DW302", "project-name-shared", _explained, ("orphan-containers",), "hurts"),
    Row("DW303", "env-file-not-passed", _fixed, fixes=True),
    Row("DW305", "compose-file-not-found", _explained),
    Row("DW306", "port-taken-twice", _explained, ("not-started", "port-taken")),
    Row("DW313", "container-name-shared", _explained, ("not-started", "container-name-taken")),
    Row("DW315", "data-volume-misplaced", _explained, severity="hurts"),
    Row("DW333", "ports-lead-nowhere", _fixed, severity="hurts"),
    Row("DW408", "dollar-in-value", _explained, ("container-exited", "container-restarting"), "hurts"),
    Row("DW501", "path-missing", _explained, (*_BUILD, "compose-refused"), everywhere=False),
    Row("DW508", "script-crlf", _line_feeds, _START, fixes=True),
    Row("DW601", "lock-missing", _locked, _BUILD),
    Row("DW602", "lock-out-of-build", _explained, _BUILD),
)


def examine(case: Case) -> Iterator[Diagnosis]:
    """What these rules find in the files that the stacks are made of."""
    rows = {row.code: row for row in ROWS}
    rules = [rule for rule in all_rules() if rule.code in rows]
    severities = {rule.code: rule.severity for rule in rules}
    for finding in run(rules, case.project):
        label = _concerned(case, finding, rows[finding.rule])
        # What a rule takes for less than it stands for, such as a lock file that nothing insists on, stops nothing.
        if label is not None and finding.severity == severities[finding.rule]:
            yield _told(case, rows[finding.rule], finding, label)


def _told(case: Case, row: Row, finding: Finding, stack: str) -> Diagnosis:
    place = case.place(finding.at)
    seen = [f"{case.place(each.at)}: {each.message}" for each in finding.related[:3]]
    offered = [made(fix) for fix in finding.fixes if fix.consent == "safe"] if row.fixes else []
    fix = offered[0] if offered else None
    mend = None
    if fix is not None:
        touches = tuple(dict.fromkeys(getattr(each, "path", finding.at.path) for each in fix.changes))
        changes, title = fix.changes, f"doctor: {fix.title}"

        def how(hands: Hands) -> str:
            return hands.change(changes, title)

        mend = Mend(fix.title, touches, how)
    return Diagnosis(
        row.fault,
        finding.at.path,
        finding.message,
        (*seen, f"dockwright audit: {finding.rule} {finding.name}"),
        row.way_out(case, finding),
        row.severity,
        stack,
        row.explains,
        mend,
        place,
    )


def _concerned(case: Case, finding: Finding, row: Row) -> str | None:
    """The label of the stack that a finding is about; empty for all, None for what concerns none that is looked at."""
    paths = {finding.at.path, *(each.at.path for each in finding.related)}
    kinds = {case.project.kinds.get(path) for path in paths}
    if case.project.kinds.get(finding.at.path) in _ELSEWHERE:
        return None
    if finding.rule == _OF_LOCKS and not case.built_from(dirname(finding.at.path)):
        return None
    if "compose" not in kinds and "dockerfile" not in kinds:
        return "" if row.everywhere else None
    # A compose file that cannot be read is in no stack, and may have been meant to be in any.
    if finding.rule == "DW001" and not any(finding.at.path in stack.files for stack in stacks(case.project)):
        return ""
    for stack in case.stacks:
        built = {
            run.image.path
            for run in case.services(stack).values()
            if run.image is not None and not (finding.rule == _OF_PROBES and run.service.written("healthcheck"))
        }
        if not paths.isdisjoint({*stack.files, *built}):
            return case.label(stack)
    return None
