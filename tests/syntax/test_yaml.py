"""YAML nodes: what they mean, where they stand, and what is said of files that are broken."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax import yaml
from dockwright.text import Source, Span
from work import is_linear


def parse(text: str) -> yaml.YamlFile:
    return yaml.parse(Source("compose.yml", text))


def at(text: str, *path: str | int) -> yaml.Node:
    node = parse(text).root
    assert node is not None
    found = node.at(*path)
    assert found is not None
    return found


def slices(text: str, *path: str | int) -> str:
    return text[slice(*at(text, *path).span)]


def walk(node: yaml.Node | None) -> Iterator[tuple[yaml.Node, list[yaml.Node]]]:
    if node is None:
        return
    children: list[yaml.Node] = []
    if isinstance(node, yaml.Mapping):
        children = [part for item in node.items for part in (item.key, item.value)]
    elif isinstance(node, yaml.Sequence):
        children = list(node.items)
    yield node, children
    for child in children:
        yield from walk(child)


COMPOSE = """\
# the stack
x-env: &env   # shared
  A: 1
  B: [1, {c, d: }]

services:
  app: !override
    environment:
      <<: *env
      A: own
    image: "python:3.13"  # pinned
    command: >-
      run
      it
    # about app

  # about db
  db:
    ports:
    - 5432
    -
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("x-env",), "A: 1\n  B: [1, {c, d: }]"),
        (("x-env", "B", 1), "{c, d: }"),
        (("x-env", "B", 1, "c"), ""),
        (("x-env", "B", 1, "d"), ""),
        (("services", "app", "image"), '"python:3.13"'),
        (("services", "app", "command"), ">-\n      run\n      it"),
        (("services", "app", "environment"), "<<: *env\n      A: own"),
        (("services", "db"), "ports:\n    - 5432\n    -"),
        (("services", "db", "ports", 0), "5432"),
        (("services", "db", "ports", 1), ""),
    ],
)
def test_span_is_the_content_alone(path: tuple[str | int, ...], text: str) -> None:
    assert slices(COMPOSE, *path) == text


def test_full_span_begins_at_anchor_or_tag() -> None:
    shared, app = at(COMPOSE, "x-env"), at(COMPOSE, "services", "app")
    assert COMPOSE[slice(*shared.full_span)].startswith("&env   # shared\n  A: 1")
    assert (shared.anchor, shared.tag, app.anchor, app.tag) == ("env", None, None, "!override")
    assert COMPOSE[slice(*app.full_span)].startswith("!override\n    environment:")


@pytest.mark.parametrize(
    ("text", "full", "content", "tag"),
    [
        ("a: !!str 5", "!!str 5", "5", "!!str"),
        ("a: !<tag:yaml.org,2002:str> 5", "!<tag:yaml.org,2002:str> 5", "5", "!<tag:yaml.org,2002:str>"),
        ("a: &x !t 'v'", "&x !t 'v'", "'v'", "!t"),
        ("a: !t &x v", "!t &x v", "v", "!t"),
        ("a: &x\nb: 1", "&x", "", None),
        ("a: !reset   # c\nb: 1", "!reset", "", "!reset"),
        ("a: !reset []", "!reset []", "[]", "!reset"),
        ("a: &x  # one\n  # two\n  - 1", "&x  # one\n  # two\n  - 1", "- 1", None),
        ("a: ! v", "! v", "v", "!"),
        ("a: &x |\n v\n", "&x |\n v", "|\n v", None),
        ("a: {b: &x , c: !t }", "{b: &x , c: !t }", "{b: &x , c: !t }", None),
    ],
)
def test_properties_are_told_from_content(text: str, full: str, content: str, tag: str | None) -> None:
    node = at(text, "a")
    assert (text[slice(*node.full_span)], text[slice(*node.span)], node.tag) == (full, content, tag)


def test_an_alias_keeps_its_own_place() -> None:
    text = "a: &x [1]\nb: *x\nc: [*x, *x]\n"
    root = parse(text).root
    assert isinstance(root, yaml.Mapping)
    alias = root.items[1].value
    assert isinstance(alias, yaml.Alias)
    assert (alias.name, alias.span) == ("x", Span(13, 15))
    assert yaml.resolve(alias) is root.items[0].value
    assert yaml.plain(root) == {"a": [1], "b": [1], "c": [[1], [1]]}


def test_merge_keys_give_way_to_own_keys_and_to_earlier_merges() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {<<: *x, b: 2, c: 2}\nz:\n  <<: [*y, *x]\n  c:\n"
    node = at(text, "z")
    assert yaml.plain(node) == {"c": None, "b": 2, "a": 1}
    assert isinstance(node, yaml.Mapping)
    assert node.item("b") is None
    assert node.item("c") is not None
    b = node.get("b")
    assert b is not None
    assert text[slice(*b.span)] == "2"


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert yaml.plain(parse('x: &x {a: 1}\ny: {"<<": *x}\n').root) == {"x": {"a": 1}, "y": {"<<": {"a": 1}}}


def test_navigation_ends_in_none_where_there_is_nothing() -> None:
    root = parse("a: [x, {b: c}]\n").root
    assert root is not None
    assert root.at("a", 1, "b") is not None
    assert [root.at(*p) for p in (("b",), ("a", 2), ("a", "x"), ("a", 0, "b"), (0,))] == [None] * 5


def test_strings_are_the_scalars_of_a_scalar_or_sequence() -> None:
    assert [s.value for s in at("a: [x, [y], z]", "a").strings()] == ["x", "z"]
    assert [s.value for s in at("a: x", "a").strings()] == ["x"]


def test_items_span_from_key_to_value_and_know_explicit_keys() -> None:
    text = "? a b\n: c\n# what?\n? - l\n: d\ne: {? f : g, h}  # i\n"
    root = parse(text).root
    assert isinstance(root, yaml.Mapping)
    assert [text[slice(*item.span)] for item in root.items] == ["? a b\n: c", "? - l\n: d", "e: {? f : g, h}"]
    flow = root.items[2].value
    assert isinstance(flow, yaml.Mapping)
    assert [text[slice(*item.span)] for item in flow.items] == ["? f : g", "h"]


def test_documents_without_content_are_none() -> None:
    file = parse("---\n---\na: 1\n...\n---\n# c\n")
    assert [yaml.plain(document) for document in file.documents] == [None, {"a": 1}, None]
    assert (file.root, parse("").documents, parse("# only\n").root) == (None, (), None)


def test_offsets_count_characters_after_a_byte_order_mark_and_astral_ones() -> None:
    text = "\ufeff\U0001f600: é\r\nb:\r\n  c: |\r\n    x\r\n    y\r\n"
    assert slices(text, "\U0001f600") == "é"
    block = at(text, "b", "c")
    assert isinstance(block, yaml.Scalar)
    assert block.value == "x\ny\n"
    assert text[slice(*block.mapped.span(2, 3))] == "y"
    assert text[slice(*block.span)] == "|\r\n    x\r\n    y"


def test_bytes_that_are_no_text_stay_in_values_and_are_a_problem() -> None:
    text = b'a: caf\xe9 "x"\nb: "\x07"\n'.decode("utf-8", "surrogateescape")
    file = parse(text)
    assert yaml.plain(file.root) == {"a": 'caf\udce9 "x"', "b": "\x07"}
    assert [p.span for p in file.problems] == [Span(6, 7)]


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("a: 1\n b: 2\n", 7, "not valid YAML"),
        ("a: [1\nb: 2\n", 7, "not valid YAML"),
        ("a: 1\na: 2\n", 5, "twice"),
        ("a: *x\n", 3, "not defined"),
        ("a: &x [*x]\n", 7, "contains itself"),
        ("a: {{ x }}\n", 3, "template"),
        ("{% if x %}\na: 1\n{% endif %}\n", 1, "template"),
        ("a: " + "[" * 300 + "]" * 300, 202, "deep"),
        ("a: \x00", 3, "control"),
    ],
)
def test_what_is_wrong_has_its_place(text: str, at: int, word: str) -> None:
    problems = parse(text).problems
    assert any(word in p.message and p.span.start == at for p in problems), problems


def test_documents_before_an_error_are_kept() -> None:
    file = parse("a: 1\n---\nb: [\n")
    assert [yaml.plain(document) for document in file.documents] == [{"a": 1}]
    assert len(file.problems) == 1


def test_many_aliases_of_aliases_cost_no_time() -> None:
    text = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    merges = text.replace("[", "{<<: [").replace("]", "]}")
    assert yaml.plain(at(text, "a39", 0, 0)) is not None
    assert yaml.plain(at(merges, "a39")) == {"k": "v"}


SCALARS = [
    "plain", "two words", "a\n  b\n\n  c", "a # c",
    "'it''s'", "'a\n  b\n\n\n   c '", "''", "'\n a'",
    '"a\\tb\\u00e9\\x41\\"\\\\\\/\\N"', '"a \\\n    b\n\n  c  \n d"', '"a\\\n\n\n  b"', '"\\U0001f600x"',
    '""', '"\n\n a"',
    "|\n    a\n     b\n\n    c\n\n", "|-\n  a\n", "|+\n  a\n\n\n", "|2\n    a\n   b\n", "|  # c\n\n  a\n",
    "|\n\n  \n   a\n",
    "|+\n\n\n", "|\n", "|\n  a\n  \n", "|\n  a", "|1+\n  \n x\n   \n",
    ">\n  a\n  b\n\n  c\n   d\n  e\n\n\n  f\n", ">-\n\n  a\n  b\n", ">+\n  a\n\n", ">2\n    a\n   b\n  c\n",
    ">\n  a\n  \tb\n  c\n", ">\n  a\n\n   b\n\n   c\n\n  d",
]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("scalar", SCALARS)
def test_mapped_text_is_the_value(scalar: str, newline: str) -> None:
    text = f"k: {scalar}".replace("\n", newline)
    node = at(text, "k")
    assert isinstance(node, yaml.Scalar)
    assert node.value == pyyaml.load(text, pyyaml.CSafeLoader)["k"]
    assert_faithful(text, node)


def assert_faithful(text: str, node: yaml.Scalar) -> None:
    mapped = node.mapped
    assert mapped.text == node.value
    last = node.full_span.start
    for run in mapped.runs:
        assert run.source >= last
        last = run.source + run.length
        assert text[run.source : last] == mapped.text[run.start : run.start + run.length]


FRAGMENTS = st.sampled_from([
    "a", "k: ", "b: ", "- ", "? ", ": ", "  ", "\n", "\r\n", "\n\n", "\n  ", "\n    - ", "#c", " # c\n", "~",
    "{", "}", "[", "]", ", ", "'", '"', "\\", "\\n", "|\n", ">-\n", "|+\n", "|2\n",
    "&x ", "*x", "!t ", "!!str ", "<<: ", "---\n", "...\n", "%YAML 1.1\n", "{{",
    "\t", "\ufeff", "\u2028", "\x85", "\udc80", "\x00", "\U0001f600",
])  # fmt: skip


@given(st.one_of(st.lists(FRAGMENTS, max_size=30).map("".join), st.text(max_size=60)))
def test_any_text_gives_a_tree_with_spans_in_order(text: str) -> None:
    file = parse(text)
    for problem in file.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
    for document in file.documents:
        for node, children in walk(document):
            assert 0 <= node.full_span.start <= node.span.start <= node.span.end == node.full_span.end <= len(text)
            last = node.span.start
            for child in children:
                assert last <= child.full_span.start
                last = child.full_span.end
            assert last <= node.span.end
            if isinstance(node, yaml.Mapping):
                assert all(item.span.covers(item.key.full_span) and node.span.covers(item.span) for item in node.items)
            if isinstance(node, yaml.Scalar):
                assert_faithful(text, node)
        yaml.plain(document)


RESOLVED = {
    "yes": "yes", "on": "on", "y": "y", "True": True, "FALSE": False, "tRUE": "tRUE",
    "~": None, "NULL": None, "nUll": "nUll", "<<": "<<",
    "0o17": 15, "017": 15, "0O7": 7, "09": 9, "0x1F": 31, "-0x1": -1, "0b11": 3, "+1": 1,
    "1_000": 1000, "1_": 1, "_1": "_1", "0x_1": 1, "18446744073709551615": 18446744073709551615,
    "1:30": "1:30", "22:22": "22:22", "2020-13-45": "2020-13-45",
    "1e3": 1000, ".5": 0.5, ".5_5": 0.55, "._1": "._1", "1.": 1, "1.5e": "1.5e", "08.5": 8.5, "0x1p4": "0x1p4",
    "1e400": "1e400", ".infinity": ".infinity", "1" + "0" * 23: 1e23, "-0x8000000000000001": "-0x8000000000000001",
    '"5"': "5", "!!str 5": "5", "!foo 5": "5", "! 5": 5, '!!int "5"': 5, "!!float 1": 1, '!!bool "true"': True,
    "!!null": None, "!!str": "",
}  # fmt: skip


@pytest.mark.parametrize(("written", "value"), RESOLVED.items())
def test_scalars_resolve_as_go_yaml_resolves_them(written: str, value: object) -> None:
    node = at(f"a: {written}", "a")
    assert isinstance(node, yaml.Scalar)
    assert node.python() == value
    assert isinstance(node.python(), bool) == isinstance(value, bool)


MERGED = """\
x-a: &a {a: 1, b: 1, n: ~}
x-b: &b
  <<: *a
  b: 2
  c: 2
x-t:
  one: {<<: *b, c: 3, d: }
  list: {a: 9, <<: [*a, *b]}
  "<<": plain
  block: |+
    x

  folded: >-
    a
    b
"""


@pytest.mark.compose
def test_compose_reads_values_and_merges_alike(tmp_path: Path) -> None:
    text = "services: {a: {image: x}}\n" + MERGED + "x-v:\n" + "".join(f"- {written}\n" for written in RESOLVED)
    (tmp_path / "c.yml").write_text(text)
    command = "docker compose -p p -f c.yml config --no-interpolate --no-path-resolution --format json"
    run = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True)
    found = json.loads(run.stdout)
    ours = yaml.plain(parse(text).root)
    assert found["x-v"] == list(RESOLVED.values())
    assert {key: found[key] for key in ("x-a", "x-b", "x-t")} == {key: ours[key] for key in ("x-a", "x-b", "x-t")}


def test_a_number_of_any_length_is_a_value() -> None:
    assert yaml.plain(at("a: " + "9" * 5000, "a")) == "9" * 5000
    assert yaml.plain(at("a: " + "9" * 200, "a")) == 1e200


def test_values_resolve_as_yaml_1_2_where_pyyaml_has_1_1() -> None:
    words = "yes on off no 0o17 1:30 2020-01-02 1e3 0b1 017 1_0 .5 - ~"
    text = "".join(f"- {word}\n" for word in words.split())
    ours = yaml.plain(parse(text).root)
    theirs = pyyaml.safe_load(text)
    differ = {word: our for word, our, their in zip(words.split(), ours, theirs, strict=True) if our != their}
    assert differ == {
        "yes": "yes", "on": "on", "off": "off", "no": "no",
        "0o17": 15, "1:30": "1:30", "2020-01-02": "2020-01-02", "1e3": 1000.0,
    }  # fmt: skip


def test_time_is_linear_in_the_length() -> None:
    unit = '- image: "a:1"\n  ports: [80, 81]\n  environment:\n    A: b\n  # c\n  command: run it\n'
    assert is_linear(parse, unit)
