"""Values in the proof: what variables come to and what arrives in services, told apart and never shown."""

from __future__ import annotations

import pytest

from dockwright.finding import Fix, Intent
from dockwright.plan import Plan, make_plan
from dockwright.project.model import Project
from dockwright.proof.static import Difference, prove
from dockwright.refactor.step import Proposal
from dockwright.text import Change, Create, Delete, Edit, Move, Span
from projects import project

FILES = {
    "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop:${TAG}\n"
    "    env_file: ../.env.app\n",
    ".env.app": "SECRET_KEY=swordfish\nDEBUG=yes\n",
    ".env.dev": "TAG=1\nUNREAD=2\n",
    ".env.other": "TAG=2\n",
    "Makefile": "up:\n\tdocker compose -f compose/docker-compose.dev.yml --env-file .env.dev up\n",
}
CALL = "Makefile / docker compose call 1"


class Made:
    """A step that makes these changes and declares these intents."""

    title = "a step"
    name = "step"

    def __init__(self, *changes: Change, intends: tuple[Intent, ...] = ()) -> None:
        self.changes, self.intends = changes, intends

    def propose(self, project: Project) -> Proposal:
        return Proposal((Fix("change", self.changes, "refit", self.intends),))


def replaced(path: str, old: str, new: str) -> Edit:
    at = FILES[path].index(old)
    return Edit(path, Span(at, at + len(old)), new)


def plan(*changes: Change, intends: tuple[Intent, ...] = ()) -> Plan:
    return make_plan(project(FILES), [], [Made(*changes, intends=intends)])


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("TAG=1", "TAG=7", "a value", "another value"),
        ("TAG=1", "TAG=", "a value", "an empty value"),
        ("TAG=1\n", "", "a value", None),
        ("UNREAD=2", "COMPOSE_PROFILES=debug", None, "a value"),
    ],
)
def test_a_variable_that_comes_to_something_else_is_broken(
    old: str, new: str, before: str | None, after: str | None
) -> None:
    name = "COMPOSE_PROFILES" if "PROFILES" in new else "TAG"
    proof = prove(plan(replaced(".env.dev", old, new)))
    assert proof.broken == (Difference(f"stack dev / .env.dev / {name}", before, after, "step"),)


def test_what_no_stack_reads_may_change() -> None:
    assert prove(plan(replaced(".env.dev", "UNREAD=2", "UNREAD=3"))).broken == ()


def test_a_value_that_arrives_by_an_env_file_is_a_fact_and_is_never_shown() -> None:
    proof = prove(plan(replaced(".env.app", "swordfish", "mackerel")))
    place = "stack dev / services / app / from env_file / SECRET_KEY"
    assert proof.broken == (Difference(place, "a value", "another value", "step"),)
    assert "swordfish" not in repr(proof)
    assert "mackerel" not in repr(proof)


def test_a_value_may_change_where_that_is_declared() -> None:
    intent = Intent("stack dev / .env.dev / TAG", "a value", "another value")
    proof = prove(plan(replaced(".env.dev", "TAG=1", "TAG=7"), intends=(intent,)))
    assert proof.broken == ()
    assert proof.intended == (Difference("stack dev / .env.dev / TAG", "a value", "another value", "step"),)


def test_values_follow_a_call_that_is_meant_to_read_another_file() -> None:
    compose = "compose/docker-compose.dev.yml"
    call = Intent(CALL, f"{compose} .env.dev", f"{compose} .env.other")
    reference = Intent("Makefile / env file .env.dev", "found", None)
    edit = replaced("Makefile", ".env.dev", ".env.other")
    proof = prove(plan(edit, intends=(call, reference)))
    assert proof.broken == ()
    assert Difference(f"{CALL} / TAG", "a value", "another value", "step") in proof.intended
    assert f"{CALL} / TAG" in {difference.place for difference in prove(plan(edit)).broken}


def test_values_follow_a_service_that_is_meant_to_read_another_file() -> None:
    place = "stack dev / services / app / env_file / 0 / path"
    edit = replaced("compose/docker-compose.dev.yml", "../.env.app", "../.env.other")
    proof = prove(plan(edit, intends=(Intent(place, "./.env.app", "./.env.other"),)))
    assert proof.broken == ()
    changed = {each.place.rpartition(" / ")[2]: (each.before, each.after) for each in proof.intended}
    assert changed["SECRET_KEY"] == ("a value", None)
    assert changed["TAG"] == (None, "a value")


def test_an_env_file_that_moves_with_all_that_names_it_keeps_its_values() -> None:
    proof = prove(plan(Move(".env.dev", "env/dev.env"), replaced("Makefile", ".env.dev", "env/dev.env")))
    assert (proof.broken, proof.intended) == ((), ())


def test_an_env_file_that_is_not_here_is_said_to_be_unproved() -> None:
    without = {path: text for path, text in FILES.items() if path != ".env.dev"}
    made = make_plan(project(without), [], [Made(Create("notes.txt", "x\n"))])
    assert prove(made).unproved == ("values that would come from .env.dev: not in this folder",)


def test_a_default_env_file_that_goes_is_missed_where_nothing_calls_the_stack() -> None:
    files = {"compose.yaml": "services:\n  app:\n    image: shop:${TAG}\n", ".env": "TAG=1\n"}
    proof = prove(make_plan(project(files), [], [Made(Delete(".env"))]))
    assert proof.broken == (Difference("stack default / env files", ".env", None, "step"),)
