"""Two environments beside each other: names, states, and secrets that both have."""

from __future__ import annotations

import pytest

from conftest import Tree
from dockwright.env.comparing import Compared, compare
from dockwright.env.environments import chosen
from dockwright.errors import UsageError
from dockwright.project.discover import discover

COMPOSE = "name: {}\nservices:\n  web:\n    image: web\n    env_file: {}\n"
FILES = {
    "compose.dev.yaml": COMPOSE.format("shop", ".env.dev"),
    "compose.prod.yaml": COMPOSE.format("shop-prod", ".env.prod"),
}


def compared(tree: Tree, left: str, right: str, **files: str) -> Compared:
    project = discover(str(tree({**FILES, ".env.dev": left, ".env.prod": right, **files})))
    return compare(project, chosen(project, "dev"), chosen(project, "prod"))


def test_names_and_values_are_told_apart(tree: Tree) -> None:
    seen = compared(tree, "A=1\nB=1\nC=1\n", "A=1\nB=2\nD=1\n")
    assert {row.name: row.verdict for row in seen.rows} == {
        "A": "same",
        "B": "different",
        "C": "only left",
        "D": "only right",
    }
    assert seen.differ


def test_values_are_compared_as_they_are_read(tree: Tree) -> None:
    seen = compared(tree, "A='x y'\nB=$A\nC=1 # one\n", 'A="x y"\nB=x y\nC="1"\n')
    assert {row.verdict for row in seen.rows} == {"same"}
    assert not seen.differ


def test_empty_values_and_placeholders_are_named_so(tree: Tree) -> None:
    seen = compared(tree, "TOKEN=changeme\nA=\nUSER=postgres\n", "TOKEN=Kq3vX9z\nA=1\nUSER=postgres\n")
    states = {row.name: (row.left and row.left.state, row.right and row.right.state) for row in seen.rows}
    assert states == {"TOKEN": ("placeholder", "set"), "A": ("empty", "set"), "USER": ("set", "set")}


def test_a_secret_that_production_shares_is_seen_by_whatever_name(tree: Tree) -> None:
    seen = compared(tree, "DB_PASSWORD=Hunter2Hunter2\nA=x\n", "URL=postgres://u:Hunter2Hunter2@db/x\nA=x\n")
    assert [(each.left_name, each.right_name) for each in seen.reused] == [("DB_PASSWORD", "URL")]
    seen = compared(tree, "SECRET_KEY=Hunter2Hunter2\nA=x\n", "SECRET_KEY=Hunter2Hunter2\nA=x\n")
    assert seen.differ


def test_different_values_of_the_same_names_are_as_it_should_be(tree: Tree) -> None:
    assert not compared(tree, "SECRET_KEY=a\n", "SECRET_KEY=b\n").differ


def test_an_example_stands_for_a_file_that_is_not_there(tree: Tree) -> None:
    project = discover(str(tree({**FILES, ".env.dev": "SECRET_KEY=x\n", ".env.prod.example": "SECRET_KEY=x\n"})))
    seen = compare(project, chosen(project, "dev"), chosen(project, "prod"))
    assert seen.right_files == (".env.prod.example",)
    assert seen.reused == ()


def test_nothing_to_compare_is_an_error(tree: Tree) -> None:
    project = discover(str(tree({**FILES, ".env.dev": "A=1\n"})))
    with pytest.raises(UsageError, match="prod has no env file and no example"):
        compare(project, chosen(project, "dev"), chosen(project, "prod"))
