"""`dockwright audit`: findings in, a report out, and an exit code for CI."""

from __future__ import annotations

import argparse
import os
import sys

from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.cli.auditing import audited
from dockwright.cli.settings import choice, split
from dockwright.errors import UsageError
from dockwright.finding import SEVERITIES
from dockwright.report.audited import Audited
from dockwright.tools import Git

_EPILOG = """\
RULES are codes, beginnings of codes or names: DW101,DW3,runs-as-root. Defaults for
--select, --ignore and --fail-on stand in dockwright.toml or pyproject.toml. A comment
`# dockwright: ignore[DW101] reason` leaves a finding out where it stands.

exit code: 0 nothing at or above the threshold, 1 findings, 2 wrong usage,
3 the project cannot be read

examples:
  dockwright audit                       this folder
  dockwright audit docker/Dockerfile     one file, seen with all the others
  dockwright audit --fail-on error       let warnings pass
  dockwright audit --fix                 make the safe fixes, then report what is left
  dockwright audit --changed-since main  what this branch has touched
  dockwright audit --format json | jq '.summary'
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    given = _options().parse_args(arguments)
    _check(given)
    if given.fix:
        from dockwright.cli.fixing import fix
        from dockwright.cli.writing import read_to_change

        project, settings = read_to_change(given.path)
        chosen = choice(settings, split(given.select), split(given.ignore))
        passed, repaired = fix(project, chosen)
        if repaired is not None:
            project, settings = read_project(given.path)
    else:
        passed, repaired = True, None
        project, settings = read_project(given.path)
        chosen = choice(settings, split(given.select), split(given.ignore))
    found = audited(project, chosen, given, git=_git(given), repaired=repaired)
    _report(found, given)
    fail_on = given.fail_on or settings.settings.fail_on
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on != "never" else ()
    return 1 if not passed or any(finding.severity in failing for finding in found.findings) else 0


def _options() -> argparse.ArgumentParser:
    options = parser("audit", "Find what is wrong in a project's Docker infrastructure.", _EPILOG)
    add_path(options)
    add_format(options, "json", "sarif", "github", "markdown")
    options.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, "never"),
        help="the least severity that makes the exit code 1 (default: warning)",
    )
    options.add_argument(
        "--select", action="append", default=[], metavar="RULES", help="only these rules, whatever the settings say"
    )
    options.add_argument("--ignore", action="append", default=[], metavar="RULES", help="not these rules")
    options.add_argument("--fix", action="store_true", help="make the safe fixes; `dockwright undo` takes them back")
    options.add_argument("--baseline", metavar="FILE", help="report only what this file does not put up with")
    options.add_argument(
        "--write-baseline", action="store_true", help="have FILE put up with everything that is found now"
    )
    options.add_argument(
        "--changed-since", metavar="REV", help="only what lies in lines changed since this commit or branch"
    )
    return options


def _check(given: argparse.Namespace) -> None:
    """Raises UsageError for options that do not go together."""
    if given.write_baseline and given.baseline is None:
        raise UsageError("--write-baseline needs a file", hint="name it: --baseline FILE --write-baseline")
    for option in ("fix", "write_baseline"):
        if given.changed_since is not None and getattr(given, option):
            raise UsageError(f"--changed-since only narrows a report; --{option.replace('_', '-')} means the project")


def _git(given: argparse.Namespace) -> Git | None:
    if given.changed_since is None:
        return None
    from dockwright.engine.git import RealGit

    return RealGit()


def _report(found: Audited, given: argparse.Namespace) -> None:
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.audit(found))
        return
    if given.format == "sarif":
        from dockwright.report import sarif

        sys.stdout.write(sarif.audit(found, _folder(found.project.root)))
        return
    print_notices(found.project)
    if given.format == "github":
        from dockwright.report import github

        sys.stdout.write(github.audit(found, _folder(found.project.root)))
    elif given.format == "markdown":
        from dockwright.report import comment

        sys.stdout.write(comment.audit(found))
    else:
        from dockwright.report import terminal

        sys.stdout.write(terminal.audit(found))


def _folder(root: str) -> str:
    """The project's path below the checkout, or below where the command is run: what GitHub calls its files by."""
    for base in (os.environ.get("GITHUB_WORKSPACE"), os.getcwd()):
        if base:
            folder = os.path.relpath(root, os.path.realpath(base)).replace(os.sep, "/")
            if folder != ".." and not folder.startswith("../"):
                return "" if folder == "." else f"{folder}/"
    return ""
