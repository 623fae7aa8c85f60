"""DW122: a virtual environment that a bind mount hides."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.build_steps import filled, steps
from dockwright.project.compose import Service
from dockwright.project.environments import Environment, environments
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.stacks import written_services
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site

_APP = "services:\n  app:\n    build: .\n"


class EnvironmentHiddenByMount(Rule):
    """Keep the virtual environment out of the mounted folder

    ## What it finds

    A service that bind-mounts a folder over the one in which its image has the virtual environment, with no volume
    at the environment's own path: `.:/app` over `/app/.venv`.

    ## Why it matters

    In the container the folder is the one on the host. Its `.venv` is not there, or was made by another Python on
    another system: the command is not found, or every import of a compiled package fails. `uv run` makes a new one
    at each start and writes it to the host.

    ## How to mend it

    Make the environment outside of the source: `ENV UV_PROJECT_ENVIRONMENT=/opt/venv` and `PATH=/opt/venv/bin:$PATH`.
    Or mount a volume over the environment: `- /app/.venv`.

    ## Fix safety

    There is no fix: whichever file is changed, the image or the stack has to be rebuilt and agreed with the others
    that use it.

    ## Source

    uv, «Using uv in Docker», mounting the project.
    """

    code, name, severity = "DW122", "environment-hidden-by-mount", "warning"
    traps = (10,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nRUN uv sync --locked\n",
                "compose.yaml": f"name: shop\n{_APP}    volumes:\n      - ⟦.:/app⟧\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nRUN python -m venv /srv/app/venv\n\n"
                "FROM python:3.13-slim\nCOPY --from=build /srv/app /srv/app\n",
                "compose.yaml": f"name: shop\n{_APP}    volumes:\n"
                "      - ⟦type: bind\n        source: .\n        target: /srv/app⟧\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\n"
                "ENV UV_PROJECT_ENVIRONMENT=/opt/venv\nRUN uv sync\n",
                "compose.yaml": f"name: shop\n{_APP}    volumes:\n      - .:/app\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nRUN uv sync --locked\n",
                "compose.yaml": f"name: shop\n{_APP}    volumes:\n      - .:/app\n      - /app/.venv\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nRUN uv sync --locked\n",
                "compose.yaml": f"name: shop\n{_APP}    volumes:\n      - ./src:/app/src\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        by_build = {
            (call.at.path, call.at.span): (image, call.target) for image in images(project) for call in image.builds
        }
        found: dict[Site, Finding] = {}
        for _, written in written_services(project):
            built = next(
                (
                    by_build.get((service.path, service.build.node.span)) or _same(project, service)
                    for service in reversed(written)
                    if service.build is not None
                ),
                None,
            )
            if built is not None:
                self._of_service(written, *built, found)
        yield from found.values()

    def _of_service(
        self, written: tuple[Service, ...], image: Image, target: str | None, found: dict[Site, Finding]
    ) -> None:
        stage = image.by_name.get((target or "").lower()) or (image.tree.stages[-1] if image.tree.stages else None)
        if stage is None:
            return
        mounts = [(service, volume) for service in written for volume in service.volumes]
        targets = [volume.target.rstrip("/") for _, volume in mounts]
        for made in _used(image, stage):
            for service, volume in mounts:
                over = volume.target.rstrip("/")
                if made.path is None or not volume.bind or not over or not made.path.startswith(f"{over}/"):
                    continue
                # A longer mount that holds the environment wins over this one.
                if any(
                    made.path == each or made.path.startswith(f"{each}/") for each in targets if len(each) > len(over)
                ):
                    continue
                at = Site(service.path, volume.node.span)
                brought = (made.copied or made.made).span
                found.setdefault(
                    at,
                    self.found(
                        at,
                        f"the mount hides the image's virtual environment {made.path}",
                        advice=f"make the environment outside of {over}, or add a volume `- {made.path}`",
                        related=[Related(Site(image.path, brought), "made here")],
                    ),
                )


def _used(image: Image, stage: dockerfile.Stage) -> list[Environment]:
    """The stage's environments; where PATH names one of them, that one alone."""
    made = list(environments(image, stage))
    paths = [
        filled(pair.value.lexeme.text, {"PATH": "", **step.env}, image.tree.escape).split(":")
        for step in steps(image, stage)
        if isinstance(step.instruction, dockerfile.Env)
        for pair in step.instruction.pairs
        if pair.key.value == "PATH" and pair.value is not None
    ]
    named = [each for each in made if any(f"{each.path}/bin" in path for path in paths)]
    return named or made


def _same(project: Project, service: Service) -> tuple[Image, str | None] | None:
    """The image of a build that another service writes alike: equal builds are listed once."""
    build = service.build
    if build is None:
        return None
    for image in images(project):
        for call in image.builds:
            name = "Dockerfile" if build.dockerfile is None else build.dockerfile.value
            target = None if build.target is None else build.target.value
            if call.at.path == service.path and call.target == target and image.path.endswith(name.lstrip("./")):
                return image, call.target
    return None
