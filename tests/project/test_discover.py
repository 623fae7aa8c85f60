"""Discovery on disk: what is found, what is left out and said, and that nothing stops the rest."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conftest import Tree
from dockwright.cli.main import run
from dockwright.errors import DockwrightError, UsageError
from dockwright.project.discover import MAX_BYTES, discover
from dockwright.project.images import images
from dockwright.project.naming import references
from dockwright.project.stacks import stacks
from work import steps

DOCKERFILE = "FROM python:3.13-slim\nUSER 1000:1000\n"
COMPOSE = "name: shop\nservices:\n  app:\n    image: shop\n"


def notices(root: Path | str) -> list[str]:
    return [f"{each.path}:{each.line or ''} {each.message}" for each in discover(str(root)).notices]


def test_only_what_matters_is_read(tree: Tree) -> None:
    project = discover(
        str(
            tree(
                {
                    "Dockerfile": DOCKERFILE,
                    "deploy/stack.yml": COMPOSE,
                    "values.yml": "a: 1\n",
                    "bin/up": "#!/bin/sh\n",
                    "LICENSE": "text",
                    "photo.png": b"\x89PNG\0",
                    "plain.py": "x = 1\n",
                    "settings.py": "import os\nos.environ['A']\n",
                    "node_modules/a/Dockerfile": DOCKERFILE,
                    "env/pyvenv.cfg": "home = /usr\n",
                    "env/lib/Dockerfile": DOCKERFILE,
                }
            )
        )
    )
    assert dict(project.kinds) == {
        "Dockerfile": "dockerfile",
        "bin/up": "shell",
        "deploy/stack.yml": "compose",
        "settings.py": "python",
    }
    assert set(project.sources) == set(project.kinds)
    assert project.listing == {*project.kinds, "LICENSE", "photo.png", "plain.py", "values.yml"}
    assert project.notices == ()


def test_what_others_name_is_read_under_any_name(tree: Tree) -> None:
    root = tree(
        {
            "compose.yaml": (
                "services:\n  app:\n    env_file: conf/app.vars\n"
                "    build: {context: ., dockerfile: docker/app.docker}\n"
            ),
            "docker/app.docker": "FROM python\n",
            "docker/worker": "FROM alpine\n",
            "conf/app.vars": "A=1\n",
            "base.compose": "services:\n  a: {build: {context: ., dockerfile: docker/late}}\n",
            "docker/late": "FROM scratch\n",
            "docker/unused": "FROM scratch\n",
            "Makefile": "up:\n\tdocker build -f docker/worker .\n\tdocker compose -f base.compose up\n",
        }
    )
    project = discover(str(root))
    assert [image.path for image in images(project)] == ["docker/app.docker", "docker/late", "docker/worker"]
    assert {path: project.kinds[path] for path in project.named} == {
        "docker/app.docker": "dockerfile",
        "docker/worker": "dockerfile",
        "docker/late": "dockerfile",
        "conf/app.vars": "env",
        "base.compose": "compose",
    }
    assert [stack.files for stack in stacks(project)] == [("base.compose",), ("compose.yaml",)]


@pytest.mark.parametrize("path", ["docker/Dockerfile", "docker/odd", "stack.yml"])
def test_one_file_is_seen_with_all_the_others(tree: Tree, path: str) -> None:
    root = tree({"docker/Dockerfile": DOCKERFILE, "docker/odd": DOCKERFILE, "stack.yml": COMPOSE, "pyproject.toml": ""})
    project = discover(str(root / path))
    assert (project.root, project.focus) == (str(root), path)
    assert path in project.kinds
    assert "docker/Dockerfile" in project.kinds


def test_a_file_in_no_project_stands_in_its_own_folder(tree: Tree) -> None:
    root = tree({"a/Dockerfile": DOCKERFILE})
    project = discover(str(root / "a/Dockerfile"))
    assert (project.root, project.focus) == (str(root / "a"), "Dockerfile")


@pytest.mark.parametrize("path", ["notes.txt", "setup.cfg.d/x", "data.json"])
def test_a_file_of_another_kind_is_refused(tree: Tree, path: str) -> None:
    root = tree({path: "FROMAGE\n", "Dockerfile": DOCKERFILE})
    with pytest.raises(DockwrightError, match="none of the files"):
        discover(str(root / path))


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [("gone", 2, "no such file or folder"), ("notes.txt", 3, "notes.txt: it is none of the")],
)
def test_what_cannot_be_looked_at_ends_in_one_line_and_its_exit_code(
    tree: Tree, capsys: pytest.CaptureFixture[str], path: str, code: int, message: str
) -> None:
    root = tree({"notes.txt": "x"})
    assert run(["audit", str(root / path)]) == code
    assert message in capsys.readouterr().err.splitlines()[0]


def test_nothing_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\\x1b: no such file"):
        discover(str(tmp_path / "gone\x1b"))


def test_a_folder_without_docker_files_is_said_to_be_one(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree({"app.py": "", "README.md": "# hello\n"})
    assert notices(root) == [".: no Dockerfile and no compose file is here"]
    for command in ("audit", "show", "plan"):
        assert run([command, str(root)]) == 0
        assert "no Dockerfile and no compose file is here" in capsys.readouterr().err


BAD_FILES: Mapping[str, tuple[str, bytes, str]] = {
    "binary": ("Dockerfile.a", b"FROM a\n\0\0", "Dockerfile.a: not read: it is binary"),
    "NUL far in": ("Dockerfile.a", b"FROM a\n" + b"#" * 20_000 + b"\0", "Dockerfile.a: not read: it is binary"),
    "UTF-16": ("compose.dev.yml", COMPOSE.encode("utf-16"), "compose.dev.yml: not read: it is UTF-16"),
    "huge": ("compose.x.yml", b"services: {}\n#" + b"-" * MAX_BYTES, "compose.x.yml: not read: 5.0 MB is over 5 MB"),
    "template": (
        "compose.dev.yml",
        b"services:\n  a:\n    image: {{ cookiecutter.slug }}\n",
        "compose.dev.yml:3 not read: it is a template, to be filled in first",
    ),
    "templated Dockerfile": (
        "Dockerfile.a",
        b"FROM a\n{% if x %}\nUSER b\n",
        "Dockerfile.a:2 not read: it is a template, to be filled in first",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_one_line_and_the_rest_goes_on(tree: Tree, capsys: pytest.CaptureFixture[str], case: str) -> None:
    path, data, expected = BAD_FILES[case]
    root = tree({"Dockerfile": DOCKERFILE, path: data})
    (notice,) = discover(str(root)).notices
    assert expected == f"{path}:{notice.line or ''} {notice.message}".replace(": ", ": ", 1)
    assert notice.hint
    assert run(["audit", str(root)]) == 0
    output = capsys.readouterr()
    assert output.err.count("\n") == 1
    assert path in output.err


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("compose.bad.yml", b"services:\n  a: \xff\xfe\n"),
        ("compose.bad.yml", b"services: {a: [\n"),
        ("compose.bad.yml", b"services:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 900))),
        ("compose.bad.yml", b"services: " + b"[" * 50_000),
        ("Dockerfile.bad", b"FROM a\nRUN \xff\xfe \x1b[31m\n"),
        ("Dockerfile.bad", b""),
        ("Dockerfile.bad", b"\xef\xbb\xbfFROM a\r\nUSER 1000\r\n"),
        (".env", b"A=\xff\n=\n\x00x"),
        (".env", b"'unclosed\n\xff"),
        ("Makefile", b"\tx\n$(\n\xff:\n"),
        (".github/workflows/ci.yml", b"on: [\n"),
        (".devcontainer/devcontainer.json", b'{"dockerComposeFile": [1, {'),
        ("tasks.py", b"docker = (\n"),
        ("README.md", b"```\ndocker compose -f \xff up\n"),
    ],
)
@pytest.mark.parametrize("command", [["show"], ["audit"], ["audit", "--format", "json"]])
def test_no_input_ends_in_a_traceback(
    tree: Tree, capsys: pytest.CaptureFixture[str], path: str, data: bytes, command: list[str]
) -> None:
    root = tree({"Dockerfile": DOCKERFILE, path: data})
    assert run([*command, str(root)]) in (0, 1)
    output = capsys.readouterr()
    assert "\x1b[31m" not in output.out
    (output.out + output.err).encode()


def test_a_bomb_of_anchors_does_not_hang(tree: Tree) -> None:
    lines = ["a0: &a0 [x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    root = tree({"compose.yaml": "\n".join([*lines, "services: {app: {image: a, volumes: *a29, environment: *a29}}"])})
    assert steps(lambda: run(["audit", str(root)])) < 1_000_000


def test_links(tree: Tree) -> None:
    root = tree(
        {"docker/Dockerfile": DOCKERFILE, "app/main.py": "", "compose.yaml": "services: {a: {build: linked}}\n"}
    )
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "Dockerfile").write_text(DOCKERFILE)
    for name, target in {
        "Dockerfile": "docker/Dockerfile",
        "Dockerfile.out": "../outside/Dockerfile",
        "Dockerfile.gone": "nowhere",
        "Dockerfile.loop": "Dockerfile.loop",
        "outside": "../outside",
        "around": ".",
        "linked": "docker",
    }.items():
        (root / name).symlink_to(target)
    project = discover(str(root))
    assert notices(root) == [
        "Dockerfile.gone: not read: the link leads nowhere",
        "Dockerfile.loop: not read: the link leads nowhere",
        "Dockerfile.out: not read: the link leads outside the project",
    ]
    assert project.sources["Dockerfile"].link == "docker/Dockerfile"
    assert project.exists("linked")
    assert project.is_file("linked/Dockerfile")
    assert not project.exists("outside/Dockerfile")
    assert all(project.exists(ref.target) for ref in references(project))


def test_what_is_no_regular_file_is_not_opened(tree: Tree) -> None:
    root = tree({"Dockerfile": DOCKERFILE})
    os.mkfifo(root / ".env")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(root)
        server.bind("compose.yaml")
        assert notices(root) == [
            ".env: not read: it is no regular file",
            "compose.yaml: not read: it is no regular file",
        ]


def test_what_may_not_be_read_is_said(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"Dockerfile": DOCKERFILE, "Dockerfile.secret": DOCKERFILE, "closed/Dockerfile": DOCKERFILE})
    listed, opened = os.scandir, open

    def scandir(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return listed(path)

    def guarded(path: str, *rest: Any) -> Any:
        if str(path).endswith("secret"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened(path, *rest)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr("builtins.open", guarded)
    assert notices(root) == [
        "Dockerfile.secret: not read: permission denied",
        "closed: folder not read: permission denied",
    ]
    monkeypatch.setattr(os, "scandir", lambda path: scandir("closed"))
    with pytest.raises(DockwrightError, match="cannot be read: permission denied"):
        discover(str(root))


def test_names_are_shown_escaped(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    root = tree({"Dockerfile": DOCKERFILE, "Dockerfile.\x1b[31m\nred": b"\0"})
    (root / os.fsdecode(b"Dockerfile.\xff")).write_text("FRM a\n")
    for command in (["audit"], ["show"], ["audit", "--format", "json"]):
        run([*command, str(root)])
        output = capsys.readouterr()
        assert "\x1b[31m" not in output.out + output.err
        (output.out + output.err).encode()


def test_case_does_not_matter(tree: Tree) -> None:
    project = discover(str(tree({"DOCKERFILE": DOCKERFILE, "Docker-Compose.YML": COMPOSE, "MakeFile": "a:\n"})))
    assert dict(project.kinds) == {"DOCKERFILE": "dockerfile", "Docker-Compose.YML": "compose", "MakeFile": "make"}


def test_of_a_large_repository_only_what_matters_is_read(tree: Tree) -> None:
    files = {f"pkg{n % 100}/module{n}.py": "x = 1\n" for n in range(900)}
    files |= {f"data{n % 50}/{n}.json": "{}" for n in range(100)}
    root = tree({**files, "Dockerfile": DOCKERFILE})
    project = discover(str(root))
    assert len(project.listing) == 1001
    assert set(project.sources) == {"Dockerfile"}
