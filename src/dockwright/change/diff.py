"""The diff of a change set, as `git apply` reads it, and its summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from dockwright.change.lines import Block, differing
from dockwright.text import ChangeSet, FileState, decode, encode

Kind: TypeAlias = Literal["edit", "create", "move", "delete"]

NO_BLOB = "0" * 40
"""The object name that git writes for a file that is not there."""

LETTERS = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
"""Bytes that git's quoted paths write as a backslash and a letter (`quote.c`)."""


class StatLine(Struct, frozen=True):
    """One file of a change set in a summary; `added` and `removed` count lines, None for what is not text."""

    path: str
    old_path: str | None
    kind: Kind
    added: int | None
    removed: int | None


class _Pair(NamedTuple):
    """A file before and after, under the two paths it has."""

    old_path: str
    new_path: str
    before: FileState | None
    after: FileState | None


def unified(changes: ChangeSet, context: int = 3) -> str:
    """The changes as a patch that `git apply` takes as it is, with `context` equal lines around each difference.

    Write it as UTF-8 with newlines untouched. Git knows two modes of a file, executable and not; another difference of
    modes leaves no trace here. Values of secrets stand in it where the files hold them.
    """
    parts: list[str] = []
    for pair in _pairs(changes):
        if _is_remade(pair):
            parts += _file(pair._replace(after=None, new_path=pair.old_path), context)
            parts += _file(pair._replace(before=None, old_path=pair.new_path), context)
        else:
            parts += _file(pair, context)
    return "".join(parts)


def stat(changes: ChangeSet) -> list[StatLine]:
    """What happens to each file, a move being one line under its new path, in the order of paths."""
    return [_stat_line(pair) for pair in _pairs(changes)]


def _pairs(changes: ChangeSet) -> Iterator[_Pair]:
    files = changes.files
    for path in sorted(files):
        change = files[path]
        if change.before == change.after or path in changes.moved_to:
            continue
        old = changes.moved_from.get(path)
        if old is None:
            yield _Pair(path, path, change.before, change.after)
        else:
            yield _Pair(old, path, files[old].before, change.after)


def _is_remade(pair: _Pair) -> bool:
    """Whether the patch deletes the one file and makes the other: a file turns into a link or back, or a link moves.

    Git writes a moved link as a rename, but where a folder takes its place it does not apply that.
    """
    if pair.before is None or pair.after is None:
        return False
    was, is_ = pair.before.link is not None, pair.after.link is not None
    return was != is_ or (is_ and pair.old_path != pair.new_path)


def _stat_line(pair: _Pair) -> StatLine:
    kind: Kind = "create" if pair.before is None else "delete" if pair.after is None else "edit"
    moved = pair.old_path != pair.new_path
    before, after = _content(pair.before), _content(pair.after)
    added = removed = None
    if _is_text(before) and _is_text(after):
        blocks = differing(_lines(before), _lines(after))
        added = sum(block.new_end - block.new_start for block in blocks)
        removed = sum(block.old_end - block.old_start for block in blocks)
    return StatLine(pair.new_path, pair.old_path if moved else None, "move" if moved else kind, added, removed)


def _file(pair: _Pair, context: int) -> Iterator[str]:
    before, after = _content(pair.before), _content(pair.after)
    old_mode, new_mode = _mode(pair.before), _mode(pair.after)
    moved = pair.old_path != pair.new_path
    text = _is_text(before) and _is_text(after)
    blocks = differing(_lines(before), _lines(after)) if text and before != after else []
    if before == after and old_mode == new_mode and not moved:
        return
    yield f"diff --git {_quoted('a/' + pair.old_path)} {_quoted('b/' + pair.new_path)}\n"
    if pair.before is None:
        yield f"new file mode {new_mode}\n"
    elif pair.after is None:
        yield f"deleted file mode {old_mode}\n"
    elif old_mode != new_mode:
        yield f"old mode {old_mode}\nnew mode {new_mode}\n"
    if moved:
        yield f"similarity index {_similarity(before, after, blocks)}%\n"
        yield f"rename from {_quoted(pair.old_path)}\nrename to {_quoted(pair.new_path)}\n"
    if before == after and pair.before and pair.after:
        return
    old_name = _blob_name(before) if pair.before else NO_BLOB
    new_name = _blob_name(after) if pair.after else NO_BLOB
    length = 7 if text else 40
    yield f"index {old_name[:length]}..{new_name[:length]}" + (f" {old_mode}\n" if old_mode == new_mode else "\n")
    if not text:
        from dockwright.change.binary import binary_patch

        yield from binary_patch(before, after)
    elif blocks:
        yield f"--- {_header_name('a/', pair.old_path) if pair.before else '/dev/null'}\n"
        yield f"+++ {_header_name('b/', pair.new_path) if pair.after else '/dev/null'}\n"
        yield from _hunks(_lines(before), _lines(after), blocks, context)


def _hunks(old: list[bytes], new: list[bytes], blocks: list[Block], context: int) -> Iterator[str]:
    for group in _groups(blocks, context):
        start, end = max(group[0].old_start - context, 0), min(group[-1].old_end + context, len(old))
        new_start = group[0].new_start - (group[0].old_start - start)
        new_end = group[-1].new_end + (end - group[-1].old_end)
        yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
        at = start
        for block in group:
            yield from _marked(" ", old[at : block.old_start])
            yield from _marked("-", old[block.old_start : block.old_end])
            yield from _marked("+", new[block.new_start : block.new_end])
            at = block.old_end
        yield from _marked(" ", old[at:end])


def _groups(blocks: list[Block], context: int) -> Iterator[list[Block]]:
    """Blocks whose context touches, together."""
    group: list[Block] = []
    for block in blocks:
        if group and block.old_start - group[-1].old_end > 2 * context:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _range(start: int, end: int) -> str:
    """Lines as a hunk's header counts them: from 1, the line before where there are none, and a count of 1 left out."""
    count = end - start
    return str(start + 1) if count == 1 else f"{start + 1 if count else start},{count}"


def _marked(mark: str, lines: list[bytes]) -> Iterator[str]:
    for line in lines:
        yield mark + decode(line) + ("" if line.endswith(b"\n") else "\n\\ No newline at end of file\n")


def _content(state: FileState | None) -> bytes:
    """What git keeps of a file: its bytes, or the target of a link."""
    if state is None:
        return b""
    return state.data if state.link is None else encode(state.link)


def _mode(state: FileState | None) -> str | None:
    if state is None:
        return None
    return "120000" if state.link is not None else "100755" if state.mode & 0o100 else "100644"


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(data: bytes) -> list[bytes]:
    """Lines with their line feeds; a carriage return ends none."""
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _similarity(before: bytes, after: bytes, blocks: list[Block]) -> int:
    """Per cent of the larger file that stays, 100 only for equal bytes."""
    if before == after:
        return 100
    kept = len(before)
    lines = _lines(before)
    for block in blocks:
        kept -= sum(map(len, lines[block.old_start : block.old_end]))
    return min(99, 100 * kept // max(len(before), len(after))) if blocks else 0


def _blob_name(data: bytes) -> str:
    from hashlib import sha1

    return sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _header_name(side: str, path: str) -> str:
    """A path in a `---` or `+++` line, where a tab ends one with blanks."""
    quoted = _quoted(side + path)
    return quoted + "\t" if " " in path and not quoted.startswith('"') else quoted


def _quoted(path: str) -> str:
    """A path as git writes it with `core.quotePath`: in quotes, with escapes, where it is not plain ASCII.

    In quotes too where a folder's name ends in a blank, which git writes bare and then cannot read.
    """
    data = encode(path)
    if " /" not in path and all(0x20 <= byte < 0x7F and byte not in LETTERS for byte in data):
        return path
    return '"' + "".join(_escaped(byte) for byte in data) + '"'


def _escaped(byte: int) -> str:
    if byte in LETTERS:
        return "\\" + LETTERS[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
