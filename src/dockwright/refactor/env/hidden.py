"""Git hides the real env files of `env/` and shows the examples."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Fix
from dockwright.project.model import Project
from dockwright.project.roles import ROLES
from dockwright.refactor.step import Proposal
from dockwright.syntax import ignorefile
from dockwright.text import Change, Create, Edit, Source, Span

OWNER = "env"

_PATH = ".gitignore"
_HIDDEN = "env/.env.*"
_SHOWN = "!env/.env.*.example"


class Hidden:
    """Has `.gitignore` leave out `env/.env.*` but for the examples."""

    name = OWNER
    title = "Real env files hidden from git, their examples shown"

    def propose(self, project: Project) -> Proposal:
        """At most one patch of the root's `.gitignore`."""
        if not any(_is_ours(path) for path in project.env_files):
            return Proposal()
        source = project.sources.get(_PATH)
        if source is None:
            changes: tuple[Change, ...] = (Create(_PATH, f"{_HIDDEN}\n{_SHOWN}\n"),)
        else:
            changes = tuple(_edits(source))
        if not changes:
            return Proposal()
        return Proposal((Fix("let git see the examples in env/ alone", changes, "refit"),))


def _is_ours(path: str) -> bool:
    return path.startswith("env/") and basename(path).removeprefix(".env.").partition(".")[0] in ROLES


def _edits(source: Source) -> Iterator[Edit]:
    """Patterns that take the whole folder go; what is missing is written below the pattern that hides env files."""
    patterns = ignorefile.parse(source).patterns
    whole = [pattern for pattern in patterns if not pattern.negated and _ignores(source, [pattern], "env/x")]
    for pattern in whole:
        start = source.text.rfind("\n", 0, pattern.span.start) + 1
        end = source.text.find("\n", pattern.span.end) + 1
        yield Edit(source.path, Span(start, end or len(source.text)), "")
    kept = [pattern for pattern in patterns if pattern not in whole]
    hides = [p for p in kept if not p.negated and _ignores(source, [p], "env/.env.dev")]
    lines = [] if _ignores(source, kept, "env/.env.dev") else [_HIDDEN]
    if _ignores(source, kept, "env/.env.dev.example") or lines:
        lines.append(_SHOWN)
    if not lines:
        return
    newline = source.newline
    if hides and lines == [_SHOWN]:
        at = source.text.find("\n", hides[-1].span.end) + 1 or len(source.text)
        lead = "" if source.text[at - 1 : at] == "\n" else newline
        yield Edit(source.path, Span(at, at), lead + _SHOWN + newline)
    else:
        at = len(source.text)
        lead = "" if not source.text or source.text.endswith("\n") else newline
        yield Edit(source.path, Span(at, at), lead + "".join(line + newline for line in lines))


def _ignores(source: Source, patterns: list[ignorefile.Pattern], path: str) -> bool:
    text = "".join(f"{source.slice(pattern.span)}\n" for pattern in patterns)
    return ignorefile.git_matcher([ignorefile.parse(Source(_PATH, text))])(path)
