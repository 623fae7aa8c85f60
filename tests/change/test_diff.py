from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from change.generated import standing
from change.simulated import changed, snapshot
from change.worlds import AFTER, BEFORE, MOVES, write
from dockwright.change.diff import StatLine, stat, unified
from dockwright.change.disk import RealDisk
from dockwright.change.lines import MOST_EDITS, differing
from dockwright.text import ChangeSet, FileChange, FileState, encode

LINK = 0o777
FILE = FileState(b"one\ntwo\nthree\n")


def git_apply(folder: Path, patch: str, *options: str) -> None:
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", *options],
        cwd=folder,
        input=encode(patch),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def git_sees(folder: Path) -> dict[str, tuple[str, bytes | str]]:
    """The tree as git knows it: no folders, and of the modes only whether a file is executable."""
    found = {}
    for path, (kind, mode, content) in snapshot(RealDisk(folder)).items():
        if kind != "folder" and not path.startswith(".git/"):
            found[path] = ("executable" if kind == "file" and mode & 0o100 else kind, content)
    return found


def check_with_git(folder: Path, before: Mapping[str, FileState], after: Mapping[str, FileState], patch: str) -> None:
    world, wanted = folder / "world", folder / "wanted"
    for place in (world, wanted):
        place.mkdir()
    write(world, before)
    write(wanted, after)
    start = git_sees(world)
    if patch:
        git_apply(world, patch)
    assert git_sees(world) == git_sees(wanted)
    if patch:
        git_apply(world, patch, "-R")
    back = git_sees(world)
    for path, (kind, content) in start.items():
        # git 2.47 loses the mode of what a patch, its own too, deleted: links and programs come back as plain files.
        if back.get(path) == ("file", content if isinstance(content, bytes) else encode(content)):
            back[path] = (kind, content)
    assert back == start


def test_git_applies_a_change_of_every_kind_and_takes_it_back(tmp_path: Path) -> None:
    check_with_git(tmp_path, BEFORE, AFTER, unified(changed(BEFORE, AFTER, *MOVES)))


lines = st.sampled_from(["a\n", "b\n", "c\r\n", "\n", "é\n", "{\n", "}\n", "d\r"])
texts = st.builds(
    lambda body, end: "".join(body) + end, st.lists(lines, max_size=30), st.sampled_from(["", "end", "\n"])
)
contents = st.one_of(texts.map(str.encode), texts.map(str.encode), st.binary(max_size=200))
names = st.sampled_from(
    ["a", "b", "a b", " c", "d ", "é", "tab\t", 'quote"', "back\\slash", "new\nline", "\udcff", "-x", "{a}"]
)
paths = st.lists(names, min_size=1, max_size=2).map("/".join)
files = st.builds(FileState, contents, st.sampled_from([0o644, 0o755]))
links = st.builds(lambda target: FileState(b"", LINK, target), st.sampled_from(["x", "x y", "ü/\udcfe", "../z"]))


@st.composite
def change_sets(draw: st.DrawFn) -> tuple[dict[str, FileState], dict[str, FileState], ChangeSet]:
    """Trees before and after, whose files are kept, edited, moved, removed and made."""
    pool = draw(st.lists(paths, unique=True, max_size=8))
    state = st.one_of(files, files, files, links)
    before: dict[str, FileState] = {}
    after: dict[str, FileState] = {}
    moves: list[tuple[str, str]] = []
    while pool:
        path = pool.pop()
        match draw(st.sampled_from(["edit", "create", "delete", "move"])):
            case "edit":
                before[path], after[path] = draw(state), draw(state)
            case "create":
                after[path] = draw(state)
            case "delete":
                before[path] = draw(state)
            case "move" if pool:
                new = pool.pop()
                before[path] = draw(state)
                after[new] = draw(st.one_of(st.just(before[path]), state))
                moves.append((path, new))
    before, after = standing(before), standing(after)
    moves = [(old, new) for old, new in moves if old in before and new in after]
    return before, after, changed(before, after, *moves)


@given(change_sets(), st.sampled_from([1, 3]))
@settings(max_examples=settings().max_examples // 2)
def test_git_applies_any_change_set_and_takes_it_back(
    tmp_path_factory: pytest.TempPathFactory,
    world: tuple[dict[str, FileState], dict[str, FileState], ChangeSet],
    context: int,
) -> None:
    before, after, changes = world
    check_with_git(tmp_path_factory.mktemp("git"), before, after, unified(changes, context))


def test_an_edit_reads_like_gits_own() -> None:
    after = FileState(b"one\n2\nthree\nfour")
    assert unified(ChangeSet({"a b": FileChange(FILE, after)})) == (
        "diff --git a/a b b/a b\n"
        "index 4cb29ea..047ece5 100644\n"
        "--- a/a b\t\n"
        "+++ b/a b\t\n"
        "@@ -1,3 +1,4 @@\n"
        " one\n"
        "-two\n"
        "+2\n"
        " three\n"
        "+four\n"
        "\\ No newline at end of file\n"
    )


def test_a_move_names_both_paths_and_how_much_stays() -> None:
    moved = ChangeSet({"old": FileChange(FILE, None), "new é": FileChange(None, FILE)}, (("old", "new é"),))
    assert unified(moved) == (
        'diff --git a/old "b/new \\303\\251"\nsimilarity index 100%\nrename from old\nrename to "new \\303\\251"\n'
    )


def test_the_patch_is_the_one_git_writes(tmp_path: Path) -> None:
    before = {**BEFORE, "crlf": FileState(b"a\r\nb\r\n"), "gone": FileState(b"")}
    after = {**AFTER, "crlf": FileState(b"a\r\nc\r\n")}
    for name, tree in (("old", before), ("new", after)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, tree)

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-c", "core.abbrev=7", *words], cwd=tmp_path, capture_output=True, check=True)
        return done.stdout.decode()

    git("init", "-q")
    trees = []
    for name in ("old", "new"):
        git("--work-tree", name, "add", "-A", "-f")
        trees.append(git("write-tree").strip())
    theirs = git("diff-tree", "-p", "--binary", "--no-renames", *trees)
    assert unified(changed(before, after)) == theirs


def test_modes_that_git_does_not_know_leave_no_trace() -> None:
    assert unified(ChangeSet({"a": FileChange(FILE, FileState(FILE.data, 0o600))})) == ""


def test_the_summary_counts_lines_and_makes_one_line_of_a_move() -> None:
    binary = FileState(b"\0")
    changes = ChangeSet(
        {
            "old": FileChange(FILE, None),
            "new": FileChange(None, FileState(b"one\ntwo\n3\n4\n")),
            "made": FileChange(None, FILE),
            "gone": FileChange(FILE, None),
            "bin": FileChange(binary, FileState(b"\0\0")),
            "same": FileChange(FILE, FILE),
        },
        (("old", "new"),),
    )
    assert stat(changes) == [
        StatLine("bin", None, "edit", None, None),
        StatLine("gone", None, "delete", 0, 3),
        StatLine("made", None, "create", 3, 0),
        StatLine("new", "old", "move", 2, 1),
    ]


@given(
    st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12),
    st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12),
)
@example([b"a"] * 5, [b"b"] * 5)
def test_the_blocks_that_differ_turn_one_text_into_the_other(old: list[bytes], new: list[bytes]) -> None:
    result: list[bytes] = []
    at = 0
    for block in differing(old, new):
        assert at < block.old_start or at == 0
        result += old[at : block.old_start]
        assert len(result) == block.new_start
        result += new[block.new_start : block.new_end]
        at = block.old_end
    assert result + old[at:] == new


def test_texts_with_nothing_in_common_are_replaced_whole_however_long() -> None:
    old = [b"%d" % number for number in range(100_000)]
    new = [b"x%d" % number for number in range(100_000)]
    assert differing([b"top", *old, b"end"], [b"top", *new, b"end"]) == [(1, 100_001, 1, 100_001)]
    assert len(old) > MOST_EDITS
