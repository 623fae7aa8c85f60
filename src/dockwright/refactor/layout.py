"""The step `layout`: compose files to their folder, with every reference rewritten and every project name kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from posixpath import basename, dirname, relpath

from dockwright.finding import Fix, Intent
from dockwright.project.commands import Invocation
from dockwright.project.compose import ComposeFile
from dockwright.project.model import Project
from dockwright.project.naming import mentions, references
from dockwright.project.references import REQUIRED, Reference, join, rewrite
from dockwright.project.stacks import Stack, commands, compose_files, label, looked_up, stacks
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import yaml
from dockwright.text import Change, Edit, Move, Site, Span, lazy_regex

COMPOSE_FOLDER = "compose"

# `docker-compose.*\.yml` and its like, in the files whose tools take patterns.
_PATTERN = lazy_regex(r"(?<![\w/.-])(?:docker-)?compose(?:\\?\.|\[|\()[\w.-]*[*\\|(\[?][^\s\"',]*")
_PATTERNED = frozenset({"task", "ci", "ignore"})

OWN_NAME = ("test", "ci", "prod")
"""Environments whose stack gets `<name>-<environment>`; the others keep the name they had, and so their volumes."""


class Layout:
    """Moves the compose files of the root to `compose/`."""

    name = "layout"
    title = "Compose files in their own folder, every reference to them rewritten"

    def propose(self, project: Project) -> Proposal:
        """The move as one patch: half of it would leave references that lead nowhere."""
        moves = _moves(project)
        if not moves:
            return Proposal()
        layout = _Layout(project, moves)
        names = list(layout.names())
        changes: list[Change] = [Move(old, new) for old, new in moves.items()]
        changes += layout.edits([edit for edits, _ in names for edit in edits])
        intends = (*(intent for _, intents in names for intent in intents), *layout.devcontainers())
        if layout.stuck:
            stays = Deferred(self.name, "the compose files stay where they are", "a call would not find them any more")
            return Proposal((), (*layout.stuck, stays))
        fix = Fix(f"move {len(moves)} compose files to {COMPOSE_FOLDER}/", tuple(changes), "refit", intends)
        return Proposal((fix,), (*layout.loose, *layout.patterns()))


def _moves(project: Project) -> dict[str, str]:
    """Old path to new path of each compose file that lies in the root."""
    return {
        path: join(COMPOSE_FOLDER, path)
        for path, file in compose_files(project).items()
        if not dirname(path) and file.root is not None and not project.exists(join(COMPOSE_FOLDER, path))
    }


class _Layout:
    """The edits that go with the moves."""

    def __init__(self, project: Project, moves: Mapping[str, str]) -> None:
        self.project = project
        self.moves = moves
        self.stuck: list[Deferred] = []
        """What a tool would trip over, and only a person can rewrite."""
        self.loose: list[Deferred] = []
        """What a person may want to look at."""

    def edits(self, others: list[Edit]) -> list[Edit]:
        """Every edit, each place once."""
        found: dict[tuple[str, Span], Edit] = {(edit.path, edit.span): edit for edit in others}
        for edit in (*self._references(), *self._implicit_calls(), *self._implicit_contexts()):
            found.setdefault((edit.path, edit.span), edit)
        return sorted(found.values(), key=lambda edit: (edit.path, edit.span))

    def moved(self, path: str) -> str:
        """A file's path after the move."""
        return self.moves.get(path, path)

    def _references(self) -> Iterator[Edit]:
        for ref in (*references(self.project), *mentions(self.project, self.moves)):
            if ref.pattern:
                yield from self._pattern(ref)
                continue
            edit = rewrite(ref, self._moved_for(ref))
            if edit is None:
                continue
            if ref.certain:
                yield edit
            else:
                left = self.stuck if ref.kind in REQUIRED else self.loose
                left.append(_left(ref.at, f"write {edit.text} here", "the path is put together from several places"))

    def patterns(self) -> Iterator[Deferred]:
        """Patterns of other tools that look like a moved file's name and are none: only a person can read them."""
        known = {(ref.at.path, ref.at.span.start) for ref in references(self.project)}
        for path, kind in self.project.kinds.items():
            if kind not in _PATTERNED:
                continue
            for match in _PATTERN.finditer(self.project.sources[path].text):
                if (path, match.start()) not in known:
                    at = Site(path, Span(*match.span()))
                    yield Deferred(
                        Layout.name, f"make it match {COMPOSE_FOLDER}/, too", "a pattern of another tool", at
                    )

    def _moved_for(self, ref: Reference) -> Callable[[str], str]:
        """A devcontainer has Compose read the `.env` beside the first compose file, wherever that is."""
        if self.project.kinds.get(ref.at.path) != "devcontainer" or basename(ref.target) != ".env":
            return self.moved
        folders = {
            dirname(call.files[0].target): dirname(self.moved(call.files[0].target))
            for call in commands(self.project)[ref.at.path].invocations
            if call.files
        }
        beside = {join(old, ".env"): join(new, ".env") for old, new in folders.items()}
        return lambda path: beside.get(path, path)

    def devcontainers(self) -> Iterator[Intent]:
        """Nothing can tell a devcontainer's Compose of another env file: it loses the `.env` that stays in the root."""
        for path, said in commands(self.project).items():
            if self.project.kinds[path] != "devcontainer":
                continue
            for number, call in enumerate(said.invocations, 1):
                files = tuple(ref.target for ref in call.files)
                env_path = join(dirname(files[0]), ".env")
                new = join(dirname(self.moved(files[0])), ".env")
                if new == env_path or not self.project.is_file(env_path):
                    continue
                place = f"{path} / docker compose call {number}"
                yield Intent(place, " ".join((*files, env_path)), " ".join(files))
                if not any(basename(ref.target) == ".env" for ref in said.references):
                    what = f"copy {env_path} to {new}"
                    self.loose.append(_left(call.at, what, "Compose reads it beside the first file"))

    def _pattern(self, ref: Reference) -> Iterator[Edit]:
        """A pattern moves along when all that it matches does, to one folder."""
        matched = [path for path in self.project.listing if fnmatchcase(path, ref.target)]
        moved = [path for path in matched if path in self.moves]
        if not moved:
            return
        if len(moved) == len(matched) and ref.certain and not ref.base and "/" not in ref.target:
            at = ref.at.span.start + (2 if ref.written.startswith("./") else 0)
            yield Edit(ref.at.path, Span(at, at), f"{COMPOSE_FOLDER}/")
        else:
            self.loose.append(_left(ref.at, f"name {COMPOSE_FOLDER}/ here", "it may match files that stay, too"))

    def _implicit_calls(self) -> Iterator[Edit]:
        """`docker compose up` finds no file any more, and `.env` no longer lies beside the first file: say both."""
        for path, said in commands(self.project).items():
            for call in said.invocations:
                files = looked_up(self.project, call) if call.implicit else tuple(ref.target for ref in call.files)
                if not any(file in self.moves for file in files) or self.project.kinds[path] == "devcontainer":
                    continue
                added = [f"-f {_relative(self.moved(file), call.cwd)}" for file in files] if call.implicit else []
                if not call.env_files and call.project_directory is None and self._reads_env(call, files):
                    added.append(f"--env-file {_relative(join(dirname(files[0]), '.env'), call.cwd)}")
                edit = call.adding(word for option in added for word in option.split(" ")) if added else None
                if edit is not None:
                    yield edit
                elif added:
                    what = f"add {' '.join(added)} to this call"
                    self.stuck.append(_left(call.at, what, "the call is put together from several places"))

    def _implicit_contexts(self) -> Iterator[Edit]:
        """A build without a context has the project directory for one, which is about to change."""
        for stack in stacks(self.project):
            first = stack.files[0]
            if stack.directory_given or first not in self.moves:
                continue
            context = relpath(dirname(first) or ".", dirname(self.moves[first]))
            for path in stack.files:
                file = compose_files(self.project)[path]
                for service in file.services.values():
                    build = service.build
                    if build is not None and build.context is None and isinstance(build.node, yaml.Mapping):
                        yield from yaml.insert_item(file.tree, build.node, "context", context, first=True)

    def _reads_env(self, call: Invocation, files: tuple[str, ...]) -> bool:
        """Whether a `.env` beside the files counts: it is there, or the file that makes the call makes it."""
        path = join(dirname(files[0]), ".env")
        return self.project.is_file(path) or any(
            ref.target == path for ref in commands(self.project)[call.at.path].references
        )

    def names(self) -> Iterator[tuple[list[Edit], tuple[Intent, ...]]]:
        """`name:` written into each stack's first file, since the folder that it came from changes."""
        named: set[str] = set()
        for stack in stacks(self.project):
            first = stack.files[0]
            if stack.named_by != "folder" or first in named or first not in self.moves:
                continue
            named.add(first)
            own = stack.name in OWN_NAME and len(stack.files) == 1
            name = f"{stack.project_name}-{stack.name}" if own else stack.project_name
            intents = tuple(self._renamed(stack, name)) if own else ()
            yield pin(compose_files(self.project)[first], name), intents

    def _renamed(self, stack: Stack, name: str) -> Iterator[Intent]:
        """A project's name, and the names of the networks and volumes that begin with it."""
        place, former = f"stack {label(self.project, stack)}", stack.project_name
        yield Intent(f"{place} / name", former, name)
        file = compose_files(self.project)[stack.files[0]]
        for section in ("networks", "volumes"):
            keys = {key for key, node in file.top_level(section) if node.get("name") is None}
            for key in sorted(keys | {"default"} if section == "networks" else keys):
                yield Intent(f"{place} / {section} / {key} / name", f"{former}_{key}", f"{name}_{key}")


def _left(at: Site, what: str, reason: str) -> Deferred:
    return Deferred(Layout.name, what, reason, at)


def pin(file: ComposeFile, name: str) -> list[Edit]:
    """The edits that write `name:` at the top of a compose file; none where it has one or has no place for it."""
    if file.root is None or file.project_name is not None or not name:
        return []
    return yaml.insert_item(file.tree, file.root, "name", name, first=True)


def _relative(path: str, folder: str) -> str:
    return path if not folder else "/".join([".."] * (folder.count("/") + 1) + [path])
