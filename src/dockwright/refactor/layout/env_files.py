"""Env files to their folder, each named for its environment, real ones hidden from git as before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename, dirname

from dockwright.finding import Intent
from dockwright.project.compose import settled
from dockwright.project.documents import is_history
from dockwright.project.env_names import environment, git_ignores, is_example
from dockwright.project.model import Project
from dockwright.project.modules import in_tests, python_files
from dockwright.project.naming import mentions, references
from dockwright.project.references import join
from dockwright.project.resolved import differences
from dockwright.project.roles import role
from dockwright.project.stacks import ENVIRONMENTS, Stack, commands, compose_files, looked_up, services, stacks
from dockwright.refactor.layout.rewriting import OWNER, Rewriting
from dockwright.refactor.step import Deferred, Proposal
from dockwright.text import Change, Edit, Site, Span, lazy_regex

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

_LOADS = lazy_regex(r"\b(?:load_dotenv|find_dotenv|dotenv_values|read_env)\(|^(?:from|import) decouple\b", re.MULTILINE)
"""Code that looks for `.env` upwards from where it lies or runs: python-dotenv, django-environ, environs, decouple."""

_REAL = lazy_regex(r"[._-](?:example|sample|template|dist)$")
_FURTHER = lazy_regex(
    r"\.env\.(\w+)(\.(?!(?:example|sample|template|dist)$)\w+)(?:[._-](?:example|sample|template|dist))?"
)
"""`.env.prod.db`: an environment, and one of its services."""

_TOLD = frozenset({"document", "make", "task"})
_STARTS = lazy_regex(
    r"(?m)^[ \t$>@]*(?:(?:poetry|pipenv|pdm|uv|hatch) run +)?"
    r"(?:(?:uvicorn|gunicorn|hypercorn|daphne)[ \t]+(?:-|\S*[:.]\w)|(?:fastapi|flask|celery)[ \t]+(?:run|dev|db|-)"
    r"|alembic[ \t]+(?:upgrade|revision|downgrade|-)"
    r"|python3? +(?:-m +\w|\S*(?:manage|main|app|run)\.py\b))"
)
"""A line that starts a program where one types it, and not in a container."""

_READS_IT = lazy_regex(r"(?:\benv_file\s*=\s*[(\[]?\s*|\b(?:RepositoryEnv|Config)\(\s*)([\"'](?:\.{1,2}/)*\.env[\"'])")
"""pydantic-settings, python-decouple and starlette, told of the file by its name: a container has none."""

_HIDDEN = f"{ENV_FOLDER}/.env.*"
_SHOWN = f"!{ENV_FOLDER}/.env.*.example"


class EnvFiles:
    """Moves the env files of the root to `env/`."""

    name = OWNER
    title = "Env files in their own folder, one an environment, every reference to them rewritten"

    def propose(self, project: Project) -> Proposal:
        """The env files' move; what only a running program reads stays."""
        read = _read_on_the_host(project)
        moves, expected = _moves(project, read is not None)
        staying = [] if read is None else [path for path in _moves(project, plain_stays=False)[0] if path not in moves]
        left = tuple(_left(staying, read)) if read is not None else ()
        if not moves:
            return Proposal((), left)
        moving = Rewriting(project, moves, expected)
        mentioned = [
            ref for ref in mentions(project, moving.renamed) if project.kinds.get(ref.at.path) in _READ_FOR_THEIR_TEXT
        ]
        what = "the env file" if len(moves) == 1 else f"{len(moves)} env files"
        edits = list(moving.following(mentioned))
        made = moving.proposal(
            f"move {what} to {ENV_FOLDER}/",
            f"{', '.join(moves)}: stay in the root",
            edits,
            _expected_elsewhere(project, edits, expected),
            others=_hidden(project, moves),
        )
        return Proposal(made.fixes, (*made.deferred, *left))


def _moves(project: Project, plain_stays: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Each env file of the root with its new place; and the same for a `.env` that only others name yet."""
    plain = None if plain_stays else _plain_role(project)
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
    expected = dict(_not_yet_made(project, found))
    if plain is not None and PLAIN not in project.sources and any(path in _EXAMPLES_OF_IT for path in found):
        new = join(ENV_FOLDER, f"{PLAIN}.{plain}")
        if new not in found.values() and any(ref.target == PLAIN for ref in references(project)):
            expected[PLAIN] = new
    return found, expected


def _not_yet_made(project: Project, moves: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files that moved examples are copied to and that others name, with their new places."""
    named = {ref.target for ref in references(project)}
    for path, new in moves.items():
        real = _REAL.sub("", path)
        if is_example(path) and real not in (PLAIN, path) and real not in project.sources and real in named:
            yield real, new.removesuffix(".example")


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
    further = _FURTHER.fullmatch(path)
    if further is not None and further[1].lower() in ENVIRONMENTS:
        return join(ENV_FOLDER, f"{PLAIN}.{ENVIRONMENTS[further[1].lower()]}{further[2]}{tail}")
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
    if any(not in_tests(source.path) for source in python_files(project.sources, _LOADS.search)):
        yield PLAIN
        yield from _EXAMPLES_OF_IT


def _read_on_the_host(project: Project) -> Site | None:
    """Where the program itself reads `.env`, if people start it without a container: there it has to stay."""
    started = any(
        _STARTS.search(source.text) is not None
        for path, source in project.sources.items()
        if project.kinds.get(path) in _TOLD and not is_history(path)
    )
    if not started:
        return None
    for source in project.of_kind("python"):
        match = None if in_tests(source.path) else _READS_IT.search(source.text)
        if match is not None:
            return Site(source.path, Span(*match.span(1)))
    return None


def _left(staying: Iterable[str], read: Site) -> Iterator[Deferred]:
    for path in staying:
        what = f"move {path} to {ENV_FOLDER}/"
        yield Deferred(OWNER, what, f"{read.path} reads {PLAIN} in the root when it runs without a container", read)


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
