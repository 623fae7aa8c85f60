from __future__ import annotations

import random
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Tree
from dockwright.syntax.ignorefile import IgnoreFile, docker_matcher, git_matcher, parse
from dockwright.text import Source
from work import steps


def ignore(text: str, path: str = ".dockerignore") -> IgnoreFile:
    return parse(Source(path, text))


def test_patterns_know_their_place_and_kind() -> None:
    text = "\ufeff# c\r\n  *.md \r\n!keep.md\n\nenv/\n/a/b\n # not a comment\n"
    file = ignore(text)
    assert [(p.text, p.negated, p.directory_only, p.anchored) for p in file.patterns] == [
        ("*.md", False, False, False),
        ("!keep.md", True, False, False),
        ("env/", False, True, False),
        ("/a/b", False, False, True),
        ("# not a comment", False, False, False),
    ]
    assert all(text[slice(*p.span)] == p.text for p in file.patterns)
    assert [text[slice(*span)] for span in file.comments] == ["# c"]


@given(st.text(st.sampled_from("ab*?[]!\\/# \n\r\t-^"), max_size=60))
def test_pieces_tile_any_text_and_nothing_raises(text: str) -> None:
    file = ignore(text)
    assert "".join(text[slice(*piece.span)] for piece in file.pieces) == text
    assert docker_matcher(file)("a/b") in (True, False)
    assert git_matcher([file])("a/b") in (True, False)
    assert all(text[slice(*p.span)] for p in file.patterns)
    assert len(file.problems) <= len(file.patterns)


@pytest.mark.parametrize(
    ("patterns", "out", "kept"),
    [
        ("foo", ["foo", "foo/x"], ["a/foo", "foob"]),
        ("**/foo", ["foo", "a/foo", "a/b/foo/x"], ["afoo"]),
        ("/foo/", ["foo/x"], ["a/foo"]),
        ("*.md\n!README.md", ["a.md"], ["README.md", "b/a.md"]),
        ("*\n!src", ["a", "b/c"], ["src", "src/x/y"]),
        ("*\n!src\nsrc/*.pyc", ["a", "src/x.pyc"], ["src/x", "src/a/x.pyc"]),
        ("env/**\n!env/*.example", ["env/x", "env/a/x"], ["env/x.example"]),
        ("a/*/c", ["a/b/c", "a/b/c/d"], ["a/c", "a/b/b/c"]),
        ("a**", ["a", "ab", "ab/c"], ["b/a"]),
        ("**b", ["b", "ab", "a/cb"], ["bc"]),
        ("a/**/c", ["a/c", "a/b/c", "a/b/b/c"], ["ac"]),
        ("**", ["a", "a/b"], []),
        ("**/*.py[cod]", ["a.pyc", "b/a.pyo"], ["a.py", "a.pyx"]),
        ("[^a]b\n?c", ["bb", "xc"], ["ab", "c"]),
        ("a\\*", ["a*"], ["ab"]),
        ("../x\n./y\nz/../w", ["y", "w"], ["x", "z"]),
        ("! a\na", ["a"], []),
        ("a\n! a", [], ["a"]),
        ("[z\na", ["a"], ["z"]),
    ],
)
def test_docker_leaves_out_what_its_patterns_say(patterns: str, out: list[str], kept: list[str]) -> None:
    excluded = docker_matcher(ignore(patterns))
    assert [path for path in out + kept if excluded(path)] == out


def test_without_a_file_docker_leaves_nothing_out() -> None:
    assert not docker_matcher(None)("a")
    assert not docker_matcher(ignore("# nothing\n"))("a")


@pytest.mark.parametrize("pattern", ["[", "[]", "[a-]", "[-a]", "[a", "a\\", "!", "!/", "a[^]b", "[]a]", "x\\y"])
def test_what_docker_refuses_is_a_problem(pattern: str) -> None:
    file = ignore(f"ok\n{pattern}\n")
    (problem,) = file.problems
    assert file.source.slice(problem.span) == pattern


def test_a_path_is_decided_in_a_few_steps() -> None:
    excluded = docker_matcher(ignore("**/__pycache__\n*.md\n.git\nenv/*\n!env/*.example\n**/*.pyc\nnode_modules\n" * 3))
    paths = [f"src/p{n % 50}/m{n % 200}/f{n}.py" for n in range(5000)]
    assert not any(map(excluded, paths))
    assert steps(lambda: [excluded(path) for path in paths]) < 200 * len(paths)


ATOMS = [
    "a",
    "b",
    "ab",
    "*",
    "?",
    "**",
    ".env",
    "*.py",
    "env",
    "[ab]",
    "[^a]",
    "a*",
    "*b",
    "a**",
    "**b",
    "a?",
    "\\.env",
]
NAMES = ["a", "b", "ab", ".env", "c.py", "env", "x"]


def generated(rng: random.Random, atoms: list[str]) -> str:
    def one() -> str:
        pattern = "/".join(rng.choice(atoms) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))
        pattern = "/" + pattern if rng.random() < 0.2 else pattern
        pattern = pattern + "/" if rng.random() < 0.2 else pattern
        return "!" + pattern if rng.random() < 0.35 else pattern

    return "\n".join(one() for _ in range(rng.randint(1, 6))) + "\n"


def paths_of(rng: random.Random, count: int) -> list[str]:
    paths = {"/".join(rng.choice(NAMES) for _ in range(rng.randint(1, 4))) for _ in range(count)}
    return sorted(path for path in paths if not any(other.startswith(path + "/") for other in paths))


@pytest.mark.live
def test_a_build_sees_the_files_that_are_not_left_out(tree: Tree) -> None:
    rng = random.Random(7)
    paths = paths_of(rng, 60)
    ignores = [generated(rng, ATOMS) for _ in range(60)]
    stages = "".join(f"COPY --from=c{n} . /c{n}/\n" for n in range(len(ignores)))
    files: dict[str, str | bytes] = {"main/Dockerfile": f"FROM scratch\n{stages}"}
    for number, text in enumerate(ignores):
        files[f"c{number}/.dockerignore"] = text
        files.update({f"c{number}/{path}": "" for path in paths})
    root = tree(files)
    contexts = [part for n in range(len(ignores)) for part in ("--build-context", f"c{n}={root}/c{n}")]
    subprocess.run(
        ["docker", "build", *contexts, "--output", f"type=tar,dest={root}/out.tar", f"{root}/main"],
        check=True,
        capture_output=True,
    )
    with tarfile.open(root / "out.tar") as archive:
        copied = {member.name for member in archive if member.isfile()}
    for number, text in enumerate(ignores):
        excluded = docker_matcher(ignore(text))
        assert [p for p in paths if f"c{number}/{p}" in copied] == [p for p in paths if not excluded(p)], text


@pytest.mark.live
@pytest.mark.parametrize("pattern", ["[", "[a-]", "a\\", "!", "[]a]", "x\\y"])
def test_a_build_refuses_what_is_a_problem(tree: Tree, pattern: str) -> None:
    root = tree({"Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": f"ok\n{pattern}\n"})
    built = subprocess.run(
        ["docker", "build", "--output", f"type=tar,dest={root}/out.tar", str(root)], capture_output=True, check=False
    )
    assert built.returncode != 0


# git

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
GIT_ATOMS = [*ATOMS, "[!a]", "x\\ y", "\\!a", ".*", "a**b", "[a-", "\\?", "[[:alpha:]]", "[a-c]", "\\\\?"]


def git_says(folder: Path, paths: list[str]) -> list[str]:
    out = subprocess.run(
        ["git", "-C", folder, "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(paths).encode(),
        capture_output=True,
        check=False,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CONFIG_NOSYSTEM": "1"},
    ).stdout.decode()
    return sorted(path for path in out.split("\0") if path)


@needs_git
def test_git_ignores_what_its_patterns_say(tmp_path: Path) -> None:
    rng = random.Random(11)
    for number in range(60):
        folder = tmp_path / str(number)
        paths = paths_of(rng, 40)
        ignores = {where: generated(rng, GIT_ATOMS) for where in ("", "a/", "a/b/") if not where or rng.random() < 0.3}
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).touch()
        ignores = {where: text for where, text in ignores.items() if (folder / where).is_dir()}
        for where, text in ignores.items():
            (folder / where / ".gitignore").write_text(text)
        subprocess.run(["git", "init", "-q", folder], check=True, capture_output=True)
        ignored = git_matcher(ignore(text, f"{where}.gitignore") for where, text in ignores.items())
        assert [path for path in paths if ignored(path)] == git_says(folder, paths), ignores


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (".env*\n!.env.example", "env/.env.example", False),
        ("env/", "env/.env.example", True),
        ("env/\n!env/.env.example", "env/.env.example", True),
        ("env/*\n!env/.env.example", "env/.env.example", False),
        ("env/", "env", False),
        ("env/", "env/", True),
        ("a \r\nb\\ ", "a", True),
        ("#a\n\\#b", "#b", True),
    ],
)
def test_git_decides_folders_before_what_is_in_them(patterns: str, path: str, expected: bool) -> None:
    assert git_matcher([ignore(patterns, ".gitignore")])(path) is expected


@settings(max_examples=50)
@given(st.text(st.sampled_from("*a/?[]"), max_size=80))
def test_no_pattern_takes_long(pattern: str) -> None:
    file = ignore(pattern)
    for matcher in (docker_matcher(file), git_matcher([file])):
        assert matcher("a" * 30 + "/b") in (True, False)
