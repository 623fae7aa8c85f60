"""Words: what the shell takes for one, quotes and escapes included."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockwright.syntax.shell.nodes import Expansion, Literal, Word
from dockwright.syntax.shell.reader import ASSIGNMENT, DEEPEST, PLAIN_WORD, Parts, Reader
from dockwright.text import lazy_regex

# What stands for itself up to the next sign that does not.
_IN_WORD = lazy_regex(r"[^ \t\n\r|&;()<>\\'\"$`]+")
_IN_QUOTES = lazy_regex(r"[^\"\\$`]+")
_ANSI_BODY = lazy_regex(r"(?:[^'\\]|\\.)*", re.S)
_ANSI_ESCAPE = lazy_regex(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))", re.S
)
_ANSI_LETTERS: Mapping[str, str] = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip


class WordReader(Reader):
    """Reads words."""

    def word(self, regex: bool = False) -> Word | None:
        """Read the word that begins here; None where none does."""
        text, start = self.text, self.at
        if not self.opaque or start not in self.opaque:
            match = PLAIN_WORD.match(text, start, self.end)
            if match is not None and not regex:
                self.at = end = match.end()
                return Word(self.mapped, start, end, (Literal(match[0], start, end),))
        parts: Parts = []
        quoted = False
        parentheses = 0
        while self.at < self.end:
            at = self.at
            match = _IN_WORD.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                parts.append(Literal(match[0], at, self.at))
                continue
            char = text[at]
            if char in "\\'\"$`":
                quoted = self.special(parts, False) or quoted
            elif char in "<>" and text.startswith("(", at + 1, self.end):
                self.substitution(parts, "process", 2, False)
            elif char == "\r" and not text.startswith("\n", at + 1):
                self.plain(parts)
            elif char == "(" and (regex or parentheses or _opens_glob(parts)):
                parentheses += 1
                self.plain(parts)
            elif char == "(" and parts and self.depth < DEEPEST and ASSIGNMENT.fullmatch(text, start, at):
                self._array(parts)
            elif char not in "\r\n" and parentheses:
                parentheses -= char == ")"
                self.plain(parts)
            elif regex and char == "|":
                self.plain(parts)
            else:
                break
        if self.at == start:
            return None
        return Word(self.mapped, start, self.at, tuple(parts), quoted)

    def plain(self, parts: Parts) -> None:
        """Take one character that stands for itself."""
        parts.append(Literal(self.text[self.at], self.at, self.at + 1))
        self.at += 1

    def special(self, parts: Parts, quoted: bool) -> bool:
        """Read what a backslash, a quote, a `$` or a backquote begins; whether it quotes."""
        char = self.text[self.at]
        if char == "\\":
            return self._escape(parts)
        if char == "$":
            return self.dollar(parts, quoted)
        if char == "'":
            self._single_quotes(parts)
        elif char == '"':
            self.double_quotes(parts)
        else:
            self.backquotes(parts, quoted)
        return char != "`"

    def _escape(self, parts: Parts) -> bool:
        """Read a backslash and what it escapes; whether it quotes and does not join lines."""
        at, text = self.at, self.text
        if text.startswith("\n", at + 1, self.end):
            self.at += 2
            return False
        if text.startswith("\r\n", at + 1, self.end):
            self.at += 3
            return False
        self.at = min(at + 2, self.end)
        parts.append(Literal(text[at + 1 : self.at] or "\\", at, self.at, True))
        return True

    def _single_quotes(self, parts: Parts) -> None:
        at = self.at
        close = self.text.find("'", at + 1, self.end)
        if close < 0:
            self.problem(at, at + 1, "a single quote is never closed")
            close = self.end
        if self.opaque:
            self._split_at_opaque(parts, at + 1, close)
        else:
            parts.append(Literal(self.text[at + 1 : close], at + 1, close, True))
        self.at = min(close + 1, self.end)

    def _split_at_opaque(self, parts: Parts, start: int, end: int) -> None:
        at = start
        while (dollar := self.text.find("$", at, end)) >= 0:
            stop = self.opaque.get(dollar)
            if stop is not None and stop <= end:
                parts.append(Literal(self.text[start:dollar], start, dollar, True))
                parts.append(Expansion("opaque", dollar, stop, self.mapped.span(dollar, stop), quoted=True))
                start = at = stop
            else:
                at = dollar + 1
        parts.append(Literal(self.text[start:end], start, end, True))

    def double_quotes(self, parts: Parts) -> None:
        """Read what stands between two double quotes."""
        at = self.at
        self.at += 1
        before = len(parts)
        self.quoted_text(parts, _IN_QUOTES, '"')
        if len(parts) == before:
            parts.append(Literal("", at + 1, at + 1, True))
        if self.at < self.end:
            self.at += 1
        else:
            self.problem(at, at + 1, "a double quote is never closed")

    def quoted_text(self, parts: Parts, plain: re.Pattern[str], close: str) -> None:
        """Read text in which only `$`, backquotes and backslashes mean something, up to `close`."""
        text = self.text
        escapable = "$`\\" + close
        while self.at < self.end:
            at = self.at
            match = plain.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                parts.append(Literal(match[0], at, self.at, True))
                continue
            char = text[at]
            if char == close:
                return
            if char == "$":
                self.dollar(parts, True)
            elif char == "`":
                self.backquotes(parts, True)
            else:
                following = text[at + 1 : min(at + 2, self.end)]
                if following == "\n":
                    self.at += 2
                elif following == "\r" and text.startswith("\n", at + 2, self.end):
                    self.at += 3
                else:
                    taken = 2 if following and following in escapable else 1
                    self.at += taken
                    parts.append(Literal(following if taken == 2 else "\\", at, self.at, True))

    def ansi_quotes(self, parts: Parts) -> None:
        """Read a `$'..'`, its escapes undone."""
        at = self.at
        match = _ANSI_BODY.match(self.text, at + 2, self.end)
        close = match.end() if match else at + 2
        body = self.text[at + 2 : close]
        parts.append(Literal(_ANSI_ESCAPE.sub(_ansi_char, body) if "\\" in body else body, at + 2, close, True))
        if close < self.end and self.text[close] == "'":
            self.at = close + 1
        else:
            self.problem(at, at + 2, "a single quote is never closed")
            self.at = self.end

    def _array(self, parts: Parts) -> None:
        at = self.at
        self.at += 1
        self.depth += 1
        words: list[Word] = []
        while self.skip_lines() < self.end:
            word = self.word()
            if word is not None:
                words.append(word)
            elif self.text[self.at] == ")":
                self.at += 1
                break
            else:
                self.at += 1
        else:
            self.problem(at, at + 1, "`(` is never closed")
        self.depth -= 1
        parts.append(Expansion("array", at, self.at, self.mapped.span(at, self.at), words=tuple(words)))


def _opens_glob(parts: Parts) -> bool:
    last = parts[-1] if parts else None
    return isinstance(last, Literal) and not last.quoted and last.text[-1] in "?*+@!"


def _ansi_char(match: re.Match[str]) -> str:
    short, four, eight, octal, control, letter = match.groups()
    if letter is not None:
        return _ANSI_LETTERS.get(letter, letter if letter in "\\'\"?" else "\\" + letter)
    if control is not None:
        return chr(ord(control) & 0x1F)
    code = int(octal, 8) & 0xFF if octal else int(short or four or eight, 16)
    return chr(code) if code < 0x110000 else "\ufffd"
