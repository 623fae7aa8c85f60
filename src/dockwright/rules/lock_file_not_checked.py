"""DW107: a lock file that is taken as it is, whether it fits or not."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.build_steps import installs, steps
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.rules._declared import option_span, packaging_of
from dockwright.rules._shipped import production
from dockwright.text import Edit, Site, Span


class LockFileNotChecked(Rule):
    """Let the build fail when the lock file is stale

    ## What it finds

    A production image whose every `uv sync` says `--frozen`. A build with `--locked` in one of them, and projects in
    a workspace, where the first sync has to be frozen, are left alone.

    ## Why it matters

    `--frozen` installs what the lock file says without asking whether it still fits `pyproject.toml`. A dependency
    that somebody added without locking is missing in the image, and shows as an `ImportError` at run time.

    ## How to mend it

    Write `--locked`, which asserts that both fit and fails the build where they do not.

    ## Fix safety

    Safe: the same packages are installed, or the build fails and says that the lock file is stale. There is no fix
    for a project with `dynamic` fields, whose check needs the source.

    ## Source

    uv, «Locking and syncing», automatic lock and sync.
    """

    code, name, severity, consent = "DW107", "lock-file-not-checked", "info", "safe"
    traps = (4,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN uv sync ⟦--frozen⟧ --no-dev\n",
                "pyproject.toml": '[project]\nname = "shop"\n',
                "uv.lock": "",
            },
            becomes={"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN uv sync --locked --no-dev\n"},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN uv sync --locked --no-dev\n", "uv.lock": ""}),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nRUN uv sync --frozen --no-install-workspace\nCOPY . .\n"
                "RUN uv sync --locked\n",
                "uv.lock": "",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image, _ in production(project):
            syncs = [
                install
                for stage in image.tree.stages
                for step in steps(image, stage)
                if step.stage is stage
                for install in installs(step)
                if install.tool == "uv" and install.installer.may_change_lock
            ]
            if not syncs or any(
                install.has("--locked", "--check") or install.switched(("UV_LOCKED",)) for install in syncs
            ):
                continue
            packaging = packaging_of(project, image)
            workspace = packaging is not None and (packaging.workspace or packaging.workspace_root)
            for install in syncs:
                span = option_span(install, "--frozen")
                if span is None or (image.path, span) in seen or install.has("--package", "--no-install-workspace"):
                    continue
                seen.add((image.path, span))
                if not workspace:
                    yield self._found(image, span, dynamic=packaging is not None and bool(packaging.dynamic))

    def _found(self, image: Image, span: Span, *, dynamic: bool) -> Finding:
        # What only a build tells has to be built for the check, and the source may not be there yet.
        fix = None if dynamic else Fix("assert that the lock file fits", (Edit(image.path, span, "--locked"),))
        message = "--frozen takes uv.lock as it is, whether it fits pyproject.toml or not"
        return self.found(Site(image.path, span), message, advice="write --locked", fix=fix)
