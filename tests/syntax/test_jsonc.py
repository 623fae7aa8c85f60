"""JSON with comments: read as YAML is, with the same places."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax import jsonc, yaml
from dockwright.text import Source, splice

DEVCONTAINER = """\
// For format details, see https://aka.ms/devcontainer.json
{
\t"name": "app", /* the
\tname */
\t"dockerComposeFile": ["../docker-compose.yml", "x//y.yml"], // two
\t"url": "http:\\/\\/x \\ud83d\\ude00\\"",
\t"n": -1.5e3, "on": true, "no": null,
}
"""


def parse(text: str) -> yaml.YamlFile:
    return jsonc.parse(Source(".devcontainer/devcontainer.json", text))


def test_comments_tabs_and_trailing_commas_are_no_obstacle() -> None:
    file = parse(DEVCONTAINER)
    assert not file.problems
    assert yaml.plain(file.root) == {
        "name": "app",
        "dockerComposeFile": ["../docker-compose.yml", "x//y.yml"],
        "url": 'http://x \U0001f600"',
        "n": -1500.0,
        "on": True,
        "no": None,
    }


def test_places_are_those_of_the_file() -> None:
    root = parse(DEVCONTAINER).root
    assert root is not None
    second, url = root.at("dockerComposeFile", 1), root.at("url")
    assert isinstance(second, yaml.Scalar)
    assert isinstance(url, yaml.Scalar)
    assert DEVCONTAINER[slice(*second.span)] == '"x//y.yml"'
    assert DEVCONTAINER[slice(*second.mapped.span(3, 4))] == "y"
    assert DEVCONTAINER[slice(*url.mapped.span(0, 8))] == "http:\\/\\/x"


@pytest.mark.parametrize("text", ["", "// only\n", "/* open"])
def test_a_file_without_content_has_no_root(text: str) -> None:
    assert parse(text).root is None


def test_edits_keep_comments_and_quotes() -> None:
    file = parse('{\n\t"a": 1 // one\n}\n')
    assert isinstance(file.root, yaml.Mapping)
    text = splice(file.source.text, yaml.insert_item(file, file.root, "b", '"x"'))
    assert text == '{\n\t"a": 1, // one\n\t"b": "x"\n}\n'
    again = parse(text)
    assert isinstance(again.root, yaml.Mapping)
    assert splice(text, yaml.delete_item(again, again.root, "a")) == '{\n\t"b": "x"\n}\n'
    name = again.root.get("b")
    assert isinstance(name, yaml.Scalar)
    assert splice(text, yaml.set_scalar(again, name, 'a"b\n')).count('"b": "a\\"b\\n"') == 1


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x85\u2028\u2029"), max_size=6
)  # line breaks to YAML, not to JSON
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda child: st.lists(child, max_size=3) | st.dictionaries(TEXT, child, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(TEXT, JSON, max_size=4), st.booleans(), st.sampled_from([None, 2, "\t"]))
def test_json_is_read_as_json_reads_it(data: object, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)
    assert yaml.plain(parse(text).root) == data


@given(
    st.lists(st.sampled_from(["{", "}", "[", "]", '"', "a", ":", ",", "//", "/*", "*/", "\\", "\n", "\t", "1"])).map(
        "".join
    )
)
def test_any_text_keeps_its_length(text: str) -> None:
    assert len(parse(text).parsed) == len(text)
