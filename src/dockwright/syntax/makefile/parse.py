"""Parsing: a Makefile's lines, and what each of them is."""

from __future__ import annotations

import re

from msgspec.structs import replace

from dockwright.syntax.makefile.conditionals import Conditionals
from dockwright.syntax.makefile.definitions import MODIFIERS, Assignment, assignment_at, define_at
from dockwright.syntax.makefile.lines import collapsed, content_end, line_end, without_crs
from dockwright.syntax.makefile.nodes import Include, Makefile, Piece, Recipe, Rule, Variable
from dockwright.syntax.makefile.words import TOKEN, find, past_blanks, unescaped, words_of
from dockwright.syntax.problem import Problem
from dockwright.text import Mapped, Source, Span, lazy_regex

_INCLUDES = frozenset({"include", "-include", "sinclude"})
_DIRECTIVES = frozenset({"export", "unexport", "vpath", "load", "-load", "undefine", "override", "private"})
_DEFINE_OR_END = lazy_regex(r"[ \t]*(?:(?:export|override|private)[ \t]+)*(define(?=[ \t])|endef(?=[\s#]|\Z))")
_HELP = lazy_regex(r"#[#?!]+[ \t]*(.*?)[ \t]*\Z", re.S)
_RECIPE_PREFIX = lazy_regex(r"[@+\- \t]*")


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


class _OpenRule:
    """A rule whose recipe is still being read."""

    __slots__ = ("end", "recipe", "rule")

    def __init__(self, rule: Rule):
        self.rule = rule
        self.recipe: list[Recipe] = list(rule.recipe)
        self.end = rule.span.end

    def finished(self) -> Rule:
        rule = self.rule
        return replace(rule, recipe=tuple(self.recipe), span=Span(rule.span.start, self.end))


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
        self.conditionals = Conditionals(self.problems)

    def run(self) -> None:
        text = self.text
        if text.startswith("\ufeff"):
            self.at = 1
        first = self.at
        while self.at < len(text):
            start = self.at
            end = line_end(text, start)
            self.at = end
            if self.rule is not None and text.startswith(self.prefix, start):
                kind = self._recipe_line(start, end)
            else:
                kind = self._line(start, end)
            self.pieces.append(Piece(kind, Span(0 if start == first else start, self.at)))
        if first and not self.pieces:
            self.pieces.append(Piece("blank", Span(0, first)))
        self.conditionals.finish()

    def problem(self, span: Span, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(span, message, hint))

    def _recipe_line(self, start: int, end: int) -> str:
        text, rule = self.text, self.rule
        content = content_end(text, start, end)
        if rule is None or not text[start + len(self.prefix) : content].strip():
            return "blank" if not text[start:content].strip() else "recipe"
        rule.recipe.append(self._recipe(start, start + len(self.prefix), content, inline=False))
        rule.end = content
        return "recipe"

    def _recipe(self, start: int, at: int, end: int, inline: bool) -> Recipe:
        match = _RECIPE_PREFIX.match(self.text, at, end)
        marks = match[0] if match is not None else ""
        mapped = without_crs(self.text, at + len(marks), end, self.prefix)
        return Recipe(mapped, Span(start, end), "@" in marks, "-" in marks, "+" in marks, inline)

    def _line(self, start: int, end: int) -> str:
        content = content_end(self.text, start, end)
        line = collapsed(self.text, start, content)
        text = line.text
        at = past_blanks(text, 0, len(text))
        if at == len(text) or not text[at:].strip():
            return "blank"
        if text[at] == "#":
            return "comment"
        span = Span(start, content)
        assignment = assignment_at(text, at)
        if assignment is not None:
            self.rule = None
            self._variable(line, assignment, span)
            return "variable"
        match = TOKEN.match(text, at)
        word = match[1] if match is not None else ""
        behind = match.end() if match is not None else at
        if word in ("define", *MODIFIERS) and (define := define_at(text, at)) is not None:
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
        if self.conditionals.read(word, line, behind, span):
            return "conditional"
        if word in _INCLUDES:
            self.rule = None
            words = words_of(line, behind, find(text, behind, len(text), "#"))
            self.includes.append(Include(words, word != "include", span, self.conditionals.conditions))
            return "include"
        if word == "endef":
            self.problem(span, "`endef` without `define`")
            return "broken"
        if word in _DIRECTIVES and not text[behind:].lstrip().startswith(":"):
            self.rule = None
            return "directive"
        return None

    def _variable(self, line: Mapped, found: Assignment, span: Span) -> None:
        variable = self._defined(line, found, _value(line, found.value), span)
        self.variables.append(variable)
        if variable.name == ".RECIPEPREFIX":
            self.prefix = variable.value.text[:1] or "\t"

    def _defined(self, line: Mapped, found: Assignment, value: Mapped, span: Span, define: bool = False) -> Variable:
        return Variable(
            line.text[found.name : found.name_end],
            line.span(found.name, found.name_end),
            found.operator,
            value,
            span,
            "export" in found.modifiers,
            "override" in found.modifiers,
            define,
            self.conditionals.conditions,
        )

    def _define(self, line: Mapped, found: Assignment, span: Span) -> None:
        """Read on to the `endef`."""
        text = self.text
        begin = at = self.at
        depth = 1
        while at < len(text):
            end = line_end(text, at)
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
        stop = content_end(text, begin, at) if at > begin else begin
        value = without_crs(text, begin, stop)
        whole = Span(span.start, content_end(text, span.start, self.at))
        self.variables.append(self._defined(line, found, value, whole, define=True))

    def _rule_line(self, line: Mapped, at: int, span: Span) -> str:
        text = line.text
        if text.startswith(self.prefix):
            self.problem(span, "a recipe before the first target")
            return "broken"
        colon = find(text, at, len(text), ":#;")
        if colon == len(text) or text[colon] != ":":
            return self._no_rule(text, at, colon, span)
        targets_end = colon
        if text[colon - 1] == "&" and text[colon - 2 : colon - 1] in (" ", "\t"):
            targets_end -= 1
        targets = words_of(line, at, targets_end)
        double = text.startswith("::", colon)
        rest = colon + 1 + double
        stop = find(text, rest, len(text), "#;")
        assignment = None if text[rest:].lstrip(" \t").startswith(";") else assignment_at(text, rest)
        if assignment is not None:
            variable = self._defined(line, assignment, _value(line, assignment.value), span)
            conditions = self.conditionals.conditions
            rule = Rule(targets, (), (), None, double, (), (variable,), None, span, span, conditions)
            self.rules.append(_OpenRule(rule))
            self.rule = None
            return "rule"
        second = find(text, rest, stop, ":")
        pattern = None
        if second < stop:
            patterns = words_of(line, rest, second)
            pattern = patterns[0] if patterns else None
            rest = second + 1
        bar = find(text, rest, stop, "|")
        needs, order_only = words_of(line, rest, bar), words_of(line, min(bar + 1, stop), stop)
        self.rule = _OpenRule(
            Rule(
                targets, needs, order_only, pattern, double, self._inline_recipe(line, stop, span), (),
                _help(text, stop), span, span, self.conditionals.conditions,
            )
        )  # fmt: skip
        self.rules.append(self.rule)
        return "rule"

    def _inline_recipe(self, line: Mapped, at: int, span: Span) -> tuple[Recipe, ...]:
        """The recipe behind the `;` of a rule's line, if that is what stands at `at`."""
        if not line.text.startswith(";", at):
            return ()
        behind = line.offset(at) + 1
        return (self._recipe(behind, behind, span.end, inline=True),) if self.text[behind : span.end].strip() else ()

    def _no_rule(self, text: str, at: int, end: int, span: Span) -> str:
        if "$" in text[at:end]:  # A call that defines or prints something; what it leaves cannot be known.
            return "directive"
        if self.rule is not None and text[0] == " ":
            self.problem(span, "missing separator", "begin a line of a recipe with a TAB, not with spaces")
        else:
            self.problem(span, "missing separator", "a line is a rule, a definition, or a recipe's line after a TAB")
        return "broken"


def _value(line: Mapped, at: int) -> Mapped:
    """The value that begins at `at`, without the comment behind it."""
    value = line.slice(at, find(line.text, at, len(line.text), "#"))
    return unescaped(value, 0, len(value.text), "#") if "\\#" in value.text else value


def _help(text: str, at: int) -> str | None:
    """The text of a help comment, if one begins here."""
    match = _HELP.match(text, at)
    return match[1] if match is not None else None
