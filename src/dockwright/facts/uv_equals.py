"""What uv has for the commands of the package managers that it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Equal(NamedTuple):
    """How one install command is said with `uv sync --locked`.

    `options` gives for each option what it becomes, the empty string for nothing; an option that is not there has no
    equal. `lists` are the options that name a requirements file; without one the command reads `manifest`.
    `development` is whether developers' dependencies come by themselves, and `more` and `less` the options that add
    them and leave them out, with the groups that they may name.
    """

    options: Mapping[str, str]
    lists: frozenset[str] = frozenset()
    manifest: str = ""
    development: bool = False
    more: Mapping[str, frozenset[str]] = {}
    less: Mapping[str, frozenset[str]] = {}


def _gone(options: str) -> Mapping[str, str]:
    return dict.fromkeys(options.split(), "")


# A lock file says by itself what these ask pip for: which versions, and the hashes of their files.
_PIP = {
    **_gone("-U --upgrade -q --quiet -v --verbose --require-hashes --prefer-binary --disable-pip-version-check"),
    **_gone("--no-input --no-warn-script-location --root-user-action --progress-bar"),
    "--no-cache-dir": "--no-cache",
}
_LISTS = frozenset({"-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints"})
_POETRY = {
    **_gone("-n --no-interaction --no-ansi --ansi -q --quiet -v -vv -vvv --verbose --sync --no-plugins"),
    "--no-root": "--no-install-project",
    "--all-extras": "--all-extras",
    "--compile": "--compile-bytecode",
}
_PIPENV = _gone("--deploy --ignore-pipfile --keep-outdated -q --quiet -v --verbose --clear")
_NO_GROUP: frozenset[str] = frozenset()
_MAIN = frozenset({"main"})
_DEV = frozenset({"dev"})

_OF_POETRY = Equal(
    _POETRY,
    manifest="poetry.lock",
    development=True,
    more={"--with": _MAIN | _DEV},
    less={"--no-dev": _NO_GROUP, "--without": _DEV, "--only": _MAIN},
)
_OF_PIPENV = Equal(_PIPENV, manifest="Pipfile", more={"--dev": _NO_GROUP, "-d": _NO_GROUP})

# pip's, Poetry's and Pipenv's references of their commands; uv's of `uv sync`.
INSTALLS: Mapping[tuple[str, ...], Equal] = {
    ("pip", "install"): Equal(_PIP, _LISTS),
    ("uv", "pip", "install"): Equal(_PIP, _LISTS),
    ("uv", "pip", "sync"): Equal(_PIP, _LISTS),
    ("poetry", "install"): _OF_POETRY,
    ("poetry", "sync"): _OF_POETRY,
    ("pipenv", "install"): _OF_PIPENV,
    ("pipenv", "sync"): _OF_PIPENV,
}

OTHERS: Mapping[tuple[str, ...], str | None] = {
    ("poetry", "run"): "uv run",
    ("pipenv", "run"): "uv run",
    ("poetry", "check"): "uv lock --check",
    ("pipenv", "verify"): "uv lock --check",
    ("poetry", "config"): None,
    ("poetry", "self"): None,
    ("poetry", "--version"): "uv --version",
    ("pipenv", "--version"): "uv --version",
}
"""Other commands that set up or use what was installed; None for what uv has no need of."""

WITHOUT_OPTIONS: Mapping[tuple[str, ...], str] = {
    ("poetry", "add"): "uv add",
    ("poetry", "remove"): "uv remove",
    ("poetry", "lock"): "uv lock",
    ("poetry", "build"): "uv build",
    ("poetry", "update"): "uv lock --upgrade",
    ("pipenv", "lock"): "uv lock",
    ("pipenv", "update"): "uv lock --upgrade",
    ("pipenv", "uninstall"): "uv remove",
}
"""Commands that uv has, too, and whose options it does not; `update` and the like only without a name."""

OF_PIP = frozenset({"install", "uninstall", "freeze", "list", "show", "check"})
"""The commands of pip that `uv pip` has, too."""

INSTALLERS = frozenset({"poetry", "pipenv"})
"""Distributions that are the package managers themselves."""

SEEDS = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that only pip needs to install others."""

SETS_UP = frozenset(
    {"snok/install-poetry", "abatilo/actions-poetry", "Gr1N/setup-poetry", "dschep/install-pipenv-action"}
)
"""Actions that do nothing but install one of these package managers."""

NEEDS_PIP = frozenset({"pre-commit/action", "pypa/gh-action-pip-audit", "py-actions/py-dependency-install"})
"""Actions that call the pip of the job's Python, which an environment of uv does not have."""
