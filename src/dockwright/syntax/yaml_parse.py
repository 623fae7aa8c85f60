"""YAML text to nodes with exact spans, over libyaml's event stream."""

from __future__ import annotations

import re
from typing import Any

from dockwright.syntax.problem import Problem
from dockwright.syntax.yaml_nodes import Alias, Item, Mapping, Node, Scalar, Sequence, YamlFile, map_written
from dockwright.text import Source, Span, lazy_regex

MAX_DEPTH = 200  # deeper than any real file, shallower than Python's stack

# What the YAML reader refuses in a text: controls, surrogates (bytes that are no UTF-8) and non-characters.
_UNREADABLE = lazy_regex("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_PROPERTY = lazy_regex(r"&[^\s,\[\]{}]*|!<[^>\s]*>|![\w;/?:@&=+$.!~*'()%-]*", re.ASCII)
_BREAKS = "\r\n\x85\u2028\u2029"
_BLANK = lazy_regex(f"(?:[ \t{_BREAKS}]+|(?<![^ \t{_BREAKS}])#[^{_BREAKS}]*|(?<=[{_BREAKS}])\ufeff)+")
_TEMPLATE = lazy_regex(r"\{\{|\{%|\{#")
_STYLES = {"'": "single", '"': "double", "|": "literal", ">": "folded"}
_WHITE = " \t" + _BREAKS


def parse(source: Source) -> YamlFile:
    """A YAML file's documents, as far as they can be read, and its problems. Never raises."""
    return parse_text(source, source.text)


def parse_text(source: Source, text: str) -> YamlFile:
    """Like `parse`, but reads `text`, which has the source's length and differs only where YAML needs it to."""
    base = len(text) - len(text.lstrip("\ufeff"))
    problems: list[Problem] = []
    if unreadable := _UNREADABLE.search(text):
        place = Span(unreadable.start(), unreadable.end())
        what = "bytes that are no UTF-8" if "\udc80" <= unreadable[0] <= "\udcff" else "a control character"
        problems.append(Problem(place, f"{what} in a YAML file", "write it as an escape in double quotes"))
        text = _UNREADABLE.sub("\ufffd", text)
    builder = _Builder(source.text, text, base, problems)
    builder.run()
    return YamlFile(source, tuple(builder.documents), tuple(sorted(problems, key=_place)), text)


def _place(problem: Problem) -> Span:
    return problem.span


class _Open:
    """A collection whose end has not come yet."""

    __slots__ = ("anchor", "content", "flow", "full", "is_mapping", "last", "nodes", "tag")

    def __init__(self, is_mapping: bool, flow: bool, full: int, content: int, anchor: str | None, tag: str | None):
        self.is_mapping, self.flow, self.full, self.content = is_mapping, flow, full, content
        self.anchor, self.tag = anchor, tag
        self.nodes: list[Node] = []
        self.last = content  # the end of what was read of it


class _Builder:
    """Turns events into documents."""

    def __init__(self, text: str, parsed: str, base: int, problems: list[Problem]):
        self.text, self.parsed, self.base, self.problems = text, parsed, base, problems
        self.exact = text == parsed
        self.documents: list[Node | None] = []
        self.anchors: dict[str, Node | None] = {}
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.explicit_keys = "?" in parsed

    def run(self) -> None:
        """Read all events, up to the first error."""
        import yaml  # 20 ms that a command without a YAML file need not pay

        loader: Any = getattr(yaml, "CLoader", yaml.Loader)
        kinds = {
            yaml.ScalarEvent: self.scalar,
            yaml.AliasEvent: self.alias,
            yaml.MappingStartEvent: self.mapping,
            yaml.SequenceStartEvent: self.sequence,
            yaml.MappingEndEvent: self.close,
            yaml.SequenceEndEvent: self.close,
            yaml.DocumentStartEvent: self.begin,
            yaml.DocumentEndEvent: self.finish,
        }
        try:
            for event in yaml.parse(self.parsed[self.base :], Loader=loader):
                handle = kinds.get(type(event))
                if handle is not None:
                    handle(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.refuse(mark.index + self.base if mark is not None else len(self.text), error.problem or error.context)
        except (yaml.YAMLError, ValueError, OverflowError):  # the pure reader lets escapes out of range through
            self.refuse(len(self.text), "not readable as YAML")
        except _TooDeepError as error:
            self.problems.append(Problem(error.span, f"collections nested more than {MAX_DEPTH} deep"))

    def refuse(self, at: int, message: str | None) -> None:
        """Note a syntax error."""
        at = min(at, len(self.text))
        span = Span(at, min(at + 1, len(self.text)))
        if _TEMPLATE.search(self.parsed):
            self.template(span)
        else:
            self.problems.append(Problem(span, f"not valid YAML: {message or 'it ends too early'}"))

    def template(self, span: Span) -> None:
        """Note that the file is a template of YAML, not YAML."""
        hint = "dockwright reads the file that the template makes"
        self.problems.append(Problem(span, "not YAML: it looks like a template ({{ … }} or {% … %})", hint))

    def begin(self, event: Any) -> None:
        """A document begins."""
        self.anchors = {}
        self.root = None

    def finish(self, event: Any) -> None:
        """A document ends."""
        root = self.root
        empty = isinstance(root, Scalar) and not root.written and root.anchor is None and root.tag is None
        self.documents.append(None if empty else root)

    def properties(self, event: Any) -> tuple[int, int, str | None, str | None]:
        """Where a node and its content begin, its anchor, and its tag as written."""
        start = content = event.start_mark.index + self.base
        anchor = event.anchor
        if anchor is None and (event.tag is None or self.parsed[start : start + 1] not in ("!", "&")):
            return start, start, None, None
        end = event.end_mark.index + self.base
        tag = None
        text = self.parsed
        while content < len(text) and text[content] in "&!":
            found = _PROPERTY.match(text, content)
            if found is None:
                break
            if text[content] == "!":
                tag = self.text[content : found.end()]
            content = found.end()
            after = _BLANK.match(text, content)
            if after is None:
                break
            if after.end() > end and isinstance(getattr(event, "value", None), str) and not event.value:
                break
            content = after.end()
        return start, content, anchor, tag

    def scalar(self, event: Any) -> None:
        """A scalar."""
        start, content, anchor, tag = self.properties(event)
        end = event.end_mark.index + self.base
        value: str = event.value
        if event.style in _STYLES:
            style = _STYLES[event.style]
        else:
            style = "plain"
            if not value:
                start, content, end = self.empty_place(start, content, end, anchor or tag)
        written = self.text[content:end]
        shown = end
        if style in ("literal", "folded"):
            shown = content + len(written.rstrip(_WHITE)) if "+" not in written[:3] else _without_break(self.text, end)
            shown = max(shown, content + 1)
        if not self.exact and written != self.parsed[content:end]:
            value = map_written(style, written, content, value).text
        span = Span(content, shown)
        full = span if start == content else Span(start, shown)
        self.add(Scalar(span, full, anchor, tag, value, style, written))

    def empty_place(self, start: int, content: int, end: int, has_properties: str | None) -> tuple[int, int, int]:
        """Where a value that was left out stands: right after the colon or dash, or after its anchor or tag."""
        if has_properties:
            end = content = start + len(self.parsed[start:content].rstrip(_WHITE))
            return start, content, end
        top = self.stack[-1] if self.stack else None
        if top is None or not top.flow:
            return start, start, start
        at = top.last
        if top.is_mapping and len(top.nodes) % 2:
            after = skip_blank(self.parsed, at)
            if after < start and self.parsed[after] == ":":
                at = after + 1
        elif top.nodes:
            at = start
        at = min(max(at, top.last), start)
        return at, at, at

    def alias(self, event: Any) -> None:
        """An alias."""
        span = Span(event.start_mark.index + self.base, event.end_mark.index + self.base)
        name: str = event.anchor
        target = self.anchors.get(name)
        if name not in self.anchors:
            self.problems.append(Problem(span, f"the alias *{name} names an anchor that is not defined before it"))
        elif target is None:
            self.problems.append(Problem(span, f"the value of the anchor &{name} contains itself"))
        self.add(Alias(span, span, None, None, name, target))

    def mapping(self, event: Any) -> None:
        """A mapping begins."""
        self.open(event, True)

    def sequence(self, event: Any) -> None:
        """A sequence begins."""
        self.open(event, False)

    def open(self, event: Any, is_mapping: bool) -> None:
        """A collection begins."""
        start, content, anchor, tag = self.properties(event)
        if len(self.stack) >= MAX_DEPTH:
            raise _TooDeepError(Span(content, content + 1))
        if anchor is not None:
            self.anchors[anchor] = None
        opened = _Open(is_mapping, bool(event.flow_style), start, content, anchor, tag)
        if opened.flow:
            opened.last = content + 1
        self.stack.append(opened)

    def close(self, event: Any) -> None:
        """A collection ends."""
        opened = self.stack.pop()
        if opened.flow:
            end = event.end_mark.index + self.base
        else:
            end = opened.last
            if not opened.is_mapping and opened.nodes and not opened.nodes[-1].full_span[1] > opened.content:
                end = opened.content + 1
        span = Span(opened.content, end)
        full = span if opened.full == opened.content else Span(opened.full, end)
        node: Node
        if opened.is_mapping:
            node = Mapping(span, full, opened.anchor, opened.tag, self.items(opened), opened.flow)
        else:
            node = Sequence(span, full, opened.anchor, opened.tag, tuple(opened.nodes), opened.flow)
        self.add(node)

    def items(self, opened: _Open) -> tuple[Item, ...]:
        """The items of a mapping, with problems for keys that are there twice and for templates."""
        nodes = opened.nodes
        found: list[Item] = []
        seen: set[str] = set()
        last = opened.content
        for index in range(0, len(nodes) - 1, 2):
            key, value = nodes[index], nodes[index + 1]
            start = key.full_span.start
            if self.explicit_keys:
                start = self.question_mark(last, start)
            last = max(key.full_span.end, value.full_span.end)
            found.append(Item(key, value, Span(start, last)))
            if isinstance(key, Scalar):
                if key.value in seen:
                    self.problems.append(Problem(key.span, f"the key {key.value!r} is there twice"))
                seen.add(key.value)
            elif isinstance(key, Mapping) and key.flow and opened.flow and key.span.start == opened.content + 1:
                self.template(Span(opened.content, key.span.end))
        return tuple(found)

    def question_mark(self, last: int, start: int) -> int:
        """Where an item begins: at the `?` of an explicit key, else at the key."""
        at = skip_blank(self.parsed, last)
        if at < start and self.parsed[at] in ",{":
            at = skip_blank(self.parsed, at + 1)
        return at if at < start and self.parsed[at] == "?" else start

    def add(self, node: Node) -> None:
        """A node is complete."""
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        if self.stack:
            top = self.stack[-1]
            top.nodes.append(node)
            top.last = max(top.last, node.full_span.end)
        else:
            self.root = node


def skip_blank(text: str, at: int) -> int:
    """The offset of the next character that is neither white space nor in a comment."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


class _TooDeepError(Exception):
    """Collections nested deeper than any real file's."""

    def __init__(self, span: Span):
        super().__init__()
        self.span = span


def _without_break(text: str, end: int) -> int:
    if text.endswith("\r\n", 0, end):
        return end - 2
    return end - 1 if text[end - 1 : end] in ("\n", "\r", "\x85", "\u2028", "\u2029") else end
