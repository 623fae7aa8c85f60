"""`dockwright env rotate`: a secret replaced, and what has to be done besides."""

from __future__ import annotations

import os
import sys

from dockwright.cli.arguments import add_format, parser, print_notices, read_project
from dockwright.cli.env_values import add_env, asked, parse, refusing

_DESCRIPTION = """\
Replace a secret in the env files of an environment by a fresh one. URLs that
hold the same password follow, mode and owner of the file stay, and no journal
is kept: the old value is gone. Then it says, stack by stack, what has to be
restarted and what a database has to be told. It runs none of that.
"""

_EPILOG = """\
What somebody else gives out, such as a provider's key, is not made up: make a
new one there and hand it over with --stdin. A key that stored data are
encrypted with is replaced only with --re-encrypted.

examples:
  dockwright env rotate POSTGRES_PASSWORD prod
  pass show stripe | dockwright env rotate STRIPE_KEY prod --stdin

exit code: 0 replaced; 1 refused, with the reason; there is no undo
"""


def run(arguments: list[str]) -> int:
    """Run the subcommand."""
    options = parser("env rotate", _DESCRIPTION, _EPILOG)
    options.add_argument("name", metavar="NAME", help="the variable")
    add_env(options, what="the environment, or its env file (default: the only one that has the variable)")
    options.add_argument("--stdin", action="store_true", help="take the new value from standard input")
    options.add_argument(
        "--re-encrypted", action="store_true", help="what this key has encrypted needs it no more, or may be lost"
    )
    add_format(options, "json")
    given = parse(options, arguments)
    project, _ = read_project(given.path)

    from dockwright.change.access import LinuxLists
    from dockwright.change.disk import RealDisk
    from dockwright.change.making import Rewritten, rewrite, writable
    from dockwright.change.putting import NewFile, put
    from dockwright.env.creating import secret_files
    from dockwright.env.environments import chosen
    from dockwright.env.rotating import environment_of, rotate
    from dockwright.project.tls import serving
    from dockwright.report import env_files as report
    from dockwright.text import encode

    environment = chosen(project, given.env) if given.env else environment_of(project, given.name)
    disk = RealDisk(project.root)
    with refusing():
        for path in environment.there(project):
            writable(disk, path)
    new = asked(given.name) if given.stdin else None
    held = {
        path: disk.read(path)
        for stack in environment.stacks
        for _, path, _ in secret_files(project, stack)
        if (entry := disk.lstat(path)) is not None and entry.kind == "file"
    }
    rotated = rotate(project, environment, given.name, new, held=held, re_encrypted=given.re_encrypted)
    secrets = [NewFile(secret.path, secret.data, serving(project).users) for secret in rotated.secrets]
    lists = LinuxLists(disk.root) if sys.platform == "linux" else None
    with refusing():
        rewrite(disk, [Rewritten(f.path, project.sources[f.path].data, encode(f.text)) for f in rotated.files])
        put(disk, secrets, lists)
    kept = _journals(project.root, rotated.old)
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.env(project, report.rotated_json(project, rotated, kept)))
    else:
        print_notices(project)
        sys.stdout.write(report.rotated_text(project, rotated, kept))
    return 0


def _journals(root: str, old: str) -> list[str]:
    """The journals of earlier changes that hold the old value in what a file was before."""
    from dockwright.change.journal import SHELF

    found = []
    shelf = os.path.join(root, SHELF)
    for folder, _, names in os.walk(shelf) if len(old) >= 8 else ():
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                if old.encode("utf-8", "surrogateescape") in file.read():
                    found.append(os.path.relpath(folder, root).replace(os.sep, "/"))
                    break
    return sorted(found)
