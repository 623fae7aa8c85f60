"""Edits of YAML files, made from spans: comments, order and style outside the change stay as they are.

All functions return edits of `file`, to be spliced together with others of the same file. Values are given as
YAML text with no indentation of its own (`"- a\\n- b"`); use `quote` for a text that may be anything.
"""

from __future__ import annotations

import re

from dockwright.syntax.yaml_nodes import Alias, Item, Mapping, Node, Scalar, Sequence, YamlFile, resolve
from dockwright.syntax.yaml_parse import parse, skip_blank
from dockwright.syntax.yaml_scalars import double_quoted, fits_single, quote, single_quoted
from dockwright.text import Edit, Source, Span, lazy_regex

_COMMENT_LINE = lazy_regex(r"(?P<indent>[ \t]*)(?P<comment>#[^\r\n]*)?(?=[\r\n]|\Z)")
_REST_OF_LINE = lazy_regex(r"[^\r\n]*")
_BREAK = lazy_regex(r"\r\n|\n|\r")


def set_scalar(file: YamlFile, node: Scalar | Alias, value: str | int | float | bool | None) -> list[Edit]:
    """Edits that give a scalar (or the place of an alias) another value; a key too, which is how it is renamed.

    The style of quotes stays where it can hold the value; a text that is not plain text gets quotes.
    Anchor and tag stay.
    """
    path, span = file.source.path, node.span
    if isinstance(node, Scalar) and node.style == "literal" and isinstance(value, str):
        block = _literal(node, value, file.source.newline)
        if block is not None:
            return [Edit(path, span, block)]
    text = _scalar_text(value, node.style if isinstance(node, Scalar) else "plain")
    return [Edit(path, span, _lead(file, node) + text if span.start == span.end else text)]


def set_value(file: YamlFile, mapping: Mapping, key: str, text: str) -> list[Edit]:
    """Edits that give a key of this mapping another value of any kind, as YAML text; a new key goes to the end."""
    item = mapping.item(key)
    if item is None:
        return insert_item(file, mapping, key, text)
    source, layout, colon = file.source, _Layout(file), _colon_end(file, item)
    start, end = colon or item.key.full_span.end, item.value.full_span.end
    if mapping.flow:
        return [Edit(source.path, Span(start, end), f"{'' if colon else ':'} {layout.flow(text)}")]
    head, body = layout.value(text, _column(source, item.span.start))
    head = head if colon else ":" + head
    tail = start + len(source.text[start : item.value.full_span.start].rstrip())
    line_end = _line_end(source.text, end)
    body += layout.final(line_end, text)
    edits, old = [], Span(start, end)
    if tail > start and layout.newline not in head:  # a comment after the colon stays there
        edits.append(Edit(source.path, Span(start, start), head))
        old, head = Span(tail, end), ""
    if body and source.text[end:line_end].strip():  # so does one after the old value
        return [*edits, Edit(source.path, old, head), Edit(source.path, Span(line_end, line_end), body)]
    return [*edits, Edit(source.path, old, head + body)]


def insert_item(
    file: YamlFile, mapping: Mapping, key: str, text: str, *, after: str | None = None, first: bool = False
) -> list[Edit]:
    """Edits that add `key` with a value given as YAML text: after the key `after`, `first`, or at the end.

    In a block it takes the mapping's own indentation and goes before the comments that belong to the next key.
    """
    source, layout = file.source, _Layout(file)
    before = mapping.item(after) if after is not None else None
    if before is None and mapping.items and not first:
        before = mapping.items[-1]
    if mapping.flow:
        index = mapping.items.index(before) + 1 if before is not None else 0
        written = f"{layout.flow_key(mapping, key)}: {layout.flow(text)}"
        return _insert_flow(file, mapping, [item.span for item in mapping.items], index, written)
    start = mapping.items[0].span.start
    written = quote(key) + ":" + "".join(layout.value(text, _column(source, start)))
    if before is None:
        return [Edit(source.path, Span(start, start), written + layout.newline + " " * _column(source, start))]
    return _insert_below(layout, before.value, before.span.end, _column(source, start), written, text)


def append_element(file: YamlFile, sequence: Sequence, text: str) -> list[Edit]:
    """Edits that add an element, given as YAML text, at the end of a sequence."""
    layout = _Layout(file)
    if sequence.flow:
        members = [node.full_span for node in sequence.items]
        return _insert_flow(file, sequence, members, len(members), layout.flow(text))
    column = _column(file.source, sequence.span.start)
    written = "- " + layout.indented(text, column + 2)
    return _insert_below(layout, sequence.items[-1], sequence.span.end, column, written, text)


def delete_item(file: YamlFile, mapping: Mapping, key: str) -> list[Edit]:
    """Edits that take away a key with its value and the comment on its last line; none where it is not written here.

    Where it was the last one `{}` stays. Comments that are indented deeper than the key go with it, and so does an
    anchor that stands in it: look for aliases before.
    """
    item = mapping.item(key)
    if item is None:
        return []
    members = [each.span for each in mapping.items]
    return _delete(file, mapping, members, mapping.items.index(item), "{}")


def delete_element(file: YamlFile, sequence: Sequence, index: int) -> list[Edit]:
    """Edits that take away an element of a sequence with the comment on its last line; `[]` stays of an only one."""
    members = [node.full_span for node in sequence.items]
    if not sequence.flow:
        dash = sequence.span.start
        for at, member in enumerate(members):
            members[at] = Span(dash, max(member.end, dash + 1))
            dash = skip_blank(file.parsed, members[at].end)
    return _delete(file, sequence, members, index, "[]")


# Places: where a member goes, and what goes with it


def _insert_below(layout: _Layout, last: Node, end: int, column: int, written: str, value: str) -> list[Edit]:
    """Put a member of a block, with the value `value`, below another one that ends at `end` with the value `last`."""
    source = layout.file.source
    at = _block_end(source.text, end, column)
    edits = [Edit(source.path, Span(at, at), source.newline + " " * column + written + layout.final(at, value))]
    block = _last_block_scalar(last)
    if block is not None and at == len(source.text) and "-" not in _header(block):
        # The file ends inside this text; the line break that it gets now must not become part of it.
        start = block.span.start
        edits.insert(0, Edit(source.path, Span(start, start + len(_header(block))), _header(block).rstrip("+") + "-"))
    return edits


def _insert_flow(file: YamlFile, node: Mapping | Sequence, members: list[Span], index: int, written: str) -> list[Edit]:
    """Put a member into a flow collection before `members[index]`, on a line of its own where the others are."""
    source, close = file.source, node.span.end - 1
    path, text = source.path, source.text

    def insert(at: int, what: str) -> Edit:
        return Edit(path, Span(at, at), what)

    if not members:
        inside = Span(node.span.start + 1, close)
        return [
            Edit(path, inside, written) if not source.slice(inside).strip() else insert(inside.start, written + " ")
        ]
    neighbour = members[index - 1] if index else members[0]
    own_line = _begins_line(text, neighbour.start)
    lead = source.newline + text[_line_start(text, neighbour.start) : neighbour.start] if own_line else " "
    if index == 0:
        return [insert(neighbour.start, written + "," + lead)]
    comma = skip_blank(file.parsed, neighbour.end)
    has_comma = comma < close and file.parsed[comma] == ","
    end = comma + 1 if has_comma else neighbour.end
    following = members[index].start if index < len(members) else close
    line_end = _comment_end(text, end, following)
    if not own_line or line_end is None:
        line_end = end
    if has_comma:
        return [insert(line_end, f"{lead}{written},")]
    separator = " ," if file.parsed[end - 1] == ":" else ","
    if line_end == end:
        return [insert(end, separator + lead + written)]
    return [insert(end, separator), insert(line_end, lead + written)]


def _delete(file: YamlFile, node: Mapping | Sequence, members: list[Span], index: int, empty: str) -> list[Edit]:
    """Take a member out of a collection; `empty` is what stays of the collection without its last member."""
    delete = _delete_flow if node.flow else _delete_block
    edits = _empty(file, node, members[0], empty) if len(members) == 1 else delete(file, node, members, index)
    return [Edit(file.source.path, span, text) for span, text in edits]


def _empty(file: YamlFile, node: Mapping | Sequence, member: Span, empty: str) -> list[tuple[Span, str]]:
    text = file.source.text
    if node.flow:
        return [(node.span, empty)]
    start, end = node.span.start, _block_end(text, member.end, _column(file.source, member.start))
    parent = file.parent(node)
    if isinstance(parent, Mapping):
        colon = _colon_end(file, next(item for item in parent.items if node in (item.key, item.value)))
        if colon is not None and not text[colon:start].strip():
            return [(Span(colon, end), " " + empty)]
    return [(Span(start, end), empty)]


def _delete_block(file: YamlFile, node: Mapping | Sequence, members: list[Span], index: int) -> list[tuple[Span, str]]:
    text, member = file.source.text, members[index]
    end = _block_end(text, member.end, _column(file.source, member.start))
    if _begins_line(text, member.start):
        end = _after_break(text, end)
        before = node.items[index - 1] if index else None
        block = _last_block_scalar(before.value if isinstance(before, Item) else before)
        if block is not None and "+" in _header(block):  # the blank lines above are its own, and those below would be
            end = max(end, _line_start(text, len(text) - len(text[end:].lstrip())))
            return [(Span(_line_start(text, member.start), end), "")]
        return [(_at_the_ends(text, _line_start(text, member.start), end), "")]
    following = members[index + 1].start
    return [(Span(member.start, following if not text[end:following].strip() else end), "")]


def _at_the_ends(text: str, start: int, end: int) -> Span:
    """Lines to delete, with the blank ones that would be the file's first or last without them."""
    if not text[:start].strip():
        return Span(start, _line_start(text, len(text) - len(text[end:].lstrip())) if text[end:].strip() else end)
    if not text[end:].strip():
        return Span(_after_break(text, _line_end(text, len(text[:start].rstrip()))), end)
    return Span(start, end)


def _delete_flow(file: YamlFile, node: Mapping | Sequence, members: list[Span], index: int) -> list[tuple[Span, str]]:
    text, member = file.source.text, members[index]
    close = node.span.end - 1
    comma = skip_blank(file.parsed, member.end)
    has_comma = comma < close and file.parsed[comma] == ","
    end = comma + 1 if has_comma else member.end
    last = index == len(members) - 1
    line_end = _comment_end(text, end, close if last else members[index + 1].start)
    if _begins_line(text, member.start) and line_end is not None:
        edits = [(Span(_line_start(text, member.start), _after_break(text, line_end)), "")]
        if last and not has_comma:
            before = skip_blank(file.parsed, members[index - 1].end)
            edits.insert(0, (Span(before, before + 1), ""))
        return edits
    if last:
        return [(Span(members[index - 1].end, member.end), "")]
    while text[end] in " \t":
        end += 1
    return [(Span(member.start, end), "")]


def _block_end(text: str, end: int, column: int) -> int:
    """Where what ends at `end` really ends: with its line, and the comments below it deeper than `column`."""
    end = at = _line_end(text, end)
    while (at := _after_break(text, at)) < len(text):
        found = _COMMENT_LINE.match(text, at)
        if found is None or (found["comment"] and len(found["indent"]) <= column):
            break
        if found["comment"]:
            end = found.end()
        at = found.end()
    return end


def _comment_end(text: str, at: int, following: int) -> int | None:
    """The end of the line of `at` where no more than a comment stands before it, and not `following`; else None."""
    end = _line_end(text, at)
    if end > following:
        return None
    rest = text[at:end]
    return None if "/*" in rest and not rest.rstrip().endswith("*/") else end


def _begins_line(text: str, at: int) -> bool:
    return not text[_line_start(text, at) : at].strip(" \t")


def _column(source: Source, at: int) -> int:
    """The column of an offset, from 0."""
    return at - _line_start(source.text, at)


def _line_start(text: str, at: int) -> int:
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    while text.startswith("\ufeff", start) and start < at:
        start += 1
    return start


def _line_end(text: str, at: int) -> int:
    """The offset before the line break that follows."""
    found = _REST_OF_LINE.match(text, at)
    return found.end() if found else at


def _after_break(text: str, at: int) -> int:
    found = _BREAK.match(text, at)
    return found.end() if found else at


def _colon_end(file: YamlFile, item: Item) -> int | None:
    """The offset after the colon of an item; None where it has none, as in `{key}`."""
    at = skip_blank(file.parsed, item.key.full_span.end)
    return at + 1 if at < max(item.value.full_span.start, at + 1) and file.parsed[at : at + 1] == ":" else None


def _last_block_scalar(node: Node | None) -> Scalar | None:
    """The block scalar that a node ends with."""
    while isinstance(node, Mapping | Sequence) and node.items and not node.flow:
        last = node.items[-1]
        node = last.value if isinstance(last, Item) else last
    return node if isinstance(node, Scalar) and node.style in ("literal", "folded") else None


def _header(block: Scalar) -> str:
    """The indicators of a block scalar: `|`, `>2-`."""
    return re.split(r"[\s#]", block.written, maxsplit=1)[0]


# Writing: values in the place that they get


def _scalar_text(value: str | int | float | bool | None, style: str) -> str:
    if not isinstance(value, str):
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return "null"
        return repr(value)
    if style == "double":
        return double_quoted(value)
    if style == "single" and fits_single(value):
        return single_quoted(value)
    return quote(value)


def _literal(node: Scalar, value: str, newline: str) -> str | None:
    """A literal block with another text in the indentation that it had; None where it cannot hold the text."""
    lines = node.written.splitlines()
    if len(lines) < 2 or not lines[1].strip(" ") or re.search(r"\d|#", lines[0]):
        return None
    indent = lines[1][: len(lines[1]) - len(lines[1].lstrip(" "))]
    body = value.rstrip("\n")
    ends = {"": "-", "\n": ""}.get(value[len(body) :])
    if ends is None or not body or body[0] in " \t\n" or not fits_single(body.replace("\n", "").replace("\t", "")):
        return None
    if any(line and not line.strip(" \t") for line in body.split("\n")):
        return None
    return f"|{ends}{newline}" + newline.join(indent + line if line else "" for line in body.split("\n"))


def _lead(file: YamlFile, node: Node) -> str:
    """What goes between a value that was left out and what stands before it."""
    before = file.parsed[node.span.start - 1 : node.span.start]
    parent = file.parent(node)
    if isinstance(parent, Mapping) and parent.flow:
        item = next(each for each in parent.items if node in (each.key, each.value))
        if node is item.value and ":" not in file.parsed[item.key.full_span.end : node.span.start]:
            return ": "
    return " " if before and not before.isspace() else ""


class _Layout:
    """How a file lays out what is in it: indentation, sequences, line endings."""

    def __init__(self, file: YamlFile):
        self.file = file
        self.newline = file.source.newline
        self.step, self.dash = _steps(file)

    def value(self, text: str, indent: int) -> tuple[str, str]:
        """What follows the colon of a key at column `indent`: on its line, and on the lines below."""
        text = _BREAK.sub("\n", text).rstrip("\n")
        node = parse(Source("", text)).root
        if isinstance(node, Mapping | Sequence) and not node.flow:
            column = indent + (self.step if isinstance(node, Mapping) else self.dash)
            properties = text[: node.span.start].rstrip() if node.anchor or node.tag else ""
            body = text[_line_start(text, node.span.start) :] if properties else text
            return " " * bool(properties) + properties, self.newline + " " * column + self.indented(body, column)
        lines = " " * bool(text) + self.indented(text, indent + self.step)
        if isinstance(node, Scalar) and node.style in ("literal", "folded"):
            head, newline, body = lines.partition(self.newline)
            return head, newline + body
        return lines, ""

    def final(self, at: int, text: str) -> str:
        """The line break that a value put at the end of the file needs, where it is a block scalar with one."""
        last = at == len(self.file.source.text) and _last_block_scalar(parse(Source("", text)).root)
        return self.newline if last else ""

    def indented(self, text: str, column: int) -> str:
        """The text with all lines but its first at `column`."""
        lines = _BREAK.sub("\n", text).rstrip("\n").split("\n")
        return self.newline.join([lines[0], *(" " * column + line if line else "" for line in lines[1:])])

    def flow(self, text: str) -> str:
        """The text as it can stand in a flow collection."""
        node = parse(Source("", text)).root
        text = text.strip()
        if node is not None and not _BREAK.search(text) and getattr(node, "flow", True):
            inside = parse(Source("", f"[{text}]")).root
            if isinstance(inside, Sequence) and len(inside.items) == 1 and inside.items[0].span == node.span.shift(1):
                return text
        return _flow(node)

    def flow_key(self, mapping: Mapping, key: str) -> str:
        """The key, in double quotes where all keys of the mapping, or in an empty one all of the file's, are."""
        items = mapping.items or (self.file.root.items if isinstance(self.file.root, Mapping) else ())
        keys = [item.key for item in items]
        quoted = bool(keys) and all(isinstance(each, Scalar) and each.style == "double" for each in keys)
        return double_quoted(key) if quoted or self.file.source.path.endswith(".json") else quote(key)


def _flow(node: Node | None) -> str:
    """A node in flow style on one line."""
    node = resolve(node)
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value)}" for key, value in node.entries()) + "}"
    if isinstance(node, Sequence):
        return "[" + ", ".join(map(_flow, node.items)) + "]"
    if not isinstance(node, Scalar):
        return ""
    return quote(node.value) if isinstance(node.python(), str) else node.value


def _steps(file: YamlFile) -> tuple[int, int]:
    """By how much the file indents a mapping in a mapping, and a sequence in a mapping: as it does most often."""
    mappings: dict[int, int] = {}
    sequences: dict[int, int] = {}
    todo = [node for node in file.documents if node is not None]
    while todo:
        node = todo.pop()
        if isinstance(node, Sequence):
            todo += node.items
        elif isinstance(node, Mapping):
            column = _column(file.source, node.span.start)
            for item in node.items:
                value = item.value
                todo.append(value)
                if not node.flow and isinstance(value, Mapping | Sequence) and not value.flow:
                    counts = mappings if isinstance(value, Mapping) else sequences
                    step = _column(file.source, value.span.start) - column
                    counts[step] = counts.get(step, 0) + 1
    step = max(mappings, key=mappings.__getitem__, default=2)
    return step, max(sequences, key=sequences.__getitem__, default=step)
