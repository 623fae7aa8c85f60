"""DW002: a comment that leaves out a finding that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.suppressions import Suppression, suppressions
from dockwright.rule import AskingRule, Example, all_rules, run
from dockwright.text import Edit, Site, Source, Span
from dockwright.tools import Tools

_MENDED = "FROM python:3.13-slim\nUSER 1000:1000\n"


class UnusedSuppression(AskingRule):
    """Keep only the suppressions that are needed

    ## What it finds

    A comment `dockwright: ignore[…]` that leaves nothing out: the rule finds nothing at that place, no rule has that
    code or name, or the brackets are missing. A comment speaks of its own line and, standing on a line of its own, of
    the next one that is no comment: in a Dockerfile that is the whole instruction.

    ## Why it matters

    Such a comment says that something is wrong where nothing is. Once something is, it hides that without anybody
    having thought about it. And one with a slip in its code lets through what it was written for.

    ## How to mend it

    Delete the comment, or the codes that are not needed. If the finding is still reported, put the comment on the line
    directly above it.

    ## Fix safety

    The fix deletes comments that leave nothing out, which no tool reads. A code that no rule has is left for you to
    correct.

    ## Source

    The same rule in linters for other languages, such as ruff's RUF100.
    """

    code, name, severity, consent = "DW002", "unused-suppression", "info", "safe"
    invalid = (
        Example(
            {"Dockerfile": f"⟦# dockwright: ignore[DW101] for now⟧\n{_MENDED}"},
            becomes={"Dockerfile": _MENDED},
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n"
                "    image: shop ⟦# dockwright: ignore[DW401, runs-as-root]⟧\n"
            },
            becomes={"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"},
        ),
        Example(
            {"Dockerfile": "⟦# dockwright: ignore[DW101,DW001] a job for cron⟧\nFROM python:3.13-slim\nCMD job\n"},
            becomes={"Dockerfile": "# dockwright: ignore[DW101] a job for cron\nFROM python:3.13-slim\nCMD job\n"},
        ),
        Example({"Dockerfile": f"# dockwright: ignore[⟦DW999⟧]\n{_MENDED}"}),
        Example({"Dockerfile": f"⟦# dockwright: ignore⟧\n{_MENDED}"}),
    )
    valid = (
        Example({"Dockerfile": "# dockwright: ignore[DW101] a job for cron\nFROM python:3.13-slim\nCMD job\n"}),
        Example({"Dockerfile": "# dockwright: ignore[runs-as-root]\n# A job.\nFROM python:3.13-slim\nCMD job\n"}),
        Example({"README.md": "A comment such as `<!-- dockwright: ignore[DW501] -->` leaves a finding out.\n"}),
    )

    def ask(self, project: Project, tools: Tools) -> Iterator[Finding]:
        own = {path: [each for each in there if not each.tool] for path, there in suppressions(project).items()}
        written = {path: there for path, there in own.items() if there}
        if not written:
            return
        others = [rule for rule in all_rules() if rule.code != self.code]
        names = {name: rule.code for rule in all_rules() for name in (rule.code.lower(), rule.name)}
        found: dict[str, set[tuple[int, str]]] = {}
        for finding in run(others, project, tools):
            if finding.at.path in written:
                line = project.sources[finding.at.path].position(finding.at.span.start).line
                found.setdefault(finding.at.path, set()).add((line, finding.rule))
        all_there = tools.shell() is not None and tools.secrets() is not None
        unasked = set() if all_there else {rule.code for rule in others if isinstance(rule, AskingRule)}
        for path, comments in written.items():
            for comment in comments:
                here = {code for line, code in found.get(path, ()) if comment.covers(line)}
                yield from self._of(project.sources[path], comment, names, here | unasked)

    def _of(self, source: Source, comment: Suppression, names: dict[str, str], here: set[str]) -> Iterator[Finding]:
        """The findings of one comment; `here` are the rules that it may leave something out of."""
        at = Site(comment.path, comment.span)
        if not comment.rules:
            yield self.found(at, "it names no rule, and leaves nothing out", advice="write dockwright: ignore[DW101]")
            return
        kept: list[str] = []
        unused: list[str] = []
        for written, span in comment.rules:
            code = names.get(written.lower())
            if code is None:
                message = f"no rule is called {written}"
                yield self.found(Site(comment.path, span), message, advice="`dockwright rules` lists them all")
            (unused if code is not None and code not in {self.code, *here} else kept).append(written)
        if unused:
            message = f"{' and '.join(unused)} would find nothing here"
            advice = "take it out of the brackets" if kept else "delete the comment"
            yield self.found(at, message, advice=advice, fix=_fix(source, comment, kept))


def _fix(source: Source, comment: Suppression, kept: list[str]) -> Fix:
    if kept:
        first, last = comment.rules[0][1], comment.rules[-1][1]
        edit = Edit(comment.path, Span(first.start, last.end), ",".join(kept))
    elif comment.alone:
        edit = Edit(comment.path, source.line_span(comment.own_line), "")
    else:
        start = len(source.text[: comment.span.start].rstrip(" \t"))
        line_start = source.line_span(comment.own_line).start
        edit = Edit(comment.path, Span(max(start, line_start), comment.span.end), "")
    return Fix("delete a suppression that leaves nothing out", (edit,))
