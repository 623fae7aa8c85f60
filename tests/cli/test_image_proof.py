"""`--prove-images`: what is asked for, what it says, and when `apply` refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from command_line import Dockwright
from conftest import Tree
from dockwright.engine import docker
from dockwright.errors import DockwrightError
from dockwright.tools import Ran
from verify.pretended import Pretended

FILES = {
    "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD python app.py\n",
    "compose.yml": "name: shop\nservices:\n  app:\n    build: .\n    image: shop\n",
    "app.py": "print()\n",
}
ONLY = ("--only", "DW150")
"""The fix that has the command start without a shell."""

ABOUT: dict[str, Any] = {
    "Size": 900_000_000,
    "RootFS": {"Layers": ["a", "b"]},
    "Config": {
        "User": "", "WorkingDir": "/app", "Env": ["PATH=/bin", "API_TOKEN=hunter2-and-more"],
        "Cmd": ["/bin/sh", "-c", "python app.py"],
    },
}  # fmt: skip
CONTENT: dict[str, Any] = {
    "user": "0:0", "venv": False, "distributions": {"fastapi": "1.0"}, "needs": {}, "packages": {"bash": "5"},
    "files": {"app.py": "a" * 64}, "imports": {}, "missing": {}, "complete": True,
}  # fmt: skip


class Building(Pretended):
    """An engine that builds: `before` and `after` are what lies in the images, or why one does not build."""

    def __init__(self, before: dict[str, Any] | str = CONTENT, after: dict[str, Any] | str = CONTENT) -> None:
        super().__init__({"image rm": ""})
        self.states = (before, after)
        self.planned: dict[str, bool] = {}

    def docker(self, *arguments: str, given: str = "", seconds: float = 60) -> Ran:
        if arguments[0] == "build":
            planned = arguments[-1].endswith("/planned")
            self.asked.append(f"build {'planned' if planned else 'now'}")
            self.planned[arguments[arguments.index("--tag") + 1]] = planned
            state = self.states[planned]
            return Ran(1, "", f"ERROR: {state}") if isinstance(state, str) else Ran(0)
        if arguments[:2] == ("image", "inspect"):
            words = ["python", "app.py"] if self.planned[arguments[2]] else ABOUT["Config"]["Cmd"]
            about = {**ABOUT, "Config": {**ABOUT["Config"], "Cmd": words}}
            return Ran(0, msgspec.json.encode([about]).decode())
        if arguments[0] == "run":
            assert arguments[5:7] == ("--network", "none")
            name = next(each for each in arguments if each in self.planned)
            return Ran(0, msgspec.json.encode(self.states[self.planned[name]]).decode())
        return super().docker(*arguments, given=given, seconds=seconds)


@pytest.fixture
def root(tree: Tree) -> Path:
    return tree(FILES)


def reaching(monkeypatch: pytest.MonkeyPatch, engine: Building) -> Building:
    monkeypatch.setattr(docker, "reached", lambda root: engine)
    return engine


def test_nothing_is_built_without_the_option(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = reaching(monkeypatch, Building())
    said = dockwright("plan", root, *ONLY, "--format", "json")
    assert (said.code, said.json["proof"]["images"], engine.asked) == (0, None, [])


def test_both_states_are_built_and_the_difference_has_its_owner(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = reaching(monkeypatch, Building())
    said = dockwright("plan", root, *ONLY, "--prove-images", "--format", "json")
    [image] = said.json["proof"]["images"]
    assert (said.code, image["broken"], image["unproved"], image["built"]) == (0, [], [], True)
    assert [(each["place"], each["rule"], each["reason"]) for each in image["intended"]] == [
        ("image Dockerfile / command", "DW150", "the same program, which gets its signals")
    ]
    assert image["services"] == ["default / app"]
    assert image["before"] == {
        "bytes": 900_000_000, "layers": 2, "user": "0:0", "entrypoint": [],
        "command": ["/bin/sh", "-c", "python app.py"], "environment": ["API_TOKEN", "PATH"], "ports": [],
        "workdir": "/app", "distributions": 1, "packages": 1, "files": 1,
    }  # fmt: skip
    assert sorted(engine.asked[:2]) == ["build now", "build planned"]
    assert engine.asked[-1].startswith("image rm dockwright-proof:")
    assert "hunter2" not in said.out


def test_apply_refuses_a_plan_whose_image_loses_something(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaching(monkeypatch, Building(after={**CONTENT, "distributions": {}, "files": {}}))
    said = dockwright("apply", root, *ONLY, "--prove-images", "--yes")
    assert (said.code, said.out) == (1, "")
    assert "broken distributions / fastapi\n             1.0 -> nothing" in said.err.replace(
        "           1", "             1"
    )
    assert "broken files / app.py" in said.err
    assert "refused: the images would lose what the proof names\n  --skip leaves a step out" in said.err
    assert (root / "Dockerfile").read_text() == FILES["Dockerfile"]
    assert all(len(line) <= 80 for line in said.err.splitlines())


def test_apply_goes_on_where_nothing_is_lost(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaching(monkeypatch, Building())
    said = dockwright("apply", root, *ONLY, "--prove-images", "--yes")
    assert said.code == 0
    assert "command            /bin/sh -c python app.py -> python app.py" in said.out
    assert "kept 9 facts, changed 1 on purpose, broken 0" in said.out
    assert 'CMD ["python", "app.py"]' in (root / "Dockerfile").read_text()


def test_an_image_that_builds_no_more_is_broken(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaching(monkeypatch, Building(after="no such stage"))
    said = dockwright("plan", root, *ONLY, "--prove-images", "--stat")
    assert said.code == 0
    assert "    broken build\n           builds -> no such stage\n" in said.out


def test_an_image_that_does_not_build_now_is_unproved(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaching(monkeypatch, Building(before="no such base"))
    said = dockwright("plan", root, *ONLY, "--prove-images", "--stat")
    shown = " ".join(said.out.split())
    assert "unproved image Dockerfile: it does not build even now: no such base; as planned it does" in shown
    assert "kept 0 facts" not in shown


def test_markdown_has_a_table_of_each_image(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaching(monkeypatch, Building(after={**CONTENT, "distributions": {}}))
    said = dockwright("plan", root, *ONLY, "--prove-images", "--format", "markdown")
    assert "| <code>Dockerfile</code> | size |  | <code>900 MB</code> |" in said.out
    assert "- image Dockerfile / distributions / fastapi: <code>1.0</code> → nothing" in said.out


def test_a_plan_without_changes_builds_nothing(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = reaching(monkeypatch, Building())
    said = dockwright("plan", root, "--only", "DW201", "--prove-images", "--format", "json")
    assert (said.code, said.json["proof"]["images"], engine.asked) == (0, [], [])


@pytest.mark.parametrize(
    ("options", "words"), [(["--offline"], "builds fetch packages"), (["--format", "patch"], "a patch shows no proof")]
)
def test_what_an_image_proof_does_not_go_with(
    dockwright: Dockwright, root: Path, options: list[str], words: str
) -> None:
    said = dockwright("plan", root, "--prove-images", *options)
    assert (said.code, said.out) == (2, "")
    assert words in said.err


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
def test_without_an_engine_nothing_is_planned(
    dockwright: Dockwright, root: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    def unreached(root: str) -> None:
        raise DockwrightError("no Docker engine answers: it does not answer", hint="start it")

    monkeypatch.setattr(docker, "reached", unreached)
    said = dockwright(command[0], root, *command[1:], "--prove-images")
    assert (said.code, said.out) == (3, "")
    assert "no Docker engine answers" in said.err
