"""Examples and env files brought in line: names that one has and the other lacks are added, and no value is touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from dockwright.env.entries import edit_of, plain
from dockwright.env.environments import Environment, Pair
from dockwright.env.filling import Filling
from dockwright.env.generating import Generator, fresh
from dockwright.errors import DockwrightError
from dockwright.facts.placeholders import holds_a_place, stand_in
from dockwright.facts.secret_forms import is_made_up, is_secret
from dockwright.facts.secret_names import holds_credentials
from dockwright.project.model import Project
from dockwright.syntax import dotenv
from dockwright.text import Edit, Span, splice

EMPTY, STAND_IN, DEFAULT, FRESH, IN_LINE = "empty", "stand-in", "the example's value", "a fresh secret", "in line"


class Added(Struct, frozen=True):
    """A name that a file is given, what for a value (`EMPTY`, ...), and below which name it stands, if below one."""

    name: str
    value: str
    below: str | None


class SyncedFile(Struct, frozen=True):
    """A file that is added to. `left` are the names that production got without a value."""

    path: str
    edits: tuple[Edit, ...]
    added: tuple[Added, ...]
    left: tuple[str, ...] = ()


class Synced(Struct, frozen=True):
    """What brings examples and files in line; `absent` are the pairs of which one file is not there."""

    files: tuple[SyncedFile, ...]
    absent: tuple[Pair, ...]


def sync(project: Project, environments: Iterable[Environment], generate: Generator = fresh) -> Synced:
    """What the files of these environments lack. Raises DockwrightError for a file that is a link."""
    files: list[SyncedFile] = []
    absent: dict[str, Pair] = {}
    done: set[str] = set()
    for environment in environments:
        for pair in environment.files:
            if pair.path in done:
                continue
            done.add(pair.path)
            if pair.path not in project.env_files or pair.example is None:
                absent[pair.path] = pair
                continue
            real, example = project.env_files[pair.path], project.env_files[pair.example]
            files += _to_example(environment, real, example)
            files += _to_file(project, environment, real, example, generate)
    for each in files:
        if project.sources[each.path].link is not None:
            hint = "Name the file that it leads to, or put a file in its place."
            raise DockwrightError(
                "this is a symbolic link, and dockwright writes through none", path=each.path, hint=hint
            )
    return Synced(tuple(files), tuple(absent.values()))


def _to_example(environment: Environment, real: dotenv.EnvFile, example: dotenv.EnvFile) -> Iterator[SyncedFile]:
    """Names that the example lacks, without their values."""
    newline = example.source.newline
    lines: dict[str, str] = {}
    added: dict[str, str] = {}
    for name, entry in _lacking(real, example).items():
        value = ""
        made_up = is_secret(name) and is_made_up(name) and not holds_credentials(entry.value.text)
        if made_up and not environment.production:
            value = stand_in(name, environment.name)
        lines[name] = f"{name}={value}{newline}"
        added[name] = STAND_IN if value else EMPTY
    yield from _file(real, example, lines, added)


def _to_file(
    project: Project, environment: Environment, real: dotenv.EnvFile, example: dotenv.EnvFile, generate: Generator
) -> Iterator[SyncedFile]:
    """Names that the env file lacks, with the example's values, and secrets as `create` makes them."""
    lacking = _lacking(example, real)
    filling = Filling(project, environment, {}, generate)
    filling.know(environment.there(project).values())
    if not environment.production:
        filling.fill([example], frozenset(lacking))
    lines: dict[str, str] = {}
    added: dict[str, str] = {}
    for name, entry in lacking.items():
        value = filling.new.get(name)
        if environment.production and _is_open(filling, name, entry.value.text):
            value = ""
        edits = [] if value is None or value == plain(entry) else [edit_of(example, entry, value)]
        end = max(entry.span.end, entry.comment_span.end if entry.comment_span else 0)
        start = entry.span.start
        moved = [Edit(edit.path, edit.span.shift(-start), edit.text) for edit in edits]
        lines[name] = splice(example.source.slice(Span(start, end)), moved) + real.source.newline
        if name in filling.fresh:
            added[name] = FRESH
        elif name in filling.following:
            added[name] = IN_LINE
        else:
            added[name] = EMPTY if value == "" or not entry.value.text else DEFAULT
    left = tuple(name for name, how in added.items() if how == EMPTY and environment.production)
    yield from _file(example, real, lines, added, left)


def _is_open(filling: Filling, name: str, value: str) -> bool:
    """Whether a value of production's example is none that production may have."""
    return filling.is_secret(name) or holds_credentials(value) or holds_a_place(value)


def _lacking(of: dotenv.EnvFile, other: dotenv.EnvFile) -> dict[str, dotenv.Entry]:
    """The entries of a file whose names another one has neither set nor commented out."""
    known = {entry.key for entry in (*other.entries, *other.commented)}
    return {entry.key: entry for entry in of.entries if entry.key not in known and entry.key}


def _file(
    order: dotenv.EnvFile,
    target: dotenv.EnvFile,
    lines: dict[str, str],
    added: dict[str, str],
    left: tuple[str, ...] = (),
) -> Iterator[SyncedFile]:
    """The edits that add lines to a file, each below the name that it follows in the other one's order."""
    if not lines:
        return
    source = target.source
    ends = {piece.entry.key: piece.span.end for piece in target.pieces if piece.entry is not None}
    at_end = len(source.text)
    texts: dict[int, str] = {}
    said = []
    above: str | None = None
    place = at_end
    for entry in order.entries:
        if entry.key in lines:
            texts[place] = texts.get(place, "") + lines.pop(entry.key)
            said.append(Added(entry.key, added[entry.key], above))
            above = entry.key
        elif entry.key in ends:
            above, place = entry.key, ends[entry.key]
    edits = []
    for offset, text in sorted(texts.items()):
        ended = offset == 0 or source.text[offset - 1] == "\n" or source.text[:offset] == "\ufeff"
        edits.append(Edit(source.path, Span(offset, offset), text if ended else f"{source.newline}{text}"))
    yield SyncedFile(source.path, tuple(edits), tuple(said), left)
