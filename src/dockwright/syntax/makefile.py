"""Makefiles: rules, recipes and variables with their places, and expansion that keeps them.

The grammar is that of GNU make 3.81 to 4.4: its manual, and `read.c` where the manual is silent.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Run, Source, Span

_DEEPEST = 30  # Variables that refer to variables; deeper ones stay as they are written.
_LONGEST = 50_000  # Characters and definitions that one expansion may look at.
_MOST_CONDITIONS = 32  # Arms and levels of conditionals; what stands deeper counts as undecided.

_NAME = re.compile(r"(?:[^\s:#=$?+!\\]|[?+!](?!=)|\\.)+")
_ASSIGN = re.compile(r"[ \t]*(:::=|::=|:=|\?=|\+=|!=|=)")
_TOKEN = re.compile(r"[ \t]*([^\s:#=$]*)")
_MODIFIERS = frozenset({"export", "override", "private"})
_CONDITIONS = frozenset({"ifdef", "ifndef", "ifeq", "ifneq"})
_INCLUDES = frozenset({"include", "-include", "sinclude"})
_DIRECTIVES = frozenset({"export", "unexport", "vpath", "load", "-load", "undefine", "override", "private"})
_PARENTHESES = re.compile(r"[()]")
_BRACES = re.compile(r"[{}]")
_PLAIN = re.compile(r"[^\s$\\]+")
_DEFINE_OR_END = re.compile(r"[ \t]*(?:(?:export|override|private)[ \t]+)*(define(?=[ \t])|endef(?=[\s#]|\Z))")
_HELP = re.compile(r"#[#?!]+[ \t]*(.*?)[ \t]*\Z", re.S)
_RECIPE_PREFIX = re.compile(r"[@+\- \t]*")
_CONDITION_QUOTES = re.compile(r"""[ \t]*(?:"([^"]*)"|'([^']*)')[ \t]*(?:"([^"]*)"|'([^']*)')""")

# Targets that tell make something and make nothing: the manual's chapter 4.9.
_SPECIAL = frozenset(
    {
        ".PHONY", ".SUFFIXES", ".DEFAULT", ".PRECIOUS", ".INTERMEDIATE", ".NOTINTERMEDIATE", ".SECONDARY",
        ".SECONDEXPANSION", ".DELETE_ON_ERROR", ".IGNORE", ".LOW_RESOLUTION_TIME", ".SILENT",
        ".EXPORT_ALL_VARIABLES", ".NOTPARALLEL", ".ONESHELL", ".POSIX", ".WAIT",
    }
)  # fmt: skip
# What make sets by itself; a condition on one of them cannot be decided here.
_BUILT_IN = frozenset(
    {
        "MAKE", "MAKEFLAGS", "MAKECMDGOALS", "MAKEFILE_LIST", "MAKELEVEL", "MAKEOVERRIDES", "MAKE_VERSION",
        "MAKE_HOST", "MAKE_COMMAND", "CURDIR", "SHELL", "PWD", "OS", "PATH", "HOME", "USER", ".SHELLFLAGS",
        ".DEFAULT_GOAL", ".VARIABLES", ".FEATURES", ".INCLUDE_DIRS", "SUFFIXES",
    }
)  # fmt: skip


class Word(Struct, frozen=True):
    """A word as it is written, references to variables included."""

    mapped: Mapped

    @property
    def text(self) -> str:
        """The word's text, escapes removed."""
        return self.mapped.text

    @property
    def span(self) -> Span:
        """Where the word stands in the source."""
        return self.mapped.span()


class Condition(Struct, frozen=True):
    """What a conditional tests: `ifdef` a name (`left`), `ifeq` two texts. `keyword` may be the negated form."""

    keyword: str
    left: Mapped
    right: Mapped
    span: Span


class Arm(NamedTuple):
    """A condition, and whether it must hold for what stands inside; None is one that is not followed."""

    condition: Condition | None
    holds: bool


class Variable(Struct, frozen=True):
    """A definition: `flavor` is the operator as written, `=` for a `define` without one.

    `value` is the text before expansion, comment and continuations removed. `conditions` are those of the
    conditionals it stands in.
    """

    name: str
    name_span: Span
    flavor: str
    value: Mapped
    span: Span
    export: bool = False
    override: bool = False
    define: bool = False
    conditions: tuple[Arm, ...] = ()


class Recipe(Struct, frozen=True):
    """A line of a recipe as make expands it and hands it to the shell.

    Its prefix characters are taken off and recorded; backslash and line feed are kept for the shell, the recipe
    prefix of the next line is not. `inline` is set for what stands behind `;`.
    """

    mapped: Mapped
    span: Span
    silent: bool = False
    ignore_errors: bool = False
    always: bool = False
    inline: bool = False


class Rule(Struct, frozen=True):
    """Targets and what they need. `pattern` is that of a static pattern rule, `a b: %.x: %.y`.

    `variables` are target-specific; such a rule has neither prerequisites nor a recipe. `help` is the text behind
    `##` on the rule's line. `line_span` is the rule's own line with its continuations, without its line ending;
    `span` reaches to the end of its recipe.
    """

    targets: tuple[Word, ...]
    prerequisites: tuple[Word, ...]
    order_only: tuple[Word, ...]
    pattern: Word | None
    double_colon: bool
    recipe: tuple[Recipe, ...]
    variables: tuple[Variable, ...]
    help: str | None
    span: Span
    line_span: Span
    conditions: tuple[Arm, ...] = ()


class Include(Struct, frozen=True):
    """`include`; `optional` for `-include` and `sinclude`."""

    words: tuple[Word, ...]
    optional: bool
    span: Span
    conditions: tuple[Arm, ...] = ()


class Piece(Struct, frozen=True):
    """A stretch of the file; the pieces tile it.

    `kind` is `rule`, `recipe`, `variable`, `include`, `conditional`, `define`, `comment`, `blank`, `directive`
    (such as `export NAME` or a call on a line of its own) or `broken`.
    """

    kind: str
    span: Span


class Makefile(Struct, frozen=True, dict=True):
    """A Makefile. `phony` are the prerequisites of `.PHONY` as written; `phony_targets` are their names expanded."""

    source: Source
    pieces: tuple[Piece, ...]
    rules: tuple[Rule, ...]
    variables: tuple[Variable, ...]
    includes: tuple[Include, ...]
    problems: tuple[Problem, ...]
    recipe_prefix: str

    @cached_property
    def phony(self) -> tuple[Word, ...]:
        """The prerequisites of `.PHONY`, as they are written."""
        return tuple(word for rule in self.rules if _names(rule, ".PHONY") for word in rule.prerequisites)

    @cached_property
    def oneshell(self) -> bool:
        """Whether `.ONESHELL` makes each recipe one script."""
        return any(_names(rule, ".ONESHELL") for rule in self.rules)

    @cached_property
    def definitions(self) -> Mapping[str, tuple[Variable, ...]]:
        """The file's variables by name, in the order of the text."""
        by_name: dict[str, list[Variable]] = {}
        for variable in self.variables:
            by_name.setdefault(variable.name, []).append(variable)
        return {name: tuple(found) for name, found in by_name.items()}

    @cached_property
    def _target_definitions(self) -> Mapping[str, tuple[Variable, ...]]:
        by_target: dict[str, list[Variable]] = {}
        for rule in self.rules:
            if rule.variables:
                for word in expand_words(self, rule.targets):
                    by_target.setdefault(word.text, []).extend(rule.variables)
        return {name: tuple(found) for name, found in by_target.items()}

    @cached_property
    def _decided(self) -> dict[Condition, bool | None]:
        return {}


def _names(rule: Rule, target: str) -> bool:
    return any(word.text == target for word in rule.targets)


def parse(source: Source) -> Makefile:
    """The Makefile that a source is, whatever it is."""
    parser = _Parser(source.text)
    parser.run()
    return Makefile(
        source,
        tuple(parser.pieces),
        tuple(rule.finished() for rule in parser.rules),
        tuple(parser.variables),
        tuple(parser.includes),
        tuple(parser.problems),
        parser.prefix,
    )


class _Joint:
    """Mapped text while it is put together; stretches that meet in the source become one run."""

    __slots__ = ("length", "opaque", "runs", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.runs: list[Run] = []
        self.length = 0
        self.opaque: dict[int, int] = {}

    def add(self, mapped: Mapped, start: int, end: int) -> None:
        runs = mapped.runs
        at = max(0, bisect_right(runs, start, key=_run_start) - 1)
        while at < len(runs) and runs[at].start < end:
            run = runs[at]
            low, high = max(run.start, start), min(run.start + run.length, end)
            if low < high:
                self._run(self.length + low - start, run.source + low - run.start, high - low)
            at += 1
        self.text(mapped.text[start:end])

    def text(self, text: str) -> None:
        """Adds text that stands nowhere in the source."""
        self.texts.append(text)
        self.length += len(text)

    def _run(self, start: int, source: int, length: int) -> None:
        if self.runs:
            last = self.runs[-1]
            if last.start + last.length == start and last.source + last.length == source:
                self.runs[-1] = Run(last.start, last.source, last.length + length)
                return
        self.runs.append(Run(start, source, length))

    def built(self) -> Mapped:
        return Mapped("".join(self.texts), tuple(self.runs))


def _run_start(run: Run) -> int:
    return run.start


def _reference_end(text: str, at: int) -> int:
    """Where the reference to a variable that begins with the `$` at `at` ends; the text's end if it never does."""
    opener = text[at + 1 : at + 2]
    if opener not in ("(", "{"):
        return min(at + 2, len(text))
    depth = 0
    for match in (_PARENTHESES if opener == "(" else _BRACES).finditer(text, at + 1):
        depth += 1 if match[0] == opener else -1
        if depth == 0:
            return match.end()
    return len(text)


_STOPS = {chars: re.compile(f"[{re.escape(chars)}$\\\\]") for chars in ("#", ":#;", "#;", ":", "|", ",")}


def _find(text: str, at: int, end: int, chars: str) -> int:
    """The first of `chars` outside references and not behind a backslash; `end` if there is none."""
    pattern = _STOPS[chars]
    while (match := pattern.search(text, at, end)) is not None:
        if match[0] == "$":
            at = _reference_end(text, match.start())
        elif match[0] == "\\":
            at = match.start() + 2
        else:
            return match.start()
    return end


def _words(mapped: Mapped, start: int, end: int) -> tuple[Word, ...]:
    """The words between two offsets; blanks inside references do not part them."""
    text = mapped.text
    words = []
    at = start
    while at < end:
        if text[at].isspace():
            at += 1
            continue
        begin = at
        escaped = False
        while at < end and not text[at].isspace():
            match = _PLAIN.match(text, at, end)
            if match is not None:
                at = match.end()
            elif text[at] == "$":
                at = min(_reference_end(text, at), end)
            else:
                escaped = escaped or text[at + 1 : at + 2] in (" ", ":", "#")
                at = min(at + 2, end) if text[at + 1 : at + 2] in (" ", ":", "#") else at + 1
        words.append(Word(_unescaped(mapped, begin, at, " :#") if escaped else mapped.slice(begin, at)))
    return tuple(words)


def _unescaped(mapped: Mapped, start: int, end: int, chars: str) -> Mapped:
    """The text with the backslashes before `chars` taken out."""
    joint = _Joint()
    at = start
    while (slash := mapped.text.find("\\", at, end)) >= 0:
        if slash + 1 < end and mapped.text[slash + 1] in chars:
            joint.add(mapped, at, slash)
            joint.add(mapped, slash + 1, slash + 2)
        else:
            joint.add(mapped, at, min(slash + 2, end))
        at = min(slash + 2, end)
    joint.add(mapped, at, end)
    return joint.built()


class _OpenRule:
    """A rule whose recipe is still being read."""

    __slots__ = ("end", "recipe", "rule")

    def __init__(self, rule: Rule):
        self.rule = rule
        self.recipe: list[Recipe] = list(rule.recipe)
        self.end = rule.span.end

    def finished(self) -> Rule:
        r = self.rule
        if len(self.recipe) == len(r.recipe):
            return r
        return Rule(
            r.targets, r.prerequisites, r.order_only, r.pattern, r.double_colon, tuple(self.recipe), r.variables,
            r.help, Span(r.span.start, self.end), r.line_span, r.conditions,
        )  # fmt: skip


class _Assignment(NamedTuple):
    """Where a definition's parts stand in a line, and its modifiers."""

    name: int
    name_end: int
    operator: str
    value: int
    modifiers: frozenset[str]


class _Parser:
    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.pieces: list[Piece] = []
        self.rules: list[_OpenRule] = []
        self.variables: list[Variable] = []
        self.includes: list[Include] = []
        self.problems: list[Problem] = []
        self.prefix = "\t"
        self.rule: _OpenRule | None = None
        # Each open conditional's place, its arms so far, and the conditions that it stands under itself.
        self.conditionals: list[tuple[Span, list[Arm], tuple[Arm, ...]]] = []
        self.conditions: tuple[Arm, ...] = ()

    def run(self) -> None:
        text = self.text
        if text.startswith("\ufeff"):
            self.at = 1
        first = self.at
        while self.at < len(text):
            start = self.at
            end = self._line_end(start)
            self.at = end
            if self.rule is not None and text.startswith(self.prefix, start):
                kind = self._recipe_line(start, end)
            else:
                kind = self._line(start, end)
            self.pieces.append(Piece(kind, Span(0 if start == first else start, self.at)))
        if first and not self.pieces:
            self.pieces.append(Piece("blank", Span(0, first)))
        for span, _, _ in self.conditionals:
            self.problem(span, "this conditional has no `endif`")

    def problem(self, span: Span, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(span, message, hint))

    def _line_end(self, start: int) -> int:
        """The end of the logical line, its line feed included."""
        text = self.text
        at = start
        while (feed := text.find("\n", at)) >= 0:
            last = feed - 1
            if last >= start and text[last] == "\r":
                last -= 1
            slash = last
            while slash >= at and text[slash] == "\\":
                slash -= 1
            if (last - slash) % 2 == 0:
                return feed + 1
            at = feed + 1
        return len(text)

    def _content_end(self, start: int, end: int) -> int:
        """The end of a line without its line ending."""
        if end > start and self.text[end - 1] == "\n":
            end -= 1
            if end > start and self.text[end - 1] == "\r":
                end -= 1
        return end

    # Recipes

    def _recipe_line(self, start: int, end: int) -> str:
        rule = self.rule
        content = self._content_end(start, end)
        if rule is None or not self.text[start + len(self.prefix) : content].strip():
            return "blank" if not self.text[start:content].strip() else "recipe"
        rule.recipe.append(self._recipe(start, start + len(self.prefix), content, inline=False))
        rule.end = content
        return "recipe"

    def _recipe(self, start: int, at: int, end: int, inline: bool) -> Recipe:
        text = self.text
        match = _RECIPE_PREFIX.match(text, at, end)
        at = match.end() if match is not None else at
        marks = match[0] if match is not None else ""
        if text.find("\n", at, end) < 0:
            mapped = Mapped.whole(text[at:end], at)
        else:
            joint = _Joint()
            while at < end:
                feed = text.find("\n", at, end)
                line_end = end if feed < 0 else feed
                body = line_end - (feed > at and text[feed - 1] == "\r")
                whole = Mapped.whole(text[at : line_end + 1], at)
                joint.add(whole, 0, body - at)
                if feed >= 0:
                    joint.add(whole, feed - at, feed + 1 - at)
                at = line_end + 1
                if feed >= 0 and text.startswith(self.prefix, at):
                    at += len(self.prefix)
            mapped = joint.built()
        return Recipe(mapped, Span(start, end), "@" in marks, "-" in marks, "+" in marks, inline)

    # Everything else

    def _collapsed(self, start: int, end: int) -> Mapped:
        """A logical line as make reads it: each continuation and the blanks around it are one space."""
        text = self.text
        if text.find("\n", start, end) < 0:
            return Mapped.whole(text[start:end], start)
        joint = _Joint()
        at = start
        while at <= end:
            feed = text.find("\n", at, end)
            stop = end if feed < 0 else feed
            if feed >= 0:
                if stop > at and text[stop - 1] == "\r":
                    stop -= 1
                stop -= 1  # The backslash.
                while stop > at and text[stop - 1] in " \t":
                    stop -= 1
            if at > start:
                while at < stop and text[at] in " \t":
                    at += 1
                joint.text(" ")
            joint.add(Mapped.whole(text[at:stop], at), 0, stop - at)
            if feed < 0:
                break
            at = feed + 1
        return joint.built()

    def _line(self, start: int, end: int) -> str:
        content = self._content_end(start, end)
        line = self._collapsed(start, content)
        text = line.text
        at = 0
        while at < len(text) and text[at] in " \t":
            at += 1
        if at == len(text) or not text[at:].strip():
            return "blank"
        if text[at] == "#":
            return "comment"
        span = Span(start, content)
        assignment = _assignment(text, at)
        if assignment is not None:
            self.rule = None
            self._variable(line, assignment, span)
            return "variable"
        match = _TOKEN.match(text, at)
        word = match[1] if match is not None else ""
        behind = match.end() if match is not None else at
        if word in ("define", *_MODIFIERS) and (define := _define(text, at)) is not None:
            self.rule = None
            self._define(line, define, span)
            return "define"
        followed = text[behind : behind + 1]
        if followed in ("", " ", "\t", "#", "$"):
            kind = self._directive(word, line, behind, span)
            if kind is not None:
                return kind
        return self._rule_line(line, at, span)

    def _directive(self, word: str, line: Mapped, behind: int, span: Span) -> str | None:
        text = line.text
        if word in _CONDITIONS:
            self.conditionals.append((span, [self._condition(word, line, behind, span)], self.conditions))
        elif word == "else":
            self._else(line, behind, span)
        elif word == "endif":
            if not self.conditionals:
                self.problem(span, "`endif` without a conditional")
            else:
                self.conditions = self.conditionals.pop()[2]
        elif word in _INCLUDES:
            self.rule = None
            words = _words(line, behind, _find(text, behind, len(text), "#"))
            self.includes.append(Include(words, word != "include", span, self.conditions))
            return "include"
        elif word == "endef":
            self.problem(span, "`endef` without `define`")
            return "broken"
        elif word in _DIRECTIVES and not text[behind:].lstrip().startswith(":"):
            self.rule = None
            return "directive"
        else:
            return None
        if word != "endif" and self.conditionals:
            _, arms, outer = self.conditionals[-1]
            self.conditions = (*outer, *arms) if len(outer) + len(arms) <= _MOST_CONDITIONS else (Arm(None, True),)
        return "conditional"

    def _else(self, line: Mapped, behind: int, span: Span) -> None:
        if not self.conditionals:
            self.problem(span, "`else` without a conditional")
            return
        arms = self.conditionals[-1][1]
        arms[-1] = Arm(arms[-1].condition, not arms[-1].holds)
        match = _TOKEN.match(line.text, behind)
        if match is not None and match[1] in _CONDITIONS:
            arms.append(self._condition(match[1], line, match.end(), span))
        if len(arms) > _MOST_CONDITIONS:
            arms[:] = [Arm(None, True)]

    def _condition(self, word: str, line: Mapped, behind: int, span: Span) -> Arm:
        text = line.text
        end = _find(text, behind, len(text), "#")
        while end > behind and text[end - 1] in " \t":
            end -= 1
        while behind < end and text[behind] in " \t":
            behind += 1
        left = right = line.slice(behind, end)
        if word in ("ifeq", "ifneq"):
            quoted = _CONDITION_QUOTES.match(text, behind, end)
            if quoted is not None:
                first, second = (1 if quoted[1] is not None else 2), (3 if quoted[3] is not None else 4)
                left, right = line.slice(*quoted.span(first)), line.slice(*quoted.span(second))
            elif text.startswith("(", behind) and text[end - 1] == ")":
                comma = _find(text, behind + 1, end - 1, ",")
                if comma == end - 1:
                    self.problem(span, f"`{word}` needs two arguments")
                else:
                    left = _stripped(line.slice(behind + 1, comma))
                    right = _stripped(line.slice(comma + 1, end - 1))
            else:
                self.problem(span, f"`{word}` needs two arguments")
        return Arm(Condition(word, left, right, span), True)

    def _variable(self, line: Mapped, found: _Assignment, span: Span) -> None:
        variable = self._defined(line, found, span)
        self.variables.append(variable)
        if variable.name == ".RECIPEPREFIX":
            self.prefix = variable.value.text[:1] or "\t"

    def _defined(self, line: Mapped, found: _Assignment, span: Span) -> Variable:
        text = line.text
        end = _find(text, found.value, len(text), "#")
        value = line.slice(found.value, end)
        if "\\#" in value.text:
            value = _unescaped(value, 0, len(value.text), "#")
        return Variable(
            text[found.name : found.name_end],
            line.span(found.name, found.name_end),
            found.operator,
            value,
            span,
            "export" in found.modifiers,
            "override" in found.modifiers,
            False,
            self.conditions,
        )

    def _define(self, line: Mapped, found: _Assignment, span: Span) -> None:
        """Reads on to the `endef`."""
        text = self.text
        begin = at = self.at
        depth = 1
        while at < len(text):
            end = self._line_end(at)
            match = None if text.startswith(self.prefix, at) else _DEFINE_OR_END.match(text, at, end)
            if match is not None:
                depth += 1 if match[1] == "define" else -1
                if depth == 0:
                    break
            at = end
        else:
            self.problem(span, "`define` without `endef`")
            end = len(text)
        self.at = end
        stop = self._content_end(begin, at) if at > begin else begin
        value = Mapped.whole(text[begin:stop], begin)
        if "\r\n" in value.text:
            value = Mapped.join(
                (part, begin + match.start())
                for match in re.finditer(r"[^\r]+|\r(?!\n)", value.text)
                for part in (match[0],)
            )
        self.variables.append(
            Variable(
                line.text[found.name : found.name_end],
                line.span(found.name, found.name_end),
                found.operator,
                value,
                Span(span.start, self._content_end(span.start, self.at)),
                "export" in found.modifiers,
                "override" in found.modifiers,
                True,
                self.conditions,
            )
        )

    def _rule_line(self, line: Mapped, at: int, span: Span) -> str:
        text = line.text
        if text.startswith(self.prefix):
            self.problem(span, "a recipe before the first target")
            return "broken"
        colon = _find(text, at, len(text), ":#;")
        if colon == len(text) or text[colon] != ":":
            return self._no_rule(text, at, colon, span)
        targets_end = colon
        if text[colon - 1] == "&" and text[colon - 2 : colon - 1] in (" ", "\t"):
            targets_end -= 1
        targets = _words(line, at, targets_end)
        double = text.startswith("::", colon)
        rest = colon + 1 + double
        stop = _find(text, rest, len(text), "#;")
        assignment = None if text[rest:].lstrip(" \t").startswith(";") else _assignment(text, rest)
        if assignment is not None:
            variable = self._defined(line, assignment, span)
            rule = Rule(
                targets, (), (), None, double, (), (variable,), None, span, span, self.conditions
            )  # fmt: skip
            self.rules.append(_OpenRule(rule))
            self.rule = None
            return "rule"
        second = _find(text, rest, stop, ":")
        pattern = None
        if second < stop:
            patterns = _words(line, rest, second)
            pattern = patterns[0] if patterns else None
            rest = second + 1
        bar = _find(text, rest, stop, "|")
        recipe: tuple[Recipe, ...] = ()
        help_text = None
        if stop < len(text) and text[stop] == ";":
            behind = line.offset(stop) + 1
            if self.text[behind : span.end].strip():
                recipe = (self._recipe(behind, behind, span.end, inline=True),)
        elif stop < len(text):
            match = _HELP.match(text, stop)
            help_text = match[1] if match is not None else None
        rule = Rule(
            targets, _words(line, rest, bar), _words(line, min(bar + 1, stop), stop), pattern, double, recipe, (),
            help_text, span, span, self.conditions,
        )  # fmt: skip
        self.rule = _OpenRule(rule)
        self.rules.append(self.rule)
        return "rule"

    def _no_rule(self, text: str, at: int, end: int, span: Span) -> str:
        if "$" in text[at:end]:  # A call that defines or prints something; what it leaves cannot be known.
            return "directive"
        if self.rule is not None and text[0] == " ":
            self.problem(span, "missing separator", "begin a line of a recipe with a TAB, not with spaces")
        else:
            self.problem(span, "missing separator", "a line is a rule, a definition, or a recipe's line after a TAB")
        return "broken"


def _stripped(mapped: Mapped) -> Mapped:
    text = mapped.text
    start = len(text) - len(text.lstrip(" \t"))
    return mapped.slice(start, max(start, len(text.rstrip(" \t"))))


def _name_end(text: str, at: int) -> int:
    """The end of one word that may be a variable's name."""
    while at < len(text):
        if text[at] == "$":
            at = _reference_end(text, at)
        elif (match := _NAME.match(text, at)) is not None:
            at = match.end()
        else:
            break
    return at


def _assignment(text: str, at: int) -> _Assignment | None:
    """The definition that a line holds from `at` on, as make's `parse_var_assignment` looks for one."""
    modifiers: set[str] = set()
    while True:
        while at < len(text) and text[at] in " \t":
            at += 1
        end = _name_end(text, at)
        match = _ASSIGN.match(text, end)
        if match is not None and end > at:
            value = match.end()
            while value < len(text) and text[value] in " \t":
                value += 1
            return _Assignment(at, end, match[1], value, frozenset(modifiers))
        if text[at:end] not in _MODIFIERS or text[end : end + 1] not in (" ", "\t"):
            return None
        modifiers.add(text[at:end])
        at = end


def _define(text: str, at: int) -> _Assignment | None:
    """The head of a `define`, modifiers before it included."""
    modifiers: set[str] = set()
    while True:
        match = _TOKEN.match(text, at)
        word = match[1] if match is not None else ""
        at = match.end() if match is not None else at
        if word == "define":
            break
        if word not in _MODIFIERS:
            return None
        modifiers.add(word)
    while at < len(text) and text[at] in " \t":
        at += 1
    end = _name_end(text, at)
    if end == at:
        return None
    match = _ASSIGN.match(text, end)
    return _Assignment(at, end, match[1] if match is not None else "=", end, frozenset(modifiers))


# References and expansion


class Use(Struct, frozen=True):
    """A reference: `start` and `end` are offsets of the mapped text, `span` is in the source.

    `name` is the variable's or function's name, None where it is itself put together from references.
    `function` is set for `$(name arguments)`, `escaped` for `$$`.
    """

    start: int
    end: int
    span: Span
    name: str | None
    function: bool = False
    escaped: bool = False


def uses(mapped: Mapped) -> tuple[Use, ...]:
    """The references in a text before its expansion, nested ones behind the one that they stand in."""
    text = mapped.text
    found: list[tuple[int, int]] = []
    open_references: list[tuple[int, str, int]] = []
    for match in _REFERENCE_SIGNS.finditer(text):
        sign = match[0]
        if sign[0] == "$":
            if len(sign) == 2 and sign[1] in "({":
                open_references.append((match.start(), ")" if sign[1] == "(" else "}", 0))
            elif len(sign) == 2:
                found.append((match.start(), match.end()))
        elif open_references:
            start, closer, depth = open_references[-1]
            if sign == closer and depth == 0:
                open_references.pop()
                found.append((start, match.end()))
            elif sign == closer:
                open_references[-1] = (start, closer, depth - 1)
            elif sign == ("(" if closer == ")" else "{"):
                open_references[-1] = (start, closer, depth + 1)
    found.sort()
    return tuple(_use(mapped, start, end) for start, end in found)


_REFERENCE_SIGNS = re.compile(r"\$(?:[^\s]|)|[(){}]")


def _use(mapped: Mapped, start: int, end: int) -> Use:
    text = mapped.text
    span = mapped.span(start, end)
    if end - start == 2:
        return Use(start, end, span, text[start + 1], escaped=text[start + 1] == "$")
    match = _REFERENCE_NAME.match(text, start + 2, end - 1)
    name = match[1] if match is not None else None
    followed = text[match.end() : match.end() + 1] if match is not None else ""
    if followed == "$":
        return Use(start, end, span, None)
    return Use(start, end, span, name, function=followed in (" ", "\t") and name in _FUNCTIONS)


_REFERENCE_NAME = re.compile(r"([^\s:$(){}]+)")
_FUNCTIONS = frozenset(
    {
        "subst", "patsubst", "strip", "findstring", "filter", "filter-out", "sort", "word", "wordlist", "words",
        "firstword", "lastword", "dir", "notdir", "suffix", "basename", "addsuffix", "addprefix", "join",
        "wildcard", "realpath", "abspath", "if", "or", "and", "intcmp", "foreach", "let", "file", "call", "value",
        "eval", "origin", "flavor", "shell", "guile", "error", "warning", "info",
    }
)  # fmt: skip


class Expanded(Struct, frozen=True):
    """Text as a shell reads it. `opaque` are the offsets and ends of the references that could not be followed."""

    mapped: Mapped
    opaque: Mapping[int, int]


def expand(file: Makefile, mapped: Mapped, automatic: Mapping[str, str] = {}, rule: Rule | None = None) -> Mapped:
    """A text with the references replaced that the file itself answers; each keeps the place it is written at.

    What only make or its environment knows stays as it is written, and so does what refers to itself. `$$` becomes
    `$`. `automatic` gives `$@`, `$*` and their like by their sign; `rule` brings the variables of its targets.
    Conditionals count as they are decided when nothing is set outside the file.
    """
    return expand_for_shell(file, mapped, automatic, rule).mapped


def expand_for_shell(
    file: Makefile, mapped: Mapped, automatic: Mapping[str, str] = {}, rule: Rule | None = None
) -> Expanded:
    """`expand` for a recipe's line, with what `shell.parse` must not look into.

    Where `$$(date)` and `$(DATE)` have become alike, `opaque` tells them apart.
    """
    expansion = _Expansion(file, automatic, rule)
    out = _Joint()
    expansion.text(mapped, out, 0)
    return Expanded(out.built(), out.opaque)


def expand_words(file: Makefile, words: Iterable[Word], automatic: Mapping[str, str] = {}) -> tuple[Word, ...]:
    """The words that these words become; those that hold a reference which cannot be followed are left out."""
    found: list[Word] = []
    for word in words:
        if "$" not in word.text:
            found.append(word)
            continue
        expanded = expand_for_shell(file, word.mapped, automatic)
        found.extend(
            piece for piece, (start, end) in _pieces(expanded.mapped) if not _touches(expanded.opaque, start, end)
        )
    return tuple(found)


def _pieces(mapped: Mapped) -> Iterator[tuple[Word, tuple[int, int]]]:
    for match in re.finditer(r"\S+", mapped.text):
        yield Word(mapped.slice(match.start(), match.end())), match.span()


def _touches(opaque: Mapping[int, int], start: int, end: int) -> bool:
    return any(low < end and start < high for low, high in opaque.items())


def targets(file: Makefile) -> dict[str, Rule]:
    """The file's targets by name, and for each the rule that has its recipe.

    Names from variables and static pattern rules are included; implicit rules (`%.o`) and special targets are not.
    """
    found: dict[str, Rule] = {}
    for rule in file.rules:
        if rule.variables:
            continue
        for word in expand_words(file, rule.targets):
            name = word.text
            if name in _SPECIAL or "%" in name:
                continue
            if name not in found or (rule.recipe and not found[name].recipe):
                found[name] = rule
    return found


def phony_targets(file: Makefile) -> dict[str, Word]:
    """The names that `.PHONY` lists, expanded, each with the first place that gives it."""
    found: dict[str, Word] = {}
    for word in expand_words(file, file.phony):
        found.setdefault(word.text, word)
    return found


class _Expansion:
    """One expansion: what it may look up, and what it is in the middle of."""

    def __init__(self, file: Makefile, automatic: Mapping[str, str], rule: Rule | None):
        self.file = file
        self.automatic: Mapping[str, Mapped] = {name: Mapped(text, ()) for name, text in automatic.items()}
        self.own: dict[str, tuple[Variable, ...]] = {}
        self.budget = _LONGEST
        # How many of a variable's definitions count while it is being expanded: those before the one at hand.
        self.visible: dict[str, int] = {}
        if rule is not None:
            specific = file._target_definitions
            for word in rule.targets:
                for variable in specific.get(word.text, ()):
                    self.own[variable.name] = (*self.own.get(variable.name, ()), variable)

    def text(self, mapped: Mapped, out: _Joint, depth: int) -> None:
        """Adds the expansion of a text."""
        text = mapped.text
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            out.add(mapped, at, dollar)
            end = _reference_end(text, dollar)
            if text.startswith("$$", dollar):
                out.add(mapped, dollar + 1, dollar + 2)
            elif end - dollar < 2 or text[dollar + 1].isspace():
                out.add(mapped, dollar, end)
            elif not self._reference(mapped, dollar, end, out, depth):
                out.opaque[out.length] = out.length + end - dollar
                out.add(mapped, dollar, end)
            at = end
        out.add(mapped, at, len(text))

    def _reference(self, mapped: Mapped, start: int, end: int, out: _Joint, depth: int) -> bool:
        """Adds what one reference stands for; whether that is known."""
        if depth >= _DEEPEST or self.budget <= 0:
            return False
        text = mapped.text
        if end - start == 2:
            return self._variable(text[start + 1], out, depth)
        low, high = start + 2, end - 1
        if text[high : high + 1] not in (")", "}"):
            return False
        match = _REFERENCE_NAME.match(text, low, high)
        if match is not None and text[match.end()] in " \t" and match.end() < high:
            return match[1] in _STATIC_FUNCTIONS and self._call(match[1], mapped, match.end(), high, out, depth)
        inner = self._static(mapped.slice(low, high), depth) if "$" in text[low:high] else mapped.slice(low, high)
        if inner is None:
            return False
        name, colon, change = inner.text.partition(":")
        if not colon:
            return self._variable(name, out, depth)
        old, equals, _ = change.partition("=")
        value = _Joint()
        if not equals or not self._variable(name, value, depth) or value.opaque:
            return False
        new = inner.slice(len(name) + 2 + len(old), len(inner.text))
        if "%" not in old:
            joint = _Joint()
            joint.text("%")
            joint.add(new, 0, len(new.text))
            old, new = "%" + old, joint.built()
        _patsubst(old, new, value.built(), out)
        return True

    def _static(self, mapped: Mapped, depth: int) -> Mapped | None:
        """A text's expansion where all of it is known."""
        joint = _Joint()
        self.text(mapped, joint, depth + 1)
        return None if joint.opaque else joint.built()

    def _variable(self, name: str, out: _Joint, depth: int) -> bool:
        known = self.automatic.get(name)
        if known is not None:
            out.add(known, 0, len(known.text))
            return True
        own = self.own.get(name)
        definitions = self.file.definitions.get(name, ())
        definitions = (*definitions, *own) if own else definitions
        visible = self.visible.get(name, len(definitions))
        chain = self._chain(definitions, visible)
        if not chain:
            return False
        joint = _Joint()
        for number, (index, variable) in enumerate(chain):
            if number:
                joint.text(" ")
            self.visible[name] = index
            self.text(variable.value, joint, depth + 1)
        if visible == len(definitions):
            del self.visible[name]
        else:
            self.visible[name] = visible
        self.budget -= joint.length + 1
        shift = out.length
        value = joint.built()
        out.add(value, 0, len(value.text))
        for start, end in joint.opaque.items():
            out.opaque[shift + start] = shift + end
        return True

    def _chain(self, definitions: tuple[Variable, ...], visible: int) -> list[tuple[int, Variable]]:
        """The definitions that make up a value: one that sets it and those that add to it; none where unknown."""
        chain: list[tuple[int, Variable]] = []
        fallback: tuple[int, Variable] | None = None
        for index in range(visible - 1, -1, -1):
            self.budget -= 1
            variable = definitions[index]
            active = _active(self.file, variable.conditions, len(self.visible))
            if active is None or self.budget <= 0 or (active and variable.flavor == "!="):
                return []
            if not active:
                continue
            if variable.flavor == "?=":
                fallback = (index, variable)
                continue
            chain.append((index, variable))
            if variable.flavor != "+=":
                fallback = None
                break
        # `?=` only counts where nothing comes before it.
        if fallback is not None and (not chain or fallback[0] < chain[-1][0]):
            chain.append(fallback)
        return chain[::-1]

    def _call(self, function: str, mapped: Mapped, start: int, end: int, out: _Joint, depth: int) -> bool:
        arguments = list(_arguments(mapped, start, end))
        if function == "foreach":
            return len(arguments) == 3 and self._foreach(arguments, out, depth)
        known = [self._static(argument, depth) for argument in arguments]
        values = [argument for argument in known if argument is not None]
        if len(values) < len(known):
            return False
        if function == "call":
            return self._user_function(values, out, depth)
        return _apply(function, values, out)

    def _foreach(self, arguments: list[Mapped], out: _Joint, depth: int) -> bool:
        variable, words, body = arguments
        name, names = self._static(variable, depth), self._static(words, depth)
        if name is None or names is None:
            return False
        outer = self.automatic
        joint = _Joint()
        for number, (word, _) in enumerate(_pieces(names)):
            if number:
                joint.text(" ")
            self.automatic = {**outer, name.text.strip(): word.mapped}
            self.text(body, joint, depth + 1)
            self.budget -= len(body.text) + 1
            if joint.opaque or self.budget <= 0:
                break
        self.automatic = outer
        if joint.opaque or self.budget <= 0:
            return False
        value = joint.built()
        out.add(value, 0, len(value.text))
        return True

    def _user_function(self, values: list[Mapped], out: _Joint, depth: int) -> bool:
        outer = self.automatic
        parameters = {str(number): value for number, value in enumerate(values)}
        self.automatic = {**outer, **parameters, **{str(n): Mapped("", ()) for n in range(len(values), 10)}}
        done = self._variable(values[0].text.strip(), out, depth + 1)
        self.automatic = outer
        return done


def _arguments(mapped: Mapped, start: int, end: int) -> Iterator[Mapped]:
    """The arguments of a function call, blanks before the first taken off."""
    text = mapped.text
    while start < end and text[start] in " \t":
        start += 1
    depth = 0
    begin = at = start
    while at < end:
        char = text[at]
        if char == "$":
            at = min(_reference_end(text, at), end)
            continue
        if char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        elif char == "," and depth == 0:
            yield mapped.slice(begin, at)
            begin = at + 1
        at += 1
    yield mapped.slice(begin, end)


_STATIC_FUNCTIONS = frozenset(
    {"foreach", "call", "addprefix", "addsuffix", "patsubst", "filter", "filter-out", "strip"}
)


def _apply(function: str, values: list[Mapped], out: _Joint) -> bool:
    """Adds what one of make's text functions gives; whether its arguments were right."""
    if function == "strip":
        values = [Mapped("", ()), *values]
        function = "addprefix"
    if function == "patsubst":
        if len(values) != 3:
            return False
        _patsubst(values[0].text.strip(), values[1], values[2], out)
        return True
    if len(values) != 2:
        return False
    first, words = values
    patterns = first.text.split()
    number = 0
    for word, _ in _pieces(words):
        if function in ("filter", "filter-out"):
            if any(_stem(pattern, word.text) is not None for pattern in patterns) == (function == "filter-out"):
                continue
            parts = [word.mapped]
        else:
            parts = [first, word.mapped] if function == "addprefix" else [word.mapped, first]
        if number:
            out.text(" ")
        number += 1
        for part in parts:
            out.add(part, 0, len(part.text))
    return True


def _stem(pattern: str, word: str) -> str | None:
    """What `%` matched; None where the pattern does not match."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return "" if pattern == word else None
    if len(word) < len(before) + len(after) or not (word.startswith(before) and word.endswith(after)):
        return None
    return word[len(before) : len(word) - len(after)]


def _patsubst(pattern: str, replacement: Mapped, words: Mapped, out: _Joint) -> None:
    percent = replacement.text.find("%")
    for number, (word, _) in enumerate(_pieces(words)):
        if number:
            out.text(" ")
        stem = _stem(pattern, word.text)
        if stem is None:
            out.add(word.mapped, 0, len(word.text))
        elif percent < 0 or "%" not in pattern:
            out.add(replacement, 0, len(replacement.text))
        else:
            start = pattern.index("%")
            out.add(replacement, 0, percent)
            out.add(word.mapped, start, start + len(stem))
            out.add(replacement, percent + 1, len(replacement.text))


def _active(file: Makefile, conditions: tuple[Arm, ...], depth: int) -> bool | None:
    """Whether what stands below these conditions counts; None where that cannot be known."""
    unknown = False
    for condition, holds in conditions:
        decided = None if condition is None else _decide(file, condition, depth)
        if decided is None:
            unknown = True
        elif decided != holds:
            return False
    return None if unknown else True


def _decide(file: Makefile, condition: Condition, depth: int) -> bool | None:
    known = file._decided
    if condition not in known:
        known[condition] = None  # A condition on a variable that it guards itself stays undecided.
        known[condition] = _compare(file, condition) if depth < _DEEPEST else None
    return known[condition]


def _compare(file: Makefile, condition: Condition) -> bool | None:
    if condition.keyword in ("ifdef", "ifndef"):
        name = condition.left.text
        if "$" in name or name in _BUILT_IN:
            return None
        defined = _known_value(file, Mapped(f"$({name})", ()))
        if defined is None:
            return None
        return bool(defined) == (condition.keyword == "ifdef")
    left, right = _known_value(file, condition.left), _known_value(file, condition.right)
    if left is None or right is None:
        return None
    return (left == right) == (condition.keyword == "ifeq")


def _known_value(file: Makefile, mapped: Mapped) -> str | None:
    """A text expanded, with what no file defines taken for empty; None where it depends on more than the file."""
    expanded = expand_for_shell(file, mapped)
    text = expanded.mapped.text
    for start, end in sorted(expanded.opaque.items(), reverse=True):
        name = text[start + 2 : end - 1] if end - start > 2 else text[start + 1 : end]
        if file.includes or name in file.definitions or name in _BUILT_IN or not name.replace("_", "").isalnum():
            return None
        text = text[:start] + text[end:]
    return text
