"""What the settings of a project and the command line choose: which files, which rules, which findings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from dockwright.config import OWN_FILE, SHARED_FILE, Configured, read
from dockwright.errors import UsageError, did_you_mean
from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.suppressions import suppressed
from dockwright.rule import Rule, all_rules
from dockwright.syntax import ignorefile
from dockwright.text import Source


def configured(project: Project) -> tuple[Project, Configured]:
    """The project without the files that its settings leave out, and the settings."""
    settings = read((_own_file(project.root), project.sources.get(SHARED_FILE)))
    if not settings.settings.exclude:
        return project, settings
    excluded = matcher(settings.settings.exclude)
    kept = {path: it for path, it in project.sources.items() if path == project.focus or not excluded(path)}
    notices = tuple(notice for notice in project.notices if not excluded(notice.path))
    return replace(project, sources=kept, notices=notices), settings


def _own_file(root: str) -> Source | None:
    path = os.path.join(root, OWN_FILE)
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            return Source.read(OWN_FILE, file.read())
    except OSError as error:
        raise UsageError(f"cannot be read: {(error.strerror or '').lower()}", path=OWN_FILE) from error


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path below the root is one of those that the patterns, written as in a `.gitignore`, mean."""
    return ignorefile.git_matcher([ignorefile.parse(Source(".gitignore", "\n".join(patterns)))])


class Choice(Struct, frozen=True):
    """The rules to run, and which of their findings to report. `codes` are those of the rules."""

    codes: frozenset[str]
    per_file: tuple[tuple[Callable[[str], bool], frozenset[str]], ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, in the order of their codes."""
        return tuple(rule for rule in all_rules() if rule.code in self.codes)

    def wanted(self, project: Project, finding: Finding, path: str | None = None) -> bool:
        """Whether to report a finding. `path` is the one that its file had before anything was moved."""
        path = finding.at.path if path is None else path
        return (
            finding.rule in self.codes
            and not any(finding.rule in codes and matches(path) for matches, codes in self.per_file)
            and not left_out(project, finding)
        )


def left_out(project: Project, finding: Finding) -> bool:
    """Whether a comment leaves a finding out: by its rule, or by another tool's rule that says the same."""
    names = _names()[finding.rule]
    # ShellCheck's codes are all one rule here; the message names the one.
    of_shell = [name for name in names if ":sc" not in name or name.rpartition(":")[2].upper() in finding.message]
    return suppressed(project, finding.at, *of_shell)


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """What comments may call each rule, in small letters."""
    return {
        rule.code: (
            rule.code.lower(),
            rule.name,
            *(each.lower() for each in rule.equivalents),
            *dict.fromkeys(f"{each.partition(':')[0]}:all" for each in rule.equivalents),
        )
        for rule in all_rules()
    }


def choice(settings: Configured, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Choice:
    """What to run and report.

    `select` and `ignore` are the command line's. A `select` there is meant to the letter: it takes the place of the
    file's `select` and `ignore`. What the file leaves out in single files and places is left out in any case.
    """
    of_file = settings.settings
    if select:
        codes = _codes(select)
    else:
        codes = frozenset(rule.code for rule in all_rules())
        if of_file.select:
            codes = _codes(of_file.select, settings, "select")
        codes -= _codes(of_file.ignore, settings, "ignore")
    per_file = tuple(
        (matcher((pattern,)), _codes(names, settings, "per-file-ignores", pattern))
        for pattern, names in of_file.per_file_ignores.items()
    )
    return Choice(codes - _codes(ignore), per_file)


def split(given: Iterable[str]) -> list[str]:
    """The names in options such as `--select DW1,DW301 --select runs-as-root`."""
    return [name.strip() for names in given for name in names.split(",") if name.strip()]


def _codes(names: Sequence[str], settings: Configured | None = None, *place: str) -> frozenset[str]:
    """The codes that names of rules mean; UsageError, at its place in the file, for one that means none."""
    codes: frozenset[str] = frozenset()
    for number, name in enumerate(names):
        meant = _meant(name.strip())
        if not meant:
            message = f"no rule is called {name}"
            known = [known for rule in all_rules() for known in (rule.code, rule.name)]
            hint = did_you_mean(name, known) or "`dockwright rules` lists them all"
            if settings is not None:
                raise settings.wrong(f"{place[0]}: {message}", *place, number, hint=hint)
            raise UsageError(message, hint=hint)
        codes |= meant
    return codes


def _meant(name: str) -> frozenset[str]:
    lower = name.lower()
    if lower == "all":
        return frozenset(rule.code for rule in all_rules())
    begins = lower.startswith("dw")
    return frozenset(
        rule.code for rule in all_rules() if lower == rule.name or (begins and rule.code.lower().startswith(lower))
    )
