from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dockwright.syntax.toml import TomlFile, parse
from dockwright.text import Source
from work import is_linear

PYPROJECT = """\
# The project
[project]
name = "app"  # its name
requires-python = ">=3.11"
dependencies = [
    "fastapi>=0.115",  # ]
    'uvicorn[standard]',
]

[project.optional-dependencies]
"dev tools" = []

[tool.uv]
sources.app = { path = "../app", editable = true }

[[tool.uv.index]]
url = \"\"\"
https://a # b
\"\"\"

[[tool.uv.index]]
url = "b"
nested = [[1, 2], [{ x = 1 }]]
"""


def toml(text: str) -> TomlFile:
    return parse(Source("pyproject.toml", text))


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("project", "name"), '"app"'),
        (("project", "requires-python"), '">=3.11"'),
        (("project", "dependencies", 0), '"fastapi>=0.115"'),
        (("project", "dependencies", 1), "'uvicorn[standard]'"),
        (("project", "optional-dependencies", "dev tools"), "[]"),
        (("tool", "uv", "sources", "app"), '{ path = "../app", editable = true }'),
        (("tool", "uv", "sources", "app", "path"), '"../app"'),
        (("tool", "uv", "index", 0, "url"), '"""\nhttps://a # b\n"""'),
        (("tool", "uv", "index", 1, "url"), '"b"'),
        (("tool", "uv", "index", 1, "nested", 1, 0, "x"), "1"),
    ],
)
def test_a_value_has_a_place(path: tuple[str | int, ...], written: str) -> None:
    span = toml(PYPROJECT).span_of(*path)
    assert span is not None
    assert PYPROJECT[slice(*span)] == written


def test_an_array_over_several_lines_has_one_span() -> None:
    span = toml(PYPROJECT).span_of("project", "dependencies")
    assert span is not None
    assert PYPROJECT[slice(*span)].startswith("[\n")
    assert PYPROJECT[slice(*span)].endswith(",\n]")


def test_a_table_reaches_to_the_end_of_its_last_value() -> None:
    span = toml(PYPROJECT).table_span("tool.uv")
    assert span is not None
    assert PYPROJECT[slice(*span)] == '[tool.uv]\nsources.app = { path = "../app", editable = true }'


def test_what_is_not_there_has_no_place() -> None:
    file = toml(PYPROJECT)
    assert file.span_of("project", "version") is None
    assert file.table_span("tool") is None
    assert file.table_span("") is None


def test_a_broken_file_is_empty_and_says_where() -> None:
    text = '[project]\nname = "app"\nversion = = 1\n'
    file = toml(text)
    assert file.data == {}
    assert file.span_of("project", "name") is None
    (problem,) = file.problems
    assert text[problem.span.start :].startswith("= 1")
    assert "line" not in problem.message


def test_a_file_that_ends_too_soon_says_so_at_its_end() -> None:
    (problem,) = toml("a = [1,\n").problems
    assert problem.span.start == len("a = [1,\n")


def test_a_mark_and_windows_line_endings_are_read() -> None:
    file = toml("\ufeffa = 1\r\n[b]\r\nc = 'd'\r\n")
    assert file.data == {"a": 1, "b": {"c": "d"}}
    span = file.span_of("b", "c")
    assert span is not None
    assert file.source.slice(span) == "'d'"


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


# Data written in many ways

bare = st.text(st.sampled_from("ab-_1"), min_size=1, max_size=3)
anything = st.text(st.sampled_from("ab .#[]{}=,'\"\\\né"), max_size=6)


def basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def strings(text: str) -> list[str]:
    ways = [basic(text), '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""']
    if "'" not in text:
        ways.append(f"'''\n{text}'''")
        if "\n" not in text:
            ways.append(f"'{text}'")
    return ways


scalars = st.integers() | st.booleans() | anything | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(bare | anything, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(bare | anything, values, max_size=5)


def write_value(draw: Callable[[Any], Any], value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return str(draw(st.sampled_from(strings(value))))
    if isinstance(value, list):
        gap: str = draw(st.sampled_from(["", " ", "\n  ", " # ] }\n"]))
        return "[" + gap + f",{gap}".join(write_value(draw, item) for item in value) + gap + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{write_key(draw, k)} = {write_value(draw, v)}" for k, v in value.items()) + " }"
    return str(value)


def write_key(draw: Callable[[Any], Any], key: str) -> str:
    return key if key and all(c in "ab-_1" for c in key) and draw(st.booleans()) else basic(key)


def write_table(draw: Callable[[Any], Any], table: dict[str, Any], path: str) -> str:
    out = ""
    later = ""
    for key, value in table.items():
        name = write_key(draw, key)
        full = f"{path}.{name}" if path else name
        if isinstance(value, dict) and draw(st.booleans()):
            later += f"\n[ {full} ] # x\n{write_table(draw, value, full)}"
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value) and draw(st.booleans()):
            later += "".join(f"[[{full}]]\n{write_table(draw, item, full)}" for item in value)
        elif isinstance(value, dict) and value and draw(st.booleans()):
            out += "".join(f"{name} . {write_key(draw, k)} = {write_value(draw, v)}\n" for k, v in value.items())
        else:
            out += f"  {name}={write_value(draw, value)}  # y = [\n"
    return out + later


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return [(path, value)]
    return [leaf for key, inner in items for leaf in leaves(inner, (*path, key))]


@given(st.data(), documents)
def test_every_value_reads_back_through_its_place(data: st.DataObject, document: dict[str, Any]) -> None:
    text = write_table(data.draw, document, "")
    file = toml(text)
    assert file.problems == ()
    for path, value in leaves(file.data):
        span = file.span_of(*path)
        assert span is not None, path
        assert tomllib.loads(f"x = {text[slice(*span)]}")["x"] == value
    for key, value in file.data.items():
        entry = file.entry(key)
        if entry is not None and isinstance(value, list):
            assert [tomllib.loads(f"x = {text[slice(*item)]}")["x"] for item in entry.items] == value


@given(st.text(st.sampled_from("ab.=[]{}\"'#\\,\n\r \t1é\udc80"), max_size=60))
@example("[" * 3000)
@example("a = " + "1" * 5000)
@example("a = " + "[" * 3000 + "]" * 3000)
@example("a = " + "{b=" * 90 + "1" + "}" * 90)
@example('a = """' + '"' * 9)
def test_any_text_is_read(text: str) -> None:
    file = toml(text)
    assert isinstance(file.data, dict)
    assert file.span_of("a") is None or file.data
    assert file.place("a") is None or file.get("a") is not None
    for problem in file.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


def test_a_large_file_is_read_at_once() -> None:
    text = "".join(f'[t{n}]\na = "x"\nb = [1, 2, "{"y" * 50}"]\n' for n in range(2000))
    file = toml(text)
    assert len(file.data) == 2000
    assert file.span_of("t1999", "b", 2) is not None
    assert is_linear(lambda table: toml(table).span_of("a"), '[t]\na = "x"\n')
