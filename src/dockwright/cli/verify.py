"""`dockwright verify`: the stack that runs, checked from the outside, the inside and the kernel's side."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from posixpath import dirname

from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.engine.docker import certificates, reached
from dockwright.errors import DockwrightError, UsageError, did_you_mean
from dockwright.project.images import images
from dockwright.project.lock import Lock, lock
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.roles import PRODUCTION, role
from dockwright.project.stacks import Stack, label, stacks
from dockwright.project.tls import serving
from dockwright.report import verified as report
from dockwright.syntax import makefile
from dockwright.tools import Engine, StackFiles
from dockwright.verify import starting
from dockwright.verify.evidence import failed, passed
from dockwright.verify.live import containers, read, resolved
from dockwright.verify.run import Verified, checked

_DESCRIPTION = """\
Check a compose stack that runs. ENV is what the stack is for (dev, test, ci,
staging, prod), or its name; `dockwright show` lists them.

  health       every service is healthy, and what runs once ended with 0
  answers      servers answer on their published ports, and their certificates
               hold; databases answer a query of their own client
  user         processes run as a number that is not root's, as declared
  ownership    files below the application's folder belong to its user
  ports        what is published is what is declared, and databases are not
               open to everybody
  environment  the variables of the files arrive (names are shown, values never)
  logs         no permission errors, tracebacks, storms of warnings, or secrets
  limits       capabilities, privileges, read-only root, memory, processors and
               processes as declared, by what the kernel says
  network      a database that publishes nothing is out of reach from outside
  image        production: no keys, env files, history, tests or caches in it;
               what is installed is what uv.lock says
  stop         with --up or --stop: SIGTERM ends each service in time
"""

_EPILOG = """\
examples:
  dockwright verify dev                  the development stack, which is up
  dockwright verify prod --up            build, start, check, take down again
  dockwright verify dev --stop           also stop and start each service
  dockwright verify ci --up --format json

It ends with 1 where a check fails, and with 3 where nothing can be asked: no
engine, or a stack that is not up. It changes nothing; with --up it leaves
nothing running that it started, and volumes stay. A stack that is up already
stays up.
"""


_WRITERS: dict[str, Callable[[Verified], str]] = {
    "text": report.text,
    "json": report.json,
    "markdown": report.markdown,
}


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("verify", _DESCRIPTION, _EPILOG)
    options.add_argument("env", metavar="ENV", help="the stack: what it is for, or its name")
    add_path(options)
    add_format(options, "json", "markdown")
    options.add_argument("--up", action="store_true", help="build and start the stack, and take it down in the end")
    options.add_argument("--stop", action="store_true", help="also stop each service of ours, and start it again")
    options.add_argument(
        "--timeout",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="how long to wait until all is well (default: 120)",
    )
    given = options.parse_args(arguments)
    project, _ = read_project(given.path)
    stack = chosen(project, given.env)
    if given.format == "text":
        print_notices(project)
    engine = reached(project.root)
    seen = _verified(project, stack, engine, up=given.up, stopping=given.up or given.stop, timeout=given.timeout)
    sys.stdout.write(_WRITERS[given.format](seen))
    return 1 if seen.count("fail") else 0


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 86400:
        raise ValueError(text)
    return seconds


def chosen(project: Project, env: str) -> Stack:
    """The stack that somebody means: by its name, else by what it is for; of several the one that most calls start.

    Raises UsageError where there is none.
    """
    known = stacks(project)
    found = [stack for stack in known if stack.name == env] or [stack for stack in known if role(project, stack) == env]
    if found:
        return max(found, key=lambda stack: len(stack.invoked_from))
    names = sorted({role(project, stack) or stack.name for stack in known})
    if not names:
        raise UsageError("there is no compose file here", path=project.root)
    hint = did_you_mean(env, names) or f"there are: {', '.join(names)}"
    raise UsageError(f"no stack is called {env}", hint=hint)


def _verified(project: Project, stack: Stack, engine: Engine, *, up: bool, stopping: bool, timeout: float) -> Verified:
    begun = time.perf_counter()
    files = _files(project, stack)
    model = resolved(engine, files)
    name, project_name = label(project, stack), str(model.get("name"))
    was_up = any(each.running for each in containers(engine, model))
    if not up and not was_up:
        hint = f"start it: {_way_up(project, stack)}; or let `dockwright verify --up` do it"
        raise DockwrightError(f"the stack {name} ({project_name}) is not up", hint=hint)
    try:
        evidence = []
        if up and not was_up:
            started = starting.up(engine, files, model, timeout)
            if started.error or started.sick:
                reason = started.error or "; ".join(f"{each.service}: {each.reason}" for each in started.sick)
                found = failed(
                    "up", project_name, reason, "its last lines are below" if started.sick else "mend that first"
                )
                return Verified(name, project_name, (found,), time.perf_counter() - begun, started.sick)
            evidence.append(passed("up", project_name, f"all is well after {started.seconds:.1f} s"))
            sick: tuple[starting.Sick, ...] = ()
        else:
            sick = starting.settle(engine, model, timeout)
        live = read(
            engine,
            files,
            model,
            production=role(project, stack) in PRODUCTION,
            certificates=tuple(certificates(project.root, _certificate_folders(project))),
        )
        evidence += checked(live, engine, _lock(project, model), _bases(project), stopping=stopping)
        return Verified(name, project_name, tuple(evidence), time.perf_counter() - begun, sick)
    finally:
        if up and not was_up:
            starting.down(engine, files)


def _files(project: Project, stack: Stack) -> StackFiles:
    """The stack as Compose is told of it. Of env files those that are there, since calls may name several.

    Raises DockwrightError where calls name some, and none is there.
    """
    there = tuple(path for path in stack.env_files if os.path.isfile(os.path.join(project.root, path)))
    if stack.env_files and not there:
        path = stack.env_files[0]
        example = next((each for each in (f"{path}.example", f"{path}.sample") if each in project.sources), None)
        hint = (
            f"make it from its example: cp {example} {path}"
            if example
            else f"the way up makes it: {_way_up(project, stack)}"
        )
        raise DockwrightError("the stack's env file is not there", path=path, hint=hint)
    name = stack.project_name if stack.named_by == "option" else None
    return StackFiles(stack.files, there, stack.project_directory, name)


def _way_up(project: Project, stack: Stack) -> str:
    """The Make target that starts a stack, else the command."""
    wanted = {f"{name}-up" for name in (stack.name, role(project, stack)) if name}
    for source in project.of_kind("make"):
        for rule in project.trees.of(makefile.parse, source).rules:
            for target in rule.targets:
                if target.text in wanted:
                    folder = dirname(source.path)
                    return f"make -C {folder} {target.text}" if folder else f"make {target.text}"
    words = [f"-f {path}" for path in stack.files] + [f"--env-file {path}" for path in stack.env_files]
    return f"docker compose {' '.join(words)} up -d --wait"


def _bases(project: Project) -> list[str]:
    """The images that the project's own are built on."""
    return sorted({image.base(stage) for image in images(project) for stage in image.shipped})


def _certificate_folders(project: Project) -> list[str]:
    """Where the certificates lie that services read, and the authority's beside them."""
    return sorted({"certs", *(dirname(pair.certificate) for pair in serving(project).pairs)})


def _lock(project: Project, model: object) -> Lock | None:
    """The lock in the folder that the stack's images are built from, else the project's."""
    services = model.get("services") if isinstance(model, dict) else None
    for service in (services or {}).values():
        context = (service.get("build") or {}).get("context")
        if isinstance(context, str) and os.path.isabs(context):
            below = os.path.relpath(context, os.path.realpath(project.root))
            found = None if below.startswith("..") else lock(project, join("", below))
            if found is not None:
                return found
    return lock(project, "")
