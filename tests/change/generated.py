"""Strategies for trees of files, and for changes from one to another."""

from __future__ import annotations

from hypothesis import strategies as st

from change.worlds import LINK
from dockwright.change.protocol import ancestors
from dockwright.text import FileState

names = st.sampled_from(["a", "b", "c", "d e"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
contents = st.sampled_from([b"", b"one\n", b"one\ntwo\n", b"two", b"\r\n\xff\x00", b"x" * 300])
files = st.builds(FileState, contents, st.sampled_from([0o644, 0o600, 0o755, 0o664]))
links = st.builds(lambda target: FileState(b"", LINK, target), st.sampled_from(["a", "b/c", "../out", "nowhere"]))


def standing(tree: dict[str, FileState]) -> dict[str, FileState]:
    """A tree without the files that would have to be folders too."""
    folders = {folder for path in tree for folder in ancestors(path)}
    return {path: state for path, state in tree.items() if path not in folders}


trees = st.dictionaries(paths, st.one_of(files, files, files, links), max_size=6).map(standing)
changes = st.tuples(trees, trees).filter(lambda pair: pair[0] != pair[1])
"""A tree before and after; most files of the two share their paths."""
