"""Roles: what each stack is for, by its name, by the stacks beside it, and by what starts it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname

from dockwright.project.command_lines import lines_of
from dockwright.project.compose import settled
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project, view
from dockwright.project.processes import of_compose
from dockwright.project.references import join
from dockwright.project.stacks import ENVIRONMENTS, Stack, stacks

ROLES = ("dev", "test", "ci", "staging", "prod")
"""What a stack can be for."""

PRODUCTION = frozenset({"prod", "staging"})
"""Roles of stacks that are on a server."""

# Words in the name of a script, a workflow or a Make target that puts a stack on a server.
_DEPLOYS = re.compile(r"(?i)(?:^|[^a-z])(?:deploy\w*|prod|production|release|provision)(?:[^a-z]|$)")

# Settings that say which environment this is, and what they say for production.
_SETTING = re.compile(r"(?:[A-Z]+_)*(?:ENV|ENVIRONMENT|STAGE|DJANGO_SETTINGS_MODULE|DJANGO_CONFIGURATION)")
_PARTS = re.compile(r"[._/-]+")


def role(project: Project, stack: Stack) -> str | None:
    """What a stack is for: one of `ROLES`, or None where nothing says so."""
    return _roles(project)[stack]


@view
def _roles(project: Project) -> Mapping[Stack, str | None]:
    return {stack: _role(project, stack) for stack in stacks(project)}


def _role(project: Project, stack: Stack) -> str | None:
    """What a stack is for.

    Its name decides where that is an environment. Default files are development when an override lies over them. A lone
    default file is production where another stack is development, or where a deployment starts it or it is set up for
    production and nobody edits code in it; it is development otherwise, unless another stack is that already.
    """
    if stack.name in ROLES:
        return stack.name
    if stack.name != "default":
        return None
    if len(stack.files) > 1:
        return "dev"
    beside = {other.name for other in stacks(project) if other is not stack and _same_place(stack, other)}
    if any(
        other.name == "default" and len(other.files) > 1 and other.files[0] in stack.files for other in stacks(project)
    ):
        beside.add("dev")
    if "dev" in beside:
        return None if "prod" in beside else "prod"
    if "prod" not in beside and not _edited(project, stack) and (_deployed(project, stack) or _set_up(project, stack)):
        return "prod"
    return "dev"


def _same_place(stack: Stack, other: Stack) -> bool:
    return dirname(stack.files[0]) == dirname(other.files[0])


def _services(project: Project, stack: Stack) -> tuple[Merged, ...]:
    return tuple(next(services for each, services in merged(project) if each == stack).values())


def _edited(project: Project, stack: Stack) -> bool:
    """Whether code is edited in the stack: a server that reloads, or Python sources mounted from the host."""
    for service in _services(project, stack):
        for layer in service.layers:
            if any(
                process.server is not None and process.server.reload
                for command in layer.command
                for process in of_compose(command)
            ):
                return True
            for volume in layer.volumes:
                source = settled(volume.source.text) if volume.bind and volume.source is not None else None
                if source is not None and _holds_python(project, join(stack.project_directory, source)):
                    return True
    return False


def _holds_python(project: Project, folder: str) -> bool:
    inside = f"{folder}/" if folder else ""
    return any(path.endswith(".py") and path.startswith(inside) for path in project.sources)


def _deployed(project: Project, stack: Stack) -> bool:
    """Whether what starts the stack is called a deployment: a script, a workflow, or a Make target."""
    sites = set(stack.invoked_from)
    lines = (line for path in {site.path for site in sites} for line in lines_of(project, path))
    targets = {line.target for line in lines if line.target is not None and line.at in sites}
    paths = {basename(site.path) for site in sites if project.kinds.get(site.path) in ("shell", "ci", "task")}
    return any(_DEPLOYS.search(name) is not None for name in targets | paths)


def _set_up(project: Project, stack: Stack) -> bool:
    """Whether a setting or an env file of the stack is named for production."""
    return "prod" in {
        ENVIRONMENTS.get(part) for text in _settings(project, stack) for part in _PARTS.split(text.lower())
    }


def _settings(project: Project, stack: Stack) -> Iterator[str]:
    yield from (basename(path) for path in stack.env_files)
    for service in _services(project, stack):
        for layer in service.layers:
            yield from (basename(entry.path.value) for entry in layer.env_files)
            for name, (_, value) in layer.environment.items():
                if value is not None and _SETTING.fullmatch(name):
                    yield settled(value) or ""
