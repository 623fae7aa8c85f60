"""DW104: what only developers need, installed in the image that is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, splitext

from dockwright.facts.python_installers import DEVELOPMENT_GROUPS
from dockwright.finding import Finding, Fix
from dockwright.project.build_steps import Install, installs, steps
from dockwright.project.environments import environments
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._declared import option_added, packaging_of
from dockwright.rules._shipped import production, source_mounted
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

_SEPARATORS = str.maketrans(dict.fromkeys("-_./", " "))


class DevelopmentDependenciesShipped(Rule):
    """Leave the development dependencies out of the shipped image

    ## What it finds

    A production stage, or a stage whose virtual environment it copies, that installs the development group too:
    `uv sync` without `--no-dev` or `UV_NO_DEV`, `poetry install` without `--only main` or `--without dev`, `pdm
    install` without `--prod`, `pipenv install --dev`, `pip install -r requirements-dev.txt`. It speaks only where the
    project declares such a group. Stages and files that are for development or tests by their names, or that only
    such stacks build, are left alone, and so is an image that compose alone runs, with the source mounted over it.

    ## Why it matters

    Test runners, debuggers and linters are code that runs with the server's rights and that somebody has to patch.
    They make the image bigger, and an import that works only thanks to them goes unnoticed.

    ## How to mend it

    Leave the group out where the image for production is made: `uv sync --no-dev`. Install it in a stage of its own
    for development and tests, which compose names with `target:`.

    ## Fix safety

    Unsafe: if tests run in this very image, they lose their tools. Give them a stage first.

    ## Source

    uv, «Using uv in Docker»; Poetry, «Managing dependencies»; pipenv and PDM, `install`.
    """

    code, name, severity, consent = "DW104", "development-dependencies-shipped", "warning", "unsafe"
    traps = (3,)
    invalid = (
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask"]\n'
                '[dependency-groups]\ndev = ["pytest"]\n',
                "uv.lock": "",
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN ⟦uv sync --frozen⟧\nUSER 1000:1000\n",
            },
            becomes={"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN uv sync --no-dev --frozen\nUSER 1000:1000\n"},
        ),
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN ⟦pip install -r requirements.txt -r requirements-dev.txt⟧\n"},
        ),
        Example(
            {
                "pyproject.toml": '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\nflask = "*"\n'
                '[tool.poetry.group.dev.dependencies]\npytest = "*"\n',
                "Dockerfile": "FROM python:3.13-slim AS deps\nWORKDIR /app\nENV POETRY_VIRTUALENVS_IN_PROJECT=1\n"
                "RUN ⟦poetry install --no-root⟧\n\nFROM python:3.13-slim\nCOPY --from=deps /app/.venv /app/.venv\n",
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim AS deps\nWORKDIR /app\nENV POETRY_VIRTUALENVS_IN_PROJECT=1\n"
                "RUN poetry install --only main --no-root\n\n"
                "FROM python:3.13-slim\nCOPY --from=deps /app/.venv /app/.venv\n",
            },
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN ⟦pipenv install --dev --system --deploy⟧\n"}),
    )
    valid = (
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\n[dependency-groups]\ndev = ["pytest"]\n',
                "Dockerfile": "FROM python:3.13-slim\nENV UV_NO_DEV=1\nRUN uv sync --locked\n",
            }
        ),
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\n[dependency-groups]\ndev = ["pytest"]\n',
                "Dockerfile": "FROM python:3.13-slim AS production\nRUN uv sync --locked --no-dev\n\n"
                "FROM production AS test\nRUN uv sync --locked\n",
            }
        ),
        Example({"Dockerfile.dev": "FROM python:3.13-slim\nRUN pip install -r requirements-dev.txt\n"}),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nRUN pipenv install --dev --system --deploy\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    volumes: [.:/app]\n",
            }
        ),
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\n[dependency-groups]\ndev = ["pytest"]\n',
                "worker/pyproject.toml": '[project]\nname = "worker"\ndependencies = ["celery"]\n',
                "worker/Dockerfile": "FROM python:3.13-slim\nCOPY worker/pyproject.toml worker/uv.lock ./\n"
                "RUN uv sync --frozen\n",
            }
        ),
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask"]\n',
                "Dockerfile": "FROM python:3.13-slim\nRUN uv sync --locked\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image, stage in production(project):
            if source_mounted(project, image, stage):
                continue
            for install in _shipped_installs(image, stage):
                what = _development(project, image, install)
                if what is None or (image.path, install.call.span) in seen:
                    continue
                seen.add((image.path, install.call.span))
                yield self.found(
                    Site(image.path, install.call.span),
                    f"the shipped image gets {what}",
                    advice=_advice(install),
                    fix=_fix(image, install),
                )


_ADVICE = {
    "uv": "write `uv sync --no-dev`, or set UV_NO_DEV=1",
    "poetry": "write `poetry install --only main`",
    "pdm": "write `--prod`",
    "pipenv": "leave out `--dev`",
}


def _advice(install: Install) -> str:
    known = install.installer.development_by_default or install.installer.development
    return _ADVICE[install.tool] if known else "install the requirements of the program alone"


_OPTIONS = {"uv": "--no-dev", "poetry": "--only main", "pdm": "--prod"}


def _shipped_installs(image: Image, stage: dockerfile.Stage) -> Iterator[Install]:
    """The installations in a stage's own layers, and those whose environment it copies."""
    yield from _left(image, stage)
    for each in environments(image, stage):
        if each.copied is not None:
            # Everything that is installed there goes into the environment, in one RUN or in several.
            yield from _left(image, each.source or each.stage)


def _left(image: Image, stage: dockerfile.Stage) -> list[Install]:
    """The installations of a stage whose work is not undone: a later `uv sync` removes what it does not name."""
    found: list[Install] = []
    for step in steps(image, stage):
        for install in installs(step):
            if install.installer.exact and not install.has("--inexact"):
                found = [each for each in found if each.installer is not install.installer]
            found.append(install)
    return found


def _development(project: Project, image: Image, install: Install) -> str | None:
    """What only developers need and the command installs, in words; None where there is nothing."""
    row = install.installer
    if row.development and install.has(*row.development):
        return f"the development dependencies: `{next(name for name, _ in install.options if name in row.development)}`"
    for value in install.values("--group", "--extra", "--with", "-G", "-E", "--extras"):
        groups = value.replace(",", " ").split()
        named = [group for group in groups if group.lower() in DEVELOPMENT_GROUPS - {"local"}]
        if named and install.tool != "pip":
            return f"the development group {named[0]!r}"
    if row.development_by_default:
        if install.has(*row.without_development) or install.switched(row.without_development_variables):
            return None
        if "dev" in install.values("--no-group") or install.call.has_unknown or install.has("--package"):
            return None
        groups = _declared_groups(project, image, install.tool)
        return f"the development group {groups[0]!r}" if groups else None
    for value in install.values("-r", "--requirement", "--requirements"):
        words = splitext(basename(value))[0].translate(_SEPARATORS).lower().split()
        folder = value.translate(_SEPARATORS).lower().split()
        if not DEVELOPMENT_GROUPS.isdisjoint(words) and any(word.startswith("req") for word in folder):
            return f"the development dependencies of {value}"
    return None


def _declared_groups(project: Project, image: Image, tool: str) -> list[str]:
    """The groups that a plain installation takes with it."""
    packaging = packaging_of(project, image)
    if packaging is None:
        return []
    declared = {each.group for each in packaging.dependencies if each.group and each.path.endswith(".toml")}
    # uv takes `dev` alone, Poetry every group that is not optional.
    return sorted(declared & {"dev"} if tool == "uv" else declared & DEVELOPMENT_GROUPS)


def _fix(image: Image, install: Install) -> Fix | None:
    option = _OPTIONS.get(install.tool)
    if option is None or not install.installer.development_by_default or install.has(*install.installer.development):
        return None
    if install.values("--group", "--extra", "--with", "-G", "-E", "--extras"):
        return None
    edit = option_added(image, install, option)
    return None if edit is None else Fix("leave the development dependencies out", (edit,), "unsafe")
