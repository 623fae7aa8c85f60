"""The command line as a user calls it, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

import example
from command_line import Dockwright, Said
from dockwright.cli.main import run


@pytest.fixture
def dockwright(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Dockwright:
    """Runs a command; exit code and what it said."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        try:
            code = run([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """The example project, to be changed."""
    return example.copy(tmp_path)
