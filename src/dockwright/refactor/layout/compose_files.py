"""Compose files to their folder, each named for its environment, with every project name kept or meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import basename, dirname, relpath

from dockwright.finding import Intent
from dockwright.project.command_lines import command_lines
from dockwright.project.commands import Invocation
from dockwright.project.compose import DEFAULT_NAMES, ComposeFile
from dockwright.project.model import Project
from dockwright.project.naming import mentions, references
from dockwright.project.references import Reference, join
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, commands, compose_files, label, looked_up, stacks
from dockwright.project.variables import scalars
from dockwright.refactor.layout.patterns import Patterns
from dockwright.refactor.layout.rewriting import OWNER, Rewriting, relative
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import yaml
from dockwright.syntax.interpolation import uses
from dockwright.text import Edit, Site, Span, lazy_regex

COMPOSE_FOLDER = "compose"

# `docker-compose.*\.yml` and its like, in the files whose tools take patterns.
_PATTERN = re.compile(r"(?<![\w/.-])(?:docker-)?compose(?:\\?\.|\[|\(|(?=\*))[\w.-]*[*\\|(\[?][^\s\"',]*")
_OVERRIDE_EXAMPLE = re.compile(r"(?:[._-](?:example|sample|template|dist|dev|local))+$")
_TELLING = frozenset({"document", "shell", "make", "task"})
_CHANGING = frozenset({"sed", "perl"})
_RELATIVE = lazy_regex(r"(?<![\w.)\]}*])\\?\.{1,2}[/:]")
"""What stands in an expression for a path below or beside the file: `s|.:/app|..|`."""
_PATTERNED = frozenset({"task", "ci", "ignore"})

_OWN_NAME = frozenset({"test", "ci", "prod"})
"""Roles whose stack gets `<name>-<role>`; development keeps the name it had, and others theirs."""


class ComposeFiles:
    """Moves the compose files of the root to `compose/`."""

    name = OWNER
    title = "Compose files in their own folder, every reference to them rewritten"

    def propose(self, project: Project) -> Proposal:
        """The compose files' move, with the names that came from their folder written down."""
        moves = _moves(project)
        if not moves:
            return Proposal()
        moving = _Moving(project, moves)
        edits = [*moving.names(), *moving.following(mentions(project, moves), moving.seen_by)]
        edits += [*moving.implicit_calls(), *moving.implicit_contexts()]
        intends = (*moving.renamed_stacks(), *moving.devcontainers())
        moving.patterns()
        moving.rewritten_in_place()
        moving.overrides()
        number = f"{len(moves)} compose files" if len(moves) > 1 else "the compose file"
        return moving.proposal(
            f"move {number} to {COMPOSE_FOLDER}/", "the compose files stay where they are", edits, intends
        )


def _moves(project: Project) -> dict[str, str]:
    """Old path to new path of each compose file that lies in the root."""
    found: dict[str, str] = {}
    for path, file in compose_files(project).items():
        if dirname(path) or file.root is None:
            continue
        new = join(COMPOSE_FOLDER, _name(project, path))
        if project.exists(new) or new in found.values():
            new = join(COMPOSE_FOLDER, path)
        if not project.exists(new):
            found[path] = new
    return found


def _name(project: Project, path: str) -> str:
    """What a compose file is called in its folder: a default file that is one environment's alone is named for it."""
    if path not in DEFAULT_NAMES:
        return path
    own = [stack for stack in stacks(project) if path in stack.files]
    roles = {role(project, stack) for stack in own} - {None}
    alone = [stack for stack in own if role(project, stack) is not None and len(stack.files) == 1]
    based = [stack for stack in own if stack not in alone and role(project, stack) is not None]
    if len(roles) != 1 or not alone or based:
        return path
    tag = roles.pop()
    new = f"docker-compose.{tag}{path[path.rindex('.') :]}"
    taken = any(stack.name == tag and path not in stack.files for stack in stacks(project))
    return path if taken or project.exists(new) else new


class _Moving(Rewriting):
    """The edits that go with the moves of compose files."""

    def rewritten_in_place(self) -> None:
        """Commands that change a compose file by its text, and count on how its paths are written."""
        for line in command_lines(self.project):
            words = [word.value or "" for word in line.command.words[1:]] if line.name in _CHANGING else []
            changed = next((path for path in self.moves if path in (join(line.folder, word) for word in words)), None)
            if changed is not None and any(_RELATIVE.search(word) for word in words if not word.endswith(changed)):
                what = f"have this find the paths of {self.moves[changed]}: they begin with ../ there"
                self.stay(line.at, what, f"it changes {changed} by its text")

    def patterns(self) -> None:
        """Patterns of other tools that look like a moved file's name and are none: only a person can read them."""
        known = {(ref.at.path, ref.at.span.start) for ref in references(self.project)}
        hooks = Patterns(self.project, self.moves)
        for path, kind in self.project.kinds.items():
            if kind not in _PATTERNED:
                continue
            for match in _PATTERN.finditer(self.project.sources[path].text):
                at = Site(path, Span(*match.span()))
                if (path, match.start()) not in known and not hooks.has_read(at):
                    self.leave(at, f"make it match {COMPOSE_FOLDER}/, too", "a pattern of another tool")

    def overrides(self) -> None:
        """The override that people make for themselves is found beside the default file alone."""
        for path in DEFAULT_NAMES:
            stem, ending = path.rsplit(".", 1)
            names = {f"{stem}.override.{each}" for each in ("yml", "yaml", ending)}
            if path not in self.moves or any(self.project.exists(name) for name in names):
                continue
            examples = [
                each for each in sorted(self.project.listing) if _OVERRIDE_EXAMPLE.sub("", each) in names - {each}
            ]
            made = [ref for ref in mentions(self.project, names) if self.project.kinds.get(ref.at.path) in _TELLING]
            for at in [ref.at for ref in made] or [Site(path, Span(0, 0)) for _ in examples[:1]]:
                self.stay(
                    at,
                    f"have this pass the override by -f, once {path} is in {COMPOSE_FOLDER}/",
                    "Compose finds an override beside the default file alone",
                )
            hidden = [ref for ref in mentions(self.project, names) if basename(ref.at.path) == ".gitignore"]
            for ref in hidden if not made and not examples else ():
                self.leave(
                    ref.at,
                    f"pass an override of your own by -f: {path} is in {COMPOSE_FOLDER}/ now",
                    "Compose finds one beside the default file alone",
                )

    def seen_by(self, ref: Reference) -> Callable[[str], str]:
        """A devcontainer has Compose read the `.env` beside the first compose file, wherever that is."""
        if self.project.kinds.get(ref.at.path) != "devcontainer" or basename(ref.target) != ".env":
            return self.moved
        folders = {
            dirname(call.files[0].target): dirname(self.moved(call.files[0].target))
            for call in commands(self.project)[ref.at.path].invocations
            if call.files
        }
        beside = {join(old, ".env"): join(new, ".env") for old, new in folders.items()}
        self.beside |= beside.keys()
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
                    self.leave(call.at, f"copy {env_path} to {new}", "Compose reads it beside the first file")

    def implicit_calls(self) -> Iterator[Edit]:
        """`docker compose up` finds no file any more, and `.env` no longer lies beside the first file: say both."""
        for path, said in commands(self.project).items():
            for call in said.invocations:
                files = looked_up(self.project, call) if call.implicit else tuple(ref.target for ref in call.files)
                if not any(file in self.moves for file in files) or self.project.kinds[path] == "devcontainer":
                    continue
                if call.subcommand == "version":
                    continue
                added = [f"-f {relative(self.moved(file), call.cwd)}" for file in files] if call.implicit else []
                if not call.env_files and call.project_directory is None and self._reads_env(call, files):
                    added.append(f"--env-file {relative(join(dirname(files[0]), '.env'), call.cwd)}")
                edit = call.adding(word for option in added for word in option.split(" ")) if added else None
                if edit is not None:
                    yield edit
                elif added:
                    self.stay(call.at, f"add {' '.join(added)} to this call", "it is put together from several places")

    def implicit_contexts(self) -> Iterator[Edit]:
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
        """Whether a `.env` beside the files counts: it is there, or the file that makes the call makes it for `${}`.

        A comment is no call that could fail without the file: there it is enough that anybody makes it. Where the files
        name no variable, a `.env` that is not there yet has nothing to say to them.
        """
        path = join(dirname(files[0]), ".env")
        sources = [self.project.sources[file] for file in files if file in self.project.sources]
        if not self.project.is_file(path) and not any("$" in source.text for source in sources):
            return False
        where = [call.at.path] if self.project.kinds[call.at.path] != "compose" else commands(self.project)
        made = any(ref.target == path for each in where for ref in commands(self.project)[each].references)
        return self.project.is_file(path) or (made and any(map(self._asks, files)))

    def _asks(self, path: str) -> bool:
        """Whether a compose file has variables to be filled in."""
        file = compose_files(self.project).get(path)
        return file is not None and any(
            True for each in scalars(file.root) if "$" in each.value for _ in uses(each.mapped)
        )

    def names(self) -> Iterator[Edit]:
        """`name:` written into each stack's first file, since the folder that it came from changes."""
        for stack, name in self._named():
            file = compose_files(self.project)[stack.files[0]]
            yield from pin(file, name)
            if self._keeps_data(stack, name):
                yield from _pinned_volumes(file, stack.project_name)

    def renamed_stacks(self) -> Iterator[Intent]:
        """What a new project name changes: itself, and the names that begin with it."""
        for named, name in self._named():
            if name == named.project_name:
                continue
            for stack in stacks(self.project):
                if stack.files[0] == named.files[0] and stack.named_by == "folder":
                    yield from self._renamed(stack, name, pinned=self._keeps_data(named, name))
            if self._keeps_data(named, name):
                at = compose_files(self.project)[named.files[0]]
                self.loose.append(
                    Deferred(
                        OWNER,
                        f"on the server, once: docker compose -p {named.project_name} down, before the next up",
                        f"production is called {name} now, and the containers of {named.project_name} hold its ports; "
                        "the volumes keep their names and data",
                        Site(at.path, Span(0, 0)),
                    )
                )

    def _named(self) -> Iterator[tuple[Stack, str]]:
        """Each stack that takes its name from a folder that changes, once a first file, with the name it is to have."""
        seen: set[str] = set()
        by_role = sorted(stacks(self.project), key=lambda stack: (role(self.project, stack) is None, len(stack.files)))
        for stack in by_role:
            first = stack.files[0]
            if stack.named_by == "folder" and first in self.moves and first not in seen:
                seen.add(first)
                alone = len(stack.files) == 1 and not self._in_development(first)
                own = alone and role(self.project, stack) in _OWN_NAME
                yield stack, f"{stack.project_name}-{role(self.project, stack)}" if own else stack.project_name

    def _in_development(self, first: str) -> bool:
        """Whether development begins with the same file, whose name is then its name."""
        return any(stack.files[0] == first and role(self.project, stack) == "dev" for stack in stacks(self.project))

    def _keeps_data(self, stack: Stack, name: str) -> bool:
        return name != stack.project_name and role(self.project, stack) == "prod"

    def _renamed(self, stack: Stack, name: str, *, pinned: bool) -> Iterator[Intent]:
        """A project's name, and the names of the networks and volumes that begin with it."""
        place, former = f"stack {label(self.project, stack)}", stack.project_name
        yield Intent(f"{place} / name", former, name)
        files = [compose_files(self.project)[path] for path in stack.files]
        for section in ("networks", "volumes"):
            keys = {
                key
                for file in files
                for key, node in file.top_level(section)
                if node.get("name") is None and not (pinned and section == "volumes" and file is files[0])
            }
            for key in sorted(keys | {"default"} if section == "networks" else keys):
                yield Intent(f"{place} / {section} / {key} / name", f"{former}_{key}", f"{name}_{key}")


def pin(file: ComposeFile, name: str) -> list[Edit]:
    """The edits that write `name:` at the top of a compose file; none where it has one or has no place for it."""
    if file.root is None or file.project_name is not None or not name:
        return []
    if file.root.items[0].name == "version":
        # A comment above it may be about it.
        return yaml.insert_item(file.tree, file.root, "name", name, after="version")
    return yaml.insert_item(file.tree, file.root, "name", name, first=True)


def _pinned_volumes(file: ComposeFile, former: str) -> Iterator[Edit]:
    """The volumes keep the names that they had, and so their data."""
    section = yaml.resolve(file.root.get("volumes")) if file.root else None
    if not isinstance(section, yaml.Mapping):
        return
    open_names = [
        (key, node)
        for key, node in file.top_level("volumes")
        if node.get("name") is None and node.get("external") is None
    ]
    for key, node in open_names:
        name = f"{former}_{key}"
        if isinstance(node, yaml.Mapping):
            yield from yaml.insert_item(file.tree, node, "name", name, first=True)
        else:
            yield from yaml.set_value(file.tree, section, key, f"name: {name}\n")
    if open_names and not section.flow:
        at = section.items[0].span.start
        start = file.source.text.rindex("\n", 0, at) + 1
        comment = f"# The data hangs on these names, which are from when the project was called {former}."
        indent = file.source.text[start:at]
        yield Edit(file.path, Span(start, start), f"{indent}{comment}{file.source.newline}")
