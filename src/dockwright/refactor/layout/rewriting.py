"""Rewriting: the edits that go with moved files, and the places that only a person can rewrite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from posixpath import dirname

from dockwright.finding import Fix, Intent
from dockwright.project.documents import says_what_is
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import REQUIRED, Reference, rewrite
from dockwright.refactor.layout.anchors import anchors
from dockwright.refactor.layout.patterns import Patterns
from dockwright.refactor.step import Deferred, Proposal, letting_go
from dockwright.text import Change, Edit, Move, Site, Span, lazy_regex

OWNER = "layout"

_COLUMN = lazy_regex(r" {3,}(?=\S)")
_ARGUMENT = lazy_regex(r"""(?P<indent>[ \t]+)(?:"[^"\\]*"|'[^'\\]*'),(?P<rest>(?:[ ]\w+=[\w.]+,?)+)$""")


class Rewriting:
    """What has to change in a project when some of its files move.

    `moves` are old paths and new ones. `expected` are files that nobody has made yet, such as an env file that a
    script makes: what names them has to name their new place as well.
    """

    def __init__(self, project: Project, moves: Mapping[str, str], expected: Mapping[str, str] = {}) -> None:
        self.project = project
        self.moves = moves
        self.renamed = {**moves, **expected}
        self.stuck: list[Deferred] = []
        """What a tool would trip over, and only a person can rewrite."""
        self.beside: set[str] = set()
        """Files that lie beside a moved one and do not move: some references have to name another place."""
        self.loose: list[Deferred] = []
        """What a person may want to look at."""

    def moved(self, path: str) -> str:
        """A file's path after the move."""
        return self.renamed.get(path, path)

    def following(
        self, mentioned: Iterable[Reference], moved_for: Callable[[Reference], Callable[[str], str]] | None = None
    ) -> Iterator[Edit]:
        """The edits of every reference, and of those mentions in plain text.

        `moved_for` gives the new places as one reference sees them, where that differs from the others.
        """
        patterns = Patterns(self.project, self.moves)
        yield from patterns.edits
        for at in patterns.unclear:
            self.leave(at, "make it match the files where they are now", "a pattern of another tool")
        for ref in (*references(self.project), *mentioned):
            if not says_what_is(self.project, ref.at.path):
                continue
            if ref.pattern:
                yield from self._pattern(ref)
                continue
            edit = rewrite(ref, self.moved if moved_for is None else moved_for(ref))
            if edit is None:
                continue
            if ref.certain:
                yield self._in_its_column(edit)
            elif ref.kind in REQUIRED:
                self.stay(ref.at, f"write {edit.text} here", "the path is put together from several places")
            else:
                self.leave(ref.at, f"write {edit.text} here", "the path is put together from several places")

    def stay(self, at: Site, what: str, reason: str) -> None:
        """Note a place that keeps the files from moving."""
        self.stuck.append(Deferred(OWNER, what, reason, at))

    def leave(self, at: Site, what: str, reason: str) -> None:
        """Note a place that somebody may want to look at."""
        self.loose.append(Deferred(OWNER, what, reason, at))

    def proposal(
        self,
        title: str,
        staying: str,
        edits: Iterable[Edit],
        intends: Iterable[Intent] = (),
        others: Iterable[Change] = (),
    ) -> Proposal:
        """The move as one patch: half of it would leave references that lead nowhere."""
        found: dict[tuple[str, Span], Edit] = {}
        for edit in edits:
            found.setdefault((edit.path, edit.span), edit)
        for path in {path for path, _ in found if self.project.kinds.get(path) == "document"}:
            own = [edit for edit in found.values() if edit.path == path]
            found.update(((path, edit.span), edit) for edit in anchors(self.project.sources[path], own))
        found.update(((edit.path, edit.span), edit) for edit in self._folded(list(found.values())))
        moves = [Move(old, new) for old, new in self.moves.items()]
        edited = sorted(found.values(), key=lambda edit: (edit.path, edit.span))
        if self.stuck:
            stays = Deferred(OWNER, staying, "a command that names them would not do its work any more")
            return Proposal((), (*self.stuck, stays))
        fix = Fix(title, (*moves, *edited, *others), "refit", tuple(intends))
        elsewhere = {*(self.renamed.keys() - self.moves.keys()), *self.beside}
        return Proposal((letting_go(self.project, fix, elsewhere) if elsewhere else fix,), tuple(self.loose))

    def _pattern(self, ref: Reference) -> Iterator[Edit]:
        """A pattern moves along when all that it matches does, to one folder and under the same names."""
        matched = [path for path in self.project.listing if fnmatchcase(path, ref.target)]
        moved = [path for path in matched if path in self.moves]
        if not moved:
            return
        folder = f"{dirname(self.moves[moved[0]])}/"
        kept = all(self.moves[path].startswith(folder) for path in moved)
        fits = all(fnmatchcase(self.moves[path], folder + ref.target) for path in moved)
        if len(moved) == len(matched) and kept and fits and ref.certain and not ref.base and "/" not in ref.target:
            at = ref.at.span.start + (2 if ref.written.startswith("./") else 0)
            yield Edit(ref.at.path, Span(at, at), folder)
        elif len(moved) < len(matched):
            self.leave(ref.at, f"name {folder} here", "it may match files that stay, too")
        else:
            new = ", ".join(sorted(self.moves[path] for path in moved))
            self.leave(ref.at, f"make it match {new}", "the names that it matches have changed")

    def _in_its_column(self, edit: Edit) -> Edit:
        """In a table of text the column behind a path stays where it was, if there is room."""
        if self.project.kinds.get(edit.path) != "document":
            return edit
        column = _COLUMN.match(self.project.sources[edit.path].text, edit.span.end)
        grown = len(edit.text) - (edit.span.end - edit.span.start)
        if column is None or grown <= 0:
            return edit
        room = column.end() - column.start() - 2
        return Edit(edit.path, Span(edit.span.start, edit.span.end + min(grown, room)), edit.text)

    def _folded(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """Options behind a string get lines of their own where a line of Python would exceed what ruff allows."""
        settings = self.project.toml("pyproject.toml")
        limit = None if settings is None else settings.get("tool", "ruff", "line-length")
        if not isinstance(limit, int):
            return
        grown: dict[tuple[str, int], int] = {}
        for edit in edits:
            if edit.path.endswith(".py"):
                start = self.project.sources[edit.path].text.rfind("\n", 0, edit.span.start) + 1
                more = len(edit.text) - (edit.span.end - edit.span.start)
                grown[edit.path, start] = grown.get((edit.path, start), 0) + more
        for (path, start), more in grown.items():
            source = self.project.sources[path]
            line = source.text[start:].partition("\n")[0].rstrip("\r")
            argument = _ARGUMENT.match(line)
            inside = source.text[:start].rstrip().endswith(("(", "[", "{", ","))
            if len(line) <= limit < len(line) + more and argument is not None and inside:
                span = Span(start + argument.start("rest"), start + argument.end())
                options = argument["rest"].removesuffix(",").split(",")
                lead = source.newline + argument["indent"]
                yield Edit(path, span, "".join(f"{lead}{option.strip()}," for option in options))


def relative(path: str, folder: str) -> str:
    """A path below the root as a command in `folder` has to write it."""
    return path if not folder else "/".join([".."] * (folder.count("/") + 1) + [path])
