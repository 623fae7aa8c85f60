"""The demonstration, as somebody with nothing but Python sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "dashtam-legacy"


def test_the_demo_needs_neither_docker_nor_git_and_its_result_can_be_undone(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    alone = {**os.environ, "PATH": str(programs)}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.demo", str(tmp_path)],
        cwd=ROOT, env=alone, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    shown = [line for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert shown[1:] == [
        "$ dockwright show",
        "$ dockwright audit",
        "$ dockwright plan --stat",
        "$ dockwright apply --yes",
        "$ dockwright audit",
    ]
    assert " 0 broken\n" in done.stdout
    assert "not compared" not in done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []

    copy = tmp_path / "dashtam"
    assert not (copy / "docker-compose.yml").exists()
    subprocess.run([Path(sys.executable).parent / "dockwright", "undo", copy], check=True, capture_output=True)
    for file in copy.rglob("*"):
        if file.is_file() and ".dockwright" not in file.parts:
            assert file.read_bytes() == (EXAMPLE / file.relative_to(copy)).read_bytes()
