from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax.python_code import parse
from dockwright.text import Source


def shown(data: bytes) -> list[tuple[str, str, str | None]]:
    source = Source.read("a.py", data)
    return [
        (literal.value, source.slice(literal.span), source.slice(literal.content) if literal.content else None)
        for literal in parse(source).strings()
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'a = "x"; b = "y"', [("x", '"x"', "x"), ("y", '"y"', "y")], id="plain"),
        pytest.param('é = "ü"; b = "y"'.encode(), [("ü", '"ü"', "ü"), ("y", '"y"', "y")], id="non-ascii"),
        pytest.param('"😀"\r\nb = "y"\r\n'.encode(), [("😀", '"😀"', "😀"), ("y", '"y"', "y")], id="crlf"),
        pytest.param(b'a = "x"\rb = "y"', [("x", '"x"', "x"), ("y", '"y"', "y")], id="lone carriage return"),
        pytest.param(b'\xef\xbb\xbfa = "x"\nb = "y"', [("x", '"x"', "x"), ("y", '"y"', "y")], id="byte-order mark"),
        pytest.param(b'\x0ca = "x"\n\x0c\nb = "y"', [("x", '"x"', "x"), ("y", '"y"', "y")], id="form feed"),
        pytest.param(b'# coding: latin-1\na="\xe9"; b="y"', [("é", '"\udce9"', None), ("y", '"y"', "y")], id="latin-1"),
        pytest.param(
            b'# coding: latin-1\na="\xc3\xa9"; b="y"', [("Ã©", '"é"', None), ("y", '"y"', "y")], id="latin-1 like utf-8"
        ),
        pytest.param(rb'a = "x\ty"', [("x\ty", r'"x\ty"', None)], id="escape"),
        pytest.param(rb'a = r"x\ty"', [(r"x\ty", r'r"x\ty"', r"x\ty")], id="raw"),
        pytest.param(b'a = """x\ny"""', [("x\ny", '"""x\ny"""', "x\ny")], id="triple"),
        pytest.param(b"a = 'x' 'y'", [("xy", "'x' 'y'", None)], id="put end to end"),
        pytest.param(b"a = f'x{y}z'", [("x", "f'x{y}z'", None), ("z", "f'x{y}z'", None)], id="f-string"),
        pytest.param(b"a = b'x'", [], id="bytes"),
    ],
)
def test_strings_stand_where_their_spans_say(data: bytes, expected: list[tuple[str, str, str | None]]) -> None:
    assert shown(data) == expected


@pytest.mark.parametrize(
    "data",
    [b"def", b"a\0b", b"a = '\xe9'", b"(" * 400, b"a=" + b"-" * 50_000 + b"1", b"# coding: nonsense\n'\xc3\xa9'"],
    ids=["broken", "nul", "not utf-8", "nested", "recursion", "unknown encoding"],
)
def test_a_file_that_python_refuses_has_no_tree_and_one_problem(data: bytes) -> None:
    file = parse(Source.read("a.py", data))
    assert file.tree is None
    assert len(file.problems) == 1
    assert file.strings() == ()
    assert file.imports() == {}


def test_a_problem_stands_on_its_line() -> None:
    source = Source("a.py", "é = 1\nx = (\n")
    assert source.position(parse(source).problems[0].span.start).line == 2


def test_imports_give_dotted_names() -> None:
    code = (
        "import os, a.b, c.d as e\nfrom os import environ as env\nfrom . import x\nfrom ..y import z\nfrom q import *"
    )
    file = parse(Source("a.py", code))
    assert file.imports() == {
        "os": "os",
        "a": "a",
        "e": "c.d",
        "env": "os.environ",
        "x": ".x",
        "z": "..y.z",
    }


def test_dotted_resolves_the_first_part_through_the_imports() -> None:
    file = parse(Source("a.py", "from os import environ as env\nenv.get('X')\nf().x()"))
    assert [file.dotted(call.func) for call in file.nodes(ast.Call)] == ["os.environ.get", None, "f"]


@given(
    st.lists(st.sampled_from(['"é"', "x", "=", "\n", "\r\n", "\x0c", " ", "'a'", "😀", "(", ")", "#", "\udcff", "\0"]))
)
def test_any_text_is_read_without_raising(parts: list[str]) -> None:
    source = Source("a.py", "".join(parts))
    file = parse(source)
    assert (file.tree is None) == bool(file.problems)
    for literal in file.strings():
        assert source.slice(literal.span)[0] in "\"'"
        if literal.content is not None:
            assert source.slice(literal.content) == literal.value
