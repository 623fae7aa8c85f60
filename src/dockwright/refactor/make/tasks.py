"""What every environment's targets run, and the tasks beside them: test, lint, migrate, verify, certs, clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from dockwright.facts.start_commands import migrates
from dockwright.project.command_lines import command_lines
from dockwright.project.model import Project
from dockwright.project.python_side import packagings
from dockwright.project.running import Running
from dockwright.project.tls import serving
from dockwright.refactor.make.environments import Environment, has_tools
from dockwright.syntax import shell


class Verb(Struct, frozen=True):
    """A target that every environment has. `run` gives the words behind the call of Compose, None where it has none.

    `told` is what the help says, and `more` what it adds where all of the targets are ours. `expected` are the
    subcommands of Compose that keep the promise in a target of the user's own.
    """

    name: str
    told: str
    more: str
    run: Callable[[Environment], str | None]
    expected: frozenset[str]


def _up(each: Environment) -> str:
    return "up -d --wait" if each.waits else "up -d"


def _shell(each: Environment) -> str | None:
    return None if each.app is None else f"exec {each.app.service.name} sh"


def _database_shell(each: Environment) -> str | None:
    if each.database is None:
        return None
    service, client = each.database
    return f"exec {service} sh -c 'exec {client}'".replace("$", "$$")


def _always(words: str) -> Callable[[Environment], str | None]:
    return lambda each: words


_EXEC = frozenset({"exec", "run"})
_BUILD = frozenset({"build", "up"})

VERBS: tuple[Verb, ...] = (
    Verb("up", "start {}", " and wait until it is healthy", _up, frozenset({"up", "start", "watch"})),
    Verb("down", "stop it", "; its volumes stay", _always("down"), frozenset({"down", "stop"})),
    Verb("restart", "restart its services", "", _always("restart"), frozenset({"restart", "up", "down"})),
    Verb("status", "show its services", " and their health", _always("ps -a"), frozenset({"ps"})),
    Verb("logs", "follow its logs", "", _always("logs -f --tail 100"), frozenset({"logs"})),
    Verb("build", "build its images", "", _always("build"), _BUILD),
    Verb("rebuild", "build its images again", ", from scratch", _always("build --no-cache"), _BUILD),
    Verb("shell", "open a shell in its application's container", "", _shell, _EXEC),
    Verb("db-shell", "open a shell of its database", "", _database_shell, _EXEC),
)


class Task(Struct, frozen=True):
    """A target of its own: its recipe's lines, and the environments whose env files it needs.

    In a recipe `$(compose_dev)` is the variable that calls Compose for development.
    """

    name: str
    told: str
    recipe: tuple[str, ...]
    uses: tuple[str, ...] = ()


_CHECKERS = {"ruff": "RUFF_CACHE_DIR", "mypy": "MYPY_CACHE_DIR"}
"""Each with the variable that says where its cache is: both end with an error where they cannot write it, as on a mount
that belongs to the host's root.
"""
_NOT_HERE = ("--output", "--fix", "--junit", "--version")
"""Options of calls that report to somebody else, that change files, or that check nothing."""


def tasks(project: Project, known: Sequence[Environment]) -> Iterator[Task]:
    """The tasks that the project has what they need for."""
    by_tag = {each.tag: each for each in known}
    for tag, told in (("test", "run the tests in the test stack"), ("ci", "run the tests as CI does")):
        alone = tag in by_tag and len(_of_one_project(by_tag[tag], known)) == 1
        if alone and (words := _tests(project, by_tag[tag])) is not None:
            # `||` keeps a shell that stops at errors from leaving the stack behind.
            run = f"@rc=0; $(compose_{tag}) run --build --rm {words} || rc=$$?; $(compose_{tag}) down -v; exit $$rc"
            yield Task(tag, f"{told}, and leave nothing running", (run,), (tag,))
    dev = by_tag.get("dev")
    checks = tuple(_checks(project, dev))
    if checks:
        programs = " and ".join(dict.fromkeys(program for program, _ in checks))
        uses = ("dev",) if any("$(compose_dev)" in line for _, line in checks) else ()
        yield Task("lint", f"run {programs}", tuple(line for _, line in checks), uses)
    migration = None if dev is None else _migration(dev.runs)
    if migration is not None:
        line = f"@$(compose_dev) run --rm {migration}"
        yield Task("migrate", "bring the development database up to date", (line,), ("dev",))
    running = next((each for each in known if not each.production), known[0])
    yield Task("verify", f"check the running {running.tag} stack", (f"@dockwright verify {running.tag}",))
    if serving(project).names and not _makes_certificates(project):
        yield Task("certs", "make the certificates for development", ("@dockwright certs",))
    gone = tuple(each.tag for each in known if not any(other.production for other in _of_one_project(each, known)))
    if gone:
        told = f"take {_listed(gone, 'and')} down, with all {'their' if len(gone) > 1 else 'its'} data"
        yield Task("clean", told, tuple(f"@$(compose_{tag}) down -v --remove-orphans" for tag in gone), gone)


def _makes_certificates(project: Project) -> bool:
    """Whether a target of the user's own makes certificates, whatever it is called."""
    return any(
        line.name == "mkcert"
        or (line.name == "openssl" and {"req", "x509"} & {w.value for w in line.command.words[1:2]})
        for line in command_lines(project)
        if project.kinds[line.path] == "make"
    )


def _of_one_project(each: Environment, known: Sequence[Environment]) -> list[Environment]:
    """The environments that Compose takes for one and the same project: they share containers and volumes."""
    return [other for other in known if other.stack.project_name == each.stack.project_name]


def of_environments(known: Sequence[Environment]) -> str:
    """`an environment (dev, test, ci or prod)`, `the environment dev`."""
    tags = [each.tag for each in known]
    return f"the environment {tags[0]}" if len(tags) == 1 else f"an environment ({_listed(tags, 'or')})"


def _listed(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _tests(project: Project, each: Environment) -> str | None:
    """The service that runs the tests, and pytest where the service itself runs something else."""
    for name, run in each.runs.items():
        if any("pytest" in process.words for process in run.processes) and run.image is not None:
            return name
    image = None if each.app is None else each.app.image
    if each.app is None or image is None or not has_tools(each.app) or "pytest" not in _tools(project, image.context):
        return None
    return f"{each.app.service.name} pytest"


def _tools(project: Project, folder: str = "") -> frozenset[str]:
    """What the project in a folder asks for, in any group."""
    return frozenset(
        dependency.name for each in packagings(project) if each.folder == folder for dependency in each.dependencies
    )


def _checks(project: Project, dev: Environment | None) -> Iterator[tuple[str, str]]:
    """The checks that the pipeline makes, or ruff's own default; in the development image where it has the tools."""
    tools = _tools(project)
    for program, default in (("ruff", ("ruff check .",)), ("mypy", _mypy(project))):
        prefix = _where(project, dev, program)
        if program in tools and prefix is not None:
            said = [line for name, line in _in_pipelines(project) if name == program]
            for line in dict.fromkeys(said or default):
                yield program, f"@{prefix} {line}"


def _where(project: Project, dev: Environment | None, program: str) -> str | None:
    if dev is not None and dev.app is not None and has_tools(dev.app):
        cache = f"-e {_CHECKERS[program]}=/tmp/{program}"
        return f"$(compose_dev) run --rm --no-deps {cache} {dev.app.service.name}"
    return "uv run --locked" if project.is_file("uv.lock") and project.is_file("pyproject.toml") else None


def _mypy(project: Project) -> tuple[str, ...]:
    """Mypy says what it checks where its settings do not."""
    file = project.toml("pyproject.toml")
    said = None if file is None else file.get("tool", "mypy")
    return ("mypy",) if isinstance(said, dict) and {"files", "packages", "modules"} & said.keys() else ()


def _in_pipelines(project: Project) -> Iterator[tuple[str, str]]:
    """How workflows call ruff and mypy, where the call is plain words and mends nothing."""
    for line in command_lines(project):
        words = [word.value for word in line.command.words]
        if project.kinds[line.path] != "ci" or line.folder or None in words:
            continue
        known = [word for word in words if word is not None]
        at = next((index for index, word in enumerate(known) if word in _CHECKERS), len(known))
        led = at == 0 or known[:2] in (["uv", "run"], ["poetry", "run"], ["python", "-m"])
        if at < len(known) and led and not any(word.startswith(_NOT_HERE) for word in known[at:]):
            yield known[at], " ".join(map(shell.quote, known[at:])).replace("$", "$$")


def _migration(runs: Mapping[str, Running]) -> str | None:
    """The service that migrates and does nothing else."""
    for name, run in runs.items():
        if run.processes and all(migrates(process.words) for process in run.processes):
            return name
    return None
