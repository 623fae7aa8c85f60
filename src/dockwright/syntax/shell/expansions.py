"""Expansions: what the shell replaces, `$A`, `${A:-b}`, `$(..)`, `<(..)`, backquotes and arithmetic."""

from __future__ import annotations

from dockwright.syntax.shell.nodes import Expansion, Literal, Word
from dockwright.syntax.shell.reader import DEEPEST, Parts
from dockwright.syntax.shell.words import WordReader
from dockwright.text import lazy_regex

_PARAMETER = lazy_regex(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_BRACED = lazy_regex(
    r"\$\{([#!]?)([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])?(\[[^\]}\n]*\])?"
    r"(:[-+=?]|[-+=?]|##?|%%?|//?[#%]?|\^\^?|,,?|@|:|\*)?",
)
_IN_BRACES = lazy_regex(r"[^}\\'\"$`]+")
_IN_ARITHMETIC = lazy_regex(r"[^()\\'\"$`]+")


class ExpansionReader(WordReader):
    """Reads expansions, the commands inside them too."""

    def dollar(self, parts: Parts, quoted: bool) -> bool:
        """Read what begins with `$`; whether it quotes."""
        text, at = self.text, self.at
        if self.opaque and (stop := self.opaque.get(at)) is not None and stop <= self.end:
            self.at = stop
            parts.append(Expansion("opaque", at, stop, self.mapped.span(at, stop), quoted=quoted))
            return False
        match = _PARAMETER.match(text, at, self.end)
        if match is not None:
            self.at = match.end()
            parts.append(Expansion("parameter", at, self.at, self.mapped.span(at, self.at), match[1], quoted=quoted))
            return False
        following = text[at + 1 : min(at + 2, self.end)]
        if following == "(" and self.depth < DEEPEST:
            if text.startswith("((", at + 1, self.end) and self._arithmetic_expansion(parts, quoted):
                return False
            self.substitution(parts, "command", 2, quoted)
        elif following == "{" and self.depth < DEEPEST:
            self._braces(parts, quoted)
        elif following == "'" and not quoted:
            self.ansi_quotes(parts)
            return True
        elif following == '"' and not quoted:
            self.at += 1
            self.double_quotes(parts)
            return True
        else:
            self.at += 1
            parts.append(Literal("$", at, self.at, quoted))
        return False

    def substitution(self, parts: Parts, kind: str, opener: int, quoted: bool) -> None:
        """Read the commands of `$(..)` or `<(..)`, whose opening signs are `opener` characters long."""
        at = self.at
        self.at += opener
        if self.depth >= DEEPEST:
            parts.append(Literal(self.text[at : self.at], at, self.at, quoted))
            return
        self.depth += 1
        if not self.run("$(" if kind == "command" else "<("):
            self.problem(at, at + opener, f"`{self.text[at : at + opener]}` is never closed")
        self.depth -= 1
        parts.append(Expansion(kind, at, self.at, self.mapped.span(at, self.at), quoted=quoted))

    def backquotes(self, parts: Parts, quoted: bool) -> None:
        """Read a backquoted command. Its escapes are not undone: commands nested by them are not found."""
        text, at = self.text, self.at
        close = at + 1
        while True:
            close = text.find("`", close, self.end)
            if close < 0:
                self.problem(at, at + 1, "a backquote is never closed")
                close = self.end
                break
            backslashes = close - len(text[at + 1 : close].rstrip("\\")) - at - 1
            if backslashes % 2 == 0:
                break
            close += 1
        if self.depth < DEEPEST:
            known = len(self.problems)
            outer, self.end, self.at = self.end, close, at + 1
            self.depth += 1
            self.run("`")
            self.depth -= 1
            self.end = outer
            if "\\" in text[at:close]:
                del self.problems[known:]
        self.at = min(close + 1, self.end)
        parts.append(Expansion("command", at, self.at, self.mapped.span(at, self.at), quoted=quoted))

    def _braces(self, parts: Parts, quoted: bool) -> None:
        text, at = self.text, self.at
        match = _BRACED.match(text, at, self.end)
        if match is None:
            return
        prefix, name, _, operator = match.group(1, 2, 3, 4)
        if name is None and prefix:  # ${#} and ${!} are parameters of their own.
            prefix, name = "", prefix
        self.at = match.end()
        self.depth += 1
        argument: Parts = []
        # Inside double quotes a single quote means itself in ${a:-it's}, but quotes in the pattern of ${a#'}'}.
        literal_quote = quoted and operator in (None, "-", "+", "=", "?", ":-", ":+", ":=", ":?")
        inner = self.at
        quotes = self._brace_argument(argument, literal_quote)
        self.depth -= 1
        word = Word(self.mapped, inner, self.at, tuple(argument), quotes) if operator or argument else None
        if self.at < self.end:
            self.at += 1
        else:
            self.problem(at, min(at + 2, self.end), "`${` is never closed")
        parts.append(
            Expansion(
                "parameter", at, self.at, self.mapped.span(at, self.at), name, operator or "", word, prefix,
                quoted=quoted,
            )
        )  # fmt: skip

    def _brace_argument(self, parts: Parts, literal_quote: bool) -> bool:
        text = self.text
        quoted = False
        while self.at < self.end:
            at = self.at
            match = _IN_BRACES.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                parts.append(Literal(match[0], at, self.at))
                continue
            char = text[at]
            if char == "}":
                break
            if char == "'" and literal_quote:
                self.plain(parts)
            else:
                quoted = self.special(parts, literal_quote) or quoted
        return quoted

    def _arithmetic_expansion(self, parts: Parts, quoted: bool) -> bool:
        at = self.at
        self.at += 3
        if not self.arithmetic([], quoted):
            self.at = at
            return False
        parts.append(Expansion("arithmetic", at, self.at, self.mapped.span(at, self.at), quoted=quoted))
        return True

    def arithmetic(self, parts: Parts, quoted: bool) -> bool:
        """Read up to `))`; what it found is forgotten where a single `)` says that it is no arithmetic."""
        text, start = self.text, self.at
        if self.depth >= DEEPEST:
            return False
        known = [len(found) for found in self.found()]
        self.depth += 1
        open_parentheses = 0
        closed = True
        while self.at < self.end:
            at = self.at
            match = _IN_ARITHMETIC.match(text, at, self.end)
            if match is not None:
                self.at = match.end()
                continue
            char = text[at]
            if char == "(":
                open_parentheses += 1
                self.at += 1
            elif char == ")":
                self.at += 1
                if open_parentheses:
                    open_parentheses -= 1
                elif text.startswith(")", self.at, self.end):
                    self.at += 1
                    break
                else:
                    closed = False
                    break
            else:
                self.special(parts, quoted)
        else:
            self.problem(start - 2, start, "`((` is never closed")
        self.depth -= 1
        if not closed:
            for found, length in zip(self.found(), known, strict=True):
                del found[length:]
        return closed
