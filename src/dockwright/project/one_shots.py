"""One-shots: services that do their work and end."""

from __future__ import annotations

from collections.abc import Iterable

from dockwright.project.merged import Merged
from dockwright.project.processes import of_compose

# Commands that do their work and end.
_ENDING = (
    ("alembic", "upgrade"),
    ("python", "manage.py", "migrate"),
    ("python", "manage.py", "collectstatic"),
    ("flask", "db", "upgrade"),
    ("aerich", "upgrade"),
    ("true",),
)


def unawaited(services: Iterable[Merged]) -> list[Merged]:
    """Those of a stack's services that end and that no other one waits for: `up --wait` fails because of them."""
    services = list(services)
    awaited = {
        dependency.name
        for service in services
        for dependency in service.dependencies.values()
        if dependency.condition == "service_completed_successfully"
    }
    return [service for service in services if service.name not in awaited and _ends(service)]


def _ends(service: Merged) -> bool:
    if service.written("profiles") or service.written("entrypoint"):
        return False
    last = service.last("command")
    commands = last[0].command if last is not None else ()
    found = [process.words for command in commands for process in of_compose(command)]
    return bool(found) and all(any(words[: len(ending)] == ending for ending in _ENDING) for words in found)
