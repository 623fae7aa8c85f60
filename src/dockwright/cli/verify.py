"""`dockwright verify`: the stack that runs, checked from the outside, the inside and the kernel's side."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from posixpath import dirname
from typing import Any

from msgspec.structs import replace

from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.engine.docker import certificates, interruptible, reached
from dockwright.errors import DockwrightError, UsageError, did_you_mean
from dockwright.project.images import images
from dockwright.project.lock import Lock, lock
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, label, stacks
from dockwright.project.tls import serving
from dockwright.report import verified as report
from dockwright.syntax import makefile
from dockwright.tools import Engine, StackFiles
from dockwright.verify import cache, starting
from dockwright.verify.evidence import failed, passed
from dockwright.verify.live import containers, read, resolved
from dockwright.verify.run import Verified, Wish, checked

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
with --disturb or --up:
  stop         SIGTERM ends each service of ours in time, with 0 or 143
  restart      one that is killed comes back where its policy says so
with --rebuild or --up:
  cache        a rebuild takes all from the cache, and one with a source file
               changed (in a copy) the dependencies
with --up:
  data         what is written to a database is there after down and up
"""

_EPILOG = """\
examples:
  dockwright verify dev                  the development stack, which is up
  dockwright verify prod --up            build, start, check, take down again
  dockwright verify dev --disturb        also stop and kill its services
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
    options.add_argument("--disturb", action="store_true", help="also stop and kill services; they come back")
    options.add_argument("--rebuild", action="store_true", help="also build its images again, under another name")
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
    wish = Wish(given.disturb or given.up, False, given.rebuild or given.up, given.timeout)
    with interruptible() as deaf:
        seen = _verified(project, stack, engine, wish, up=given.up, deaf=deaf)
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


def _verified(
    project: Project, stack: Stack, engine: Engine, wish: Wish, *, up: bool, deaf: Callable[[], None]
) -> Verified:
    """What is seen of a stack, which is brought up for that with `up`. `deaf` makes sure that it comes down again."""
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
            started = starting.up(engine, files, model, wish.timeout)
            if not started.well:
                way_out = "its last lines are below" if started.sick else started.way_out
                found = failed("up", project_name, started.complaint, way_out)
                return Verified(name, project_name, (found,), time.perf_counter() - begun, started.sick)
            evidence.append(passed("up", project_name, f"all is well after {started.seconds:.1f} s"))
            sick: tuple[starting.Sick, ...] = ()
        else:
            sick = starting.settle(engine, model, wish.timeout)
        live = read(
            engine,
            files,
            model,
            role=role(project, stack),
            certificates=certificates(project.root, _certificate_folders(project)),
            secret_files=_secret_files(model),
        )
        evidence += checked(
            live,
            engine,
            _lock(project, model),
            _bases(project),
            partial(_context, project),
            replace(wish, own=up and not was_up),
        )
        return Verified(name, project_name, tuple(evidence), time.perf_counter() - begun, sick)
    finally:
        if up and not was_up:
            deaf()
            starting.down(engine, files)
            # What was being made when we were interrupted may have come to be after that.
            if any(each.running for each in containers(engine, model)):
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


def _secret_files(model: Mapping[str, Any]) -> dict[str, str]:
    """What is in the files that a stack's secrets are made from, where these can be read."""
    found = {}
    for name, secret in (model.get("secrets") or {}).items():
        try:
            with open(secret.get("file") or "", encoding="utf-8", errors="replace") as file:
                found[name] = file.read(1 << 16)
        except OSError:
            continue
    return found


def _context(project: Project, folder: str, dockerfile: str, target: str) -> cache.Context | None:
    """What is known of a build context, given by absolute paths."""
    root = os.path.realpath(project.root)
    below = [os.path.relpath(os.path.realpath(path), root) for path in (folder, dockerfile)]
    if any(each.startswith("..") for each in below):
        return None
    return cache.context(project, join("", below[0]), join("", below[1]), target)


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
