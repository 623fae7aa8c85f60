"""What RUN lines run, in which folder and with which variables."""

from __future__ import annotations

import pytest

from dockwright.project.build_steps import Install, installs, starts_at_root, steps
from dockwright.project.images import Image, images
from projects import project


def image(text: str) -> Image:
    return images(project({"Dockerfile": text}))[0]


def calls(text: str) -> list[tuple[str | None, tuple[str, ...]]]:
    built = image(text)
    return [(call.cwd, call.words) for step in steps(built, built.tree.stages[-1]) for call in step.calls]


def test_a_command_knows_its_folder_and_the_variables_of_the_dockerfile() -> None:
    text = "ARG V=3\nFROM python:3.13\nARG V\nENV D=/srv\nWORKDIR $D\nWORKDIR app\nRUN cd x && A=1 tool $D/$V ${U}\n"
    assert calls(text) == [("/srv/app/x", ("tool", "/srv/3", "${U}"))]


def test_an_argument_above_the_first_stage_is_unknown_until_it_is_named() -> None:
    assert calls("ARG V=3\nFROM python:3.13\nRUN tool $V\n") == [("/", ("tool", "$V"))]


def test_the_folder_of_an_image_that_is_not_known_is_not_guessed() -> None:
    assert calls("FROM example/base:1\nRUN a\nWORKDIR x\nRUN b\nWORKDIR /y\nRUN c\n") == [
        (None, ("a",)),
        (None, ("b",)),
        ("/y", ("c",)),
    ]


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("cd x && cd ../y && a", "/app/y"),
        ("cd //srv && a", "/srv"),
        ("(cd x && make) && a", "/app"),
        ("(cd x; cd y); (a)", "/app"),
        ("cd x && (cd y; (cd z)); a", "/app/x"),
        ("cd - && a", None),
        ("cd ~/x && a", None),
        ("cd && a", None),
        ("cd -P x && a", None),
        ("cd $UNKNOWN && a", None),
        ("echo $(cd x) && a", "/app"),
    ],
)
def test_a_change_of_folder_is_followed(command: str, folder: str | None) -> None:
    assert calls(f"FROM python:3.13\nWORKDIR /app\nRUN {command}\n")[-1] == (folder, ("a",))


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ("ARG A=1 B=$A\nRUN tool $B", "1"),
        ("ENV A=1\nENV A=2 B=$A\nRUN tool $B", "1"),
        ("RUN A=1; tool $A", "1"),
        ("RUN export A=1 && tool $A", "1"),
        ("RUN (export A=1; x); tool $A", "$A"),
        ("ENV A=1\nRUN tool ${A:-2}", "${A:-2}"),
    ],
)
def test_variables_have_the_values_of_their_line(lines: str, word: str) -> None:
    assert calls(f"FROM python:3.13\n{lines}\n")[-1][1] == ("tool", word)


def test_what_stands_before_a_command_is_its_environment_alone() -> None:
    built = image("FROM python:3.13\nENV A=0\nRUN A=1 B=2 one; two\n")
    assert [call.env for call in steps(built, built.tree.stages[0])[1].calls] == [{"A": "1", "B": "2"}, {"A": "0"}]


def test_commands_inside_a_substitution_are_left_out() -> None:
    assert [words for _, words in calls("FROM python:3.13\nRUN echo $(a; b)\n")] == [("echo", "$(a; b)")]


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("docker.io/library/python:3.13", True),
        ("debian@sha256:00", True),
        ("ghcr.io/astral-sh/uv:python3.13", True),
        ("example/python", False),
    ],
)
def test_plain_images_start_at_the_root(base: str, root: bool) -> None:
    assert starts_at_root(base) is root


def test_a_folder_with_an_unknown_variable_is_unknown() -> None:
    assert calls("FROM python:3.13\nWORKDIR /x/$U\nRUN a\n") == [(None, ("a",))]


@pytest.mark.parametrize(("command", "unknown"), [("a $B", True), ("a `b`", True), ("a b", False)])
def test_a_command_tells_whether_all_of_it_is_known(command: str, unknown: bool) -> None:
    built = image(f"FROM python:3.13\nRUN {command}\n")
    assert steps(built, built.tree.stages[0])[0].calls[0].has_unknown is unknown


def test_places_are_those_of_the_words() -> None:
    built = image("FROM python:3.13\nRUN sudo python -m pip install a\n")
    (call,) = steps(built, built.tree.stages[0])[0].calls
    assert [word.text for word in call.places or ()] == list(call.words) == ["pip", "install", "a"]


def test_stages_that_a_stage_is_built_upon_come_first() -> None:
    assert [words for _, words in calls("FROM python:3.13 AS a\nRUN one\n\nFROM a\nRUN two\n")] == [("one",), ("two",)]


def test_a_module_is_its_program() -> None:
    text = 'FROM python:3.13\nRUN python3 -m pip install a\nRUN ["pip3.13", "install", "b"]\n'
    assert [words for _, words in calls(text)] == [("pip", "install", "a"), ("pip", "install", "b")]


@pytest.mark.parametrize(
    ("command", "options", "operands"),
    [
        ("uv sync --locked --group=docs -p 3.13", {"--locked": None, "--group": "docs", "-p": "3.13"}, ()),
        ("uv --no-cache pip install -rreq.txt .", {"-r": "req.txt"}, (".",)),
        ("poetry -n install --only main", {"--only": "main"}, ()),
    ],
)
def test_installations_are_read(command: str, options: dict[str, str | None], operands: tuple[str, ...]) -> None:
    built = image(f"FROM python:3.13\nRUN {command}\n")
    (install,) = installs(steps(built, built.tree.stages[0])[0])
    assert dict(install.options) == options
    assert install.operands == operands


def installation(lines: str) -> Install:
    built = image(f"FROM python:3.13\n{lines}\n")
    (install,) = installs(steps(built, built.tree.stages[0])[-1])
    return install


def test_options_are_asked_for_by_all_their_names() -> None:
    install = installation("RUN pip install -r a.txt --requirement=b.txt -U -r")
    assert install.values("-r", "--requirement") == ["a.txt", "b.txt"]
    assert install.has("-U", "--upgrade")
    assert not install.has("--pre", "--user")


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("0", False), ("False", False), ("", False)])
def test_a_variable_switches_unless_it_says_no(value: str, on: bool) -> None:
    assert installation(f"ENV UV_FROZEN='{value}'\nRUN uv sync").switched(("UV_LOCKED", "UV_FROZEN")) is on


@pytest.mark.parametrize("command", ["uv lock", "pip --version", "uv sync --dry-run", "poetry config a b", "echo pip"])
def test_what_installs_nothing_is_no_installation(command: str) -> None:
    built = image(f"FROM python:3.13\nRUN {command}\n")
    assert not list(installs(steps(built, built.tree.stages[0])[0]))
