"""Edits of YAML files: what they change, and that they change nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax import yaml
from dockwright.text import Edit, Source, splice


def parse(text: str) -> yaml.YamlFile:
    return yaml.parse(Source("compose.yml", text))


def edited(text: str, edit: Callable[..., list[Edit]], path: str, *arguments: Any, **options: Any) -> str:
    """The text after an edit of the node at `path`, a dotted path of keys and indices."""
    file = parse(text)
    assert file.root is not None
    steps = [int(step) if step.isdigit() else step for step in path.split(".") if step]
    node = file.root.at(*steps[:-1]) if steps else file.root
    if steps:  # not `at`, which would follow an alias
        last = steps[-1]
        if isinstance(node, yaml.Mapping) and isinstance(last, str):
            node = node.get(last)
        elif isinstance(node, yaml.Sequence) and isinstance(last, int):
            node = node.items[last]
    return splice(text, edit(file, node, *arguments, **options))


@pytest.mark.parametrize(
    ("text", "path", "value", "becomes"),
    [
        ("a: b  # c\n", "a", "d", "a: d  # c\n"),
        ("a: b\n", "a", "yes", 'a: "yes"\n'),
        ("a: b\n", "a", "8080", 'a: "8080"\n'),
        ("a: b\n", "a", 8080, "a: 8080\n"),
        ("a: 'b'\n", "a", "it's", "a: 'it''s'\n"),
        ("a: 'b'\n", "a", "x\ny", 'a: "x\\ny"\n'),
        ('a: "b"\n', "a", "x", 'a: "x"\n'),
        ('a: "b"\n', "a", True, "a: true\n"),
        ("a:   # c\nb: 1\n", "a", "x", "a: x   # c\nb: 1\n"),
        ("a:", "a", None, "a: null"),
        ("- \n- b\n", "0", "x", "- x \n- b\n"),
        ("a: &x !t b\n", "a", "c", "a: &x !t c\n"),
        ("a: &x\nb: *x\n", "b", "c", "a: &x\nb: c\n"),
        ("{a, b: }\n", "a", "x", "{a: x, b: }\n"),
        ("{a, b: }\n", "b", "x, y", '{a, b: "x, y" }\n'),
        ("a: |\n    x\n    y\nb: 1\n", "a", "p\n\nq\n", "a: |\n    p\n\n    q\nb: 1\n"),
        ("a: |\n  x\nb: 1\n", "a", "p", "a: |-\n  p\nb: 1\n"),
        ("a: >-\n  x\n  y\nb: 1\n", "a", "z", "a: z\nb: 1\n"),
        ("a: x\n  y\nb: 1\n", "a", "z", "a: z\nb: 1\n"),
    ],
)
def test_set_scalar_keeps_the_style_where_it_can(text: str, path: str, value: Any, becomes: str) -> None:
    assert edited(text, yaml.set_scalar, path, value) == becomes


SERVICES = """\
services:
  # the web server
  web:
    image: a  # pinned
    # about web
  # the database
  db:
    image: b
"""


def test_a_new_key_goes_after_a_block_and_before_the_comments_of_the_next_key() -> None:
    assert edited(SERVICES, yaml.insert_item, "services", "cache", "image: c\nports:\n  - 1", after="web") == (
        SERVICES.replace("    # about web\n", "    # about web\n  cache:\n    image: c\n    ports:\n      - 1\n")
    )


@pytest.mark.parametrize(
    ("text", "path", "options", "becomes"),
    [
        ("a: 1", "", {}, "a: 1\nk: v"),
        ("a: 1\n", "", {"first": True}, "k: v\na: 1\n"),
        ("\ufeffa: 1\r\nb: 2\r\n", "", {"after": "a"}, "\ufeffa: 1\r\nk: v\r\nb: 2\r\n"),
        ("x:\n    a: 1\n\n# y\ny: 2\n", "x", {}, "x:\n    a: 1\n    k: v\n\n# y\ny: 2\n"),
        ("- a: 1\n- b\n", "0", {}, "- a: 1\n  k: v\n- b\n"),
        ("- a: 1\n- b\n", "0", {"first": True}, "- k: v\n  a: 1\n- b\n"),
        ("a:\n  - 1\n", "", {}, "a:\n  - 1\nk: v\n"),
        ("a: |\n  x", "", {}, "a: |-\n  x\nk: v"),
        ("a: |+\n  x\n\nb: 1\n", "", {"after": "a"}, "a: |+\n  x\n\nk: v\nb: 1\n"),
        ("x: {a: b}\n", "x", {}, "x: {a: b, k: v}\n"),
        ("x: {a: b, c: d}\n", "x", {"after": "a"}, "x: {a: b, k: v, c: d}\n"),
        ("x: {a: b}\n", "x", {"first": True}, "x: {k: v, a: b}\n"),
        ("x: {a: }\n", "x", {}, "x: {a: , k: v }\n"),
        ("x: {}\n", "x", {}, "x: {k: v}\n"),
        ("x: {a: b, }\n", "x", {}, "x: {a: b, k: v, }\n"),
        ("x: {\n  a: b,  # c\n  d: e  # f\n}\n", "x", {}, "x: {\n  a: b,  # c\n  d: e,  # f\n  k: v\n}\n"),
        ("x: {\n  a: b,  # c\n  d: e  # f\n}\n", "x", {"after": "a"}, "x: {\n  a: b,  # c\n  k: v,\n  d: e  # f\n}\n"),
        ("x: {\n  a: b,\n}\n", "x", {}, "x: {\n  a: b,\n  k: v,\n}\n"),
        ("--- {a: 1}\n", "", {}, "--- {a: 1, k: v}\n"),
    ],
)
def test_insert_item(text: str, path: str, options: dict[str, Any], becomes: str) -> None:
    assert edited(text, yaml.insert_item, path, "k", "v", **options) == becomes


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", "k:"),
        ("[a, b]", "k: [a, b]"),
        ("- a\n- b: 1\n  c: 2", "k:\n      - a\n      - b: 1\n        c: 2"),
        ("a: 1\nb:\n  c: 2", "k:\n        a: 1\n        b:\n          c: 2"),
        ("|\n  x\n  y\n", "k: |\n          x\n          y"),
        ("# why\na: 1", "k:\n        # why\n        a: 1"),
        ("&x\na: 1", "k: &x\n        a: 1"),
        ("!override\n- a", "k: !override\n      - a"),
        ('"a\n  b"', 'k: "a\n          b"'),
    ],
)
def test_values_take_the_layout_of_the_file(value: str, written: str) -> None:
    text = "x:\n    y:\n    - 1\n    z:\n        a: 1\n"
    after = edited(text, yaml.insert_item, "x", "k", value)
    assert after == text + f"    {written}\n".replace("\n      -", "\n    -").replace("\n        c", "\n      c")


@pytest.mark.parametrize(
    ("text", "path", "value", "becomes"),
    [
        ("a:\n  - x\n  # c\n  - y\n# d\nb: 1\n", "a", "z", "a:\n  - x\n  # c\n  - y\n  - z\n# d\nb: 1\n"),
        ("a:\n- x\nb: 1\n", "a", "k: 1\nl: 2", "a:\n- x\n- k: 1\n  l: 2\nb: 1\n"),
        ("a: [x]\n", "a", "y", "a: [x, y]\n"),
        ("a: []\n", "a", "y", "a: [y]\n"),
        ("a: [\n  x,\n  y\n]\n", "a", "z", "a: [\n  x,\n  y,\n  z\n]\n"),
        ("a: [x]\n", "a", "k: [1, {b: }]", "a: [x, {k: [1, {b: }]}]\n"),
        ("- - a\n  - b\n- c\n", "0", "z", "- - a\n  - b\n  - z\n- c\n"),
        ("-", "", "z", "-\n- z"),
    ],
)
def test_append_element(text: str, path: str, value: str, becomes: str) -> None:
    assert edited(text, yaml.append_element, path, value) == becomes


@pytest.mark.parametrize(
    ("text", "path", "key", "becomes"),
    [
        ("a: 1  # c\nb: 2\n", "", "a", "b: 2\n"),
        ("a: 1\nb: 2", "", "b", "a: 1\n"),
        ("a: 1\nb:\n  c: 2\n  # of b\n# end\n", "", "b", "a: 1\n# end\n"),
        ("x:\n  a: 1  # c\ny: 2\n", "x", "a", "x: {}\ny: 2\n"),
        ("x:  # d:\n  a: 1  # c\ny: 2\n", "x", "a", "x:  # d:\n  {}\ny: 2\n"),
        ("? x\n:\n  a: 1\ny: 2\n", "x", "a", "? x\n: {}\ny: 2\n"),
        ("x: &x\n  a: 1\ny: 2\n", "x", "a", "x: &x\n  {}\ny: 2\n"),
        ("a: 1\n", "", "a", "{}\n"),
        ("- a: 1\n  b: 2\n", "0", "a", "- b: 2\n"),
        ("- a: 1 # c\n  # of b\n  b: 2\n", "0", "a", "- \n  # of b\n  b: 2\n"),
        ("- a: 1\n", "0", "a", "- {}\n"),
        ("a: |+\n  x\n\nb: 1\n\nc: 2\n", "", "b", "a: |+\n  x\n\nc: 2\n"),
        ("a: |+\n  x\n\nb: 1\n", "", "a", "b: 1\n"),
        ("{a: 1, b: 2, c: 3}\n", "", "a", "{b: 2, c: 3}\n"),
        ("{a: 1, b: 2, c: 3}\n", "", "b", "{a: 1, c: 3}\n"),
        ("{a: 1, b: 2, c: 3}\n", "", "c", "{a: 1, b: 2}\n"),
        ("{a: 1 }\n", "", "a", "{}\n"),
        ("{\n  a: 1, # c\n  b: 2 # d\n}\n", "", "b", "{\n  a: 1 # c\n}\n"),
        ("{\n  a: 1, # c\n  b: 2 # d\n}\n", "", "a", "{\n  b: 2 # d\n}\n"),
        ("a: 1\n", "", "z", "a: 1\n"),
        ("a: 1\n\n\nb: 2\n", "", "a", "b: 2\n"),
        ("b: 2\n\na: 1\n", "", "a", "b: 2\n"),
    ],
)
def test_delete_item(text: str, path: str, key: str, becomes: str) -> None:
    assert edited(text, yaml.delete_item, path, key) == becomes


@pytest.mark.parametrize(
    ("text", "path", "index", "becomes"),
    [
        ("a:\n- 1\n- 2 # c\n# d\n- 3\n", "a", 1, "a:\n- 1\n# d\n- 3\n"),
        ("a:\n- 1\nb: 2\n", "a", 0, "a: []\nb: 2\n"),
        ("- # c\n  - 1\n-\n- 3\n", "", 1, "- # c\n  - 1\n- 3\n"),
        ("- - 1\n  - 2\n- 3\n", "0", 0, "- - 2\n- 3\n"),
        ("a: [1, 2]\n", "a", 1, "a: [1]\n"),
        ("a: [1]\n", "a", 0, "a: []\n"),
    ],
)
def test_delete_element(text: str, path: str, index: int, becomes: str) -> None:
    assert edited(text, yaml.delete_element, path, index) == becomes


@pytest.mark.parametrize(
    ("text", "key", "value", "becomes"),
    [
        ("a: 1  # c\nb: 2\n", "a", "[x]", "a: [x]  # c\nb: 2\n"),
        ("a:\n  - 1\n  - 2\n\nb: 2\n", "a", "x", "a: x\n\nb: 2\n"),
        ("a:  # c\n  - 1\n  - 2\nb: 2\n", "a", "x", "a: x  # c\nb: 2\n"),
        ("a:  # c\n  - 1\nb: 2\n", "a", "- 3", "a:  # c\n  - 3\nb: 2\n"),
        ("a:  # c\n  - 1  # d\nb: 2\n", "a", "|\n  t\n", "a: |  # c  # d\n    t\nb: 2\n"),
        ("a: [1]\nb: 2\n", "a", "db:\n  condition: x", "a:\n  db:\n    condition: x\nb: 2\n"),
        ("{a: 1, b}\n", "b", "- x\n- w", "{a: 1, b: [x, w]}\n"),
        ("{a: 1, b}\n", "a", "x", "{a: x, b}\n"),
        ("a: *x\n", "a", "v", "a: v\n"),
        ("a: &x !t v\n", "a", "w", "a: w\n"),
        ("a:\nb:\n", "a", "w", "a: w\nb:\n"),
        ("a: 1\n", "b", "w", "a: 1\nb: w\n"),
    ],
)
def test_set_value_replaces_a_value_of_any_kind(text: str, key: str, value: str, becomes: str) -> None:
    assert edited(text, yaml.set_value, "", key, value) == becomes


@given(st.text(max_size=20))
def test_a_quoted_text_is_that_string_in_every_context_and_to_yaml_1_1(text: str) -> None:
    written = yaml.quote(text)
    for context in ("a: {}", "- {}", "a: [{}, {}]", "{{{}: {}}}", "{}: x"):
        file = parse(
            context.format(*[written] * 2) if context != "{{{}: {}}}" else "{" + written + ": " + written + "}"
        )
        assert not file.problems
        found = set()
        todo = [file.root]
        while todo:
            node = todo.pop()
            if isinstance(node, yaml.Mapping):
                todo += [part for item in node.items for part in (item.key, item.value)]
            elif isinstance(node, yaml.Sequence):
                todo += node.items
            elif isinstance(node, yaml.Scalar):
                found.add(node.python())
        assert found <= {text, "a", "x"}
        assert text in found
    assert pyyaml.safe_load(f"a: {written}") == {"a": text}


# A YAML text of any layout, and an edit anywhere in it


@st.composite
def scalars(draw: st.DrawFn, indent: int, flow: bool) -> str:
    simple = st.sampled_from(["x", "1", "'it''s'", '"a\\tb"', "two words", "~", "!t v", "a-b"])
    if flow:
        return draw(simple)
    pad = " " * (indent + draw(st.integers(1, 3)))
    return draw(
        simple | st.sampled_from(["", f"|\n{pad}a\n{pad} b", f">-\n{pad}a\n\n{pad}b", f"|+\n{pad}a\n\n", f"a\n{pad}b"])
    )


@st.composite
def flows(draw: st.DrawFn, depth: int) -> str:
    if depth <= 0 or draw(st.booleans()):
        return draw(scalars(0, True))
    newline = draw(st.sampled_from(["", "", "\n      ", " # c\n      "]))
    members = [draw(flows(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    trailing = draw(st.sampled_from(["", ","])) if members else ""
    if draw(st.booleans()):
        inside = f",{newline or ' '}".join(members)
        return f"[{newline}{inside}{trailing}{newline}]"
    inside = f",{newline or ' '}".join(f"k{n}: {member}" for n, member in enumerate(members))
    return f"{{{newline}{inside}{trailing}{newline}}}"


@st.composite
def blocks(draw: st.DrawFn, indent: int, depth: int, in_mapping: bool = False) -> str:
    """The lines of a block collection at a column, the first without its indentation."""
    mapping = draw(st.booleans())
    lines = []
    for number in range(draw(st.integers(1, 3))):
        lead = f"k{number}:" if mapping else "-"
        noise = draw(
            st.sampled_from(["", "", "", "\n", f"{' ' * indent}# own\n", f"{' ' * (indent + 1)}# deep\n", "# left\n"])
        )
        comment = draw(st.sampled_from(["", "", "  # beside"]))
        kind = draw(st.sampled_from(["scalar", "flow", "block", "compact"])) if depth else "scalar"
        if kind == "block":
            step = draw(st.sampled_from([2, 4]))
            child = draw(blocks(indent + step, depth - 1))
            value = f"{comment}\n{' ' * (indent + step)}{child}"
        elif kind == "compact" and not mapping:
            value = " " + draw(blocks(indent + 2, depth - 1))
        else:
            value = " " + (draw(flows(2)) if kind == "flow" else draw(scalars(indent, False)))
            value = value.rstrip(" ") + (comment if "\n" not in value else "")
        lines.append(("" if number == 0 else noise + " " * indent) + lead + value + "\n")
    return "".join(lines).removesuffix("\n")


@st.composite
def texts(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["", "# head\n", "\n", "---\n"]))
    text = head + draw(blocks(0, 2)) + draw(st.sampled_from(["\n", "", "\n# end\n", "\n\n\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


VALUES = {
    "v": "v",
    "7": 7,
    "'q'": "q",
    "- a\n- b: 1": ["a", {"b": 1}],
    "a: 1\nc:\n  - d": {"a": 1, "c": ["d"]},
    "[x]": ["x"],
    "|\n  t\n": "t\n",
}


def collections(node: yaml.Node | None, data: Any) -> list[tuple[yaml.Mapping | yaml.Sequence, Any]]:
    """All collections of a tree with the data that each one is."""
    if isinstance(node, yaml.Mapping):
        children = [(item.value, data[item.name]) for item in node.items]
    elif isinstance(node, yaml.Sequence):
        children = list(zip(node.items, data, strict=True))
    else:
        return []
    return [(node, data), *(found for child in children for found in collections(*child))]


@given(texts(), st.data())
def test_an_edit_changes_what_it_names_and_nothing_else(text: str, data: st.DataObject) -> None:
    file = parse(text)
    assert not file.problems, text
    wanted = copy.deepcopy(yaml.plain(file.root))
    node, part = data.draw(st.sampled_from(collections(file.root, wanted)))
    value = data.draw(st.sampled_from(sorted(VALUES)))
    number = data.draw(st.integers(0, max(0, len(part) - 1)))
    operation = data.draw(st.sampled_from(["add", "delete", "set", "scalar"]))
    if isinstance(node, yaml.Mapping):
        key = f"k{number}"
        if operation == "add":
            first, after = data.draw(st.booleans()), data.draw(st.sampled_from([None, key]))
            part["new"] = VALUES[value]
            edits = yaml.insert_item(file, node, "new", value, first=first, after=after)
        elif operation == "delete" and part:
            del part[key]
            edits = yaml.delete_item(file, node, key)
        elif operation == "set":
            part[key] = VALUES[value]
            edits = yaml.set_value(file, node, key, value)
        else:
            edits = set_first_scalar(file, [item.value for item in node.items], list(part), part)
    elif operation == "delete" and part:
        del part[number]
        edits = yaml.delete_element(file, node, number)
    elif operation == "scalar":
        edits = set_first_scalar(file, list(node.items), list(range(len(part))), part)
    else:
        part.append(VALUES[value])
        edits = yaml.append_element(file, node, value)
    after_text = splice(text, edits)
    again = parse(after_text)
    assert not again.problems, after_text
    assert yaml.plain(again.root) == wanted, after_text


def set_first_scalar(file: yaml.YamlFile, nodes: list[yaml.Node], keys: list[Any], part: Any) -> list[Edit]:
    for key, node in zip(keys, nodes, strict=True):
        if isinstance(node, yaml.Scalar):
            part[key] = "new: value"
            return yaml.set_scalar(file, node, "new: value")
    return []
