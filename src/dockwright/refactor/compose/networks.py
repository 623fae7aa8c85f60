"""Production's databases on a network of their own, which leads nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.facts.base_images import repository
from dockwright.facts.data_services import data_service
from dockwright.finding import Fix
from dockwright.project.compose import ComposeFile
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project
from dockwright.project.ports import ports
from dockwright.project.roles import PRODUCTION
from dockwright.project.running import Running
from dockwright.project.stacks import Stack, compose_files
from dockwright.refactor.compose.fixes import fix_of, together
from dockwright.refactor.compose.stacks import everywhere, looked_at, top_places
from dockwright.refactor.step import Proposal

BACKEND = "backend"

# What stands before the application and talks to it alone.
_FRONT = frozenset({"nginx", "nginxinc/nginx-unprivileged", "caddy", "traefik", "haproxy", "httpd", "certbot/certbot"})


class Networks:
    """Puts production's databases on an internal network, where nothing but the application reaches them.

    The application stays on the default network as well, by which it is published and reaches the outside. Where the
    stack has networks of its own, only what is published into the void is taken away.
    """

    name = "compose"
    title = "Production's databases on a private network"

    def propose(self, project: Project) -> Proposal:
        """One fix for each production stack."""
        before = project
        fixes: list[Fix] = []
        for stack, role, _ in list(looked_at(project)):
            if role not in PRODUCTION:
                continue
            runs = next(each for other, _, each in looked_at(project) if other == stack)
            fix = _fix(project, stack, runs)
            if fix is not None:
                fixes.append(fix)
                project = project.replace(fix.changes)
        return Proposal(together(before, fixes))


def is_front(run: Running) -> bool:
    """Whether a service is a web server that stands before the application."""
    base = run.image.base(run.stage) if run.image is not None and run.stage is not None else run.service.image
    return repository(base or "") in _FRONT


def _fix(project: Project, stack: Stack, runs: Mapping[str, Running]) -> Fix | None:
    data = [run for run in runs.values() if data_service(run.service.image) is not None and not run.service.builds]
    if not data:
        return None
    changes = ComposeChanges(project)
    services = [run.service for run in runs.values()]
    if any(service.written(key) for service in services for key in ("networks", "network_mode", "links")):
        return None
    # Who wrote an address for a database's port wants to reach it from the host.
    if any(port.published is None or not port.everywhere for run in data for port in ports(run.service)):
        return None
    if any(file.root is None or file.root.get("networks") for file in _files(project, stack)):
        return None
    for run in runs.values():
        if run not in data and is_front(run):
            continue
        layers = [layer for layer in run.service.layers if layer.path in stack.files]
        if not layers:
            return None
        at = At.of(layers[0])
        affected = reached(project, layers[0])
        changes.mean(everywhere(affected, "networks"))
        changes.set(at, "networks", f"[{BACKEND}]" if run in data else f"[default, {BACKEND}]")
        if run in data and layers[0].node.item("ports") is not None:
            changes.mean(everywhere(affected, "ports"))
            changes.delete(at, "ports")
    path = data[0].service.layers[0].path
    changes.set_top(path, "networks", BACKEND, "internal: true")
    changes.mean(top_places(project, path, "networks"))
    names = " and ".join(run.service.name for run in data)
    return fix_of(changes, f"{stack.name}: {names} on a private network")


def _files(project: Project, stack: Stack) -> list[ComposeFile]:
    return [compose_files(project)[path] for path in stack.files]
