"""`dockwright env sync`: examples and env files in line."""

from __future__ import annotations

import sys

from dockwright import __version__
from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.env_values import add_env, parse, refusing
from dockwright.cli.writing import read_to_change
from dockwright.project.model import Project

_DESCRIPTION = """\
Bring env files and their examples in line. A name that only the env file has
goes into the example, without its value. A name that only the example has goes
into the env file: with the example's value, secrets made fresh; in production
empty, and named. No value that is there is touched; comments and order stay.
"""

_EPILOG = """\
The change is journaled: dockwright undo takes it back. The journal keeps what a
file held before, in .dockwright, which only you can read and git leaves out.
Sync only adds lines: the journal holds no secret that the env file does not.

examples:
  dockwright env sync --dry-run        what would be added, and where
  dockwright env sync dev
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env sync", _DESCRIPTION, _EPILOG)
    add_env(options, what="the environment, or an env file (default: all that are there)")
    options.add_argument("--dry-run", action="store_true", help="say what would be added, and write nothing")
    add_format(options, "json")
    given = parse(options, arguments)
    project, _ = read_project(given.path) if given.dry_run else read_to_change(given.path)

    from dockwright.change.apply import apply
    from dockwright.change.disk import RealDisk
    from dockwright.change.making import writable
    from dockwright.env.environments import all_but_the_editor_s, chosen
    from dockwright.env.syncing import sync
    from dockwright.project.model import changes_between
    from dockwright.report import env_files as report

    wanted = (chosen(project, given.env),) if given.env else all_but_the_editor_s(project)
    synced = sync(project, wanted)
    journal = None
    if synced.files and not given.dry_run:
        disk = RealDisk(project.root)
        _check_journal(project, [file.path for file in synced.files])
        with refusing():
            for file in synced.files:
                writable(disk, file.path)
        after = project.replace([edit for file in synced.files for edit in file.edits])
        title = f"env sync {given.env}" if given.env else "env sync"
        journal = apply(disk, changes_between(project, after), title=title, tool_version=__version__)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.env(project, report.synced_json(synced, journal)))
    else:
        print_notices(project)
        sys.stdout.write(report.synced_text(synced, journal, named=given.env is not None))
    return 0


def _check_journal(project: Project, paths: list[str]) -> None:
    """Refuse where a build leaves an env file out and would take the journal in, with what the file held before."""
    from dockwright.change.journal import SHELF
    from dockwright.change.protocol import HOME
    from dockwright.env.filling import RefusedError
    from dockwright.project.env_names import is_example
    from dockwright.project.tls import exposed

    taking = {each.path: each for each in exposed(project, f"{SHELF}/0001/manifest.json") if each.by != "git"}
    for path in paths:
        open_already = {each.path for each in exposed(project, path)}
        for ignore_file, each in taking.items():
            if not is_example(path) and ignore_file not in open_already:
                raise RefusedError(
                    f"{each.by} would take the journal in, and with it what {path} holds",
                    path=ignore_file,
                    hint=f"add the line `{HOME}` there; --dry-run says what would be added to the env files",
                )
