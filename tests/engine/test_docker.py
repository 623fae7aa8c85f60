"""The real engine's side: copies of build contexts, calls side by side, and what an interruption ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from dockwright.engine.docker import RealEngine, interruptible
from dockwright.tools import Ran


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that runs its arguments as a command."""
    path = tmp_path / "bin" / "docker"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\nexec "$@"\n')
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")
    return path


def test_a_copy_has_what_the_build_reads_with_modes_and_links(tmp_path: Path) -> None:
    context = tmp_path / "context"
    (context / "src").mkdir(parents=True, mode=0o750)
    (context / "src" / "main.py").write_text("print()\n")
    (context / "run.sh").write_text("")
    (context / "run.sh").chmod(0o755)
    (context / "link").symlink_to("nowhere")
    (context / "logs").mkdir()
    (context / "logs" / "app.log").write_text("x")
    (context / "logs" / ".gitkeep").write_text("")
    (context / "data").mkdir()
    (context / "data" / "rows").write_text("x")
    left_out = {"logs", "logs/app.log", "data", "data/rows"}.__contains__
    with RealEngine(str(tmp_path)).copied(str(context), left_out, {"src/main.py": "# more\n"}) as folder:
        copy = Path(folder)
        found = sorted(str(path.relative_to(copy)) for path in copy.rglob("*"))
        assert found == ["link", "logs", "logs/.gitkeep", "run.sh", "src", "src/main.py"]
        assert (copy / "src" / "main.py").read_text() == "print()\n# more\n"
        assert os.readlink(copy / "link") == "nowhere"
        assert [(copy / name).stat().st_mode & 0o777 for name in ("src", "run.sh")] == [0o750, 0o755]
    assert not copy.exists()
    assert (context / "src" / "main.py").read_text() == "print()\n"


def test_what_takes_too_long_is_ended(program: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    assert RealEngine(str(tmp_path)).docker("sleep", "60", seconds=0.2).status is None
    assert time.monotonic() - begun < 30


def test_an_interruption_ends_what_runs_side_by_side_and_starts_nothing_more(program: Path, tmp_path: Path) -> None:
    engine = RealEngine(str(tmp_path))
    ended: list[Ran] = []

    def twice() -> None:
        ended.append(engine.docker("sleep", "60"))
        ended.append(engine.docker("sleep", "60"))

    threading.Timer(0.5, partial(os.kill, os.getpid(), signal.SIGTERM)).start()
    begun = time.monotonic()
    with interruptible(), pytest.raises(KeyboardInterrupt):
        engine.at_once([twice, twice])
    assert time.monotonic() - begun < 30
    while len(ended) < 4:
        time.sleep(0.01)
    assert [each.well for each in ended] == [False] * 4
    assert engine.docker("echo", "still here").out == "still here\n"


def test_who_takes_a_stack_down_is_interrupted_no_more() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interruptible() as deaf:
        deaf()
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) == before
