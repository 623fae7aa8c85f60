"""Normal: what Compose fills into a whole model: networks, names, dependencies, values from the environment.

Source: compose-go's `loader/normalize.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockwright.project.loader.printed import printed
from dockwright.project.loader.refusal import LoadError, dotted
from dockwright.project.loader.volumes import clean

_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})


def normalised(model: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The model, filled in. Raises LoadError for what Compose itself cannot read without its variables."""
    _connect(model)
    for name, service in (model.get("services") or {}).items():
        _complete(name, service, variables)
    for kind in ("networks", "volumes", "configs", "secrets"):
        section = model.get(kind)
        if section is not None:
            model[kind] = {key: _named(model["name"], key, entry) for key, entry in section.items()}
    return model


def _connect(model: dict[str, Any]) -> None:
    """Put services that name no network on the default one."""
    networks = model.get("networks") or {}
    for service in (model.get("services") or {}).values():
        if "provider" in service or "network_mode" in service:
            continue
        if not service.get("networks"):
            service["networks"] = {"default": None}
        if "default" in service["networks"]:
            networks.setdefault("default", None)
    if networks:
        model["networks"] = networks


def _complete(name: str, service: dict[str, Any], variables: Mapping[str, str]) -> None:
    if service.get("pull_policy") == "if_not_present":
        service["pull_policy"] = "missing"
    build = service.get("build")
    if isinstance(build, dict):
        if build.get("context") is None:
            build["context"] = "."
        if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
            build["dockerfile"] = "Dockerfile"
        if "args" in build:
            build["args"] = _looked_up(build["args"], variables, keep=False)
    if "environment" in service:
        service["environment"] = _looked_up(service["environment"], variables, keep=True)
    for volume in service.get("volumes") or ():
        if not isinstance(volume, dict) or not isinstance(volume.get("target"), str):
            place = ("services", name, "volumes")
            raise LoadError(f"{dotted(place)}: a mount that cannot be read before its variables are known", place)
        volume["target"] = clean(volume["target"]) or "."
    for key in _NAMESPACES:
        if key in service and service[key] is None:  # Compose ends in a panic here.
            raise LoadError(f"services.{name}.{key} must be a string", ("services", name, key))
    depends_on = service.get("depends_on") or {}
    for other, restart in _implied(service):
        depends_on.setdefault(other, {"condition": "service_started", "restart": restart, "required": True})
    if depends_on:
        service["depends_on"] = depends_on


def _implied(service: dict[str, Any]) -> list[tuple[str, bool]]:
    """The services that others of a service's keys name, and whether it restarts with them."""
    found = []
    for link in service.get("links") or ():
        parts = link.split(":")
        found.append((parts[0] if len(parts) == 2 else link, True))
    for key in _NAMESPACES:
        said = service.get(key)
        if isinstance(said, str) and said.startswith("service:"):
            found.append((said.removeprefix("service:"), True))
    for entry in service.get("volumes_from") or ():
        if not entry.startswith("container:"):
            found.append((entry.partition(":")[0], False))
    return found


def _looked_up(entries: Any, variables: Mapping[str, str], *, keep: bool) -> Any:
    """Variables without a value get the environment's; `keep` those that are not there either."""
    if isinstance(entries, list):
        found = []
        for entry in entries:
            if "=" in entry:
                found.append(entry)
            elif entry in variables:
                found.append(f"{entry}={variables[entry]}")
            elif keep:
                found.append(entry)
        return found
    if isinstance(entries, dict):
        values = {name: variables.get(name) if value is None else value for name, value in entries.items()}
        return {name: value for name, value in values.items() if keep or value is not None}
    return entries


def _named(project: str, key: str, entry: Any) -> dict[str, Any]:
    found: dict[str, Any] = {} if entry is None else entry
    if found.get("name") is None:
        found["name"] = key if printed(found.get("external")) in _TRUE else f"{project}_{key}"
    return found
