"""Env files to their folder, each named for its environment, real ones hidden from git as before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename, dirname

from dockwright.finding import Intent
from dockwright.project.compose import settled
from dockwright.project.env_names import environment, git_ignores, is_example
from dockwright.project.model import Project
from dockwright.project.naming import mentions, references
from dockwright.project.references import join
from dockwright.project.resolved import differences
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, commands, compose_files, looked_up, services, stacks
from dockwright.refactor.layout.rewriting import OWNER, Rewriting
from dockwright.refactor.step import Proposal
from dockwright.text import Change, Edit, Span

ENV_FOLDER = "env"

PLAIN = ".env"
"""The name that says nothing: Compose and many libraries look for it by themselves."""

_EXAMPLES_OF_IT = frozenset(
    f"{lead}{tail}" for lead in (".env.", "env.") for tail in ("example", "sample", "template", "dist")
)
_READ_FOR_THEIR_TEXT = frozenset(
    {"document", "make", "shell", "ci", "task", "devcontainer", "compose", "env", "dockerfile"}
)
"""Kinds of files in which a plain mention of an env file is one: not ignore files, nor code, which may read it."""

_HIDDEN = f"{ENV_FOLDER}/.env.*"
_SHOWN = f"!{ENV_FOLDER}/.env.*.example"


class EnvFiles:
    """Moves the env files of the root to `env/`."""

    name = OWNER
    title = "Env files in their own folder, one an environment, every reference to them rewritten"

    def propose(self, project: Project) -> Proposal:
        """The env files' move; what only a running program reads stays."""
        moves, expected = _moves(project)
        if not moves:
            return Proposal()
        moving = Rewriting(project, moves, expected)
        mentioned = [
            ref for ref in mentions(project, moving.renamed) if project.kinds.get(ref.at.path) in _READ_FOR_THEIR_TEXT
        ]
        what = "the env file" if len(moves) == 1 else f"{len(moves)} env files"
        edits = list(moving.following(mentioned))
        return moving.proposal(
            f"move {what} to {ENV_FOLDER}/",
            f"{', '.join(moves)}: stay in the root",
            edits,
            _expected_elsewhere(project, edits, expected),
            others=_hidden(project, moves),
        )


def _moves(project: Project) -> tuple[dict[str, str], dict[str, str]]:
    """Each env file of the root with its new place; and the same for a `.env` that only others name yet."""
    plain = _plain_role(project)
    kept = set(_read_by_code(project))
    found: dict[str, str] = {}
    for path in project.env_files:
        if dirname(path) or not basename(path).lower().startswith((".env", "env.")) or path in kept:
            continue
        if project.sources[path].link is not None:
            continue
        new = _place(path, plain)
        if new is not None and not project.exists(new):
            found[path] = new
    taken = list(found.values())
    found = {path: new for path, new in found.items() if taken.count(new) == 1}
    expected = {}
    if plain is not None and PLAIN not in project.sources and any(path in _EXAMPLES_OF_IT for path in found):
        new = join(ENV_FOLDER, f"{PLAIN}.{plain}")
        if new not in found.values() and any(ref.target == PLAIN for ref in references(project)):
            expected[PLAIN] = new
    return found, expected


def _expected_elsewhere(project: Project, edits: Iterable[Edit], expected: Mapping[str, str]) -> Iterator[Intent]:
    """The services that read a file nobody has made yet: a moved file is the same one, this is another name."""
    if expected:
        names = {f"./{old}": f"./{new}" for old, new in expected.items()}
        for place, before, after in differences(project, compose_files(project.replace(edits))):
            if names.get(before or "") == after:
                yield Intent(place, before, after)


def _place(path: str, plain: str | None) -> str | None:
    """Where an env file goes; None where nothing tells its environment."""
    tail = ".example" if is_example(path) else ""
    if path == PLAIN or path in _EXAMPLES_OF_IT:
        return None if plain is None else join(ENV_FOLDER, f"{PLAIN}.{plain}{tail}")
    tag = environment(path)
    return join(ENV_FOLDER, path if tag is None else f"{PLAIN}.{tag}{tail}")


def _plain_role(project: Project) -> str | None:
    """The one environment that reads `.env`; None where several do, none does, or Compose finds it by itself."""
    roles = set()
    for stack in stacks(project):
        if PLAIN in _read_by(project, stack):
            roles.add(role(project, stack))
    if roles - {None} and len(roles - {None}) == 1 and not _implicitly_read(project):
        return (roles - {None}).pop()
    return None


def _read_by(project: Project, stack: Stack) -> Iterator[str]:
    """The env files that a stack reads or that its callers pass, made or not."""
    yield from stack.env_files
    for layers in services(project, stack).values():
        for layer in layers:
            for entry in layer.env_files:
                written = settled(entry.path.value)
                if written is not None:
                    yield join(stack.project_directory, written)


def _implicitly_read(project: Project) -> bool:
    """Whether some call has Compose look for the root's `.env` by itself: it would not find it any more."""
    for path, said in commands(project).items():
        for call in said.invocations:
            files = looked_up(project, call) if call.implicit else tuple(ref.target for ref in call.files)
            directory = call.project_directory
            if directory is None and files:
                directory = dirname(files[0])
            if not call.env_files and directory == "" and project.kinds[path] != "document":
                return True
    return False


def _read_by_code(project: Project) -> Iterator[str]:
    """The env files that code names: it would look for them where they were."""
    for ref in references(project):
        if project.kinds.get(ref.at.path) == "python" and ref.kind == "path":
            yield ref.target


def _hidden(project: Project, moves: Mapping[str, str]) -> Iterator[Change]:
    """What git did not see where it was, it does not see where it goes."""
    ignores = git_ignores(project)
    if all(ignores(new) or not ignores(old) for old, new in moves.items() if not is_example(old)):
        return
    lines = [_HIDDEN, _SHOWN]
    source = project.sources.get(".gitignore")
    if source is None:
        return
    lead = "" if not source.text or source.text.endswith("\n") else source.newline
    end = len(source.text)
    yield Edit(source.path, Span(end, end), lead + "".join(f"{line}{source.newline}" for line in lines))
