"""Builds of both states: what the planned copy holds, what `docker build` is told, and what is left afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Tree
from dockwright.engine.building import NAME, building
from dockwright.text import FileChange, FileState
from dockwright.tools import ImageBuild, Ran
from verify.pretended import Pretended

BUILT = ImageBuild("", "docker/Dockerfile", "production", (("UID", "1000"),), (("docs", "docs"),), "host")
FAILED = """\
#6 [2/3] RUN pip install nothing-of-this-name
#6 1.2 ERROR: No matching distribution found for nothing-of-this-name
------
 > [2/3] RUN pip install nothing-of-this-name:
0.9 Looking in indexes: https://me:hunter2@example.com/simple
1.2 ERROR: No matching distribution found for nothing-of-this-name
1.3 PIP_TOKEN=hunter2 was not found, nor swordfish
------
Dockerfile:3
ERROR: failed to build: failed to solve: process "/bin/sh -c pip install x" did not complete successfully: exit code: 1
"""


def kept(path: str) -> bool:
    return False


def test_the_copy_is_the_project_with_the_plans_changes(tree: Tree) -> None:
    root = tree(
        {"app.py": "print()", "picture.png": b"\x89PNG\0", "old.txt": "", "Dockerfile": "FROM a\n", ".git/x": ""}
    )
    (root / "run.sh").write_text("")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("app.py")
    (root / "folder").symlink_to(".git")
    changes = {
        "old.txt": FileChange(FileState(b""), None),
        "Dockerfile": FileChange(FileState(b"FROM a\n"), None),
        "docker/Dockerfile": FileChange(None, FileState(b"FROM b\n")),
        "new.sh": FileChange(None, FileState(b"#!/bin/sh\n", 0o755)),
        "other": FileChange(None, FileState(b"", 0o777, "app.py")),
    }
    with building(Pretended(), str(root), changes, lambda path: path.startswith(".git")) as builder:
        copy = builder.planned
        files = [path for path in copy.rglob("*") if not path.is_dir() or path.is_symlink()]
        assert {path.relative_to(copy).as_posix() for path in files} == {
            "app.py", "picture.png", "run.sh", "link", "folder", "docker/Dockerfile", "new.sh", "other",
        }  # fmt: skip
        assert (copy / "picture.png").read_bytes() == b"\x89PNG\0"
        assert [(copy / name).stat().st_mode & 0o777 for name in ("run.sh", "new.sh")] == [0o755, 0o755]
        assert [(copy / name).readlink() for name in ("link", "other")] == [Path("app.py")] * 2
        assert (copy / "docker/Dockerfile").read_text() == "FROM b\n"
    assert not copy.exists()
    assert (root / "Dockerfile").read_text() == "FROM a\n"


def test_a_change_below_a_link_stays_in_the_copy(tree: Tree) -> None:
    root = tree({"releases/app.py": "old", "Dockerfile": ""})
    (root / "current").symlink_to(root / "releases")
    changes = {"current/app.py": FileChange(FileState(b"old"), FileState(b"new"))}
    with building(Pretended(), str(root), changes, kept) as builder:
        assert (builder.planned / "current" / "app.py").read_text() == "new"
        assert (builder.planned / "releases" / "app.py").read_text() == "old"
    assert (root / "releases" / "app.py").read_text() == "old"


@pytest.mark.parametrize("planned", [False, True])
def test_docker_is_told_all_of_the_build_and_forgets_the_image(tree: Tree, planned: bool) -> None:
    root = tree({"docker/Dockerfile": "FROM a\n"})
    engine = Pretended({"build": "", "image rm": ""})
    with building(engine, str(root), {}, kept) as builder:
        made = builder.build(BUILT, planned=planned)
        base = builder.planned if planned else root
    assert made.well
    assert made.out.startswith(f"{NAME}:")
    assert engine.asked == [
        f"build --progress plain --tag {made.out} --file {base}/docker/Dockerfile --target production --network host "
        f"--build-arg UID=1000 --build-context docs={base}/docs {base}",
        f"image rm {made.out}",
    ]


def test_a_build_that_fails_says_why_in_a_line_without_secrets(tree: Tree) -> None:
    engine = Pretended({"build": Ran(1, "", FAILED)})
    with building(engine, str(tree({"Dockerfile": ""})), {}, kept) as builder:
        made = builder.build(ImageBuild("", "Dockerfile", None, (("INDEX_TOKEN", "swordfish"),)), planned=True)
    assert not made.well
    assert made.err.startswith("PIP_TOKEN=*** was not found, nor *** (process")
    assert not any(call.startswith("image rm") for call in engine.asked)
