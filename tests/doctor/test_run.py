"""What is told first, what stands below it, and what no diagnosis shows."""

from __future__ import annotations

from pathlib import Path

from dockwright.doctor import diagnosis as told
from dockwright.doctor.diagnosis import Command, Diagnosis
from dockwright.doctor.examiners import EXAMINERS, Examiner
from dockwright.doctor.run import Found, diagnosed, nested
from dockwright.tools import Ran
from doctor.planted import CANARY, PLANTED, write
from doctor.pretended import PretendedEngine, case

ROOM = Path(told.__file__).parent


def test_symptoms_stand_below_their_cause_and_the_worst_comes_first() -> None:
    slow = Diagnosis("clock-skew", "the engine", "late", severity="hurts")
    key = Diagnosis("key-unreadable", "key.pem", "closed", stack="dev", explains=("container-exited:app",))
    app = Diagnosis("container-exited", "app", "ended", stack="dev", explains=("unhealthy",))
    probe = Diagnosis("unhealthy", "proxy", "sick", stack="dev")
    other = Diagnosis("container-exited", "worker", "ended", stack="dev")
    assert nested([slow, probe, app, key, other]) == (Found(key, (probe, app)), Found(other), Found(slow))


def test_a_cause_explains_nothing_in_another_stack_unless_it_is_all_of_theirs() -> None:
    symptom = Diagnosis("unhealthy", "app", "sick", stack="test")
    in_dev = Diagnosis("port-taken", "app", "taken", stack="dev", explains=("unhealthy",))
    everywhere = Diagnosis("disk-full", "disk", "full", explains=("unhealthy",))
    assert len(nested([symptom, in_dev])) == 2
    assert nested([symptom, everywhere]) == (Found(everywhere, (symptom,)),)


def test_two_that_explain_each_other_are_told_by_the_first() -> None:
    one = Diagnosis("a", "x", "a", explains=("b",))
    two = Diagnosis("b", "x", "b", explains=("a",))
    assert nested([one, two]) == (Found(one, (two,)),)


def test_a_secret_that_an_examiner_quotes_is_masked(tmp_path: Path) -> None:
    write(tmp_path / "project")

    class Careless(Examiner, frozen=True):
        @property
        def examine(self):  # type: ignore[no-untyped-def]
            return lambda _: iter(
                [Diagnosis("x", CANARY, CANARY, (f"a {CANARY} b",), (Command(f"echo {CANARY}", CANARY),))]
            )

    found = diagnosed(case(tmp_path / "project"), [Careless("x", "x")])
    assert len(found.found) == 1
    assert CANARY not in repr(found)


def test_what_cannot_be_asked_is_left_out_and_the_rest_is_told(tmp_path: Path) -> None:
    write(tmp_path / "project", next(each for each in PLANTED if each.fault == "lock-stale"))
    here = case(tmp_path / "project")
    engine = here.docker
    assert isinstance(engine, PretendedEngine)
    engine.said = {"ps -aq --no-trunc --filter": Ran(1, "", "the daemon is tired"), **engine.said}
    found = diagnosed(here)
    assert [each.diagnosis.fault for each in found.found] == ["lock-stale"]
    assert "the daemon is tired" in found.left_out[0].why


def test_every_module_that_examines_is_in_the_table_and_the_table_names_no_other() -> None:
    examining = {path.stem for path in ROOM.glob("*.py") if "\ndef examine(" in path.read_text()}
    assert {each.module for each in EXAMINERS} == examining


def test_a_password_that_is_called_as_the_project_hides_nothing(tmp_path: Path) -> None:
    root = write(tmp_path / "orchard", PLANTED[0])
    (root / ".env").write_text(f"DB_PASSWORD=orchard\nSESSION_SECRET={CANARY}\n")
    known = case(root, installed=False).secrets
    assert known.hidden(f"the stack orchard has {CANARY}") == "the stack orchard has ***"
