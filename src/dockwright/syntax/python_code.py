"""Python source: its syntax tree with character spans, its strings and its imports. It is read, never imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from msgspec import Struct

from dockwright.syntax.problem import Problem
from dockwright.text import Source, Span, lazy_regex

if TYPE_CHECKING:
    import ast

    Node = TypeVar("Node", bound=ast.AST)

_NEWLINE = lazy_regex(r"\r\n?|\n")
_CODING = lazy_regex(rb"(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n?|\n))?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_OPENING = lazy_regex(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")

# Fields that hold no node worth a visit.
_LEAVES = frozenset(
    ("ctx", "op", "ops", "id", "attr", "arg", "name", "names", "module", "level", "kind", "type_comment", "conversion")
)


class StringLiteral(Struct, frozen=True):
    """A string in the code.

    `span` covers the literal with its quotes. `content` covers the characters of `value` where they stand in the file
    to the letter, so that they can be replaced there; it is None where they do not: an escape, literals put end to
    end, a line ending other than a line feed. Each constant part of an f-string counts as a literal of its own,
    with the span of the whole f-string and no `content`.
    """

    value: str
    span: Span
    content: Span | None


class PythonFile(Struct, frozen=True, dict=True):
    """A Python file, parsed when its tree is first asked for.

    `tree` is None where this interpreter's own parser refuses the file, and `problems` says why.
    """

    source: Source

    @cached_property
    def _parsed(self) -> tuple[ast.Module | None, tuple[Problem, ...]]:
        import ast
        import warnings

        try:
            with warnings.catch_warnings():
                # Invalid escapes in somebody else's code are not ours to report.
                warnings.simplefilter("ignore")
                # From bytes: the parser itself then honours a byte-order mark and an encoding declaration.
                return ast.parse(self.source.data), ()
        except SyntaxError as error:
            return None, (Problem(self._line_span(error.lineno or 1), f"Python cannot parse this: {error.msg}"),)
        except (ValueError, RecursionError, MemoryError, LookupError, OverflowError) as error:
            reason = "bytes that are not text" if isinstance(error, ValueError) else "it nests too deeply"
            return None, (Problem(Span(0, 0), f"Python cannot parse this file: {reason}"),)

    @property
    def tree(self) -> ast.Module | None:
        """The module, or None where it does not parse."""
        return self._parsed[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why there is no tree; empty where there is one."""
        return self._parsed[1]

    @cached_property
    def _starts(self) -> list[int]:
        """Offsets of the lines as Python counts them: a lone carriage return ends one as well."""
        text = self.source.text
        starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        if text.startswith("\ufeff"):
            starts[0] = 1
        return starts

    @cached_property
    def _encoding(self) -> str | None:
        """The encoding that the file declares, where it is one that differs from UTF-8."""
        match = None if self.source.text.isascii() else _CODING.match(self.source.data)
        name = match[1].decode() if match else ""
        return None if name.lower().replace("_", "-") in ("", "utf-8", "utf8", "utf-8-sig", "ascii") else name

    def _line_span(self, line: int) -> Span:
        starts = self._starts
        line = min(max(line, 1), len(starts))
        end = starts[line] if line < len(starts) else len(self.source.text)
        return Span(starts[line - 1], max(starts[line - 1], end))

    def offset(self, line: int, column: int) -> int:
        """The character offset of a line counted from 1 and a column in UTF-8 bytes, as `ast` gives them."""
        text = self.source.text
        if line < 1 or line > len(self._starts):
            return len(text)
        if text.isascii():
            return min(self._starts[line - 1] + column, len(text))
        span = self._line_span(line)
        shown = text[span.start : span.end]
        if shown.isascii():
            return min(span.start + column, len(text))
        raw = shown.encode("utf-8", "surrogateescape")
        if self._encoding:
            # The parser counts the bytes of its own UTF-8 copy of the line.
            before = (
                raw.decode(self._encoding, "replace").encode("utf-8", "replace")[:column].decode("utf-8", "replace")
            )
            column = len(before.encode(self._encoding, "replace"))
        return span.start + len(raw[:column].decode("utf-8", "surrogateescape"))

    def span(self, node: ast.AST) -> Span:
        """Where an expression or a statement stands; a node without a place, a module, is the whole file."""
        line = getattr(node, "lineno", None)
        if line is None:
            return Span(0, len(self.source.text))
        start = self.offset(line, node.col_offset)  # type: ignore[attr-defined]  # every node with a line has them
        end = self.offset(node.end_lineno or line, node.end_col_offset or 0)  # type: ignore[attr-defined]
        return Span(start, max(start, end))

    @cached_property
    def _by_type(self) -> Mapping[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        fields: dict[type[ast.AST], tuple[str, ...]] = {}
        stack: list[ast.AST] = [self.tree] if self.tree is not None else []
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind in found:
                found[kind].append(node)
            else:
                found[kind] = [node]
                fields[kind] = tuple(name for name in reversed(kind._fields) if name not in _LEAVES)
            for name in fields[kind]:
                value = getattr(node, name, None)
                if value.__class__ is list:
                    stack.extend([each for each in reversed(value) if hasattr(each, "_fields")])
                elif value is not None and hasattr(value, "_fields"):
                    stack.append(value)
        return found

    def nodes(self, kind: type[Node]) -> list[Node]:
        """All nodes of exactly this type, in the order of the file; names inside imports and contexts are left out."""
        return self._by_type.get(kind, [])  # type: ignore[return-value]  # the list under a type holds that type

    @cached_property
    def _imports(self) -> Mapping[str, str]:
        import ast

        names: dict[str, str] = {}
        for node in self.nodes(ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names.setdefault(alias.asname or first, alias.name if alias.asname else first)
        for origin in self.nodes(ast.ImportFrom):
            module = "." * origin.level + (origin.module or "")
            dot = "" if module.endswith(".") else "."
            for alias in origin.names:
                if alias.name != "*":
                    names.setdefault(alias.asname or alias.name, f"{module}{dot}{alias.name}")
        return names

    def imports(self) -> Mapping[str, str]:
        """Local name to dotted name for every import of the file; a relative one keeps its leading dots."""
        return self._imports

    def dotted(self, node: ast.AST | None) -> str | None:
        """A name or a chain of attributes as dotted text, its first part resolved through the imports; else None.

        `environ["X"].strip` is no such chain. After `from os import environ as e`, `e` is `os.environ`.
        """
        import ast

        parts: list[str] = []
        at = node
        while isinstance(at, ast.Attribute):
            parts.append(at.attr)
            at = at.value
        if not isinstance(at, ast.Name):
            return None
        parts.append(self._imports.get(at.id, at.id))
        return ".".join(reversed(parts))

    @cached_property
    def _bindings(self) -> Mapping[str, list[ast.expr]]:
        import ast

        found: dict[str, list[ast.expr]] = {}
        for statement in self.tree.body if self.tree is not None else ():
            if isinstance(statement, ast.Assign):
                targets, value = statement.targets, statement.value
            elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                targets, value = [statement.target], statement.value
            else:
                continue
            for target in targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(value)
        return found

    def constant(self, node: ast.AST | None) -> ast.Constant | None:
        """The constant that an expression certainly is: itself, or through names that the module binds once."""
        import ast

        at = node
        for _ in range(8):
            if isinstance(at, ast.Constant):
                return at
            values = self._bindings.get(at.id, ()) if isinstance(at, ast.Name) else ()
            if len(values) != 1:
                return None
            at = values[0]
        return None

    def value(self, name: str) -> ast.expr | None:
        """What the module binds a name to, where it does so once."""
        values = self._bindings.get(name, ())
        return values[0] if len(values) == 1 else None

    def strings(self) -> tuple[StringLiteral, ...]:
        """Every string of the file in its order, docstrings included; bytes are none."""
        import ast

        joined = {id(part): whole for whole in self.nodes(ast.JoinedStr) for part in whole.values}
        found = []
        for node in self.nodes(ast.Constant):
            if not isinstance(node.value, str):
                continue
            whole = joined.get(id(node))
            span = self.span(node if whole is None else whole)
            found.append(StringLiteral(node.value, span, None if whole else self._content(node.value, span)))
        return tuple(sorted(found, key=lambda literal: literal.span))

    def content(self, node: ast.Constant) -> Span | None:
        """Where the characters of a string constant stand to the letter; None as in `StringLiteral`."""
        return self._content(node.value, self.span(node)) if isinstance(node.value, str) else None

    def _content(self, value: str, span: Span) -> Span | None:
        literal = self.source.text[span.start : span.end]
        opening = _OPENING.match(literal)
        if opening is None:
            return None
        inner = literal[opening.end() : -len(opening[2])]
        if inner != value:
            return None
        start = span.start + opening.end()
        return Span(start, start + len(value))


Parse: TypeAlias = Callable[[Source], PythonFile]


def parse(source: Source) -> PythonFile:
    """The file as Python code. Never raises; nothing is parsed until the tree is asked for."""
    return PythonFile(source)
