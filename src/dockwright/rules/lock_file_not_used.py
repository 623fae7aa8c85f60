"""DW106: an installation that may resolve anew what the lock file has settled."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.build_steps import Install, installs, steps
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.rules._declared import option_added, packaging_of
from dockwright.rules._shipped import for_development
from dockwright.text import Site, Span

_OPTIONS = {"uv": "--locked", "pipenv": "--deploy", "pdm": "--frozen-lockfile"}


class LockFileNotUsed(Rule):
    """Install what the lock file says, or fail

    ## What it finds

    `uv sync`, `pdm install` or `pipenv install` in a build that neither asserts the lock file nor takes it as it is:
    no `--locked`, `--frozen`, `--frozen-lockfile`, `--deploy` nor a variable that means the same. Stages and files
    that are for development by their names are left alone.

    ## Why it matters

    Where the lock file does not fit the manifest, these commands resolve again and install what they find, in the
    image alone. The image then holds versions that nobody tested, and the next build may hold others.

    ## How to mend it

    `uv sync --locked`, `pipenv install --deploy`, `pdm install --frozen-lockfile`.

    ## Fix safety

    Safe where the lock file is in the project: a build whose lock file fits gives the same image, one whose lock file
    does not fit fails instead of guessing. Without a lock file there is no fix, nor for a project with `dynamic`
    fields, whose check needs the source.

    ## Source

    uv, «Locking and syncing»; pipenv, `install --deploy`; PDM, `install --frozen-lockfile`.
    """

    code, name, severity, consent = "DW106", "lock-file-not-used", "warning", "safe"
    traps = (4,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN ⟦uv sync --no-dev⟧\n", "pyproject.toml": "", "uv.lock": ""},
            becomes={"Dockerfile": "FROM python:3.13-slim\nRUN uv sync --locked --no-dev\n"},
        ),
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN ⟦pipenv install --system⟧\n", "Pipfile": "", "Pipfile.lock": ""},
            becomes={"Dockerfile": "FROM python:3.13-slim\nRUN pipenv install --deploy --system\n"},
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN ⟦uv sync⟧\n"}),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY pyproject.toml uv.lock ./\n"
                "RUN ⟦uv sync --no-install-project⟧\n",
                "pyproject.toml": '[project]\nname = "shop"\ndynamic = ["version"]\n',
                "uv.lock": "",
            }
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN uv sync --locked\n", "uv.lock": ""}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN uv sync\n", "pyproject.toml": "[tool.uv]\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nENV UV_FROZEN=1\nRUN uv sync\n", "uv.lock": ""}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN pipenv install flask\n", "Pipfile.lock": ""}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            if for_development(image.path):
                continue
            for stage in image.tree.stages:
                if stage.name is not None and for_development(stage.name):
                    continue
                for step in steps(image, stage):
                    for install in installs(step):
                        if not _resolves(install) or (image.path, install.call.span) in seen:
                            continue
                        # A lock file that nobody made is told once, of the project.
                        packaging = packaging_of(project, image)
                        if packaging is not None and packaging.lock_missing == install.tool:
                            continue
                        seen.add((image.path, install.call.span))
                        manifest, lock = install.installer.manifests
                        option = _OPTIONS[install.tool]
                        edit = option_added(image, install, option)
                        there = project.is_file(join(image.context, lock))
                        # A RUN that cannot see the lock file would fail, and so may one that has to build to check it.
                        dynamic = packaging is not None and bool(packaging.dynamic)
                        sees = there and not dynamic and _sees(step.instruction.span, lock, image.tree.source.text)
                        yield self.found(
                            Site(image.path, install.call.span),
                            f"a {lock} that does not fit {manifest} is resolved anew in the build",
                            advice=f"write {option}" if there else f"commit {lock}, and write {option}",
                            fix=Fix("assert the lock file", (edit,)) if edit is not None and sees else None,
                        )


def _resolves(install: Install) -> bool:
    row = install.installer
    return (
        row.may_change_lock
        and not install.has(*row.asserts_lock, *row.trusts_lock, "--skip-lock", "-r", "--requirements")
        and not install.switched((*row.asserts_lock_variables, *row.trusts_lock_variables))
        and not install.operands
        and not install.call.has_unknown
    )


def _sees(run: Span, lock: str, text: str) -> bool:
    """Whether what stands above or in the RUN brings the lock file, by its name or with everything."""
    above = text[: run.end]
    return f"source={lock}" in above or f" {lock}" in above or "COPY . " in above or lock not in text
