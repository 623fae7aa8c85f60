"""What a file is, told by its path and, for compose files, by its content."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, TypeAlias

from dockwright.text import lazy_regex

Kind: TypeAlias = Literal[
    "dockerfile",
    "compose",
    "ignore",
    "make",
    "env",
    "ci",
    "devcontainer",
    "packaging",
    "lock",
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
    (".gitlab/", ".yml .yaml", "ci"),
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
    "uv.lock": "lock",
    "poetry.lock": "lock",
    "environment.yml": "packaging",
    "alembic.ini": "packaging",
    ".pre-commit-config.yaml": "task",
    "dependabot.yml": "task",
    "renovate.json": "task",
    "taskfile.yml": "task",
    "taskfile.yaml": "task",
    "package.json": "task",
    "justfile": "task",
    ".justfile": "task",
    "tox.ini": "task",
    "procfile": "task",
    "jenkinsfile": "task",
    "vagrantfile": "task",
    "rakefile": "task",
    "tiltfile": "task",
    "heroku.yml": "task",
    "fly.toml": "task",
    "render.yaml": "task",
    "railway.json": "task",
    "railway.toml": "task",
    "captain-definition": "task",
    "skaffold.yaml": "task",
    "docker-bake.hcl": "task",
    "docker-bake.json": "task",
    ".flaskenv": "env",
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
    (".zsh", "shell"),
    (".ksh", "shell"),
    (".bat", "task"),
    (".cmd", "task"),
    (".ps1", "task"),
    (".just", "task"),
    (".py", "python"),
    (".md", "document"),
    (".mdx", "document"),
    (".markdown", "document"),
    (".rst", "document"),
)
# `Dockerfile.py` is a module and `dockerfile.md` a document, whatever they begin with.
_TELLING_ENDINGS = tuple(
    ".dockerignore .py .pyc .md .mdx .rst .sh .j2 .jinja .jinja2 .erb .lock .html .yml .yaml .json .toml .xml .js .ts "
    ".map .lang .vim .bak .orig .rej .swp .enc .gpg .age .png .svg".split()
)
# A `Dockerfile.template` is to become a Dockerfile, but a `.env.template` is an env file already.
_TEMPLATE_ENDINGS = (".tmpl", ".tpl", ".template")

# One test each for what most files of a repository are not.
_IN_FOLDERS = tuple({ending for _, endings, _ in _FOLDERS for ending in endings.split()})
_ALL_BEGINNINGS = tuple(beginning for beginning, _, _ in _BEGINNINGS)
_ALL_ENDINGS = tuple(ending for ending, _ in _ENDINGS)

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

# A list of services is another tool's.
_SERVICES = lazy_regex(r"^(?:services|[\"']services[\"'])[ \t]*:(?!(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*-[ \t])", re.M)
_COMPOSE_KEYS = lazy_regex(r"^(?:include|version|volumes|networks|configs|secrets)[ \t]*:", re.M)
# Pipelines and inventories have `services` keys as well, but one of these beside it.
_OTHER_TOOLS = lazy_regex(r"^(?:apiVersion|kind|openapi|jobs|stages|pipelines|pipeline|runs|hosts|image)[ \t]*:", re.M)

# Jinja's statements, and those of its expressions that neither Go (`{{.Names}}`, `{{json .}}`) nor a pipeline
# (`${{ .. }}`) knows.
_TEMPLATE_MARK = lazy_regex(
    r"\{%-?[ \t]*[a-z][^\n]{0,400}?%\}"
    r"|(?<!\$)\{\{-?[ \t]*(?!end\b|else\b)[A-Za-z_][\w.\[\]'\"]{0,200}[ \t]{0,9}(?:[|(][^{}\n]{0,400})?-?\}\}"
)
_TAKE_NO_MARK = frozenset("FROM ARG ENV COPY ADD WORKDIR USER EXPOSE CMD ENTRYPOINT".split())
_INSTRUCTION = lazy_regex(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|ARG)[ \t]", re.I)


@cache
def kind_of(path: str) -> Kind | None:
    """What a file is by its path alone; None for one that says nothing about the infrastructure."""
    lower = path.lower()
    if lower.endswith(_IN_FOLDERS) or ".envs/" in lower:
        for folder, endings, kind in _FOLDERS:
            if (lower.startswith(folder) or f"/{folder}" in lower) and lower.endswith(tuple(endings.split()) or ""):
                return kind
    name = lower.rpartition("/")[2]
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith(_ALL_BEGINNINGS) and not name.endswith(_TELLING_ENDINGS):
        for beginning, endings, kind in _BEGINNINGS:
            rest = name[len(beginning) : len(beginning) + 1]
            if name.startswith(beginning) and not rest.isalnum() and name.endswith(tuple(endings.split()) or ""):
                return None if kind == "dockerfile" and name.endswith(_TEMPLATE_ENDINGS) else kind
    if not name.endswith(_ALL_ENDINGS):
        return None
    return next(kind for ending, kind in _ENDINGS if name.endswith(ending))


def kind_by_content(path: str, text: str) -> Kind | None:
    """What a file is by its path and, where that leaves it open, by what it says."""
    kind = kind_of(path)
    if kind is None and is_yaml(path) and is_compose(path, text):
        return "compose"
    if kind is None and text.startswith("#!"):
        return "python" if "python" in text[:64].partition("\n")[0] else "shell"
    return kind


def is_yaml(path: str) -> bool:
    """Whether a file is YAML by its name, and so may be a compose file under any name."""
    return path.endswith((".yml", ".yaml", ".YML", ".YAML"))


def is_compose(path: str, text: str) -> bool:
    """Whether a YAML file is a compose file: it has services, or compose's name and another of its keys."""
    if "compose" in path.rpartition("/")[2].lower():
        return any(pattern.search(text) for pattern in (_SERVICES, _COMPOSE_KEYS, _TEMPLATE_MARK))
    return _SERVICES.search(text) is not None and _OTHER_TOOLS.search(text) is None


def is_dockerfile(text: str) -> bool:
    """Whether a text of any name begins as a Dockerfile does."""
    return _INSTRUCTION.match(text) is not None


def template_mark(kind: Kind | None, text: str) -> int | None:
    """The offset of what makes a file a Jinja template of its kind and not yet one; None where it is one.

    Only marks that the file's own tool would stumble over count: a command may well write a template into an image.
    """
    if kind not in ("compose", "dockerfile", "make") or ("{{" not in text and "{%" not in text):
        return None
    for match in _TEMPLATE_MARK.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if kind == "compose":
            counts = "#" not in before
        elif kind == "make":
            counts = not before
        else:
            first = before.split(None, 1)
            counts = match[0][1] == "%" if not first else first[0].upper() in _TAKE_NO_MARK
        if counts:
            return match.start()
    return None
