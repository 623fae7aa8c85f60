"""DW507: a pipeline that calls `docker-compose`, which its runner does not have."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix, Related
from dockwright.project.command_lines import CommandLine, command_lines
from dockwright.project.compose import scalar
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Edit

_BRINGS = ("install docker-compose", "compose/releases", "setup-compose", "setup-docker-compose", "bin/docker-compose")
_HOSTED = ("ubuntu-", "windows-", "macos-")
_JOBS = "on: push\njobs:\n  ci:\n    runs-on: {runner}\n    steps:\n{steps}"


def _workflow(runner: str, *commands: str) -> str:
    return _JOBS.format(runner=runner, steps="".join(f"      - run: {command}\n" for command in commands))


class ComposeV1InPipeline(Rule):
    """Call docker compose, which the runner has

    ## What it finds

    `docker-compose`, with a dash, in a workflow for GitHub's own runners that does not install it first. One finding a
    workflow.

    ## Why it matters

    That program is Compose 1, which ended in 2023. GitHub took it off its runners in 2024: the step ends with
    `docker-compose: command not found`.

    ## How to mend it

    Write `docker compose`. Containers are then called `shop-db-1` and no longer `shop_db_1`.

    ## Fix safety

    Safe: the call fails as it is.

    ## Source

    GitHub, actions/runner-images, announcement of July 2024; Docker's documentation, «Migrate to Compose v2».
    """

    code, name, severity, consent = "DW507", "compose-v1-in-pipeline", "info", "safe"
    invalid = (
        Example(
            {
                ".github/workflows/ci.yml": _workflow("ubuntu-24.04", "⟦docker-compose⟧ up -d", "docker-compose down"),
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n",
            },
            becomes={
                ".github/workflows/ci.yml": _workflow("ubuntu-24.04", "docker compose up -d", "docker compose down")
            },
        ),
    )
    valid = (
        Example({".github/workflows/ci.yml": _workflow("ubuntu-24.04", "docker compose up -d")}),
        Example({".github/workflows/ci.yml": _workflow("self-hosted", "docker-compose up -d")}),
        Example(
            {".github/workflows/ci.yml": _workflow("ubuntu-24.04", "pip install docker-compose", "docker-compose up")}
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        calls: dict[str, list[CommandLine]] = {}
        for line in command_lines(project):
            if line.path.startswith(".github/workflows/") and line.name == "docker-compose":
                calls.setdefault(line.path, []).append(line)
        for path, lines in calls.items():
            if _on_hosted_runners(project, path) and not _installed(project, path):
                sites = [line.word_at(line.command.words[0]) for line in lines]
                yield self.found(
                    sites[0],
                    "GitHub's runners have no docker-compose: the step fails",
                    advice="write docker compose",
                    related=[Related(site, "called here, too") for site in sites[1:]],
                    fix=_fix(lines),
                )


def _fix(lines: list[CommandLine]) -> Fix | None:
    words = [line.command.words[0] for line in lines]
    if not all(word.contiguous and word.text == "docker-compose" for word in words):
        return None
    edits = [Edit(line.path, word.span, "docker compose") for line, word in zip(lines, words, strict=True)]
    return Fix("call docker compose", tuple(edits))


def _on_hosted_runners(project: Project, path: str) -> bool:
    """Whether every job of a workflow runs on a machine of GitHub's, and in no container."""
    root = yaml.resolve(project.yaml(project.sources[path]).root)
    jobs = yaml.resolve(root.get("jobs")) if isinstance(root, yaml.Mapping) else None
    if not isinstance(jobs, yaml.Mapping):
        return False
    found = [job for _, value in jobs.entries() if isinstance(job := yaml.resolve(value), yaml.Mapping)]
    runners = [scalar(job.get("runs-on")) for job in found]
    return all(runner is not None and runner.value.startswith(_HOSTED) for runner in runners) and not any(
        job.get("container") for job in found
    )


def _installed(project: Project, path: str) -> bool:
    """Whether the workflow itself, or an action that it uses, brings the program."""
    text = project.sources[path].text
    return any(sign in text for sign in _BRINGS)
