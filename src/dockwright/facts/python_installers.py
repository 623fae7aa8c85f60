"""How Python's package managers install: which options leave out development, the project itself, or the lock's check.

Each row is read off the tool's own command line reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Installer(NamedTuple):
    """One command that installs, as (program, subcommands...).

    `values` are the options whose value may be the next word. `without_development` are options, and
    `without_development_variables` variables, that leave out what only developers need; where `development_by_default`
    is unset, that comes only with `development`. `without_project` leaves out the project itself.
    `asserts_lock` fails on a stale lock file; `trusts_lock` takes it as it is.
    `may_change_lock`: without either, a stale or missing lock file is resolved anew in the build.
    `exact` removes what it does not install.
    """

    values: frozenset[str]
    manifests: tuple[str, ...] = ()
    development_by_default: bool = False
    without_development: tuple[str, ...] = ()
    without_development_variables: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    without_project: tuple[str, ...] = ()
    installs_project: bool = False
    asserts_lock: tuple[str, ...] = ()
    asserts_lock_variables: tuple[str, ...] = ()
    trusts_lock: tuple[str, ...] = ()
    trusts_lock_variables: tuple[str, ...] = ()
    may_change_lock: bool = False
    exact: bool = False


_UV = frozenset(
    "--extra --no-extra --group --no-group --only-group --package --project --directory -p --python --cache-dir "
    "--config-file --index --default-index -i --index-url --extra-index-url -f --find-links --link-mode "
    "--no-install-package --only-install-package --no-editable-package --index-strategy --keyring-provider "
    "--allow-insecure-host --resolution --prerelease --exclude-newer --refresh-package --no-build-package "
    "--no-binary-package --output-format --script --color -C --config-setting --python-platform "
    "-P --upgrade-package --reinstall-package".split()
)
_PIP = frozenset(
    "-r --requirement --requirements -c --constraint --constraints -e --editable -t --target --prefix --root -i "
    "--index-url --extra-index-url -f --find-links --cache-dir --trusted-host --timeout --retries --no-binary "
    "--only-binary --python -p --platform --progress-bar --src --index --default-index".split()
)
_POETRY = frozenset("--with --without --only -E --extras -C --directory -P --project".split())
_PDM = frozenset("-G --group --with --without -L --lockfile -p --project --venv".split())

_PIP_INSTALL = Installer(_PIP)

INSTALLERS: Mapping[tuple[str, ...], Installer] = {
    ("uv", "sync"): Installer(
        _UV,
        manifests=("pyproject.toml", "uv.lock"),
        development_by_default=True,
        without_development=("--no-dev", "--no-default-groups", "--only-group"),
        without_development_variables=("UV_NO_DEV", "UV_NO_DEFAULT_GROUPS", "UV_NO_GROUP"),
        development=("--all-groups", "--dev", "--only-dev"),
        without_project=("--no-install-project", "--no-install-workspace", "--only-group", "--only-dev"),
        installs_project=True,
        asserts_lock=("--locked",),
        asserts_lock_variables=("UV_LOCKED",),
        trusts_lock=("--frozen",),
        trusts_lock_variables=("UV_FROZEN",),
        may_change_lock=True,
        exact=True,
    ),
    ("poetry", "install"): Installer(
        _POETRY,
        manifests=("pyproject.toml", "poetry.lock"),
        development_by_default=True,
        without_development=("--no-dev", "--only", "--without", "--only-root"),
        development=("--all-groups", "--dev"),
        without_project=("--no-root",),
        installs_project=True,
    ),
    ("poetry", "sync"): Installer(
        _POETRY,
        manifests=("pyproject.toml", "poetry.lock"),
        development_by_default=True,
        without_development=("--only", "--without", "--only-root"),
        development=("--all-groups",),
        without_project=("--no-root",),
        installs_project=True,
    ),
    ("pdm", "install"): Installer(
        _PDM,
        manifests=("pyproject.toml", "pdm.lock"),
        development_by_default=True,
        without_development=("--prod", "--production"),
        without_project=("--no-self",),
        installs_project=True,
        asserts_lock=("--check",),
        trusts_lock=("--frozen-lockfile", "--no-lock"),
        trusts_lock_variables=("PDM_FROZEN_LOCKFILE", "PDM_NO_LOCK"),
        may_change_lock=True,
    ),
    ("pdm", "sync"): Installer(
        _PDM,
        manifests=("pyproject.toml", "pdm.lock"),
        development_by_default=True,
        without_development=("--prod", "--production"),
        without_project=("--no-self",),
        installs_project=True,
    ),
    ("pipenv", "install"): Installer(
        frozenset("--python --categories --pypi-mirror -r --requirements -e --editable -i --index".split()),
        manifests=("Pipfile", "Pipfile.lock"),
        development=("--dev", "-d"),
        asserts_lock=("--deploy",),
        asserts_lock_variables=("PIPENV_DEPLOY",),
        trusts_lock=("--ignore-pipfile",),
        trusts_lock_variables=("PIPENV_IGNORE_PIPFILE",),
        may_change_lock=True,
    ),
    ("pipenv", "sync"): Installer(
        frozenset("--python --categories --pypi-mirror".split()),
        manifests=("Pipfile", "Pipfile.lock"),
        development=("--dev", "-d"),
    ),
    ("pip", "install"): _PIP_INSTALL,
    ("uv", "pip", "install"): _PIP_INSTALL,
    ("uv", "pip", "sync"): _PIP_INSTALL,
}

# Groups, extras and requirements files of these names hold what developers need.
DEVELOPMENT_GROUPS = frozenset(
    (
        "dev", "develop", "development", "test", "tests", "testing", "lint", "linting", "typing", "debug", "ci",
        "local", "dev-dependencies", "qa",
    )
)  # fmt: skip

BUILD_SETTING = (
    r"PYTHONDONTWRITEBYTECODE|PYTHONPYCACHEPREFIX|(?:PIP|POETRY|PIPENV|PDM|UV)_(?!.*(?:INDEX|SOURCES|FIND_LINKS)).*"
    r"|VIRTUAL_ENV|DEBIAN_FRONTEND|WORKON_HOME"
)
"""A pattern: variables of installers, and of Python while an image is built: what runs does not read them."""

OWN_FOLDER = r".*(?:venv|virtualenv|poetry|pipx|/\.local/|/\.cargo/|/uv\b|/usr/local/bin$|^\$\{?PATH\}?$|^$|VENV).*"
"""A pattern: folders on PATH that are those of installers and of the environments that they make."""

TOOLS = frozenset({
    "pip", "poetry", "uv", "pipenv", "setuptools", "wheel", "poetry-plugin-export", "pdm", "hatch", "virtualenv",
    "pip-tools", "setuptools-rust", "cython", "build", "installer", "poetry-core", "hatchling",
})  # fmt: skip
"""Distributions that install and build others."""


def is_python(program: str) -> bool:
    """Whether a program's name is that of an interpreter, with or without a version: `python3.13`, `pypy3`."""
    return any(
        program.startswith(name) and not program[len(name) :].strip("0123456789.") for name in ("python", "pypy")
    )


def unversioned(program: str) -> str:
    """A program's name without the interpreter's version behind it: `pip3.12` is `pip`."""
    return "pip" if program.startswith("pip") and not program[3:].strip("0123456789.") else program
