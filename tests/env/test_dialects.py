"""What each reader makes of a line, held against the real ones: shells, make, python-dotenv, Compose, docker run."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from dotenv.main import DotEnv
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from compose_peer import Case, real_answer
from dockwright.env.dialects import (
    COMPOSE,
    LEAVES_OUT,
    MAKE,
    OTHERWISE,
    PYTHON,
    RAW,
    READERS,
    REFUSES,
    RUNS,
    SHELL,
    Reading,
    disagreements,
    reading,
)
from dockwright.project.loader import Call
from dockwright.syntax import dotenv
from dockwright.text import Source

SET = {"B": "from the shell", "EMPTY": ""}

names = st.sampled_from(("A", "B", "C_1", "lower"))
odd_names = st.sampled_from(("A", "B", "A.B", "A-B", "1A"))
separators = st.sampled_from(("=", "=", "=", "=", " = ", "= ", " =", ": ", ":"))
pieces = st.sampled_from(
    ("V", "w", "X Y", " ", "  ", "#", " #c", '"', "'", "\\", "$A", "${B}", "${B:-d}", "${EMPTY:-d}", "${EMPTY-d}",
     "$C_1", "$$", "$", "\\n", "\\t", '\\"', "\\'", "\\$", "é", "=", ",", ":", "\t", "{}", "(", "%")
)  # fmt: skip
values = st.lists(pieces, max_size=5).map("".join)
quoted = st.tuples(st.sampled_from("'\""), values).map(lambda pair: f"{pair[0]}{pair[1]}{pair[0]}")
tails = st.sampled_from(("", "", "", " ", " # why", "# why", " more"))
lines = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(("", "", "", "export ", " ")),
    st.one_of(names, names, odd_names),
    separators,
    st.one_of(values, quoted),
    tails,
)
texts = st.builds(
    lambda written, ending: ending.join((*written, "")),
    st.lists(
        st.one_of(lines, lines, lines, st.sampled_from(("", "# comment", "  # A=1", "A"))), min_size=1, max_size=4
    ),
    st.sampled_from(("\n", "\n", "\n", "\r\n")),
)
many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
fewer = settings(many, max_examples=60)


def read(reader: str, text: str) -> Reading:
    return reading(reader, Source("f.env", text), SET)


def agrees(own: Reading, real: Mapping[str, str]) -> bool:
    """Whether the process has what the file sets, and else what was set before; a value that is not told may be any."""
    expected = {**SET, **own.values}
    told = {name for name, value in expected.items() if value is not None}
    return all(real.get(name) == expected[name] for name in told) and not (OURS & real.keys()) - expected.keys()


@many
@given(texts)
def test_python_dotenv(text: str) -> None:
    own = read(PYTHON, text)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SET.items():
            patch.setenv(name, value)
        file = DotEnv(None, io.StringIO(text, newline=None), override=False)
        real = {name: value for name, value in file.dict().items() if value is not None}
    assert own.values == real


def started(words: list[str], folder: Path) -> dict[str, str] | None:
    """What a program that prints its environment says, without what was there before; None where it fails."""
    done = subprocess.run(words, cwd=folder, env={"PATH": "", **SET}, capture_output=True, check=False)
    if done.returncode:
        return None
    pairs = [entry.partition("=") for entry in done.stdout.decode("utf-8", "surrogateescape").split("\0") if entry]
    return {name: value for name, _, value in pairs}


OURS = {"A", "B", "C_1", "lower", "EMPTY", "A.B", "A-B", "1A"}


@fewer
@pytest.mark.parametrize("program", ["/bin/sh", "/bin/bash"])
@given(text=texts)
def test_shells(text: str, program: str, tmp_path: Path) -> None:
    own = read(SHELL, text)
    (tmp_path / "f.env").write_bytes(text.encode())
    real = started([program, "-c", "set -a; . ./f.env; exec /usr/bin/env -0"], tmp_path)
    if own.refused is None and real is not None:
        assert agrees(own, real)


@fewer
@given(text=texts)
def test_make(text: str, tmp_path: Path) -> None:
    own = read(MAKE, text)
    (tmp_path / "f.env").write_bytes(text.encode())
    (tmp_path / "Makefile").write_text("show:\n\t@/usr/bin/env -0\n\nexport\ninclude f.env\n")
    real = started(["/usr/bin/make", "-s", "show"], tmp_path)
    if own.refused is None and real is not None:
        assert agrees(own, real)


def at_once(reader: str, written: list[str], form: str) -> tuple[list[Reading], Case]:
    """The texts that are not refused, and one call of Compose with a service for each."""
    taken = [text for text in written if read(reader, text).refused is None]
    services = "".join(
        f"  s{number}:\n    image: x\n    env_file:\n      - path: f{number}.env\n{form}"
        for number, _ in enumerate(taken)
    )
    files = {f"f{number}.env": text for number, text in enumerate(taken)}
    call = Call(("compose.yaml",), project_name="shop")
    case = Case({"compose.yaml": f"services:\n{services or '  {}'}", **files}, call, True, SET)
    return [read(reader, text) for text in taken], case


@pytest.mark.compose
@pytest.mark.parametrize(("reader", "form"), [(COMPOSE, ""), (RAW, "        format: raw\n")])
@settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(written=st.lists(texts, min_size=30, max_size=60))
def test_compose(reader: str, form: str, written: list[str]) -> None:
    own, case = at_once(reader, written, form)
    assume(own)
    real = real_answer(case)
    assert not isinstance(real, str), real
    for number, one in enumerate(own):
        found = real["services"][f"s{number}"].get("environment", {})
        assert {name.replace("$$", "$"): value.replace("$$", "$") for name, value in found.items()} == one.values


@pytest.mark.parametrize(
    ("line", "effects"),
    [
        ("A=plain-value_1.2:3/4@5", {}),
        ("A=", {}),
        ("A='quoted'", {RAW: OTHERWISE, MAKE: OTHERWISE}),
        ("A: value", {RAW: REFUSES, SHELL: LEAVES_OUT, MAKE: LEAVES_OUT, PYTHON: LEAVES_OUT}),
        ("A = value", {RAW: REFUSES, SHELL: LEAVES_OUT}),
        ("A=two words", {SHELL: LEAVES_OUT}),
        ("A=value # why", {RAW: OTHERWISE, MAKE: OTHERWISE}),
        ("A=pa#ss", {MAKE: OTHERWISE}),
        ("A=pa$ss", {RAW: OTHERWISE, MAKE: OTHERWISE, PYTHON: OTHERWISE}),
        ("A='pa${ss}'", {RAW: OTHERWISE, MAKE: OTHERWISE, PYTHON: OTHERWISE}),
        ("A=$(date)", {SHELL: RUNS, MAKE: OTHERWISE}),
        ('A="a\\tb"', {RAW: OTHERWISE, SHELL: OTHERWISE, MAKE: OTHERWISE}),
        ("A=a;b", {SHELL: OTHERWISE}),
        ("export A=b", {RAW: REFUSES}),
        ("A.B=c", {SHELL: LEAVES_OUT, MAKE: LEAVES_OUT}),
        ('A="b" c', None),
    ],
)
def test_what_readers_make_of_a_line_that_compose_reads(line: str, effects: Mapping[str, str] | None) -> None:
    file = dotenv.parse(Source("f.env", f"{line}\n"))
    found = disagreements(file, file.entries[0])
    if effects is not None:
        assert {each.reader: each.effect for each in found} == effects
    assert all(each.why for each in found)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_a_reason_is_given_and_no_value_is_in_it(text: str) -> None:
    file = dotenv.parse(Source("f.env", text.replace("V", "CANARY9")))
    for entry in file.entries:
        for each in disagreements(file, entry):
            assert each.reader in READERS
            assert each.why
            assert "CANARY9" not in each.why


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_reader_ever_raises(text: str) -> None:
    for reader in READERS:
        read(reader, text)
    file = dotenv.parse(Source("f.env", text))
    for entry in file.entries:
        disagreements(file, entry)


PAGE = (Path(__file__).parents[2] / "docs" / "env.md").read_text(encoding="utf-8")
ROWS = [row.strip("|").split(" | ") for row in PAGE.splitlines() if row.startswith("| `") and row.count(" | ") == 5]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_the_page_says_what_readers_make_of_a_line(row: list[str]) -> None:
    line, *cells = (cell.strip() for cell in row)
    source = Source("f.env", line.strip("`") + "\n")
    for reader, cell in zip(READERS, cells, strict=True):
        found = reading(reader, source, {"B": "of B", "CD": "of CD"})
        if cell.startswith("`") and cell.count("`") == 2 and cell.endswith("`"):
            assert found.values["A"] == cell.strip("`")
        elif cell == "refuses":
            assert found.refused
        elif cell.startswith(("runs", "a rule", "nothing")):
            assert "A" not in found.values
        elif cell.startswith("of `"):
            assert found.values["A"] == cell.replace("`", "")


def test_the_page_has_a_table_of_lines() -> None:
    assert len(ROWS) == 12
