"""Reference: a place in one file that names another file, and how to rewrite it when either moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import dirname, normpath, relpath
from typing import Literal, TypeAlias

from msgspec import Struct

from dockwright.text import Edit, Mapped, Site

ReferenceKind: TypeAlias = Literal[
    "compose file",
    "env file",
    "env_file",
    "project directory",
    "dockerfile",
    "build context",
    "bind mount",
    "watched path",
    "extends",
    "include",
    "config",
    "secret",
    "copy source",
    "ignore file",
    "path",
    "path filter",
    "link",
    "mention",
]

REQUIRED: frozenset[ReferenceKind] = frozenset(
    {"compose file", "env file", "env_file", "dockerfile", "build context", "extends", "include", "config", "secret"}
)
"""The kinds whose tool stops with an error when the file is not there."""


class Reference(Struct, frozen=True):
    """A path as one file writes it.

    `at` is the path's own place, without quotes. `target` is the path it names relative to the root
    (the root itself is the empty string; one that leaves the root begins with `..`). `base` is the
    folder that `written` is relative to, and `anchor` the file whose folder that is, where it is one:
    when the anchor moves, the base moves with it. `certain` is whether `written` stands in the file to
    the letter, so that it can be replaced there. `optional` is whether the tool goes on without the file.
    A `pattern` names every file that its target, a glob, matches: a path filter, or a path with a variable in it.
    Where `written` is empty or ends in `/` and more follows, it is the folder before a part that only a variable knows.
    """

    at: Site
    written: str
    target: str
    base: str
    kind: ReferenceKind
    anchor: str | None = None
    certain: bool = True
    optional: bool = False
    pattern: bool = False


def join(base: str, written: str) -> str:
    """A written path relative to the root; the root itself is the empty string."""
    path = normpath(f"{base}/{written}" if base else written)
    return "" if path == "." else path


def upwards(folder: str) -> Iterator[str]:
    """A folder and all above it, the nearest first; the root, the empty string, is the last one."""
    yield folder
    while folder.strip("/"):
        folder = dirname(folder)
        yield folder


def is_relative(written: str) -> bool:
    """Whether a text can be a path below the project: not absolute, no URL, not `-`, no backslashes, no template."""
    return (
        bool(written)
        and written[0] not in "/~"
        and written != "-"
        and "://" not in written
        and "\\" not in written
        and "{{" not in written
        and not written.startswith("git@")
        and not (written[1:2] == ":" and written[0].isalpha())
    )


def reference(
    path: str,
    mapped: Mapped,
    start: int,
    end: int,
    base: str,
    kind: ReferenceKind,
    *,
    anchor: str | None = None,
    optional: bool = False,
) -> Reference | None:
    """The reference that `mapped.text[start:end]` in the file `path` makes.

    None for what names no file of the project to everybody: an absolute path, a URL, standard input, a Windows path.
    """
    written = mapped.text[start:end]
    if not is_relative(written):
        return None
    site = Site(path, mapped.span(start, end))
    target = join(base, written)
    return Reference(site, written, target, base, kind, anchor, mapped.contiguous(start, end), optional, "*" in written)


def rewritten(ref: Reference, moved: Callable[[str], str]) -> str | None:
    """What `ref` has to say after a move, in its own style; None where it may stay.

    `moved` gives a file's new path, and its old one for a file that stays.
    """
    target = moved(ref.target)
    base = ref.base if ref.anchor is None else dirname(moved(ref.anchor))
    if target == ref.target and base == ref.base:
        return None
    text = relpath(target or ".", base or ".")
    if not text.startswith(".") and (
        ref.written.startswith("./") or ref.kind in ("bind mount", "build context", "watched path")
    ):
        text = f"./{text}"
    if (ref.written.endswith("/") or not ref.written) and not text.endswith("/"):
        text += "/"
    return None if text == ref.written else text


def rewrite(ref: Reference, moved: Callable[[str], str]) -> Edit | None:
    """The edit that keeps `ref` naming its file after a move; None where it may stay."""
    text = rewritten(ref, moved)
    return None if text is None else Edit(ref.at.path, ref.at.span, text)
