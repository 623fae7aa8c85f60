"""DW304: `${...}` that only `env_file:` would fill, which it does not."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.commands import Invocation
from dockwright.project.interpolated import names_by_default, names_in, needed, stack_calls
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.project.references import is_relative, join
from dockwright.project.stacks import Stack, commands
from dockwright.rule import Example, Rule

_COMPOSE = (
    "name: shop\nservices:\n  db:\n    image: postgres:17.6\n    env_file: .env.dev\n"
    "    environment:\n      POSTGRES_DB: ${⟦DB_NAME⟧}\n"
)


class VariableLeftEmpty(Rule):
    """Fill `${...}` from an env file that Compose reads for it

    ## What it finds

    A variable in a compose file, `${DB_NAME}`, that the service's `env_file:` sets and nothing else does: no call
    passes that file with `--env-file`, and the `.env` beside the compose file does not have it.

    ## Why it matters

    The two do different work. `env_file:` fills the container's environment, `--env-file` and `.env` fill the
    compose file. Compose warns that the variable is not set and goes on with an empty text: an empty password, a
    port that nobody asked for, a database with the default name.

    ## How to mend it

    Pass the file to every call as well: `docker compose --env-file .env.dev up`. Or leave the line out of
    `environment:` where `env_file:` already gives the container the variable.

    ## Fix safety

    There is no fix: which of the two is meant is a guess.

    ## Source

    Compose's documentation, «Set environment variables» and «Interpolation».
    """

    code, name, severity = "DW304", "variable-left-empty", "warning"
    traps = (18,)
    invalid = (
        Example(
            {
                "compose.yaml": _COMPOSE,
                ".env.dev": "DB_NAME=shop\n",
                "Makefile": "up:\n\tdocker compose up -d\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": _COMPOSE.replace("⟦", "").replace("⟧", ""),
                ".env.dev": "DB_NAME=shop\n",
                "Makefile": "up:\n\tdocker compose --env-file .env.dev up -d\n",
            }
        ),
        Example(
            {
                "compose.yaml": _COMPOSE.replace("⟦DB_NAME⟧", "DB_NAME:-shop"),
                ".env.dev": "DB_NAME=shop\n",
            }
        ),
        Example(
            {
                "compose.yaml": _COMPOSE.replace("⟦", "").replace("⟧", ""),
                ".env.dev": "DB_NAME=shop\n",
                ".devcontainer/devcontainer.json": '{"dockerComposeFile": "../compose.yaml",'
                ' "initializeCommand": "cp -n .env.dev .env"}\n',
            }
        ),
        Example(
            {
                "compose.yaml": _COMPOSE.replace("⟦", "").replace("⟧", ""),
                ".env.dev": "DB_NAME=shop\n",
                "up.sh": "#!/bin/sh\nset -a; . ./.env.dev\ndocker compose up -d\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told: set[tuple[str, str]] = set()
        for stack, services in merged(project):
            calls = list(stack_calls(project, stack))
            filled = _filled(project, stack, calls)
            if filled is None:
                continue
            inside = {
                name: path
                for service in services.values()
                for path in _env_files(service)
                for name in names_in(project, path) or ()
            }
            for use in needed(project, stack):
                missing = not use.default and not use.required and use.name not in filled
                if missing and use.name in inside and (use.at.path, use.name) not in told:
                    told.add((use.at.path, use.name))
                    path = inside[use.name]
                    yield self.found(
                        use.at,
                        f"{use.name} is empty here: {path} fills the container, not the compose file",
                        advice=f"pass it to Compose, too: docker compose --env-file {path} …",
                        related=[Related(call.at, "called here") for _, call, _ in calls[:1]],
                    )


def _filled(project: Project, stack: Stack, calls: list[tuple[str, Invocation, int]]) -> frozenset[str] | None:
    """The names that have a value in every call that a tool makes; None where somebody may set more."""
    filled = names_by_default(project, stack) | _made_for_an_editor(project, stack)
    for path, call, _ in calls:
        names = [names_in(project, ref.target) for ref in call.env_files]
        if None in names or _may_export(project, path):
            return None
        filled = filled.union(*(given for given in names if given is not None))
    for path in stack.env_files:
        given = names_in(project, path)
        if given is None:
            return None
        filled |= given
    return filled


def _made_for_an_editor(project: Project, stack: Stack) -> frozenset[str]:
    """The names in what a devcontainer copies to the `.env` that Compose reads: `cp -n env/.env.dev compose/.env`."""
    default = join(stack.project_directory, ".env")
    found: set[str] = set()
    for site in stack.invoked_from:
        if project.kinds.get(site.path) == "devcontainer":
            named = {ref.target for ref in commands(project)[site.path].references if ref.kind == "path"}
            if default in named:
                found |= {name for path in named for name in names_in(project, path) or ()}
    return frozenset(found)


def _may_export(project: Project, path: str) -> bool:
    """Whether the file that calls Compose sets variables of its own: loads an env file, or exports."""
    text = project.sources[path].text
    return any(word in text for word in ("export", "set -a", "source ", "include .env", "-include", "env:", "dotenv"))


def _env_files(service: Merged) -> list[str]:
    return [
        join(service.stack.project_directory, entry.path.value)
        for layer in service.layers
        for entry in layer.env_files
        if is_relative(entry.path.value)
    ]
