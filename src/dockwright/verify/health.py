"""health: every service is there and healthy, and what runs once ended well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped
from dockwright.verify.live import Container, Live

CHECK = "health"


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each container, and for each service that has none."""
    there = {container.service for container in live.containers}
    for name, service in live.services.items():
        if name not in there and replicas(service):
            yield failed(CHECK, name, "it has no container", _start(name))
    for container in live.containers:
        yield judged(container, once=runs_once(live, container.service))


def judged(container: Container, *, once: bool) -> Evidence:
    """Whether one container is well. `once` says that it is there to run once."""
    name, state = container.name, container.state
    detail: dict[str, Any] = {"state": state.get("Status"), "health": container.health}
    logs = f"docker compose logs {container.service}"
    if state.get("Restarting"):
        reason = f"it ends with {container.exit_code} and is restarted again and again"
        return failed(CHECK, name, reason, logs, **detail)
    if container.running:
        if container.health == "healthy":
            return passed(CHECK, name, "healthy", **detail)
        if container.health is not None:
            return failed(CHECK, name, f"its health check says {container.health}", logs, **detail)
        return skipped(CHECK, name, "runs, and has no health check", **detail)
    detail["exit_code"] = container.exit_code
    if state.get("Status") == "created":
        return failed(CHECK, name, "it was made and never started", _start(container.service), **detail)
    killed = ", killed for want of memory" if state.get("OOMKilled") else ""
    if not once or container.exit_code:
        return failed(CHECK, name, f"it ended with {container.exit_code}{killed}", logs, **detail)
    return passed(CHECK, name, "ran once and ended with 0", **detail)


def runs_once(live: Live, name: str) -> bool:
    """Whether a service is there to end: another waits for that, or nothing restarts, probes or publishes it."""
    for other in live.services.values():
        waited = (other.get("depends_on") or {}).get(name) or {}
        if waited.get("condition") == "service_completed_successfully":
            return True
    service = live.services.get(name) or {}
    kept = service.get("restart") not in (None, "no") or service.get("ports") or service.get("healthcheck")
    return not kept


def replicas(service: dict[str, Any] | Any) -> int:
    """How many containers a service is meant to have."""
    declared = service.get("scale", (service.get("deploy") or {}).get("replicas"))
    return 1 if declared is None else int(declared)


def _start(name: str) -> str:
    return f"docker compose up -d {name}"
