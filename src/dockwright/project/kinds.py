"""What a file is, told by its path and, for compose files, by its content."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "dockerfile",
    "compose",
    "ignore",
    "make",
    "env",
    "ci",
    "devcontainer",
    "packaging",
    "shell",
    "python",
    "document",
    "task",
]

# Four tables, asked in this order: the folder, the whole name, how it begins, how it ends. All lower case.
_FOLDERS: tuple[tuple[str, str, Kind], ...] = (
    (".github/workflows/", ".yml .yaml", "ci"),
    (".github/actions/", ".yml .yaml", "ci"),
    (".gitea/workflows/", ".yml .yaml", "ci"),
    (".forgejo/workflows/", ".yml .yaml", "ci"),
    (".circleci/", ".yml .yaml", "ci"),
    (".devcontainer/", ".json", "devcontainer"),
    (".vscode/", ".json", "task"),
    (".envs/", "", "env"),
    ("requirements/", ".txt .in", "packaging"),
)
_NAMES: dict[str, Kind] = {
    ".dockerignore": "ignore",
    ".containerignore": "ignore",
    ".gitignore": "ignore",
    "action.yml": "ci",
    "action.yaml": "ci",
    ".gitlab-ci.yml": "ci",
    ".travis.yml": "ci",
    ".drone.yml": "ci",
    ".woodpecker.yml": "ci",
    "azure-pipelines.yml": "ci",
    "bitbucket-pipelines.yml": "ci",
    "cloudbuild.yaml": "ci",
    ".devcontainer.json": "devcontainer",
    "makefile": "make",
    "gnumakefile": "make",
    "pyproject.toml": "packaging",
    "setup.py": "packaging",
    "setup.cfg": "packaging",
    "pipfile": "packaging",
    "pipfile.lock": "packaging",
    ".python-version": "packaging",
    "environment.yml": "packaging",
    "alembic.ini": "packaging",
    ".pre-commit-config.yaml": "task",
    "dependabot.yml": "task",
    "renovate.json": "task",
    "taskfile.yml": "task",
    "taskfile.yaml": "task",
    "package.json": "task",
    "justfile": "task",
    "tox.ini": "task",
    "procfile": "task",
    "env.example": "env",
    "env.sample": "env",
    "env.template": "env",
    "env.dist": "env",
}
_BEGINNINGS: tuple[tuple[str, str, Kind], ...] = (
    ("dockerfile", "", "dockerfile"),
    ("containerfile", "", "dockerfile"),
    (".env", "", "env"),
    ("requirements", ".txt .in", "packaging"),
    ("dev-requirements", ".txt .in", "packaging"),
    ("test-requirements", ".txt .in", "packaging"),
    ("constraints", ".txt", "packaging"),
)
_ENDINGS: tuple[tuple[str, Kind], ...] = (
    (".dockerignore", "ignore"),
    (".dockerfile", "dockerfile"),
    (".containerfile", "dockerfile"),
    (".mk", "make"),
    (".make", "make"),
    (".env", "env"),
    (".env.example", "env"),
    (".env.sample", "env"),
    (".env.template", "env"),
    (".env.dist", "env"),
    (".sh", "shell"),
    (".bash", "shell"),
    (".py", "python"),
    (".md", "document"),
    (".mdx", "document"),
    (".markdown", "document"),
    (".rst", "document"),
)
# `Dockerfile.py` is a module and `dockerfile.md` a document, whatever they begin with.
_TELLING_ENDINGS = (".dockerignore", ".py", ".md", ".rst", ".sh", ".j2", ".jinja", ".jinja2", ".tmpl", ".lock", ".html")

PRUNED = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".bzr",
        ".jj",
        "node_modules",
        "bower_components",
        "__pycache__",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        "virtualenv",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".eggs",
        "site-packages",
        ".dockwright",
        ".terraform",
        ".idea",
        ".cache",
        ".next",
        ".nuxt",
    ]
)
"""Folders that tools fill: what lies in them belongs to no project."""

_SERVICES = re.compile(r"^(?:services|[\"']services[\"'])[ \t]*:", re.M)
_COMPOSE_KEYS = re.compile(r"^(?:include|version|volumes|networks)[ \t]*:|\{[{%]", re.M)
# Pipelines and inventories have `services` keys as well, but one of these beside it.
_OTHER_TOOLS = re.compile(r"^(?:apiVersion|kind|openapi|jobs|stages|pipelines|pipeline|runs|hosts|image)[ \t]*:", re.M)


def kind_of(path: str) -> Kind | None:
    """What a file is by its path alone; None for one that says nothing about the infrastructure."""
    lower = path.lower()
    for folder, endings, kind in _FOLDERS:
        if (lower.startswith(folder) or f"/{folder}" in lower) and lower.endswith(tuple(endings.split()) or ""):
            return kind
    name = lower.rpartition("/")[2]
    if name in _NAMES:
        return _NAMES[name]
    if not name.endswith(_TELLING_ENDINGS):
        for beginning, endings, kind in _BEGINNINGS:
            rest = name[len(beginning) : len(beginning) + 1]
            if name.startswith(beginning) and not rest.isalnum() and name.endswith(tuple(endings.split()) or ""):
                return kind
    return next((kind for ending, kind in _ENDINGS if name.endswith(ending)), None)


def is_yaml(path: str) -> bool:
    """Whether a file is YAML by its name, and so may be a compose file under any name."""
    return path.endswith((".yml", ".yaml"))


def is_compose(path: str, text: str) -> bool:
    """Whether a YAML file is a compose file: it has services, or compose's name and another of its keys."""
    if "compose" in path.rpartition("/")[2]:
        return _SERVICES.search(text) is not None or _COMPOSE_KEYS.search(text) is not None
    return _SERVICES.search(text) is not None and _OTHER_TOOLS.search(text) is None
