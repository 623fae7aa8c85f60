"""`dockwright doctor`: why a project does not run here, and what mends it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from dockwright.change.access import LinuxLists
from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.mending import mended
from dockwright.cli.verify import chosen
from dockwright.doctor.case import Case
from dockwright.doctor.run import Diagnosed, diagnosed
from dockwright.engine.docker import RealEngine, environment
from dockwright.engine.host import RealHost
from dockwright.errors import UsageError
from dockwright.project.model import Project
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, stacks
from dockwright.report import diagnosed as report
from dockwright.tools import Engine, Host

_DESCRIPTION = """\
Find out why a project does not run on this machine: the cause, what was seen of
it, and the command that mends it.

ENV is what a stack is for (dev, test, ci, staging, prod), or its name. Without
it, the development stack and those that have containers here are looked at; all
of them, where there are none such.
"""

_EPILOG = """\
An image that is not here yet is built, to see whether it can be. Without a
Docker engine it says what files and the machine tell. It changes nothing else;
with --fix it makes the mends that can be checked or taken back: files through
the journal, so that `dockwright undo` gives them back. Nothing is ever deleted.

examples:
  dockwright doctor                      the development stack
  dockwright doctor prod ../shop         another one, elsewhere
  dockwright doctor dev --build          also why its images do not build
  dockwright doctor --fix                mend what can be mended safely

exit code: 0 healthy, 1 something stops or hurts
"""

_WRITERS: dict[str, Callable[[Diagnosed], str]] = {
    "text": report.text,
    "json": report.json,
    "markdown": report.markdown,
}


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("doctor", _DESCRIPTION, _EPILOG)
    options.add_argument("env", nargs="?", metavar="ENV", help="the stack: what it is for, or its name")
    options.add_argument("path", nargs="?", metavar="PATH", help="the project's folder (default: the current one)")
    options.add_argument("--fix", action="store_true", help="make the safe mends")
    options.add_argument("--build", action="store_true", help="build the images, also those that are here already")
    add_format(options, "json", "markdown")
    given = options.parse_args(arguments)
    env, path = _meant(given.env, given.path)
    # The engine knows folders by where they really are.
    path = os.path.realpath(path)
    project, _ = read_project(path)
    if given.format == "text":
        print_notices(project)
    host, docker = reached(project.root)
    case = Case(project, _stacks(project, env, docker), host, docker, environment(), given.build)
    seen = mended(case, lambda: _again(case, path, env)) if given.fix else diagnosed(case)
    sys.stdout.write(_WRITERS[given.format](seen))
    return 0 if seen.healthy else 1


def reached(root: str) -> tuple[Host, Engine | None]:
    """This machine, and its `docker` where it is installed."""
    lists = LinuxLists(Path("/"))
    host = RealHost(lambda path: lists.readers(path.lstrip("/")))
    return host, None if host.program("docker") is None else RealEngine(root)


def _meant(env: str | None, path: str | None) -> tuple[str | None, str]:
    """ENV and PATH, either of which may have been left out: a single word is a folder where no stack is called so."""
    if env is None or path is not None:
        return env, path or "."
    if os.sep in env or env in (os.curdir, os.pardir):
        return None, env
    if os.path.exists(env):
        here, _ = read_project(".")
        try:
            chosen(here, env)
        except UsageError:
            return None, env
    return env, "."


def _again(case: Case, path: str, env: str | None) -> Case:
    """The same case as it is by now."""
    project, _ = read_project(path)
    return Case(project, _stacks(project, env, case.docker), case.host, case.docker, case.environ, case.building)


def _stacks(project: Project, env: str | None, docker: Engine | None) -> tuple[Stack, ...]:
    if env is not None:
        return _chosen(project, env)
    known = stacks(project)
    here = _running_here(docker)
    meant = tuple(stack for stack in known if role(project, stack) == "dev" or stack.project_name in here)
    # A file that nothing calls may be a part of some other stack.
    called = tuple(stack for stack in known if stack.invoked_from or len(known) == 1)
    return meant or called or known


def _chosen(project: Project, env: str) -> tuple[Stack, ...]:
    """The stack that is meant. A compose file that cannot be read may be it: then that is what there is to say."""
    try:
        return (chosen(project, env),)
    except UsageError:
        if any(project.yaml(source).problems for source in project.of_kind("compose")):
            return ()
        raise


def _running_here(docker: Engine | None) -> frozenset[str]:
    """The compose projects that have containers on this engine."""
    if docker is None:
        return frozenset()
    listed = docker.docker("ps", "-a", "--format", '{{.Label "com.docker.compose.project"}}', seconds=20)
    return frozenset(listed.out.split()) if listed.well else frozenset()
