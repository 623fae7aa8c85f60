"""Canonical: short forms as long ones, and the defaults that Compose sets in them.

Source: compose-go's `transform` package.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dockwright.project.loader.patterns import Branch, compiled
from dockwright.project.loader.ports import short_port
from dockwright.project.loader.printed import printed
from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.project.loader.volumes import clean, short_volume

Form = Callable[[Any, Branch["Form"], Place, bool], Any]


def canonical(model: dict[str, Any], *, lenient: bool) -> dict[str, Any]:
    """The model in long forms. `lenient`: what a variable keeps from being read stays as it is written."""
    _inner(model, _FORMS, (), lenient)
    for service in _services(model):
        # An address that a variable left empty is none.
        if isinstance(service.get("dns"), list):
            service["dns"] = [entry for entry in service["dns"] if entry not in (None, "")]
    return model


def with_defaults(model: dict[str, Any]) -> dict[str, Any]:
    """The model with what its long forms leave out."""
    _inner(model, _DEFAULTS, (), False)
    return model


def _services(model: dict[str, Any]) -> list[dict[str, Any]]:
    services = model.get("services")
    return [each for each in services.values() if isinstance(each, dict)] if isinstance(services, dict) else []


def _formed(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if branch.rule is not None:
        return branch.rule(value, branch, place, lenient)
    return value if branch.ends else _inner(value, branch, place, lenient)


def _inner(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            below = branch.below(key)
            if below.rule is not None or not below.ends:
                value[key] = _formed(inner, below, (*place, key), lenient)
    elif isinstance(value, list):
        below = branch.below("[]")
        for index, inner in enumerate(value):
            value[index] = _formed(inner, below, (*place, str(index)), lenient)
    return value


def _wrong(value: Any, place: Place) -> LoadError:
    return LoadError(f"{dotted(place)}: invalid value {printed(value)}", place)


def _build(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, str):
        return {"context": value}
    if not isinstance(value, dict):
        raise _wrong(value, place)
    return _inner(value, branch, place, lenient)


def _extends(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, str):
        return {"service": value}
    if not isinstance(value, dict):
        raise _wrong(value, place)
    return value


def _text(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    return printed(value)


def _list(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    return [value] if isinstance(value, str) else value


def _pairs(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise _wrong(value, place)
    for entry in value:
        if "=" not in entry:
            if lenient:
                return value
            raise LoadError(f"{dotted(place)}: invalid value {entry}, expected key=value", place)
    return dict(entry.split("=", 1) for entry in value)


def _depends_on(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, list):
        value = {_name(entry, place): {} for entry in value}
    if not isinstance(value, dict):
        raise _wrong(value, place)
    for name, entry in value.items():
        if not isinstance(entry, dict):
            raise _wrong(entry, (*place, name))
        entry.setdefault("condition", "service_started")
        entry.setdefault("required", True)
    return value


def _name(value: Any, place: Place) -> str:
    if not isinstance(value, str):
        raise _wrong(value, place)
    return value


def _env_file(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise _wrong(value, place)
    return [
        {"path": entry, "required": True}
        if isinstance(entry, str)
        else {"required": True, **entry}
        if isinstance(entry, dict)
        else None
        for entry in entries
    ]


def _names(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    return {_name(entry, place): None for entry in value} if isinstance(value, list) else value


def _gpus(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, str):
        return [{"count": "all"}]
    if not isinstance(value, list):
        raise _wrong(value, place)
    return value


def _volume(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, str):
        found = short_volume(value, place)
        return {**found, "target": clean(found["target"])}
    if not isinstance(value, dict):
        raise _wrong(value, place)
    return value


def _device(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise _wrong(value, place)
    parts = value.split(":")
    if len(parts) > 3:
        if not lenient:
            raise LoadError(f"confusing device mapping, please use long syntax: {value}", place)
        parts = [""]
    source, target, permissions = (*parts, *("", "", "rwm")[len(parts) :]) if len(parts) < 3 else parts
    return {"source": source, "target": target or source, "permissions": permissions}


def _mount(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, str):
        return {"source": value}
    if not isinstance(value, dict):
        raise _wrong(value, place)
    return value


def _ports(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if not isinstance(value, list):
        raise _wrong(value, place)
    found: list[Any] = []
    for index, entry in enumerate(value):
        if isinstance(entry, dict):
            found.append(entry)
            continue
        if isinstance(entry, bool) or not isinstance(entry, int | str):
            raise _wrong(entry, (*place, str(index)))
        ports = short_port(str(entry))
        if ports is None:
            if lenient and isinstance(entry, str):
                return value
            raise LoadError(f"{dotted(place)}: invalid port {entry}", (*place, str(index)))
        found += ports
    return found


def _ssh(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise _wrong(value, place)
    found: dict[str, Any] = {}
    for entry in value:
        name, equals, path = _name(entry, place).partition("=")
        if not equals and name != "default":
            raise LoadError(f'invalid ssh key "{entry}"', place)
        found[name] = path if equals else None
    return found


def _ulimit(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, bool) or not isinstance(value, dict | int):
        raise _wrong(value, place)
    return value


def _external(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    """A resource whose `external` is the old map with a name in it."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _wrong(value, place)
    external = value.get("external")
    if isinstance(external, dict):
        value["external"] = True
        if "name" in external and value.setdefault("name", external["name"]) != external["name"]:
            raise LoadError(f"{dotted(place)}: name and external.name conflict; only use name", place)
    return value


_FORMS: Branch[Form] = compiled(
    {
        "services.*.build": _build,
        "services.*.build.secrets.*": _mount,
        "services.*.build.provenance": _text,
        "services.*.build.sbom": _text,
        "services.*.build.additional_contexts": _pairs,
        "services.*.build.ssh": _ssh,
        "services.*.build.ulimits.*": _ulimit,
        "services.*.configs.*": _mount,
        "services.*.depends_on": _depends_on,
        "services.*.develop.watch.*.ignore": _list,
        "services.*.develop.watch.*.include": _list,
        "services.*.devices.*": _device,
        "services.*.dns": _list,
        "services.*.env_file": _env_file,
        "services.*.extends": _extends,
        "services.*.gpus": _gpus,
        "services.*.label_file": _list,
        "services.*.models": _names,
        "services.*.networks": _names,
        "services.*.ports": _ports,
        "services.*.secrets.*": _mount,
        "services.*.ulimits.*": _ulimit,
        "services.*.volumes.*": _volume,
        "configs.*": _external,
        "networks.*": _external,
        "secrets.*": _external,
        "volumes.*": _external,
    }
)


# Defaults


def _context(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if not isinstance(value, dict):
        return value
    value.setdefault("context", ".")
    return value


def _target(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, place)
    value.setdefault("target", f"/run/secrets/{printed(value.get('source'))}")
    return value


def _port(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if isinstance(value, dict):
        value.setdefault("protocol", "tcp")
        value.setdefault("mode", "ingress")
    return value


def _devices(value: Any, branch: Branch[Form], place: Place, lenient: bool) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, place)
    if "count" not in value and "device_ids" not in value:
        value["count"] = "all"
    return value


_DEFAULTS: Branch[Form] = compiled(
    {
        "services.*.build": _context,
        "services.*.secrets.*": _target,
        "services.*.ports.*": _port,
        "services.*.deploy.resources.reservations.devices.*": _devices,
        "services.*.gpus.*": _devices,
    }
)
