"""An init where the server is the parent of others."""

from __future__ import annotations

from dockwright.finding import Fix
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project
from dockwright.project.running import Running, full_server, of_layers
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile

_INITS = frozenset({"tini", "dumb-init", "docker-init", "catatonit"})

# Servers that look after their children themselves, as PID 1 has to, and those that reload without one.
_PARENTS = frozenset({"gunicorn", "uwsgi", "celery", "streamlit"})


class Inits:
    """Writes `init: true` where a server reloads or has workers, so that somebody reaps its children."""

    name = "compose"
    title = "An init for servers with children"

    def propose(self, project: Project) -> Proposal:
        """One fix for each service."""
        return Proposal(one_by_one(project, _next))


def _next(project: Project) -> Fix | None:
    for stack, _, runs in looked_at(project):
        for run in runs.values():
            if not _has_children(project, run) or run.service.written("init"):
                continue
            said = run.service.last("command")
            layer = said[0] if said is not None else run.service.layers[-1]
            if layer.path not in stack.files:
                continue
            services = reached(project, layer)
            others = [each for each in of_layers(project, services) if each.service.stack.name != "devcontainer"]
            if all(_has_children(project, each) for each in others):
                changes = ComposeChanges(project)
                changes.mean(everywhere(services, "init"))
                changes.set(At.of(layer), "init", "true")
                fix = fix_of(changes, f"{stack.name}: an init for {run.service.name}, which has children")
                if fix is not None:
                    return fix
    return None


def _has_children(project: Project, run: Running) -> bool:
    server = full_server(project, run)
    if server is None or server.program in _PARENTS or run.image is None or run.stage is None:
        return False
    entrypoint = run.image.last(run.stage, dockerfile.Entrypoint)
    words = [word.value.rpartition("/")[2] for word in entrypoint.command.words or ()] if entrypoint is not None else []
    if not _INITS.isdisjoint(words) or any(not _INITS.isdisjoint(process.words) for process in run.processes):
        return False
    return server.reload or (isinstance(server.workers, int) and server.workers > 1)
