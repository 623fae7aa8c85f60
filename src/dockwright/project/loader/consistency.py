"""Consistency: whether the parts of a stack fit together.

Source: compose-go's `loader/validate.go` and `graph` package.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dockwright.project.loader.refusal import LoadError

_PROBES = ("CMD", "CMD-SHELL", "NONE")
_REBUILDS = ("rebuild", "restart")


def check_project(found: Mapping[str, dict[str, Any]], written: Mapping[str, Any], disabled: Mapping[str, Any]) -> None:
    """Raises LoadError for what Compose would not start: undefined names, contradictions, cycles."""
    services = found["services"]
    for name, service in services.items():
        for message in _of_service(name, service, found, disabled):
            raise LoadError(message, ("services", name))
    for name, secret in found["secrets"].items():
        if not secret.get("external") and not secret.get("file") and not secret.get("environment"):
            message = f'secret "{name}" must declare either `file` or `environment`'
            raise LoadError(message, ("secrets", name))
    _check_cycles(services)
    _check_names(services)


def _of_service(
    name: str, service: dict[str, Any], found: Mapping[str, dict[str, Any]], disabled: Mapping[str, Any]
) -> Iterator[str]:
    yield from _of_build(name, service, found["services"])
    networks = service.get("networks") or {}
    if service.get("network_mode") and networks:
        yield f"service {name} declares mutually exclusive `network_mode` and `networks`"
    yield from _undefined(name, "network", networks, found["networks"])
    test = (service.get("healthcheck") or {}).get("test")
    if test and test[0] not in _PROBES:
        yield 'healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"'
    for other, entry in (service.get("depends_on") or {}).items():
        if other not in found["services"] and (other not in disabled or entry.get("required")):
            yield f'service "{name}" depends on undefined service "{other}"'
    mode = service.get("network_mode") or ""
    if mode.startswith("service:") and mode.removeprefix("service:") not in found["services"]:
        other = mode.removeprefix("service:")
        yield f"service \"{other}\" not found for network_mode 'service:{other}'"
    volumes = service.get("volumes") or ()
    named = [mount["source"] for mount in volumes if mount.get("type") == "volume" and mount.get("source")]
    yield from _undefined(name, "volume", named, found["volumes"])
    build = service.get("build") or {}
    for kind, key, mounts in (
        ("build secret", "secrets", build.get("secrets")),
        ("config", "configs", service.get("configs")),
        ("secret", "secrets", service.get("secrets")),
    ):
        yield from _undefined(name, kind, [mount.get("source", "") for mount in mounts or ()], found[key])
    yield from _undefined(name, "model", service.get("models") or (), found["models"])
    yield from _of_numbers(name, service)
    for watch in (service.get("develop") or {}).get("watch") or ():
        if not watch.get("target") and watch.get("action") not in _REBUILDS:
            yield f"services.{name}.develop.watch: target is required for non-rebuild actions"
    targets = [entry.partition(":")[0] for entry in service.get("tmpfs") or ()]
    targets += [mount.get("target", "") for mount in volumes]
    seen: set[str] = set()
    for target in targets:
        if target in seen:
            yield f"services.{name}: target {target} already mounted"
        seen.add(target)


def _undefined(name: str, kind: str, used: Any, defined: Mapping[str, Any]) -> Iterator[str]:
    for other in used:
        if other not in defined:
            yield f'service "{name}" refers to undefined {kind} {other}'


def _of_build(name: str, service: dict[str, Any], services: Mapping[str, Any]) -> Iterator[str]:
    build = service.get("build")
    if build is None:
        if not service.get("image") and "provider" not in service:
            yield f'service "{name}" has neither an image nor a build context specified'
        return
    if build.get("dockerfile_inline") and build.get("dockerfile"):
        yield f'service "{name}" declares mutualy exclusive dockerfile and dockerfile_inline'
    for key, context in (build.get("additional_contexts") or {}).items():
        if context.startswith("service:"):
            other = context.removeprefix("service:")
            if other not in services:
                yield f'service "{name}" declares unknown service "{other}" as additional contexts {key}'
            elif services[other].get("build") is None:
                yield f'service "{name}" declares non-buildable service "{other}" as additional contexts {key}'
    platforms, platform = build.get("platforms"), service.get("platform")
    if platforms and platform and platform not in platforms:
        yield f'service.build.platforms MUST include service.platform "{platform}"'


def _of_numbers(name: str, service: dict[str, Any]) -> Iterator[str]:
    """What `deploy` and the older keys both say must be the same."""
    deploy = service.get("deploy")
    scale = service.get("scale")
    replicas = None if deploy is None else deploy.get("replicas")
    if scale is not None and deploy is not None:
        if replicas is not None and replicas != scale:
            yield f"services.{name}: can't set distinct values on 'scale' and 'deploy.replicas'"
        deploy["replicas"] = replicas = scale
    if scale is not None and scale < 0:
        yield f"services.{name}.scale: must be greater than or equal to 0"
    if replicas is not None and replicas < 0:
        yield f"services.{name}.deploy.replicas: must be greater than or equal to 0"
    resources = {} if deploy is None else deploy.get("resources") or {}
    for key, where, other in (
        ("cpus", "limits", "cpus"),
        ("mem_limit", "limits", "memory"),
        ("mem_reservation", "reservations", "memory"),
        ("pids_limit", "limits", "pids"),
    ):
        said = resources.get(where)
        if service.get(key) and said is not None and said.get(other) != service[key]:
            yield f"services.{name}: can't set distinct values on '{key}' and 'deploy.resources.{where}.{other}'"
    count = scale if scale is not None else replicas
    if count is not None and count > 1 and service.get("container_name"):
        yield f"services.{name}: can't set container_name and a scale, as container name must be unique"


def _check_cycles(services: Mapping[str, Any]) -> None:
    """Raises LoadError for services that wait for each other."""
    done: set[str] = set()
    for start in sorted(services):
        # What is waited for at the moment, in order, and what is left to look at below each.
        waiting = {} if start in done else {start: _awaited(services, start)}
        while waiting:
            name = next(reversed(waiting))
            other = next(waiting[name], None)
            if other is None:
                del waiting[name]
                done.add(name)
            elif other in waiting:
                names = list(waiting)
                cycle = " -> ".join((*names[names.index(other) :], other))
                raise LoadError(f"dependency cycle detected: {cycle}", ("services", name, "depends_on"))
            elif other not in done:
                waiting[other] = _awaited(services, other)


def _awaited(services: Mapping[str, Any], name: str) -> Iterator[str]:
    return iter(sorted((services.get(name) or {}).get("depends_on") or ()))


def _check_names(services: Mapping[str, Any]) -> None:
    """Raises LoadError for two containers of one name."""
    taken: dict[str, str] = {}
    for name, service in services.items():
        container = service.get("container_name")
        if container and container in taken:
            message = f'services.{name}: container name "{container}" is already in use by service {taken[container]}'
            raise LoadError(message, ("services", name, "container_name"))
        if container:
            taken[container] = name
