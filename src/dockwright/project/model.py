"""Project: all the files that matter, immutable, with typed views that are read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial, wraps
from operator import is_
from posixpath import dirname
from typing import Any, TypeVar

from msgspec import Struct, field

from dockwright.project.kinds import Kind, kind_by_content, template_mark
from dockwright.syntax import dockerfile, dotenv, ignorefile, makefile, toml, yaml
from dockwright.text import Change, ChangeSet, Create, Delete, Edit, FileChange, FileState, Move, Source, splice

Tree = TypeVar("Tree")
File = TypeVar("File")


def view(compute: Callable[[Project], Tree]) -> Callable[[Project], Tree]:
    """A fact about a project that is computed once for each state of it, and kept with it."""
    key = f"{compute.__module__}.{compute.__name__}"

    @wraps(compute)
    def get(project: Project) -> Tree:
        known = project.__dict__
        if key not in known:
            known[key] = compute(project)
        return known[key]  # type: ignore[no-any-return]

    return get


class Notice(Struct, frozen=True):
    """A file that could not be taken in, or only in part: what, where, what to do. The rest goes on."""

    path: str
    message: str
    hint: str | None = None
    line: int | None = None


# A change that is tried and given up is followed by the state that was before it, and a plan's proof goes through all
# of them again. What a patch changes is small, and few plans have so many of one file.
_STATES = 100


class Trees:
    """What was made of each file, made once. A project's successors share it: a change re-reads only what it touched.

    The last few answers for each key are kept, each with what it hangs on.
    """

    def __init__(self) -> None:
        self._trees: dict[tuple[Any, str], list[tuple[Source, Any]]] = {}
        self._kept: dict[tuple[Any, Any], list[tuple[tuple[object, ...], Any]]] = {}
        self._looked_up: dict[tuple[Any, Any], list[tuple[Mapping[str, object], Any]]] = {}

    def of(self, parse: Callable[[Source], Tree], source: Source) -> Tree:
        """The source's tree by that parser; a source that says the same has the same tree."""
        known = self._trees.setdefault((parse, source.path), [])
        for before, tree in known:
            if before is source or before == source:
                return tree  # type: ignore[no-any-return]
        return _remember(known, source, parse(source))

    def kept(self, what: object, key: object, inputs: tuple[object, ...], compute: Callable[[], Tree]) -> Tree:
        """What was computed for a key from these very inputs, computed anew where one of them is another."""
        known = self._kept.setdefault((what, key), [])
        for before, made in known:
            if len(before) == len(inputs) and all(map(is_, before, inputs)):
                return made  # type: ignore[no-any-return]
        return _remember(known, inputs, compute())

    def looked_up(
        self, what: object, key: object, look: Callable[[str], File], compute: Callable[[Callable[[str], File]], Tree]
    ) -> Tree:
        """What was computed for a key, computed anew where a path that was looked up then leads to something else.

        `compute` is given what it has to look paths up with.
        """
        known = self._looked_up.setdefault((what, key), [])
        for before, made in known:
            if all(look(path) is found for path, found in before.items()):
                return made  # type: ignore[no-any-return]
        asked: dict[str, File] = {}

        def asking(path: str) -> File:
            asked[path] = found = look(path)
            return found

        return _remember(known, asked, compute(asking))


def _remember(known: list[tuple[Any, Any]], inputs: object, made: Tree) -> Tree:
    known.insert(0, (inputs, made))
    del known[_STATES:]
    return made


class Project(Struct, frozen=True, dict=True):
    """A project as it lies on disk, or as a plan would leave it.

    `root` is its absolute path, for showing, and `name` that folder's name. `sources` are the files
    that were read, by path; `listing` is every file below the root, read or not. `focus` is the one
    file that the user asked about, if any. `named` holds the files whose names say nothing and that others
    say what they are: `docker build -f app.docker`, `--env-file dev.vars`.
    """

    root: str
    name: str
    sources: Mapping[str, Source]
    listing: frozenset[str]
    notices: tuple[Notice, ...] = ()
    focus: str | None = None
    named: Mapping[str, Kind] = {}
    trees: Trees = field(default_factory=Trees)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """What each source is."""
        kinds: dict[str, Kind] = {}
        for path, source in sorted(self.sources.items()):
            named = self.named.get(path)
            kind = self.trees.kept(_kind, path, (source, named), partial(_kind, source, named))
            if kind is not None:
                kinds[path] = kind
        return kinds

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, at any depth; the root is the empty string."""
        return self.trees.kept(_folders, None, (self.listing,), partial(_folders, self.listing))

    def of_kind(self, *kinds: Kind) -> list[Source]:
        """The sources of these kinds, by path."""
        return [self.sources[path] for path, kind in self.kinds.items() if kind in kinds]

    def is_file(self, path: str) -> bool:
        """Whether a file is there, read or not."""
        return path in self.listing

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return path in self.listing or path in self.folders

    def look(self, path: str) -> bool | None:
        """Where a path leads: True to a file, False to a folder, None to nothing."""
        return True if path in self.listing else False if path in self.folders else None

    def dockerfile(self, path: str) -> dockerfile.Dockerfile | None:
        """The Dockerfile at a path, under whatever name, if it was read."""
        source = self.sources.get(path)
        return None if source is None else self.trees.of(dockerfile.parse, source)

    @cached_property
    def makefiles(self) -> tuple[makefile.Makefile, ...]:
        """Every Makefile."""
        return tuple(self.trees.of(makefile.parse, source) for source in self.of_kind("make"))

    @cached_property
    def env_files(self) -> Mapping[str, dotenv.EnvFile]:
        """Every env file, real ones and examples, by path."""
        return {source.path: self.trees.of(dotenv.parse, source) for source in self.of_kind("env")}

    def yaml(self, source: Source) -> yaml.YamlFile:
        """A source as YAML."""
        return self.trees.of(yaml.parse, source)

    def ignore_file(self, path: str) -> ignorefile.IgnoreFile | None:
        """The ignore file at a path, if it is there."""
        source = self.sources.get(path)
        return None if source is None else self.trees.of(ignorefile.parse, source)

    def toml(self, path: str) -> toml.TomlFile | None:
        """The TOML file at a path, if it was read."""
        source = self.sources.get(path)
        return None if source is None else self.trees.of(toml.parse, source)

    def replace(self, changes: Iterable[Change]) -> Project:
        """The project with these changes made at once; spans refer to this project's texts.

        A file that is moved and edited is edited under its old path.
        """
        edits: dict[str, list[Edit]] = {}
        moves: dict[str, str] = {}
        sources = dict(self.sources)
        listing = set(self.listing)
        for change in changes:
            match change:
                case Edit():
                    edits.setdefault(change.path, []).append(change)
                case Move():
                    moves[change.old] = change.new
                case Create():
                    sources[change.path] = Source(change.path, change.text, change.mode)
                    listing.add(change.path)
                case Delete():
                    sources.pop(change.path, None)
                    listing.discard(change.path)
        for path, file_edits in edits.items():
            old = sources[path]
            sources[path] = Source(path, splice(old.text, file_edits), old.mode, old.link)
        for path in moves:
            listing.discard(path)
        moved = {path: sources.pop(path) for path in moves if path in sources}
        for path, target in moves.items():
            listing.add(target)
            if path in moved:
                old = moved[path]
                sources[target] = Source(target, old.text, old.mode, old.link)
        named = {moves.get(path, path): kind for path, kind in self.named.items()}
        # The same set where no file came or went: what was read off it holds.
        there = self.listing if listing == self.listing else frozenset(listing)
        return Project(self.root, self.name, sources, there, self.notices, self.focus, named, self.trees)


def _folders(listing: frozenset[str]) -> frozenset[str]:
    folders = {""}
    for path in listing:
        folder = dirname(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = dirname(folder)
    return frozenset(folders)


def _kind(source: Source, named: Kind | None) -> Kind | None:
    """What a source is, given what others say it is; a template is none of the kinds."""
    kind = kind_by_content(source.path, source.text) or named
    return kind if kind is not None and template_mark(kind, source.text) is None else None


def state(source: Source) -> FileState:
    """A source as the bytes, mode and link target that lie on disk."""
    return FileState(b"", source.mode, source.link) if source.link is not None else FileState(source.data, source.mode)


def changes_between(before: Project, after: Project, moves: Iterable[tuple[str, str]] = ()) -> ChangeSet:
    """What has to be written to turn one state of a project into another."""
    files: dict[str, FileChange] = {}
    for path in sorted(before.sources.keys() | after.sources.keys()):
        old, new = before.sources.get(path), after.sources.get(path)
        if old is not new:
            change = FileChange(None if old is None else state(old), None if new is None else state(new))
            if change.before != change.after:
                files[path] = change
    kept = tuple((old, new) for old, new in moves if old in files and new in files)
    return ChangeSet(files, kept)
