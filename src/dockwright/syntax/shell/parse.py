"""Parsing: simple commands, what stands between them, and here-documents."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockwright.syntax.shell.compounds import CompoundReader, Frame, OpenList
from dockwright.syntax.shell.nodes import Assignment, Expansion, Literal, Redirect, Script, Simple, Word
from dockwright.syntax.shell.reader import ASSIGNMENT, OpenCommand, Parts
from dockwright.text import Mapped, lazy_regex

_OPERATOR = lazy_regex(r"&&|\|\||\|&|;;&|;;|;&|[;&|()\n]")
_REDIRECT = lazy_regex(
    r"(?:[0-9]+|\{[A-Za-z_][A-Za-z0-9_]*\})?(?:<<<|<<-|<<|<>|<&|>>|>&|>\||<(?!\()|>(?!\())|&>>|&>",
)
_FUNCTION = lazy_regex(
    r"function[ \t]+([^ \t\n\r|&;()<>\\'\"$`]+)(?:[ \t]*\([ \t]*\))?"
    r"|([^ \t\n\r|&;()<>\\'\"$`=]+)[ \t]*\([ \t]*\)",
)
_IN_HEREDOC = lazy_regex(r"[^\\$`]+")
_ENDS_PATTERN_LIST = frozenset({";;", ";&", ";;&"})
_GO_ON_BELOW = frozenset({"&&", "||", "|", "|&"})  # The command behind them may stand on a line below.


def parse(mapped: Mapped, opaque: Mapping[int, int] = {}) -> Script:
    """The script that a text is, whatever the text is.

    `opaque` maps offsets of the text to ends: stretches that something else replaces before a shell
    reads the text, such as Make's `$(NAME)`. Each becomes an Expansion of kind `opaque`.
    """
    text = mapped.text
    parser = _Parser(mapped, opaque)
    parser.run(None)
    shebang = text[2:].partition("\n")[0].strip() if text.startswith("#!") else None
    return Script(
        mapped,
        parser.finished(),
        tuple(parser.functions),
        tuple(parser.loops),
        tuple(sorted(parser.problems, key=lambda problem: problem.span)),
        shebang,
    )


class _Parser(CompoundReader):
    def finished(self) -> tuple[Simple, ...]:
        """The commands in the order of the text."""
        mapped = self.mapped
        steps = [0] * (len(self.commands) + 1)
        for first, behind in self.background:
            steps[first] += 1
            steps[behind] -= 1
        out = []
        level = 0
        for step, c in zip(steps, self.commands, strict=False):
            level += step
            out.append(
                Simple(
                    mapped, c.start, c.end, tuple(c.words), tuple(c.assignments), tuple(c.redirects), c.operator,
                    c.enclosing, c.nested, c.negated, level > 0,
                )
            )  # fmt: skip
        out.sort(key=_start_of)
        return tuple(out)

    def run(self, opener: str | None) -> bool:
        """Read commands up to the parenthesis that closes `opener`, or to the end; whether it was closed."""
        outer = self.enclosing
        nested = bool(opener) or self.depth > 0
        if opener:
            self.enclosing = (*outer, opener)
        reading = OpenList(Frame("", self.at, len(self.commands), outer), opener not in (None, "`"), nested)
        closed = self._list(reading)
        for frame in reading.frames[1:]:
            self.problem(frame.start, frame.start + len(frame.kind), f"`{frame.kind}` is never closed")
        if opener is None:
            for redirects, index in self.heredocs:
                target = redirects[index].target
                if target is not None:
                    self.problem(target.start, target.end, "the here-document has no text")
        self.enclosing = outer
        return closed

    def _list(self, reading: OpenList) -> bool:
        text = self.text
        while (at := self.skip_blanks()) < self.end:
            if reading.command is None and reading.frames[-1].patterns:
                self.patterns(reading)
                reading.operator = None
            elif text[at] in "\n;&|()" and text[at : at + 2] != "&>":
                if self._operator(reading):
                    return True
            else:
                self._part(reading)
        self._finish(reading)
        return False

    def _finish(self, reading: OpenList) -> None:
        if reading.command is not None:
            self.commands.append(reading.command)

    def _operator(self, reading: OpenList) -> bool:
        """Read what ends a command; whether it closes the list."""
        at = self.at
        match = _OPERATOR.match(self.text, at, self.end)
        sign = match[0] if match else self.text[at]
        if sign == "(":
            self._subshell(reading)
            return False
        self.at += len(sign)
        self._finish(reading)
        frame = reading.frames[-1]
        if sign == ")":
            if frame.kind != "(" and reading.closing and not reading.counts.get("("):
                return True
            self.close(reading, ")", at)
            reading.command = reading.operator = None
            return False
        if sign == "\n":
            self._read_heredocs()
            joined = reading.command is None and reading.operator in _GO_ON_BELOW
            if joined or reading.function is not None:
                return False
        elif sign in _ENDS_PATTERN_LIST:
            if frame.kind == "case":
                frame.patterns = True
            else:
                self.problem(at, self.at, f"`{sign}` outside a case")
            sign = ""
        if sign == "&":
            self.background.append((frame.listed, len(self.commands)))
        if sign in ("&", ";", "\n", ""):
            frame.listed = len(self.commands)
            reading.negated = False
        reading.command, reading.operator = None, sign or None
        return False

    def _subshell(self, reading: OpenList) -> None:
        at = self.at
        if reading.command is None and self.text.startswith("((", at) and self.arithmetic_command():
            return
        self._finish(reading)
        self.at += 1
        self.push(reading, "(", at)
        reading.command, reading.operator, reading.negated = None, None, False

    def _part(self, reading: OpenList) -> None:
        """Read a reserved word, a function's head, or the next word or redirection of a command."""
        command = reading.command
        if command is None:
            if self.reserved(reading) or self._function(reading):
                return
            command = self.begin(reading)
        at = self.at
        if self.text[at] in "<>&{0123456789" and (match := _REDIRECT.match(self.text, at, self.end)) is not None:
            self._redirect(command, match)
        else:
            self._command_word(command)
        command.end = self.at

    def _function(self, reading: OpenList) -> bool:
        match = _FUNCTION.match(self.text, self.at, self.end)
        if match is None:
            return False
        reading.function = (match[1] or match[2], self.at)
        self.at = match.end()
        return True

    def _redirect(self, command: OpenCommand, match: re.Match[str]) -> None:
        operator = match[0].lstrip("0123456789")
        descriptor = match[0][: len(match[0]) - len(operator)]
        if operator[0] == "{":
            descriptor, _, operator = operator.partition("}")
            descriptor = descriptor[1:]
        self.at = match.end()
        self.skip_blanks()
        target = self.word()
        if target is None:
            self.problem(match.start(), match.end(), f"`{operator}` without a word behind it")
        command.redirects.append(Redirect(operator, target, descriptor))
        if operator in ("<<", "<<-") and target is not None:
            self.heredocs.append((command.redirects, len(command.redirects) - 1))

    def _read_heredocs(self) -> None:
        """Read the bodies of the here-documents that the line before announced."""
        pending, self.heredocs = self.heredocs, []
        text = self.text
        for redirects, index in pending:
            redirect = redirects[index]
            target = redirect.target
            if target is None:
                continue
            delimiter = target.value if target.value is not None else target.text
            start = line = self.at
            while line < self.end:
                stop = text.find("\n", line, self.end)
                stop = self.end if stop < 0 else stop
                content = text[line:stop].removesuffix("\r")
                if (content.lstrip("\t") if redirect.operator == "<<-" else content) == delimiter:
                    body = self._heredoc_body(start, line, target.quoted)
                    self.at = min(stop + 1, self.end)
                    break
                line = stop + 1
            else:
                self.problem(target.start, target.end, f"no line `{delimiter}` ends the here-document")
                body = self._heredoc_body(start, self.end, target.quoted)
                self.at = self.end
            redirects[index] = Redirect(redirect.operator, target, redirect.descriptor, body)

    def _heredoc_body(self, start: int, end: int, quoted: bool) -> Word:
        if quoted:
            return Word(self.mapped, start, end, (Literal(self.text[start:end], start, end, True),), True)
        outer, self.end, self.at = self.end, end, start
        parts: Parts = []
        self.quoted_text(parts, _IN_HEREDOC, "")
        self.end = outer
        return Word(self.mapped, start, end, tuple(parts))

    def _command_word(self, command: OpenCommand) -> None:
        at = self.at
        word = self.word()
        if word is None:  # A character that begins no word here; it stands for itself.
            self.at = at + 1
            word = Word(self.mapped, at, self.at, (Literal(self.text[at], at, self.at),))
        if not command.words and (match := ASSIGNMENT.match(self.text, at, word.end)) is not None:
            value = _behind(word, match.end())
            if value is not None:
                command.assignments.append(Assignment(match[1], value))
                return
        command.words.append(word)


def _behind(word: Word, offset: int) -> Word | None:
    """What follows the sign that ends at the raw `offset`; None where that sign is quoted."""
    for number, part in enumerate(word.parts):
        if part.start < offset <= part.end:
            if isinstance(part, Expansion) or part.quoted:
                return None
            rest = word.parts[number + 1 :]
            if offset < part.end:
                rest = (Literal(word.mapped.text[offset : part.end], offset, part.end), *rest)
            return Word(word.mapped, offset, word.end, rest, word.quoted)
    return None


def _start_of(command: Simple) -> int:
    return command.start
