"""New workflow: a project without any pipeline gets one on GitHub that builds, tests and audits."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from dockwright import __version__
from dockwright.facts.actions import BUILD_PUSH, CHECKOUT, SETUP_BUILDX, SETUP_UV, UPLOAD_SARIF
from dockwright.finding import Fix
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.project.roles import role
from dockwright.project.running import running
from dockwright.project.stacks import Stack
from dockwright.refactor.ci.env_files import is_hidden
from dockwright.refactor.ci.installs import OWNER
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile
from dockwright.text import Create

PATH = ".github/workflows/ci.yml"

_PIPELINES = (
    ".github/workflows/", ".gitlab-ci.yml", ".gitlab/", ".circleci/", ".travis.yml", ".drone.yml", ".woodpecker",
    "azure-pipelines", ".azure-pipelines", ".azuredevops/", "bitbucket-pipelines.yml", "cloudbuild.", "Jenkinsfile",
    ".buildkite/", ".gitea/workflows/", ".forgejo/workflows/", ".builds/", ".build.yml", ".cirrus.yml", ".semaphore/",
    "appveyor.yml", ".appveyor.yml", ".teamcity/", "buildspec.yml", ".tekton/", ".zuul", "wercker.yml", ".gitlab",
)  # fmt: skip
"""How the paths of the forges' pipelines begin."""


class NewWorkflow:
    """Writes a workflow that runs the tests in the stack for CI."""

    name = OWNER
    title = "A workflow builds, tests and audits"

    def propose(self, project: Project) -> Proposal:
        """One file, where the project has a stack for CI that runs tests, and no pipeline of any forge."""
        if any(path.startswith(_PIPELINES) for path in project.listing):
            return Proposal()
        tested = next(_tested(project), None)
        if tested is None:
            return Proposal()
        return Proposal((Fix(f"write {PATH}", (Create(PATH, _workflow(project, tested)),), "refit"),))


class _Tested(Struct, frozen=True):
    """The stack for CI and the service in it that runs the tests, with the image that it is built as."""

    stack: Stack
    service: str
    image: Image
    tag: str
    command: str


def _tested(project: Project) -> Iterator[_Tested]:
    for stack, runs in running(project):
        if stack.name != "ci" or role(project, stack) != "ci":
            continue
        for name, run in runs.items():
            image, stage = run.image, run.stage
            if image is None or stage is None or stage.name != "test":
                continue
            tag = run.service.text("image") if run.service.last("image") is not None else f"{stack.project_name}-{name}"
            own = " ".join(
                " ".join(word.value for word in layer.strings()) for _, layer in run.service.written("command")
            )
            default = image.last(stage, dockerfile.Cmd)
            tests = own if run.own_command else "" if default is None else image.tree.source.slice(default.span)
            if tag is None or "$" in tag:
                continue
            yield _Tested(stack, name, image, tag, "" if "pytest" in tests else " pytest")


def _workflow(project: Project, tested: _Tested) -> str:
    """The workflow's text."""
    stack, image = tested.stack, tested.image
    files = " ".join(f"-f {path}" for path in stack.files)
    env_files = " ".join(f"--env-file {path}" for path in stack.env_files or _beside(project))
    call = " ".join(part for part in ("docker compose", files, env_files) if part)
    made = [path for path in stack.env_files or _beside(project) if is_hidden(project, path)]
    makes = "".join(f"      - run: cp {path}.example {path}\n" for path in made)
    context = image.context or "."
    return f"""\
name: CI

on:
  push:
    branches: [main, master]
  pull_request:

permissions:
  contents: read

jobs:
  test:
    runs-on: ubuntu-latest
    env:
      COMPOSE: {call}
    steps:
      - uses: {CHECKOUT.reference}
{makes}      - uses: {SETUP_BUILDX.reference}
      # The stack finds the image by its name, and does not build it again.
      - uses: {BUILD_PUSH.reference}
        with:
          context: {context}
          file: {image.path}
          target: test
          tags: {tested.tag}
          load: true
          cache-from: type=gha
          cache-to: type=gha,mode=max
      - name: Test
        run: $COMPOSE run --rm {tested.service}{tested.command}
      - name: Logs
        if: failure()
        run: $COMPOSE logs
      - name: Stop
        if: always()
        run: $COMPOSE down --volumes

  audit:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      security-events: write
    steps:
      - uses: {CHECKOUT.reference}
      - uses: {SETUP_UV.reference}
      - run: uvx dockwright@{__version__} audit --format sarif > dockwright.sarif
      # Findings fail the step above, and are shown all the same.
      - uses: {UPLOAD_SARIF.reference}
        if: always()
        with:
          sarif_file: dockwright.sarif
          category: dockwright
"""


def _beside(project: Project) -> tuple[str, ...]:
    """The env file for CI where no call names one yet."""
    path = "env/.env.ci"
    return (path,) if project.is_file(path) or project.is_file(f"{path}.example") else ()
