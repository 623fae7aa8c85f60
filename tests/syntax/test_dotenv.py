"""Env files as Compose reads them, against Compose itself where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import dotenv as python_dotenv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax import dotenv
from dockwright.syntax.interpolation import MissingVariableError
from dockwright.text import Source, Span, splice

ENVIRON = {"FROM_SHELL": "shell"}


def parse(text: str) -> dotenv.EnvFile:
    return dotenv.parse(Source(".env", text))


def values(text: str) -> dict[str, str]:
    file = parse(text)
    assert not file.problems
    return dotenv.values(file, ENVIRON)


READ = {
    "A=1": {"A": "1"},
    "A = v \nB:w\nC: w\nD==x\n": {"A": "v", "B": "w", "C": "w", "D": "=x"},
    "export A=1\nexport\tB = 2\nexported=3\n": {"A": "1", "B": "2", "exported": "3"},
    "A=1 # c\nB=1# c\nC= # c\nD=#c\nE=1\t# c\n": {"A": "1", "B": "1# c", "C": "# c", "D": "#c", "E": "1\t# c"},
    "A=1\nB": None,
    "A=\nB=''\nC=\"\"\nD=": {"A": "", "B": "", "C": "", "D": ""},
    "FROM_SHELL\nUNSET\nA=$FROM_SHELL": {"FROM_SHELL": "shell", "A": "shell"},
    "FROM_SHELL=file\nA=$FROM_SHELL": {"FROM_SHELL": "file", "A": "shell"},
    "A=1\nA=2\nB=$A\n": {"A": "2", "B": "2"},
    "B=${A:-late}\nA=1\n": {"A": "1", "B": "late"},
    "A='it\\'s $B \\n \\\\'\nB=\"x\ny\" # c\n": {"A": "it's $B \\n \\\\", "B": "x\ny"},
    'A="\\"q\\" \\$X $$X \\n\\t\\\\ \\c\\x41 \\0101\\012\\0777"\n': {"A": '"q" $X $X \n\t\\ \\c\\x41 A\\12\\777'},
    'A="x"\r\nB=y\r\nC="p\r\nq"\r\n': {"A": "x", "B": "y", "C": "p\r\nq"},
    "\ufeffA=1\n  # c\n\n \tB=2\n": {"A": "1", "B": "2"},
    'A="x" B=2\nC="y"D\n': {"A": "x", "B": "2", "C": "y"},
    "A=a b c  \nB=it's\nC=x;D\nE=\\$X\\n": {"A": "a b c", "B": "it's", "C": "x;D", "E": "\\\\n"},
    "A.b-c[0]=x\n1A=y\né=z\nA\tB=t": {"A.b-c[0]": "x", "1A": "y", "é": "z", "A\tB": "t"},
    "A=\u00a0x\u3000\n": {"A": "x"},
    "A B=x\n": None,
    "A+B=x\n": None,
    "A='x\n": None,
    'A="\\"\n': None,
    "A=${\n": None,
}


@pytest.mark.parametrize(("text", "expected"), READ.items())
def test_values_are_those_that_compose_reads(text: str, expected: dict[str, str] | None) -> None:
    file = parse(text)
    assert bool(file.problems) == (expected is None)
    if expected is not None:
        assert values(text) == expected


def compose_environment(folder: Path, texts: list[str]) -> list[dict[str, str | None]] | None:
    """The environments that Compose makes of env files; None where it refuses."""
    services = {}
    for number, text in enumerate(texts):
        (folder / f"{number}.env").write_bytes(text.encode())
        services[f"s{number}"] = {"image": "x", "env_file": f"{number}.env"}
    (folder / "c.yml").write_text(json.dumps({"name": "p", "services": services}))
    found = compose_config(folder)
    if found is None:
        return None
    environments = [found["services"][f"s{number}"].get("environment", {}) for number in range(len(texts))]
    return [{key: value and value.replace("$$", "$") for key, value in each.items()} for each in environments]


def compose_config(folder: Path, *options: str) -> Any:
    run = subprocess.run(
        ["docker", "compose", *options, "-f", "c.yml", "config", "--format", "json"],
        cwd=folder,
        env={**os.environ, **ENVIRON},
        capture_output=True,
        check=False,
    )
    return None if run.returncode else json.loads(run.stdout)


@pytest.mark.compose
def test_compose_reads_env_files_alike(tmp_path: Path) -> None:
    readable = [text for text, expected in READ.items() if expected is not None]
    assert compose_environment(tmp_path, readable) == [READ[text] for text in readable]


@pytest.mark.compose
@pytest.mark.parametrize("text", ["A B=x\n", "A+B=x\n", "A='x\n", "A=${\n"])
def test_compose_refuses_alike(tmp_path: Path, text: str) -> None:
    assert compose_environment(tmp_path, [text]) is None


@pytest.mark.compose
@pytest.mark.parametrize("text", ["A", "=x\n", ":x\n"])
def test_compose_makes_a_variable_without_a_name_of_what_we_call_broken(tmp_path: Path, text: str) -> None:
    assert compose_environment(tmp_path, [text]) == [{"": text.strip("=:\n")}]
    assert parse(text).problems


@pytest.mark.compose
def test_compose_fills_a_compose_file_alike(tmp_path: Path) -> None:
    first, second = "A=1\nFROM_SHELL=file\nFROM_SHELL_TOO=$FROM_SHELL\n", "B=$A\nA=2\nC=${A}${D-no}\n"
    names = ["A", "B", "C", "FROM_SHELL", "FROM_SHELL_TOO"]
    labels = {name: f"${{{name}}}" for name in names}
    (tmp_path / "c.yml").write_text(json.dumps({"name": "p", "services": {"a": {"image": "x", "labels": labels}}}))
    for name, text in (("1.env", first), ("2.env", second)):
        (tmp_path / name).write_text(text)
    ours = dotenv.values(parse(first), ENVIRON)
    ours |= dotenv.values(parse(second), ENVIRON, ours)
    found = compose_config(tmp_path, "--env-file", "1.env", "--env-file", "2.env")
    assert found["services"]["a"]["labels"] == ours | ENVIRON


# Trap 30: (text, what Compose reads, what python-dotenv reads)
DIFFERENT = [
    ("A=1\t# c", "1\t# c", "1"),
    ("A: 1", "1", None),
    ("A=$B", "", "$B"),
    ("A=${B-x}", "x", ""),
    ("A=${B:?why}", MissingVariableError, "${B:?why}"),
    ("A=$$B", "$B", "$$B"),
    ('A="\\$B"', "$B", "\\$B"),
    ("A='a\\\\b'", "a\\\\b", "a\\b"),
    ("A='${B:-x}'", "${B:-x}", "x"),
]


@pytest.mark.parametrize(("text", "ours", "theirs"), DIFFERENT)
def test_where_python_dotenv_reads_something_else(text: str, ours: str | type[Exception], theirs: str | None) -> None:
    if isinstance(ours, str):
        assert dotenv.values(parse(text + "\n"), {}) == {"A": ours}
    else:
        with pytest.raises(ours):
            dotenv.values(parse(text + "\n"), {})
    assert python_dotenv.dotenv_values(stream=StringIO(text + "\n"), interpolate=True).get("A") == theirs


def test_entries_know_their_places() -> None:
    text = 'export KEY = "a ${B:-c}"  # why\n# OPT=1\n## export OTHER=x # y\n# Note: set a=b\nALONE\nEMPTY= \n'
    file = parse(text)
    key, alone, empty = file.entries

    def slices(*spans: Span | None) -> list[str | None]:
        return [text[slice(*span)] if span else None for span in spans]

    assert slices(key.span, key.key_span, key.value_span, key.comment_span) == [
        'export KEY = "a ${B:-c}"',
        "KEY",
        '"a ${B:-c}"',
        "# why",
    ]
    assert (key.export, key.separator, key.quote, key.value.text, key.raw) == (
        True,
        "=",
        '"',
        "a ${B:-c}",
        '"a ${B:-c}"',
    )
    assert [(use.name, use.argument, text[slice(*use.span)]) for use in key.uses] == [("B", "c", "${B:-c}")]
    assert (alone.separator, alone.value.text, slices(alone.span, alone.value_span)) == (None, "", ["ALONE", ""])
    assert (empty.value_span.start, empty.separator) == (text.index("EMPTY=") + 6, "=")
    assert [(e.key, e.value.text, *slices(e.span)) for e in file.commented] == [
        ("OPT", "1", "OPT=1"),
        ("OTHER", "x", "export OTHER=x"),
    ]


def test_a_literal_uses_nothing_and_an_escaped_dollar_neither() -> None:
    single, double = parse("A='$B'\nC=\"\\$D $$E\"\n").entries
    assert (single.literal, single.uses, double.literal, double.uses) == (True, (), False, ())


PIECES = st.sampled_from([
    "A", "B", "=", ":", '"', "'", "\\", " ", "\n", "\r\n", "#", " # ", "$", "${A", ":-", "}", "export ", "\t", "é",
    "\u00a0", "\ufeff", "\udcff", "\x00", "A=", "\nB=",
])  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_pieces_tile_any_text(text: str) -> None:
    file = parse(text)
    assert "".join(text[slice(*piece.span)] for piece in file.pieces) == text
    for piece in file.pieces:
        assert (piece.entry is not None) == (piece.kind == "entry")
        if (entry := piece.entry) is not None:
            assert piece.span.covers(entry.span)
            assert entry.span.covers(entry.key_span)
            assert entry.span.covers(entry.value_span)
            assert text[slice(*entry.value_span)] == entry.raw
            for run in entry.value.runs:
                assert (
                    text[run.source : run.source + run.length] == entry.value.text[run.start : run.start + run.length]
                )
    assert bool(file.problems) >= any(piece.kind == "broken" for piece in file.pieces)


def test_long_broken_values_take_no_time() -> None:
    for quote in "\"'":
        assert parse(f"A={quote}" + "x" * 100_000).problems
        assert parse(f"A={quote}\\{quote}\n" * 10_000).pieces


@pytest.mark.parametrize(
    ("text", "value", "becomes"),
    [
        ("A=1  # c\nB=2\n", "x", "A=x  # c\nB=2\n"),
        ("A=1\n", "two words", "A='two words'\n"),
        ("A=1\n", "it's", 'A="it\'s"\n'),
        ("A='1'\n", "it's", "A='it\\'s'\n"),
        ('A="1"\r\n', "$x\n", 'A="\\$x\n"\r\n'),
        ("A='1'\n", "end\\", 'A="end\\\\"\n'),
        ("A=1\n", "", "A=\n"),
        ("A=1 # c\n", "", 'A="" # c\n'),
        ("A =\n", "1", "A =1\n"),
        ("export A\n", "1", "export A=1\n"),
        ("A=1\nA=2\n", "3", "A=1\nA=3\n"),
        ("B=1", "2", "B=1\nA=2\n"),
        ("\ufeff", "2", "\ufeffA=2\n"),
        ("B=1\r\n", "2", "B=1\r\nA=2\r\n"),
    ],
)
def test_set_value(text: str, value: str, becomes: str) -> None:
    file = parse(text)
    assert splice(text, dotenv.set_value(file, "A", value)) == becomes


def test_append_puts_the_comment_above() -> None:
    assert splice("B=1", dotenv.append(parse("B=1"), "A", "x", "one\n\ntwo")) == "B=1\n# one\n#\n# two\nA=x\n"


@given(st.text(), st.sampled_from(["A=1", "A='1'", 'A="1"', "A", "A = 1 # c", "B=1"]))
def test_a_set_value_is_read_back_to_the_letter(value: str, line: str) -> None:
    text = f"X=1\n{line}\nY=2\n"
    after = splice(text, dotenv.set_value(parse(text), "A", value))
    found = values(after)
    assert found.pop("A") == value
    assert found == {"X": "1", "Y": "2"} | ({"B": "1"} if line == "B=1" else {})


@pytest.mark.compose
def test_compose_reads_set_values_to_the_letter(tmp_path: Path) -> None:
    wanted = [
        "it's",
        'a "b"',
        "$x ${y} $$",
        "a\\",
        "\\n \\\\ \\'",
        "two\nlines",
        " lead",
        "# c",
        "a #b",
        "tab\t",
        "é",
        "'",
        "\\\\'x",
        "'q'",
    ]
    texts = [
        splice(line, dotenv.set_value(parse(line), "A", value))
        for value in wanted
        for line in ("A=1\n", "A='1'\n", 'A="1"\n')
    ]
    assert compose_environment(tmp_path, texts) == [{"A": value} for value in wanted for _ in range(3)]
