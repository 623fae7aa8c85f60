"""What builds and containers print is told by its reason; the samples are what the real programs printed."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from dockwright.doctor.build_output import failure
from dockwright.doctor.inside import listening
from dockwright.facts import build_errors, log_causes
from dockwright.facts.build_errors import BUILD_ERRORS, PULL_ERRORS, packages
from dockwright.facts.exit_codes import explained
from dockwright.facts.known_errors import Known, by_place, by_rank
from dockwright.facts.log_causes import LOG_CAUSES, PROBE_CAUSES, START_ERRORS

DOCUMENT = Path(__file__).parents[2] / "docs" / "doctor.md"
BUILDS = Path(__file__).parents[1] / "data" / "doctor" / "builds"

EXPECTED = {
    "aptmissing": ("build-no-package-lists", 2),
    "aptnone": ("build-unknown-package", 2),
    "arch": ("image-not-pulled", 1),
    "arg": ("build-argument-missing", 2),
    "copydir": ("image-not-pulled", 2),
    "copyignored": ("build-copies-nothing", 2),
    "copynone": ("build-copies-nothing", 2),
    "crlf": ("build-script-line-ends", 3),
    "dns": ("build-no-such-distribution", 2),
    "gcc": ("build-no-compiler", 3),
    "nobase": ("image-not-pulled", 1),
    "nomodule": ("build-no-module", 2),
    "norunbit": ("build-script-not-run", 3),
    "nospace": ("build-no-space", 2),
    "notfound": ("build-no-program", 2),
    "piphash": ("build-hash-mismatch", 2),
    "pipnone": ("build-no-such-distribution", 2),
    "piprequires": ("build-no-such-version", 2),
    "secret": ("build-secret-missing", 2),
    "syntax": ("build-syntax", 2),
    "target": ("build-unknown-stage", 2),
    "user": ("build-no-folder", 3),
    "uvlocked": ("build-stale-lock", 4),
    "uvpython": ("build-wrong-python", 5),
    "uvresolve": ("build-unsolvable", 4),
    "wheel": ("build-no-header", 3),
}
"""By what was printed: the fault, and the line of the Dockerfile."""


def test_every_recorded_build_is_expected() -> None:
    assert {path.stem for path in BUILDS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_build_is_told_by_its_instruction_and_its_reason(name: str) -> None:
    failed = failure((BUILDS / f"{name}.txt").read_text())
    known = by_rank(BUILD_ERRORS, (*failed.lines, failed.reason), failed.instruction)
    assert failed.instruction
    assert known is not None
    assert (known.known.fault, failed.line) == EXPECTED[name]


SAID: list[tuple[str, str, str]] = [
    # What else builds print: the fault, the instruction, a line.
    ("build-no-header", "RUN pip install x", "src/foo.c:4:10: fatal error: Python.h: No such file or directory"),
    ("build-no-compiler", "RUN pip install x", "error: can't find Rust compiler"),
    ("build-no-compiler", "RUN pip install x", "error: command 'gcc' failed: No such file or directory"),
    (
        "build-stale-lock",
        "RUN poetry install",
        "pyproject.toml changed significantly since poetry.lock was last generated.",
    ),
    ("build-stale-lock", "RUN pipenv sync", "Your Pipfile.lock (1a2b3c) is out of date."),
    (
        "build-no-lock",
        "RUN uv sync --frozen",
        "error: Unable to find lockfile at `uv.lock`. To create a lockfile, run `uv lock`",
    ),
    ("build-hash-mismatch", "RUN uv sync", "error: Hash mismatch for `idna==3.10`"),
    (
        "build-wrong-python",
        "RUN pip install .",
        "ERROR: Package 'x' requires a different Python: 3.13.5 not in '<3.12'",
    ),
    (
        "build-wrong-python",
        "RUN poetry install",
        "Current Python version (3.13.5) is not allowed by the project (^3.11).",
    ),
    (
        "build-wrong-python",
        "RUN uv sync",
        "error: The requested interpreter resolved to Python 3.11.2, which is incompatible with "
        "the project's Python requirement: `>=3.13`",
    ),
    (
        "build-unsolvable",
        "RUN pip install -r r.txt",
        "ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/",
    ),
    (
        "build-unhashed",
        "RUN pip install -r r.txt",
        "ERROR: In --require-hashes mode, all requirements must have their versions pinned",
    ),
    (
        "build-no-requirements",
        "RUN pip install -r requirements.txt",
        "ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'requirements.txt'",
    ),
    ("build-project-not-there", "RUN uv sync", "Error: Expected a Python module at: `src/shop/__init__.py`"),
    ("build-project-not-there", "RUN pip install .", "OSError: Readme file does not exist: README.md"),
    (
        "build-version-from-git",
        "RUN pip install .",
        "LookupError: setuptools-scm was unable to detect version for /app.",
    ),
    (
        "build-no-network",
        "RUN pip install x",
        "urllib3.exceptions.NameResolutionError: Failed to resolve 'packages.example'",
    ),
    (
        "build-no-network",
        "RUN apt-get update",
        "W: Failed to fetch http://packages.example/  Temporary failure resolving 'packages.example'",
    ),
    (
        "build-tls-intercepted",
        "RUN pip install x",
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate'",
    ),
    ("build-tls-intercepted", "RUN uv sync", "  Caused by: invalid peer certificate: UnknownIssuer"),
    ("build-proxy", "RUN pip install x", "ProxyError('Cannot connect to proxy.', OSError('Tunnel failed: 407 Proxy'))"),
    (
        "build-not-root",
        "RUN apt-get update && apt-get install -y x",
        "E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)",
    ),
    ("build-user-exists", "RUN useradd -u 1000 app", "useradd: UID 1000 is not unique"),
    ("build-user-exists", "RUN groupadd -g 1000 app", "groupadd: GID '1000' already exists"),
    (
        "build-package-version-gone",
        "RUN apt-get update && apt-get install x",
        "E: Version '7.88.1-10' for 'curl' was not found",
    ),
    (
        "build-release-archived",
        "RUN apt-get update",
        "E: The repository 'http://packages.example/debian buster Release' does not have a Release file.",
    ),
    (
        "build-stale-package-lists",
        "RUN apt-get install -y x",
        "E: Failed to fetch http://packages.example/pool/x.deb  404  Not Found [IP: 1.2.3.4 80]",
    ),
    (
        "build-clock",
        "RUN apt-get update",
        "E: Release file for http://x/InRelease is not valid yet (invalid for another 3h).",
    ),
    ("build-git-login", "RUN pip install git+ssh://x", "git@github.com: Permission denied (publickey)."),
    ("build-no-git", "RUN uv sync", "error: Git executable not found. Ensure that Git is installed and available."),
    ("build-no-rights", "RUN mkdir /srv/x", "mkdir: cannot create directory ‘/srv/x’: Permission denied"),
    ("build-no-memory", "RUN make", "c++: fatal error: Killed signal terminated program cc1plus"),
    ("build-wrong-architecture", "RUN true", "exec /bin/sh: exec format error"),
    (
        "build-setting-missing",
        "RUN python manage.py collectstatic",
        "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
    ),
    ("build-externally-managed", "RUN pip install x", "error: externally-managed-environment"),
    ("build-without-buildkit", "RUN --mount=type=cache,target=/c x", "the --mount option requires BuildKit."),
    ("build-unknown-stage", "", 'target stage "produktion" could not be found'),
    ("build-no-dockerfile", "", "failed to read dockerfile: open Dockerfile.prod: no such file or directory"),
    ("build-secret-missing", "RUN --mount=type=ssh x", "unset invalid empty ssh"),
    ("image-wrong-architecture", "FROM x", "no match for platform in manifest: not found"),
    ("image-unknown", "FROM python:3.99", "docker.io/library/python:3.99: not found"),
    (
        "image-unknown",
        "FROM nosuch/app",
        "pull access denied, repository does not exist or may require authorization: server "
        "message: insufficient_scope: authorization failed",
    ),
    ("image-rate-limited", "FROM x", "toomanyrequests: You have reached your unauthenticated pull rate limit."),
    ("image-not-allowed", "FROM ghcr.io/a/b", "failed to authorize: failed to fetch anonymous token: 401 Unauthorized"),
]


@pytest.mark.parametrize(("fault", "ran", "line"), SAID, ids=[f"{each[0]}-{at}" for at, each in enumerate(SAID)])
def test_a_line_of_a_build_is_told_by_its_reason(fault: str, ran: str, line: str) -> None:
    known = by_rank(BUILD_ERRORS, (line,), ran)
    assert known is not None
    assert known.known.fault == fault


LOGGED: list[tuple[str, str, str]] = [
    ("path-denied", "PermissionError: [Errno 13] Permission denied: '/data/x'", "/data/x"),
    ("path-denied", "mkdir: cannot create directory ‘/app/logs’: Permission denied", "/app/logs"),
    ("path-denied", "sqlite3.OperationalError: unable to open database file", "unable to open database file"),
    ("path-read-only", "OSError: [Errno 30] Read-only file system: '/tmp/x'", "/tmp/x"),
    ("module-missing", "ModuleNotFoundError: No module named 'psycopg'", "psycopg"),
    ("module-missing", "/opt/venv/bin/python: No module named uvicorn", "uvicorn"),
    ("library-missing", "ImportError: libpq.so.5: cannot open shared object file: No such file", "libpq.so.5"),
    ("host-unknown", 'psycopg.OperationalError: could not translate host name "databse" to address', "databse"),
    (
        "host-unknown",
        "redis.exceptions.ConnectionError: Error -2 connecting to cash:6379. Name or service not known.",
        "cash",
    ),
    ("connection-refused", 'connection to server at "db" (172.18.0.2), port 5433 failed: Connection refused', "5433"),
    ("connection-refused", "Error 111 connecting to localhost:6379. Connection refused.", "localhost"),
    ("password-refused", 'FATAL:  password authentication failed for user "shop"', "shop"),
    ("password-refused", "(1045, \"Access denied for user 'shop'@'172.18.0.3' (using password: YES)\")", "shop"),
    ("role-missing", 'FATAL:  role "shop" does not exist', "shop"),
    ("database-missing", 'FATAL:  database "shop" does not exist', "shop"),
    ("migrations-missing", 'psycopg.errors.UndefinedTable: relation "users" does not exist', "users"),
    ("migration-unknown", "alembic.util.exc.CommandError: Can't locate revision identified by '1a2b3c'", "1a2b3c"),
    (
        "data-of-another-version",
        "DETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible "
        "with this version 17.6 (Debian)",
        "15",
    ),
    (
        "data-folder-not-empty",
        'initdb: error: directory "/var/lib/postgresql/data" exists but is not empty',
        "/var/lib/postgresql/data",
    ),
    ("password-unset", "Error: Database is uninitialized and superuser password is not specified.", ""),
    ("capability-missing", "chmod: changing permissions of '/var/lib/postgresql/data': Operation not permitted", ""),
    ("address-in-use", "OSError: [Errno 98] Address already in use", ""),
    ("variable-missing", "KeyError: 'DATABASE_URL'", "DATABASE_URL"),
    (
        "variable-missing",
        "decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.",
        "SECRET_KEY",
    ),
    (
        "variable-missing",
        "django.core.exceptions.ImproperlyConfigured: Set the REDIS_URL environment variable",
        "REDIS_URL",
    ),
    (
        "variable-missing",
        "  Field required [type=missing, input_value={}, input_type=dict]",
        "Field required [type=missing",
    ),
    ("variable-missing", "/start.sh: 3: DB_HOST: parameter not set", "DB_HOST"),
    ("script-line-ends", "exec /start.sh: no such file or directory", "/start.sh"),
    ("script-line-ends", "env: 'bash\\r': No such file or directory", "bash"),
    ("script-without-interpreter", "exec /start.sh: exec format error", "/start.sh"),
    ("mount-is-folder", "python: can't find '__main__' module in '/app/server.py'", "/app/server.py"),
    ("program-missing", "/start.sh: 4: exec: gunicorn: not found", "gunicorn"),
    ("application-not-found", 'Error loading ASGI app. Attribute "app" not found in module "shop.main".', "shop.main"),
    ("module-missing", 'Error loading ASGI app. Could not import module "shop.main".', "shop.main"),
    ("no-space", "OSError: [Errno 28] No space left on device", ""),
]


@pytest.mark.parametrize(("fault", "line", "group"), LOGGED, ids=[f"{each[0]}-{at}" for at, each in enumerate(LOGGED)])
def test_a_line_of_a_log_is_told_by_its_cause(fault: str, line: str, group: str) -> None:
    known = by_place(LOG_CAUSES, (line,))
    assert known is not None
    assert known.known.fault == fault
    assert not group or group in known.groups.values()


def test_the_last_line_that_tells_something_counts() -> None:
    lines = (
        "KeyError: 'FIRST'",
        "During handling of the above exception",
        "ModuleNotFoundError: No module named 'second'",
        "bye",
    )
    known = by_place(LOG_CAUSES, lines)
    assert known is not None
    assert known.groups["module"] == "second"


@pytest.mark.parametrize(
    "line", ["INFO: Started server process [1]", "GET /health HTTP/1.1 200", "database system is ready"]
)
def test_what_is_well_is_no_cause(line: str) -> None:
    assert by_place(LOG_CAUSES, (line,)) is None


OF_EXAMINERS = (
    "build-fails image-missing container-exited container-restarting not-started out-of-memory probe-fails "
    "probe-too-early "
    "volume-left-behind volume-not-owned data-version orphan-containers containers-left-behind network-missing "
    "network-label subnet-taken variables-outdated image-outdated"
)


def test_every_fault_is_documented() -> None:
    cells = re.findall(r"^\| (`[^|]+`) \|", DOCUMENT.read_text(), re.M)
    documented = {fault for cell in cells for fault in re.findall(r"`([\w-]+)`", cell)}
    tables = (*BUILD_ERRORS, *LOG_CAUSES, *START_ERRORS, *PROBE_CAUSES)
    assert {known.fault for known in tables} | set(OF_EXAMINERS.split()) <= documented


NAMED = {
    **dict.fromkeys(
        ("BUILD_ERRORS", "PULL_ERRORS"),
        "at build compose base registry install service dockerfile distribution "
        "thing_said script excluded mend_copy mend_copy_why",
    ),
    **dict.fromkeys(
        ("LOG_CAUSES", "START_ERRORS"),
        "compose service project image user path folder mount host_path database host "
        "name password_variable versions old_image dump migrate create_database password_step "
        "password_why",
    ),
    "PROBE_CAUSES": "compose service user timeout ports ported http https better password_variable",
}
"""The names that an examiner fills in, by table."""


@pytest.mark.parametrize("table", NAMED)
def test_every_sentence_names_only_what_is_filled_in(table: str) -> None:
    rows: tuple[Known, ...] = getattr(build_errors, table, None) or getattr(log_causes, table)
    for known in rows:
        groups = set(known.line.groupindex) | set(known.having.groupindex if known.having else ())
        sentences = (known.cause, *(text for step in known.steps for text in step))
        names = {name for text in sentences for _, name, _, _ in Formatter().parse(text) if name is not None}
        assert names <= groups | set(NAMED[table].split()), known.fault


def test_tables_hold_what_they_are_for() -> None:
    assert {known.fault.partition("-")[0] for known in PULL_ERRORS} == {"image"}
    assert all(
        re.fullmatch(r"[a-z]+(?:-[a-z]+)+", each.fault)
        for each in (*BUILD_ERRORS, *LOG_CAUSES, *START_ERRORS, *PROBE_CAUSES)
    )


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (137, "SIGKILL"),
        (139, "SIGSEGV"),
        (126, "run bit"),
        (127, "not there"),
        (143, "SIGTERM"),
        (159, "signal 31"),
        (42, "own error"),
    ],
)
def test_exit_codes_are_explained(code: int, word: str) -> None:
    assert word in explained(code)


def test_packages_are_those_of_the_distribution() -> None:
    assert packages("x86_64-linux-gnu-gcc-14", alpine=False) == "gcc libc6-dev"
    assert packages("gcc", alpine=True) == "gcc musl-dev"
    assert packages("no-such-thing", alpine=False) == ""


def test_ports_that_something_waits_on_are_read_without_dockers_resolver() -> None:
    rows = (
        "   0: 0B00007F:A3D5 00000000:0000 0A 00000000:00000000 00:00000000 00000000",
        "   1: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000",
        "   2: 0100007F:1F41 0200007F:A000 01 00000000:00000000 00:00000000 00000000",
    )
    assert listening("\n".join(rows)) == (8000,)
