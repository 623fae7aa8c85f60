"""Interpolation: which variables a stack needs, and who gives them."""

from __future__ import annotations

import pytest

from dockwright.project.interpolated import names_by_default, names_in, needed, stack_calls
from dockwright.project.stacks import stacks
from projects import project


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("$A", [("A", False, False)]),
        ("${A}", [("A", False, False)]),
        ("${A:-1}", [("A", False, True)]),
        ("${A-}", [("A", False, True)]),
        ("${A:?set it}", [("A", True, False)]),
        ("${A:+1}", [("A", False, True)]),
        ("${A:-$B}$C", [("A", False, True), ("C", False, False)]),
        ("$$A", []),
        ("a", []),
    ],
)
def test_what_a_file_needs(written: str, expected: list[tuple[str, bool, bool]]) -> None:
    found = project({"compose.yaml": f"services:\n  app:\n    image: '{written}'\n"})
    (stack,) = stacks(found)
    assert [(each.name, each.required, each.default) for each in needed(found, stack)] == expected


def test_the_place_is_the_name_in_its_file() -> None:
    text = "services:\n  app: {image: 'shop:${TAG}'}\n"
    found = project(
        {"a.yml": "services:\n  app: {build: .}\n", "b.yml": text, "x.sh": "docker compose -f a.yml -f b.yml up\n"}
    )
    (stack,) = stacks(found)
    (use,) = needed(found, stack)
    assert (use.at.path, text[slice(*use.at.span)]) == ("b.yml", "TAG")


APP = "services:\n  app: {image: a}\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"up.sh": "docker compose up\n"}, [("up.sh", 1)]),
        ({"Makefile": "up:\n\tdocker compose -f compose.yaml up\ndown:\n\tdocker compose down\n"},
         [("Makefile", 1), ("Makefile", 2)]),
        ({"README.md": "```\ndocker compose up\n```\n"}, []),
        ({"up.sh": "docker compose -f b.yml up\ndocker compose up\n", "b.yml": APP}, [("up.sh", 2)]),
        ({"up.sh": "docker compose -f $F up\n"}, []),
        ({"up.sh": "docker compose -f compose.yaml -f $F up\n"}, []),
        ({"deploy/up.sh": "docker compose -f ../compose.yaml up\n"}, [("deploy/up.sh", 1)]),
        ({"up.sh": "docker compose --project-directory web -f compose.yaml up\ndocker compose up\n"}, [("up.sh", 2)]),
    ],
)  # fmt: skip
def test_calls_of_a_stack_are_those_that_a_tool_makes(files: dict[str, str], expected: list[tuple[str, int]]) -> None:
    found = project({"compose.yaml": APP, **files})
    stack = next(each for each in stacks(found) if each.files == ("compose.yaml",) and not each.project_directory)
    assert [(path, number) for path, _, number in stack_calls(found, stack)] == expected


def test_a_call_is_read_from_the_folder_of_its_first_file() -> None:
    found = project({"web/a.yml": APP, "up.sh": "docker compose -f web/a.yml up\n"})
    (stack,) = stacks(found)
    assert [path for path, _, _ in stack_calls(found, stack)] == ["up.sh"]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({".env": "A=1\nB=\n"}, {"A", "B"}),
        ({".env": "A=1\n", ".env.example": "B=2\n"}, {"A"}),
        ({".env.example": "B=2\n"}, {"B"}),
        ({".env.sample": "B=2\n"}, {"B"}),
        ({"prod.env": "A=1\n"}, None),
    ],
)
def test_an_env_file_is_known_by_its_example(files: dict[str, str], names: set[str] | None) -> None:
    assert names_in(project(files), ".env") == names


def test_what_compose_reads_by_itself_lies_in_the_project_directory() -> None:
    files = {"a/compose.yaml": APP, "a/.env": "A=1\n", ".env": "B=2\n", "b/compose.yaml": APP}
    found = project(files)
    assert [names_by_default(found, stack) for stack in stacks(found)] == [{"A"}, set()]
