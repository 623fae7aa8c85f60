"""Former manifests go when nothing reads them, and stay with the places that do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.refactor.packaging.leftovers import Leftovers
from projects import project

LOCK = """version = 1

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "idna" }]

[[package]]
name = "idna"
version = "3.10"
source = { registry = "https://index.example/simple" }
"""
MANIFEST = '[project]\nname = "shop"\nversion = "0.1.0"\n'
BASE = {"uv.lock": LOCK, "pyproject.toml": MANIFEST, "requirements.txt": "idna==3.10\n"}


def cleared(files: Mapping[str, str]) -> Plan:
    plan = make_plan(project({**BASE, **files}), [], [Leftovers()])
    assert not make_plan(plan.after, [], [Leftovers()]).patches
    return plan


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"requirements-dev.txt": "-r requirements.txt\n-c constraints.txt\n", "constraints.txt": "idna<4\n"},
        {"requirements/base.txt": "idna\n", "requirements/prod.txt": "-r base.txt\n"},
        {"Pipfile": '[packages]\nidna = "*"\n', "Pipfile.lock": '{"default": {"idna": {"version": "==3.10"}}}'},
        {"Dockerfile": "FROM python:3.13\n# once requirements.txt\nCOPY --from=a /requirements.txt /b\n"},
        {".dockerignore": "requirements.txt\n"},
    ],
    ids=["a list", "lists", "a folder", "Pipenv", "a comment", "an ignore file"],
)
def test_what_nothing_reads_goes(files: dict[str, str]) -> None:
    plan = cleared(files)
    gone = {path for path in (*BASE, *files) if path.endswith((".txt", "Pipfile", "Pipfile.lock"))}
    assert plan.after.sources.keys() == {*BASE, *files} - gone
    assert not plan.deferred


READERS = [
    ({"Dockerfile": "FROM python:3.13\nCOPY requirements.txt .\n"}, "Dockerfile:2"),
    ({"Dockerfile": "FROM python:3.13\nCOPY requirements*.txt .\n"}, "Dockerfile:2"),
    (
        {"Dockerfile": "FROM python:3.13\nRUN --mount=type=bind,source=requirements.txt,target=/r true\n"},
        "Dockerfile:2",
    ),
    ({"tox.ini": "[testenv]\ndeps = -rrequirements.txt\n[x]\ndeps = -r requirements.txt\n"}, "tox.ini:4"),
    ({"scripts/check.sh": "# requirements.txt\nsafety check -r requirements.txt\n"}, "scripts/check.sh:2"),
    ({"README.md": "```sh\ngrep idna requirements.txt\n```\n"}, "README.md:2"),
    ({"Makefile": "lock:\n\tpip install -r requirements.txt tox\n"}, "Makefile:2"),
]


@pytest.mark.parametrize(("files", "place"), READERS, ids=[place for _, place in READERS])
def test_what_something_reads_stays_and_the_place_is_named(files: dict[str, str], place: str) -> None:
    plan = cleared(files)
    assert not plan.patches
    assert [left.reason for left in plan.deferred] == [f"still read in {place}"]


def test_a_manager_that_names_no_file_reads_its_lock_all_the_same() -> None:
    poetry = {"pyproject.toml": MANIFEST + "[tool.poetry]\n", "poetry.lock": '[[package]]\nname = "idna"\n'}
    plan = cleared({**poetry, "Makefile": "test:\n\tpoetry run pytest\n"})
    assert "poetry.lock" in plan.after.sources
    assert plan.deferred[0].reason == "still read in Makefile:2"


def test_prose_keeps_nothing_and_is_listed() -> None:
    text = "`requirements.txt` holds what it needs.\n\n```sh\nmake up  # after a change to requirements.txt\n```\n"
    plan = cleared({"README.md": text})
    assert "requirements.txt" not in plan.after.sources
    assert [(left.what, left.at and left.at.span.start) for left in plan.deferred] == [
        ("name pyproject.toml and uv.lock here instead of requirements.txt", 1),
        ("name pyproject.toml and uv.lock here instead of requirements.txt", text.rindex("requirements")),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"uv.lock": ""},
        {"requirements.txt": "idna==3.9\n"},
        {"requirements.txt": "idna\nflask\n"},
        {"requirements.txt": "idna\n./lib\n"},
        {"requirements.txt": "flask\n", "requirements.example.txt": "idna\n"},
    ],
    ids=["no lock", "another version", "not locked", "a path", "an example"],
)
def test_what_the_lock_does_not_hold_is_no_leftover(files: dict[str, str]) -> None:
    plan = cleared(files)
    assert not plan.patches
    assert not plan.deferred
