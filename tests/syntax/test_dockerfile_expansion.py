"""Variables, quotes and escapes in Dockerfile words; the engine is asked whether each case is true."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.syntax.dockerfile import expand, expansion

ENV = {"A": "abc", "EMPTY": "", "PATTERN": "a/b/c.tar.gz", "STARS": "x*y?z", "BRACE": "a}b", "SPACE": "p  q"}

# What a text becomes where ENV is set and U is not.
VALUES = {
    "$A": "abc",
    "${A}": "abc",
    "x$A.y": "xabc.y",
    "$U|${U}": "|",
    "$AB": "",
    "$A_": "",
    "$A-b": "abc-b",
    "$1x": "x",
    "$@@": "@",
    "$.": "$.",
    "a$": "a$",
    "$$": "",
    "'$A'": "$A",
    '"$A"': "abc",
    "\"'$A'\"": "'abc'",
    "\\$A": "$A",
    '"\\$A"': "$A",
    "\\\\$A": "\\abc",
    "a\\tb": "atb",
    '"a\\tb"': "a\\tb",
    '"a\\"b"': 'a"b',
    "'a\\b'": "a\\b",
    "a'b'c\"d\"": "abcd",
    '"it\'s"': "it's",
    "${U:-d}": "d",
    "${U-d}": "d",
    "${EMPTY:-d}": "d",
    "${EMPTY-d}": "",
    "${A:-d}": "abc",
    "${U:+d}|${U+d}": "|",
    "${EMPTY:+d}|${EMPTY+d}": "|d",
    "${A:+d}": "d",
    "${A:?no}|${A?no}|${EMPTY?no}": "abc|abc|",
    "${U:-$A}": "abc",
    "${U:-${U:-${A}}}": "abc",
    "${U:-'a}b'}": "a}b",
    '"${U:-"a b"}"': "a b",
    "${U:-a\\}b}": "a}b",
    "${U:-{a}": "{a",
    "${A}}": "abc}",
    "${A#a}": "bc",
    "${A#b}": "abc",
    "${A%c}": "ab",
    "${A%b}": "abc",
    "${PATTERN#*/}": "b/c.tar.gz",
    "${PATTERN##*/}": "c.tar.gz",
    "${PATTERN%.*}": "a/b/c.tar",
    "${PATTERN%%.*}": "a/b/c",
    "${PATTERN%%*}": "",
    "${PATTERN#?/?}": "/c.tar.gz",
    "${PATTERN#a*b*.}": "tar.gz",
    "${PATTERN##a*b*.}": "gz",
    "${PATTERN%%b*t*}": "a/",
    "${U#a}": "",
    "${STARS#x\\*}": "y?z",
    "${STARS%\\?z}": "x*y",
    "${BRACE#a\\}}": "b",
    "${A#$A}": "",
    "${A/b/x}": "axc",
    "${A/b/}": "ac",
    "${A/d/x}": "abc",
    "${PATTERN/\\//-}": "a-b/c.tar.gz",
    "${PATTERN//\\//-}": "a-b-c.tar.gz",
    "${PATTERN//?./x.}": "a/b/x.tax.gz",
    "${PATTERN/a*c/x}": "x.tar.gz",
    "${U/a/b}": "",
    "a<b<<c": "a<b<<c",
    "안${A}녕": "안abc녕",
    "${안}x": "x",
}

REFUSED = [
    *("${}", "${", "${A", "${:-a}", "${{A}}", "${A:b}", "${A=b}", "${A:=b}", "${A^}", "${#A}", "${A[0]}", "${.}"),
    *(
        "${A:#b}",
        "${A:%b}",
        "${A:-b",
        "${A/b}",
        "${A#\\b}",
        "${U?}",
        "${U:?no}",
        "${EMPTY:?}",
        "'a",
        '"a',
        '"a\\"',
        "a'b",
    ),
]


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_expansion(text: str, value: str) -> None:
    assert expand(text, ENV) == value
    assert expansion(text, ENV).error is None


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_stays_as_written_and_says_why(text: str) -> None:
    assert expand(text, ENV) == text
    assert expansion(text, ENV).error


def test_the_names_that_were_met_are_told() -> None:
    found = expansion("$A ${U:-$V} '$W' ${A:+$X}", ENV)
    assert (found.used, found.unset) == (frozenset("A"), frozenset("UVX"))


def test_the_escape_character_may_be_a_backtick() -> None:
    assert expand("c:\\$A`$A\"`$A\\\"'`'", ENV, "`") == "c:\\abc$A$A\\`"


def test_quotes_are_plain_in_a_heredoc() -> None:
    assert expansion("'$A' it's\n", ENV, quotes=False).value == "'abc' it's\n"


def test_deep_nesting_is_refused_rather_than_followed() -> None:
    assert expansion("${U:-" * 5000 + "}" * 5000, {}).error


@given(st.text("ab $${}:-+?#%/*\\'\"A", max_size=30))
def test_any_text_is_either_expanded_or_refused(text: str) -> None:
    found = expansion(text, ENV)
    assert found.error is None or found.value == text


@given(st.text("ab.*?", max_size=8), st.text("ab.", max_size=8))
def test_trimming_agrees_with_trying_every_cut(pattern: str, value: str) -> None:
    cuts = [at for at in range(len(value) + 1) if fnmatchcase(value[:at], pattern)]
    env = {"V": value}
    written = pattern.removeprefix("#")
    assert expand(f"${{V#{written}}}", env) == (value[cuts[0] :] if cuts else value)
    assert expand(f"${{V##{written}}}", env) == (value[cuts[-1] :] if cuts else value)
    tails = [at for at in range(len(value) + 1) if fnmatchcase(value[at:], pattern)]
    assert expand(f"${{V%{written}}}", env) == (value[: tails[-1]] if tails else value)
    assert expand(f"${{V%%{written}}}", env) == (value[: tails[0]] if tails else value)


def build(folder: Path, lines: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "Dockerfile").write_text("\n".join(["FROM scratch", *lines, ""]))
    return subprocess.run(
        ["docker", "build", "--quiet", *arguments, str(folder)], capture_output=True, text=True, check=False
    )


@pytest.mark.live
def test_the_engine_expands_alike(tmp_path: Path) -> None:
    lines = [f'ENV {name}="{value}"' for name, value in ENV.items()]
    # The legacy form takes the rest of the line, whatever blanks and quotes are in it.
    lines += [f"ENV CASE{number} {text}" for number, text in enumerate(VALUES)]
    built = build(tmp_path, lines)
    assert built.returncode == 0, built.stderr
    image = built.stdout.strip()
    try:
        shown = subprocess.run(
            ["docker", "image", "inspect", image, "--format", "{{json .Config.Env}}"],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        subprocess.run(["docker", "image", "rm", "--force", image], capture_output=True, check=False)
    env = dict(entry.split("=", 1) for entry in json.loads(shown.stdout))
    assert {text: env[f"CASE{number}"] for number, text in enumerate(VALUES)} == VALUES


@pytest.mark.live
def test_the_engine_refuses_alike(tmp_path: Path) -> None:
    lines = [f'ENV {name}="{value}"' for name, value in ENV.items()]

    def answer(number: int) -> str:
        folder = tmp_path / str(number)
        folder.mkdir()
        return build(folder, [*lines, f"ENV CASE {REFUSED[number]}"], "--check").stderr

    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(REFUSED, pool.map(answer, range(len(REFUSED))), strict=True))
    assert [text for text, said in answers.items() if "failed to process" not in said] == []
