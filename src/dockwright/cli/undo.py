"""`dockwright undo`: every byte given back."""

from __future__ import annotations

import os

from dockwright.cli.arguments import parser
from dockwright.errors import UsageError

_EPILOG = """\
A file that was edited since is not touched: undo names it and changes nothing at all,
unless --keep-edited asks for the rest.

examples:
  dockwright undo                        the last apply in this folder
  dockwright undo --list                 what can be undone
  dockwright undo -C ../shop 0002       one apply, elsewhere
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    from dockwright.change.disk import RealDisk
    from dockwright.change.journal import journals
    from dockwright.change.undo import EditedSinceError, undo
    from dockwright.report.style import wrapped

    options = parser("undo", "Give every byte, mode and link back that an apply changed.", _EPILOG)
    options.add_argument("id", nargs="?", metavar="ID", help="which apply (default: the last); a folder means -C")
    options.add_argument("-C", dest="folder", default=".", metavar="FOLDER", help="the project's folder")
    options.add_argument("--list", action="store_true", help="list what can be undone")
    options.add_argument("--keep-edited", action="store_true", help="leave edited files as they are, restore the rest")
    given = options.parse_args(arguments)
    if given.id is not None and os.path.isdir(given.id):
        given.folder, given.id = given.id, None
    if not os.path.isdir(given.folder):
        raise UsageError(f"{given.folder}: no such folder")
    disk = RealDisk(os.path.realpath(given.folder))
    if given.list:
        entries = journals(disk)
        for entry in entries:
            print(f"{entry.id}  {entry.time}  {entry.state:8}  {entry.changes:3} files  {entry.title}")
        if not entries:
            print("nothing was applied here")
        return 0
    try:
        report = undo(disk, given.id, keep_edited=given.keep_edited)
    except EditedSinceError as error:
        from dockwright.cli.main import complain

        complain(error)
        return 1
    for path in report.edited:
        print(f"left as it is, edited since: {path}")
    print(wrapped(f"{len(report.restored)} files restored ({report.title})", "  ", ""))
    return 0
