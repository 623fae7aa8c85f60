from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax.toml import parse
from dockwright.text import Source

TEXT = """\
# é
[project]
name = "é"  # why
dependencies = [
  "a>=1", # first
  'b[x]',
  {c = [1]},
]
"odd key".sub = {a = [1, 2], b = "]"}
[[tool.x]]
y = [[1, 2], []]
z = \"\"\"
[no.table]
k = 1\"\"\"
[tool.a . b]
last = 1.5"""


def test_keys_values_and_items_have_places() -> None:
    source = Source("a.toml", TEXT)
    file = parse(source)
    entry = file.entry("project", "dependencies")
    assert entry is not None
    assert [source.slice(item) for item in entry.items] == ['"a>=1"', "'b[x]'", "{c = [1]}"]
    assert source.slice(entry.key) == "dependencies"
    for path, value in {
        ("project", "name"): '"é"',
        ("project", "odd key", "sub"): '{a = [1, 2], b = "]"}',
        ("tool", "x", "y"): "[[1, 2], []]",
        ("tool", "a", "b", "last"): "1.5",
    }.items():
        found = file.entry(*path)
        assert found is not None
        assert source.slice(found.value) == value


def test_tables_have_the_place_of_their_header_or_of_the_first_below() -> None:
    source = Source("a.toml", TEXT)
    file = parse(source)
    places = {path: file.place(*path) for path in (("project",), ("tool",), ("tool", "a"), ("no",))}
    assert {path: source.slice(span) if span else None for path, span in places.items()} == {
        ("project",): "[project]",
        ("tool",): "[[tool.x]]",
        ("tool", "a"): "[tool.a . b]",
        ("no",): None,
    }


def test_offsets_hold_with_a_byte_order_mark_and_crlf() -> None:
    source = Source("a.toml", "\ufeff" + TEXT.replace("\n", "\r\n"))
    entry = parse(source).entry("project", "dependencies")
    assert entry is not None
    assert [source.slice(item) for item in entry.items] == ['"a>=1"', "'b[x]'", "{c = [1]}"]


def test_a_broken_file_is_a_problem_on_its_line_that_quotes_nothing() -> None:
    source = Source("a.toml", 'a = 1\npassword = "hunter2\n')
    (problem,) = parse(source).problems
    assert source.position(problem.span.start).line == 2
    assert "hunter2" not in problem.message
    assert parse(source).data == {}


_VALUES = st.recursive(
    st.sampled_from(["1", '"x"', "'#]'", '"""a\n"b"""', "true", "1979-05-27T07:32:00Z", "'''\n]'''", "-1.5e3"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "[" + ",\n # c ]\n".join(parts) + "]"),
    max_leaves=6,
)


@given(st.lists(_VALUES, max_size=4))
def test_every_value_stands_where_its_span_says(values: list[str]) -> None:
    source = Source("a.toml", "[t]\n" + "".join(f"k{index} = {value}\n" for index, value in enumerate(values)))
    file = parse(source)
    for key, value in file.table("t").items():
        entry = file.entry("t", key)
        assert entry is not None
        assert tomllib.loads(f"v = {source.slice(entry.value)}")["v"] == value
        if isinstance(value, list):
            assert [tomllib.loads(f"v = {source.slice(item)}")["v"] for item in entry.items] == value


@given(st.text(alphabet="a[]=\"'{}\n\r,.# é\\1\udcff"))
def test_any_text_is_read_without_raising(text: str) -> None:
    file = parse(Source("a.toml", text))
    assert file.data == {} or not file.problems
    assert file.place("a") is None or file.get("a") is not None
