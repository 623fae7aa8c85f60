"""Runs dockwright's main job on a copy of the example project, command by command, and sums up what came of it.

    python -m scripts.demo [FOLDER]

FOLDER is where the copy goes; a new temporary folder without it. Nothing but Python is needed: with git on the
machine the changes are shown as git sees them, with Docker Compose the proof also compares the resolved stacks.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shlex import join
from typing import Any

EXAMPLE = Path(__file__).parents[1] / "examples" / "dashtam-legacy"
CACHES = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "*.log", "*.pyc")
DOCKWRIGHT = Path(sys.executable).parent / "dockwright"

# Whoever runs this from a git hook or an alias must not get their own repository changed.
ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "COLUMNS": "80",
    "PYTHONUTF8": "1",
}


class Copy:
    """A copy of the example, and the commands that are run in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder.resolve() / "dashtam"
        files = tracked()
        if not files:
            shutil.copytree(EXAMPLE, self.root, ignore=CACHES)
        for path in files:
            if (EXAMPLE / path).exists():
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(EXAMPLE / path, self.root / path)

    def lines(self, *command: str, first: int = 1000, last: int = 0, colour: bool = False) -> list[str]:
        """Run a command as a user would type it; the first and the last lines of what it prints.

        SystemExit, with all that it printed, where it fails; 1 is the exit code of findings.
        """
        program = DOCKWRIGHT if command[0] == "dockwright" else command[0]
        done = subprocess.run(
            (program, *command[1:]),
            cwd=self.root,
            env=ENVIRON | ({"FORCE_COLOR": "1"} if colour else {"NO_COLOR": "1"}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        lines = done.stdout.splitlines()
        if done.returncode not in ((0, 1) if "audit" in command else (0,)):
            sys.exit("\n".join((f"$ {join(command)}", *lines, f"ended in {done.returncode}")))
        left_out = len(lines) - first - last
        if left_out > 1:
            lines[first : len(lines) - last] = [f"  … {left_out} more lines"]
        return [f"$ {join(command)}", *lines, ""]

    def json(self, *arguments: str) -> dict[str, Any]:
        """What a command reports to machines; nothing is shown."""
        done = subprocess.run(
            (DOCKWRIGHT, *arguments, "--format", "json"),
            cwd=self.root,
            env=ENVIRON,
            stdout=subprocess.PIPE,
            check=False,
        )
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def commit(self) -> bool:
        """Make the copy a repository with one commit; False where there is no git."""
        if shutil.which("git") is None:
            return False
        self._git("-c", "init.defaultBranch=main", "init", "--quiet")
        self._git("add", "--all", "--force")
        self._git("-c", "user.name=demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "As it was")
        return True

    def _git(self, *arguments: str) -> None:
        subprocess.run(("git", *arguments), cwd=self.root, env=ENVIRON, check=True)


def tracked() -> list[str]:
    """The example's files that git tracks; none where this is no clone or there is no git."""
    try:
        done = subprocess.run(("git", "ls-files", "-z"), cwd=EXAMPLE, env=ENVIRON, capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]


def count(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def findings(report: dict[str, Any]) -> str:
    """An audit's findings in a few words."""
    summary = report["summary"]
    kinds = ", ".join(count(summary[kind], kind) for kind in ("error", "warning"))
    return f"{count(summary['findings'], 'finding')}: {kinds}"


def main(arguments: list[str]) -> None:
    """The demonstration; SystemExit where a command does not do what it should."""
    started = time.monotonic()
    copy = Copy(Path(arguments[0] if arguments else tempfile.mkdtemp(prefix="dockwright-demo-")))
    has_git = copy.commit()
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def show(*command: str, first: int = 1000, last: int = 0) -> None:
        print(*copy.lines(*command, first=first, last=last, colour=colour), sep="\n", flush=True)

    print("A small service as many are: good code, and an infrastructure that grew.\n")
    print(f"$ cd {copy.root}\n")
    show("dockwright", "show", first=24)
    show("dockwright", "audit", first=30, last=1)
    show("dockwright", "plan", "--stat")
    before, plan = copy.json("audit"), copy.json("plan")
    show("dockwright", "apply", "--yes", first=0, last=1)
    if has_git:
        show("git", "add", "--all")
        show("git", "diff", "--staged", "--stat", "--find-renames")
    show("dockwright", "audit", first=30, last=1)
    after = copy.json("audit")

    proof = plan["proof"]
    print("In short")
    print(f"  before   {findings(before)}")
    print(f"  after    {findings(after)}")
    print(f"  changed  {count(len(plan['changes']), 'file')}; {count(len(plan['deferred']), 'thing')} left to you")
    print(f"  proof    {proof['kept']} facts kept, {len(proof['intended'])} changed on purpose, ", end="")
    print(
        f"{len(proof['broken'])} broken", *(f"not compared: {text}" for text in proof["unproved"]), sep="\n           "
    )
    print(f"  result   {copy.root}")
    print(f"  undo     {os.path.relpath(DOCKWRIGHT)} undo \\\n             {join([str(copy.root)])}")
    print(f"  took     {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
