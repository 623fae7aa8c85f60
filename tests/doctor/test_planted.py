"""Each planted fault is told by its cause, with the command that mends it; a healthy project has none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dockwright.doctor.run import Diagnosed, diagnosed
from dockwright.report import diagnosed as report
from dockwright.tools import Listener
from doctor.planted import CANARY, PLANTED, Planted, write
from doctor.pretended import PretendedHost, case

DOCUMENT = Path(__file__).parents[2] / "docs" / "doctor.md"


def seen(root: Path, planted: Planted) -> Diagnosed:
    write(root, planted)
    return diagnosed(case(root, planted.host(), planted.said, installed=planted.installed, environ=planted.environ))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_fault_is_told_by_its_cause_and_its_command(
    planted: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = seen(tmp_path / "project", planted)
    causes = {(each.diagnosis.fault, each.diagnosis.subject): each.diagnosis for each in found.found}
    assert [*causes] == [(planted.fault, planted.subject)]
    (cause,) = causes.values()
    assert planted.command in [command.line for command in cause.way_out]
    assert (cause.fix is not None) == planted.mended
    assert cause.seen
    assert not cause.cause.endswith(".")
    assert found.healthy == (cause.severity == "note")
    _fits_the_page_without_a_secret(found)


def _fits_the_page_without_a_secret(found: Diagnosed) -> None:
    shown = report.text(found)
    assert max(map(len, shown.splitlines())) <= 80
    for written in (shown, report.json(found), report.markdown(found), repr(found)):
        assert CANARY not in written


def test_a_healthy_project_has_no_fault(tmp_path: Path) -> None:
    found = diagnosed(case(write(tmp_path / "project")))
    assert found.found == ()
    assert found.healthy
    assert "nothing found" in report.text(found)


def test_without_an_engine_files_are_still_examined(tmp_path: Path) -> None:
    planted = next(each for each in PLANTED if each.fault == "script-crlf")
    found = diagnosed(case(write(tmp_path / "project", planted), installed=False))
    assert [each.diagnosis.fault for each in found.found] == ["engine-absent", "script-crlf"]
    assert "no Docker engine answers, so not looked at:" in report.text(found)


def test_every_fault_is_documented() -> None:
    cells = re.findall(r"^\| (`[^|]+`) \|", DOCUMENT.read_text(), re.M)
    documented = {fault for cell in cells for fault in re.findall(r"`([\w-]+)`", cell)}
    assert {each.fault for each in PLANTED} <= documented


def test_a_port_may_be_the_stack_s_own_where_no_engine_tells(tmp_path: Path) -> None:
    host = PretendedHost(listeners=[Listener(8000, "0.0.0.0"), Listener(5432, "::", "tcp", "postgres", 3)])
    found = diagnosed(case(write(tmp_path / "project"), host, installed=False)).found
    severities = {each.diagnosis.subject: each.diagnosis.severity for each in found}
    assert severities == {"the engine": "stops", "db": "stops", "app": "note"}
