"""The environments that a Makefile can start: how Compose is called for each, and what its targets act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename, dirname

from msgspec import Struct

from dockwright.facts.base_images import repository
from dockwright.facts.data_services import data_service
from dockwright.facts.database_clients import CLIENTS
from dockwright.project.commands import Invocation, read_commands
from dockwright.project.compose import DEFAULT_NAMES
from dockwright.project.env_names import is_example
from dockwright.project.interpolated import stack_calls
from dockwright.project.model import Project
from dockwright.project.one_shots import unawaited
from dockwright.project.references import join
from dockwright.project.roles import PRODUCTION, ROLES, role
from dockwright.project.running import Running, running
from dockwright.project.stacks import Stack
from dockwright.syntax import makefile, shell

ENV_FOLDER = "env"
_ENDINGS = (".example", ".sample", ".template", ".dist")
_USUAL = ("app", "web", "api", "backend", "server", "django")
_WITH_TOOLS = frozenset({"development", "test"})
_FOLDERS = frozenset(
    "ci .ci compose deploy deployment deployments dev docker .docker docker-compose docker_compose infra "
    "infrastructure local ops prod production staging".split()
)
"""Folders that hold a project's infrastructure: a stack elsewhere is some part's, some test's or an example."""
_PROXIES = frozenset(
    {"caddy", "haproxy", "httpd", "nginx", "nginxinc/nginx-unprivileged", "openresty/openresty", "traefik"}
)
_PROGRAMS = (["docker", "compose"], ["docker-compose"])


class Environment(Struct, frozen=True):
    """An environment: its role, and the stack with what its services run.

    `call` is what calls Compose for it, in a Makefile's words; `env_files` are those that the call passes. `app` is the
    service of the application, `database` the service of the database and the command that opens its shell.
    `waits` is whether `up --wait` can succeed: nothing in the stack ends unawaited.
    """

    tag: str
    stack: Stack
    runs: Mapping[str, Running]
    call: str
    env_files: tuple[str, ...]
    app: Running | None
    database: tuple[str, str] | None
    waits: bool

    @property
    def production(self) -> bool:
        """Whether it is on a server."""
        return self.tag in PRODUCTION


def environments(project: Project, file: makefile.Makefile | None) -> tuple[tuple[Environment, ...], tuple[str, ...]]:
    """The environments in the order of `ROLES`; and the roles that several stacks share, so that none is theirs."""
    found: list[Environment] = []
    shared: list[str] = []
    for tag in ROLES:
        candidates = [
            (stack, runs) for stack, runs in running(project) if _is_own(stack) and role(project, stack) == tag
        ]
        if not candidates:
            continue
        chosen = _chosen(project, candidates)
        if chosen is None:
            shared.append(tag)
            continue
        found.append(_environment(project, file, tag, *chosen))
    return tuple(found), tuple(shared)


def example_of(project: Project, env_file: str) -> str | None:
    """The example that an env file is made from."""
    return next((env_file + end for end in _ENDINGS if project.is_file(env_file + end)), None)


def _is_own(stack: Stack) -> bool:
    """Whether a stack is the project's own, by the folder that it is in."""
    folder = dirname(stack.files[0])
    return stack.name != "devcontainer" and (not folder or _FOLDERS.issuperset(folder.lower().split("/")))


_Candidate = tuple[Stack, Mapping[str, Running]]


def _chosen(project: Project, candidates: list[_Candidate]) -> _Candidate | None:
    """The one stack of a role: that of the root or of its own folder of compose files, and the one that people call."""

    def calls(candidate: _Candidate) -> int:
        return sum(1 for _ in stack_calls(project, candidate[0]))

    def depth(candidate: _Candidate) -> int:
        folder = dirname(candidate[0].files[0])
        return 0 if folder in ("", "compose") else folder.count("/") + 1

    best = min(map(depth, candidates))
    near = [each for each in candidates if depth(each) == best]
    most = max(map(calls, near))
    called = [each for each in near if calls(each) == most]
    return called[0] if len(called) == 1 else None


def _environment(
    project: Project, file: makefile.Makefile | None, tag: str, stack: Stack, runs: Mapping[str, Running]
) -> Environment:
    env_files = _env_files(project, tag, stack)
    return Environment(
        tag,
        stack,
        runs,
        _call(project, file, stack, env_files),
        env_files,
        _app(runs),
        _database(runs),
        not unawaited(run.service for run in runs.values()) and not any(map(_is_tests, runs.values())),
    )


def _env_files(project: Project, tag: str, stack: Stack) -> tuple[str, ...]:
    """What calls of the stack pass; else the environment's own env file, where it or its example is there."""
    own = join(ENV_FOLDER, f".env.{tag}")
    if own in stack.env_files or project.is_file(own) or example_of(project, own) is not None:
        return (own,)
    for _, call, _ in stack_calls(project, stack):
        named = tuple(ref.target for ref in call.env_files)
        if named and not any(map(is_example, named)):
            return named
    return ()


def _call(project: Project, file: makefile.Makefile | None, stack: Stack, env_files: Sequence[str]) -> str:
    """How a recipe calls Compose for the stack: by the user's own variable where one does."""
    program = "docker compose"
    for name, call in _variables(project, file):
        passed = tuple(ref.target for ref in call.env_files)
        if _is_stack(call, stack) and passed == tuple(env_files):
            return f"$({name})"
        if _is_stack(call, stack) and not passed:
            return " ".join([f"$({name})", *_options("--env-file", env_files)])
        if not call.files and not passed and call.project_name is None and call.project_directory is None:
            program = f"$({name})"
    found = [program]
    if not (stack.implicit and basename(stack.files[0]) in DEFAULT_NAMES and not dirname(stack.files[0])):
        found += _options("-f", stack.files)
    if stack.directory_given:
        found += _options("--project-directory", [stack.project_directory or "."])
    if stack.named_by == "option":
        found += ["-p", stack.project_name]
    return " ".join([*found, *_options("--env-file", env_files)])


def _options(option: str, values: Sequence[str]) -> list[str]:
    return [f"{option} {shell.quote(value).replace('$', '$$')}" for value in values]


def _variables(project: Project, file: makefile.Makefile | None) -> Iterator[tuple[str, Invocation]]:
    """The variables of the user's that call Compose and say no more than of which stack."""
    if file is None:
        return
    for name, definitions in file.definitions.items():
        if len(definitions) != 1 or definitions[0].conditions or definitions[0].define:
            continue
        expanded = makefile.expand_for_shell(file, definitions[0].value)
        commands = shell.parse(expanded.mapped, expanded.opaque).commands
        if len(commands) != 1 or expanded.opaque:
            continue
        words = [word.value for word in commands[0].words]
        if not any(words[: len(program)] == program for program in _PROGRAMS):
            continue
        said = read_commands(file.source.path, expanded.mapped, "", project.is_file, expanded.opaque)
        if len(said.invocations) == 1 and said.invocations[0].subcommand is None and said.invocations[0].whole:
            yield name, said.invocations[0]


def _is_stack(call: Invocation, stack: Stack) -> bool:
    if tuple(ref.target for ref in call.files) != stack.files:
        return False
    directory = dirname(stack.files[0]) if call.project_directory is None else call.project_directory
    return directory == stack.project_directory and (stack.named_by != "option" or bool(call.project_name))


def has_tools(run: Running | None) -> bool:
    """Whether a service's image has what the development group asks for: it is built to one of the stages for that."""
    return run is not None and run.stage is not None and run.stage.name in _WITH_TOOLS


def _app(runs: Mapping[str, Running]) -> Running | None:
    """The application: the web server that is built here, else the service that is called so or that alone is built."""
    built = [run for run in runs.values() if _is_built(run) and not run.service.written("profiles")]
    web = [run for run in built if run.server is not None and run.server.role == "web"]
    named = [run for name in _USUAL for run in built if run.service.name == name]
    ranked = [*(run for run in named if run in web), *web, *named, *(built if len(built) == 1 else ())]
    return ranked[0] if ranked else None


def _is_built(run: Running) -> bool:
    """Whether a service's image is built here, and is no proxy's."""
    if run.image is None or run.stage is None:
        return False
    return repository(run.image.base(run.stage)) not in _PROXIES


def _database(runs: Mapping[str, Running]) -> tuple[str, str] | None:
    for name, run in runs.items():
        known = data_service(run.service.image)
        if known is not None and known.title in CLIENTS and not run.service.builds:
            return name, CLIENTS[known.title]
    return None


def _is_tests(run: Running) -> bool:
    """Whether a service runs the tests and ends."""
    return any("pytest" in [word.rpartition("/")[2] for word in process.words] for process in run.processes)
