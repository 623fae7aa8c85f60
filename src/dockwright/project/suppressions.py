"""Inline suppressions: comments such as `# dockwright: ignore[DW101] reason`, and the lines that they speak of.

In Dockerfiles those of hadolint and of BuildKit's own checks count as well, for the rules that say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from dockwright.project.kinds import Kind
from dockwright.project.model import Project, view
from dockwright.syntax import dockerfile, markdown, python_code
from dockwright.text import Site, Source, Span, lazy_regex

MARK = "dockwright:"

_HASH, _SLASHES, _MARKUP, _DOTS = "#", "//", "<!--", ".."
_BEGINNING = {_HASH: r"#+", _SLASHES: r"//+", _MARKUP: r"<!--", _DOTS: r"\.\."}
_COMMENT = lazy_regex(
    r"(?P<opens>#+|//+|<!--|\.\.)[ \t]*dockwright:[ \t]*ignore\b(?:\[(?P<rules>[^\]\r\n]*)\])?(?P<rest>[^\r\n]*)"
)
_HADOLINT = lazy_regex(r"(?im)^[ \t]*#[ \t]*hadolint[ \t]+(?P<whole>global[ \t]+)?ignore[ \t]*=(?P<rules>[ \t\w,]*)")
_BUILDKIT = lazy_regex(r"(?i)(?:^|;)[ \t]*skip[ \t]*=(?P<rules>[^;\r\n]*)")
_RULE = lazy_regex(r"[^\s,]+")
_WHOLE_LINES = frozenset(("dockerfile", "ignore"))
"""Kinds of files in which a comment takes a line of its own."""
_BY_ENDING: tuple[tuple[str, str], ...] = (
    (".rst", _DOTS),
    (".md .mdx .markdown", _MARKUP),
    (".json .hcl", _SLASHES),
    ("jenkinsfile", _SLASHES),
)


class Suppression(Struct, frozen=True):
    """One comment. `span` is the whole of it, `rules` what its brackets hold and where; `lines` are the first and the
    last line, counted from 1, whose findings it leaves out. `alone` says that nothing else is on its line. `tool` is
    whose comment it is, where it is not ours; its rules are written `hadolint:DL3008`.
    """

    path: str
    span: Span
    rules: tuple[tuple[str, Span], ...]
    lines: tuple[int, int]
    own_line: int
    alone: bool
    tool: str = ""

    def covers(self, line: int) -> bool:
        """Whether it speaks of a line: its own, and one below if it stands alone."""
        return line == self.own_line or self.lines[0] <= line <= self.lines[1]


@view
def suppressions(project: Project) -> Mapping[str, tuple[Suppression, ...]]:
    """The suppressions of each file that has some, in the order of the text."""
    found: dict[str, tuple[Suppression, ...]] = {}
    for path, kind in project.kinds.items():
        source = project.sources[path]
        there = [*_read(project, source, kind)] if MARK in source.text else []
        if kind == "dockerfile":
            there += _of_others(project, source)
        if there:
            found[path] = tuple(there)
    return found


def suppressed(project: Project, at: Site, *names: str) -> bool:
    """Whether a comment leaves out what a rule of these names finds at a place."""
    there = suppressions(project).get(at.path)
    if not there:
        return False
    line = project.sources[at.path].position(at.span.start).line
    return any(name.lower() in names for one in there if one.covers(line) for name, _ in one.rules)


def _read(project: Project, source: Source, kind: Kind) -> Iterator[Suppression]:
    sign = _sign(source.path)
    quoted = _quoted(project, source, kind)
    for match in _COMMENT.finditer(source.text):
        start = match.start()
        line = source.position(start).line
        before = source.text[source.line_span(line).start : start].removeprefix("\ufeff")
        alone = not before.strip()
        if (
            not re.fullmatch(_BEGINNING[sign], match["opens"])
            or not (alone or (before[-1] in " \t" and kind not in _WHOLE_LINES and sign != _DOTS))
            or any(start in span for span in quoted)
            or (sign == _MARKUP and len(before.expandtabs(4)) > 3 and alone)
        ):
            continue
        end = match.end()
        if sign == _MARKUP:
            close = match["rest"].find("-->")
            if close < 0:
                continue
            end = match.start("rest") + close + len("-->")
        end = start + len(source.text[start:end].rstrip())
        rules: tuple[tuple[str, Span], ...] = ()
        if match["rules"] is not None:
            at = match.start("rules")
            rules = tuple((one[0], Span(at + one.start(), at + one.end())) for one in _RULE.finditer(match["rules"]))
        whole = alone and not source.text[end : source.line_span(line).end].strip()
        below = _below(project, source, kind, sign, line) if whole else (line, line)
        yield Suppression(source.path, Span(start, end), rules, below, line, whole)


def _of_others(project: Project, source: Source) -> Iterator[Suppression]:
    """What a Dockerfile's comments say to other tools.

    Source: hadolint's README, "Inline ignores"; docs.docker.com/reference/dockerfile, "check".
    """
    if "hadolint" in source.text:
        for match in _HADOLINT.finditer(source.text):
            line = source.position(match.start()).line
            lines = (1, source.line_count) if match["whole"] else _below(project, source, "dockerfile", _HASH, line)
            yield _of_other("hadolint", source, match, 0, lines)
    check = project.trees.of(dockerfile.parse, source).directive("check")
    if check is not None and (skipped := _BUILDKIT.search(check.value)) is not None:
        yield _of_other("buildkit", source, skipped, check.value_span.start, (1, source.line_count))


def _of_other(tool: str, source: Source, match: re.Match[str], offset: int, lines: tuple[int, int]) -> Suppression:
    start = match.start() + offset
    at = match.start("rules") + offset
    rules = tuple(
        (f"{tool}:{one[0]}", Span(at + one.start(), at + one.end())) for one in _RULE.finditer(match["rules"])
    )
    line = source.position(start).line
    return Suppression(source.path, Span(start, match.end() + offset), rules, lines, line, True, tool)


def _sign(path: str) -> str:
    lower = path.lower()
    return next((sign for endings, sign in _BY_ENDING if lower.endswith(tuple(endings.split()))), _HASH)


def _quoted(project: Project, source: Source, kind: Kind) -> list[Span]:
    """Where a text of the file only looks like a comment: strings of Python, examples in documents."""
    if kind == "python":
        return [literal.span for literal in project.trees.of(python_code.parse, source).strings()]
    if kind == "document":
        document = project.trees.of(markdown.parse, source)
        return [block.body.span() for block in document.blocks] + [span.mapped.span() for span in document.code_spans]
    return []


def _below(project: Project, source: Source, kind: Kind, sign: str, line: int) -> tuple[int, int]:
    """The lines that a comment on `line` stands above: the first that is none, and those that continue it."""
    first = line + 1
    while first <= source.line_count and source.line(first).lstrip().startswith(sign):
        first += 1
    if first > source.line_count:
        return (line, line)
    last = first
    tree = project.trees.of(dockerfile.parse, source) if kind == "dockerfile" else None
    start = source.line_span(first).start
    for instruction in tree.instructions if tree is not None else ():
        if instruction.line_span.start == start:
            return first, source.position(max(start, instruction.line_span.end - 1)).line
    if kind in ("make", "shell"):
        while last < source.line_count and source.line(last).endswith("\\"):
            last += 1
    return first, last
