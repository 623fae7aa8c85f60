"""`dockwright certs`: certificates for development."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from dockwright.certs.outcome import Outcome
from dockwright.cli.arguments import add_format, add_path, parser, print_notices, read_project
from dockwright.errors import DockwrightError
from dockwright.project.model import Project

_USUAL = 365
"""Days that a certificate is valid for where nobody says."""

_EPILOG = """\
Which files: those that the compose files and the servers' commands name, else
certs/cert.pem and certs/key.pem. Who signs them is certs/ca.pem; its key stays in your
own data folder and is the same for all projects, so it has to be trusted only once.
Which names: localhost, 127.0.0.1, ::1 and the services that serve HTTPS. Names that
were added with --host stay when a certificate is renewed.

A certificate is renewed when it ends within 30 days or lacks a name; else nothing is
written. One that dockwright has not made is never replaced without --renew.

examples:
  dockwright certs                           make them, or see that they are fine
  dockwright certs --host shop.test          for one name more
  dockwright certs --trust-hint              how browsers, curl and Python trust them
  curl --cacert certs/ca.pem https://localhost:8000/

exit code: 0 they are there, 1 one is not dockwright's and will not do
"""


def run(arguments: list[str]) -> int:
    """Run the command."""
    options = parser("certs", "Make the TLS certificates for development, signed by an authority of your own.", _EPILOG)
    add_path(options)
    options.add_argument(
        "--host", action="append", default=[], metavar="NAME", help="a name or address more; may be repeated"
    )
    options.add_argument(
        "--days", type=_days, default=_USUAL, metavar="N", help=f"valid so long (default: {_USUAL}, at most 397)"
    )
    options.add_argument("--renew", action="store_true", help="make a new one, whatever is there")
    options.add_argument("--trust-hint", action="store_true", help="say how to trust the authority, too")
    add_format(options, "json")
    given = options.parse_args(arguments)
    check_library()

    from dockwright.certs.hosts import host
    from dockwright.project.tls import exposed
    from dockwright.report import certificates

    hosts = [host(each) for each in given.host]
    project, _ = read_project(given.path)
    outcome = certified(project, hosts, given.days, renew=given.renew)
    repository = in_repository(project.root)
    open_to = list(
        dict.fromkeys(
            each
            for made in outcome.certificates
            for each in exposed(project, made.key)
            if repository or each.by != "git"
        )
    )
    hints = certificates.trust_hints(project.root, outcome) if given.trust_hint else None
    if given.format == "json":
        from dockwright.report import json

        sys.stdout.write(json.certs(project, certificates.json(outcome, open_to, hints)))
    else:
        print_notices(project)
        sys.stdout.write(certificates.text(outcome, open_to, hints or ()))
    return 1 if any(each.state == "refused" for each in outcome.certificates) else 0


def certified(project: Project, hosts: Sequence[str] = (), days: int = _USUAL, *, renew: bool = False) -> Outcome:
    """See to it that a project's certificates are there and will do; what became of each."""
    from datetime import UTC, datetime

    from dockwright.change.access import LinuxLists
    from dockwright.change.disk import RealDisk
    from dockwright.cli.certifying import Certifier
    from dockwright.project.tls import serving

    disk, data = RealDisk(project.root), RealDisk(_data_folder())
    lists = LinuxLists(disk.root) if sys.platform == "linux" else None
    certifier = Certifier(disk, data, lists, datetime.now(UTC))
    return certifier.certify(serving(project), hosts, days, renew=renew)


def _days(text: str) -> int:
    from dockwright.certs.judging import LONGEST

    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= LONGEST:
        raise argparse.ArgumentTypeError(f"give a number of days from 1 to {LONGEST}")
    return int(text)


def check_library() -> None:
    """Raise DockwrightError where what makes certificates is not installed."""
    try:
        import cryptography.x509  # noqa: F401
    except ImportError as error:
        raise DockwrightError(
            "certificates are made by the library cryptography, which is not installed beside dockwright",
            hint="install dockwright with its extra: uv tool install 'dockwright[certs]', or pip install cryptography",
        ) from error


def _data_folder() -> str:
    """Where a user's programs keep what is theirs. Source: XDG Base Directory Specification; Apple's guide to files."""
    said = os.environ.get("XDG_DATA_HOME", "")
    home = os.path.expanduser("~")
    usual = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "share")
    folder = said if os.path.isabs(said) else os.path.join(home, *usual)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        hint = "XDG_DATA_HOME names another folder for what belongs to you."
        raise DockwrightError(f"cannot make {folder}: {error.strerror}", hint=hint) from error
    return folder


def in_repository(folder: str) -> bool:
    """Whether a folder lies in a git repository."""
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True
