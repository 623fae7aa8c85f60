"""Merging: one model laid over another, as several files and `extends` do it.

Source: compose-go's `override` package: `merge.go` and `uncity.go`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dockwright.project.loader.patterns import Branch, compiled
from dockwright.project.loader.printed import printed
from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.project.loader.volumes import short_volume

Merge = Callable[[Any, Any, Branch["Merge"], Place], Any]


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A model with another, stronger one over it. Both are used up."""
    return _mappings(below, above, _MERGES, ())


def extend(base: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """A service over the one that it extends. Both are used up."""
    return _mappings(base, service, _MERGES.below("services").below("x"), ("services", "x"))


def _merged(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    if branch.rule is not None:
        return branch.rule(below, above, branch, place)
    if above is None:
        return below
    if isinstance(below, dict):
        return _mappings(below, _as(dict, above, place), branch, place)
    if isinstance(below, list):
        return [*below, *_as(list, above, place)]
    return above


def _mappings(below: dict[str, Any], above: dict[str, Any], branch: Branch[Merge], place: Place) -> dict[str, Any]:
    for key, value in above.items():
        below[key] = _merged(below[key], value, branch.below(key), (*place, key)) if key in below else value
    return below


def _as(kind: type, value: Any, place: Place) -> Any:
    if not isinstance(value, kind):
        raise LoadError(f"cannot override {dotted(place)}", place)
    return value


def _replace(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    return above


def _lists(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    return [*listed(below), *listed(above)]


def _hosts(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    first = listed(below)
    known = set(map(printed, first))
    return [*first, *(entry for entry in listed(above) if printed(entry) not in known)]


def _build(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    first, second = (
        {"context": build} if isinstance(build, str) else build if isinstance(build, dict) else {}
        for build in (below, above)
    )
    return _mappings(first, second, branch, place)


def _depends_on(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    first, second = (
        _mapped(each, place, lambda: {"condition": "service_started", "required": True}) for each in (below, above)
    )
    return _mappings(first, second, branch, place)


def _named(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    return _mappings(_mapped(below, place), _mapped(above, place), branch, place)


def _logging(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    """Options of one driver are merged; another driver takes none over."""
    _as(dict, below, place)
    _as(dict, above, place)
    if "driver" in below and "driver" in above and below["driver"] != above["driver"]:
        return above
    return _mappings(below, above, branch, place)


def _pools(below: Any, above: Any, branch: Branch[Merge], place: Place) -> Any:
    """Address pools, by their subnet. What Compose makes of several is odd: this is just what it does."""
    found: list[dict[str, Any]] = []
    for original in _as(list, below, place):
        for override in _as(list, above, place):
            first, second = _as(dict, original, place), _as(dict, override, place)
            if second.get("subnet") != first.get("subnet") and _pool(found, second) is None:
                found.append(second)
                continue
            merged = _mappings(first, second, branch, place)
            index = _pool(found, merged)
            if index is None:
                found.append(merged)
            else:
                found[index] = merged
    return found


def _pool(pools: list[dict[str, Any]], like: dict[str, Any]) -> int | None:
    return next((index for index, pool in enumerate(pools) if pool.get("subnet") == like.get("subnet")), None)


def listed(value: Any) -> list[Any]:
    """A map as a sorted list of `key=value`; a text as a list of itself."""
    if isinstance(value, dict):
        entries = []
        for key, each in value.items():
            if each is None:
                entries.append(key)
            elif isinstance(each, list):
                entries += [f"{key}={printed(inner)}" for inner in each]
            else:
                entries.append(f"{key}={printed(each)}")
        return sorted(entries)
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _mapped(value: Any, place: Place, default: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    """A list of names as a map."""
    if isinstance(value, list):
        return {_as(str, name, place): default() for name in value}
    return value if isinstance(value, dict) else {}


_MERGES: Branch[Merge] = compiled(
    {
        "networks.*.ipam.config": _pools,
        "networks.*.labels": _lists,
        "volumes.*.labels": _lists,
        "services.*.annotations": _lists,
        "services.*.build": _build,
        "services.*.build.args": _lists,
        "services.*.build.additional_contexts": _lists,
        "services.*.build.extra_hosts": _hosts,
        "services.*.build.labels": _lists,
        "services.*.command": _replace,
        "services.*.depends_on": _depends_on,
        "services.*.deploy.labels": _lists,
        "services.*.dns": _lists,
        "services.*.dns_opt": _lists,
        "services.*.dns_search": _lists,
        "services.*.entrypoint": _replace,
        "services.*.env_file": _lists,
        "services.*.label_file": _lists,
        "services.*.environment": _lists,
        "services.*.extra_hosts": _hosts,
        "services.*.healthcheck.test": _replace,
        "services.*.labels": _lists,
        "services.*.logging": _logging,
        "services.*.models": _named,
        "services.*.networks": _named,
        "services.*.sysctls": _lists,
        "services.*.tmpfs": _lists,
        "services.*.ulimits.*": _replace,
    }
)


# Doubles

Key = Callable[[Any, Place], str]


def unique(model: dict[str, Any]) -> dict[str, Any]:
    """The model with the doubles in its lists gone: the last one counts, at the place of the first."""
    _unique(model, _KEYS, ())
    return model


def _unique(mapping: dict[str, Any], branch: Branch[Key], place: Place) -> None:
    for key, value in mapping.items():
        inner = branch.below(key)
        if isinstance(value, dict):
            if not inner.ends:
                _unique(value, inner, (*place, key))
        elif isinstance(value, list) and inner.rule is not None:
            here = (*place, key)
            mapping[key] = list({inner.rule(entry, here): entry for entry in value}.values())


def _of_name(entry: Any, place: Place) -> str:
    if not isinstance(entry, str):
        raise LoadError(f"{dotted(place)}: unexpected type {printed(entry)}", place)
    return entry.partition("=")[0]


def _of_volume(entry: Any, place: Place) -> str:
    if isinstance(entry, dict):
        return _target(entry, place)
    return str(short_volume(entry, place)["target"]) if isinstance(entry, str) else ""


def _of_device(entry: Any, place: Place) -> str:
    if isinstance(entry, dict):
        return _target(entry, place)
    parts = entry.split(":") if isinstance(entry, str) else [""]
    return str(parts[min(len(parts), 2) - 1])


def _target(entry: dict[str, Any], place: Place) -> str:
    target = entry.get("target")
    if not isinstance(target, str):
        raise LoadError(f"service {place[-1]} {dotted(place)} is missing a mount target", place)
    return target


def _of_mount(folder: str) -> Key:
    def key(entry: Any, place: Place) -> str:
        if isinstance(entry, str):
            return f"{folder}/{entry}"
        if not isinstance(entry, dict):
            raise LoadError(f"{dotted(place)}: unsupported value {printed(entry)}", place)
        return _target(entry, place) if "target" in entry else f"{folder}/{printed(entry.get('source'))}"

    return key


def _of_port(entry: Any, place: Place) -> str:
    if not isinstance(entry, dict):
        return printed(entry) if isinstance(entry, int | str) else ""
    if "target" not in entry:
        raise LoadError(f"service ports {dotted(place)} is missing a target port", place)
    host, protocol = entry.get("host_ip", "0.0.0.0"), entry.get("protocol", "tcp")  # noqa: S104
    return f"{printed(host)}:{entry.get('published')!r}:{entry['target']!r}/{printed(protocol)}"


def _of_exposed(entry: Any, place: Place) -> str:
    if isinstance(entry, bool) or not isinstance(entry, int | str):
        raise LoadError(f"{dotted(place)}: unsupported expose value {printed(entry)}", place)
    return str(entry)


def _of_env_file(entry: Any, place: Place) -> str:
    if isinstance(entry, dict):
        path = entry.get("path")
        if not isinstance(path, str):
            raise LoadError(f"environment path attribute {dotted(place)} is missing", place)
        return path
    return entry if isinstance(entry, str) else ""


_KEYS: Branch[Key] = compiled(
    {
        "networks.*.labels": _of_name,
        "networks.*.ipam.options": _of_name,
        "services.*.annotations": _of_name,
        "services.*.build.args": _of_name,
        "services.*.build.additional_contexts": _of_name,
        "services.*.build.platform": _of_name,
        "services.*.build.tags": _of_name,
        "services.*.build.labels": _of_name,
        "services.*.cap_add": _of_name,
        "services.*.cap_drop": _of_name,
        "services.*.configs": _of_mount(""),
        "services.*.deploy.labels": _of_name,
        "services.*.devices": _of_device,
        "services.*.dns": _of_name,
        "services.*.dns_opt": _of_name,
        "services.*.dns_search": _of_name,
        "services.*.env_file": _of_env_file,
        "services.*.environment": _of_name,
        "services.*.expose": _of_exposed,
        "services.*.labels": _of_name,
        "services.*.links": _of_name,
        "services.*.networks.*.aliases": _of_name,
        "services.*.networks.*.link_local_ips": _of_name,
        "services.*.ports": _of_port,
        "services.*.profiles": _of_name,
        "services.*.secrets": _of_mount("/run/secrets"),
        "services.*.sysctls": _of_name,
        "services.*.tmpfs": _of_name,
        "services.*.volumes": _of_volume,
    }
)


def with_nulls(model: dict[str, Any]) -> dict[str, Any]:
    """The model with `None` for the empty lists that Compose prints as `null`: all but those without doubles."""
    for key, value in model.items():
        model[key] = _with_nulls(value, _KEYS.below(key), key)
    return model


def _with_nulls(value: Any, branch: Branch[Key], key: str) -> Any:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                value[name] = _with_nulls(inner, branch.below(name), name)
    elif isinstance(value, list):
        if not value:
            # What is looked up in the environment is made anew after the doubles went.
            return value if branch.rule is not None and key not in ("environment", "args") else None
        return [_with_nulls(inner, branch, key) for inner in value]
    return value
