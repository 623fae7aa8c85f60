"""Typed: a model with the types that Compose gives its keys, checked as a whole, as `config` prints it.

Source: compose-go's `types` package, `loader/validate.go`, and docker/compose's `config`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dockwright.project.loader.environment import label_values, service_values
from dockwright.project.loader.files import Files
from dockwright.project.loader.printed import printed, single
from dockwright.project.loader.quantities import duration, size, spoken
from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.project.loader.variables import boolean, real, whole
from dockwright.project.loader.words import words

Kind = Callable[[Any, Place], Any]
"""Turns a value into what `config` prints, or into ABSENT where it prints nothing. Raises LoadError."""

ABSENT = object()

# Where a user gives the names, so that `x-` begins a name as any other.
_NAMES = frozenset({(), ("services",), ("volumes",), ("networks",), ("secrets",), ("configs",)})


def project(
    model: dict[str, Any], files: Files, variables: Mapping[str, str], profiles: tuple[str, ...]
) -> dict[str, Any]:
    """What `docker compose config --format json` prints. Raises LoadError for what does not fit together."""
    extensions = {key: value for key, value in model.items() if key.startswith("x-")}
    plain = {key: _without_extensions(value, (key,)) for key, value in model.items() if key not in extensions}
    found = {
        kind: {name: of(entry, (kind, name)) for name, entry in (plain.get(kind) or {}).items()}
        for kind, of in _SECTIONS.items()
    }
    services, disabled = found["services"], {}
    for name, service in list(services.items()):
        wanted = service.get("profiles")
        if wanted and "*" not in profiles and not set(wanted) & set(profiles):
            disabled[name] = services.pop(name)
    from dockwright.project.loader.consistency import check_project  # is long, and only this needs it

    check_project(found, plain, disabled)
    for name, service in services.items():
        _fill(name, service, plain["services"][name], files, variables)
    found = {"services": services, **_needed(found)}
    return {
        "name": model["name"],
        **{kind: entries for kind, entries in found.items() if entries or kind == "services"},
        **extensions,
    }


def _without_extensions(value: Any, place: Place) -> Any:
    """A value without its `x-` keys; in a map of the user's own names Compose makes one odd entry of them."""
    if isinstance(value, dict):
        keep = place in _NAMES or (len(place) == 3 and place[0] == "services" and place[2] == "depends_on")
        inner = {
            key: _without_extensions(each, (*place, key))
            for key, each in value.items()
            if keep or not key.startswith("x-")
        }
        extensions = {key: each for key, each in value.items() if key not in inner}
        return {**inner, "#extensions": extensions} if extensions else inner
    if isinstance(value, list):
        return [
            _without_extensions(each, (*place, str(index))) if isinstance(each, dict) else each
            for index, each in enumerate(value)
        ]
    return value


def _fill(
    name: str, service: dict[str, Any], written: dict[str, Any], files: Files, variables: Mapping[str, str]
) -> None:
    """Give a service the values of its env files and label files."""
    own = {key: variables.get(key) if value is None else value for key, value in service.get("environment", {}).items()}
    environment = {**service_values(files, written.get("env_file") or (), own, variables), **own}
    if environment:
        service["environment"] = environment
    labels = {**label_values(files, written.get("label_file") or ()), **service.get("labels", {})}
    if labels:
        service["labels"] = labels


def _needed(found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The resources that a service uses."""
    used: dict[str, set[str]] = {kind: set() for kind in ("networks", "volumes", "secrets", "configs")}
    for service in found["services"].values():
        used["networks"].update(service.get("networks") or ())
        used["volumes"].update(
            mount["source"]
            for mount in service.get("volumes") or ()
            if mount.get("type") == "volume" and mount.get("source")
        )
        secrets = (*(service.get("secrets") or ()), *((service.get("build") or {}).get("secrets") or ()))
        used["secrets"].update(mount.get("source", "") for mount in secrets)
        used["configs"].update(mount.get("source", "") for mount in service.get("configs") or ())
    return {kind: {name: entry for name, entry in found[kind].items() if name in names} for kind, names in used.items()}


# Kinds


def _wrong(value: Any, place: Place, wanted: str) -> LoadError:
    return LoadError(f"{dotted(place)}: expected {wanted}, got {printed(value)}", place)


def _string(value: Any, place: Place) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _wrong(value, place, "a string")
    return value or ABSENT


def _flag(value: Any, place: Place) -> Any:
    found = boolean(value, place) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise _wrong(value, place, "a boolean")
    return found


def _on(value: Any, place: Place) -> Any:
    return _flag(value, place) or ABSENT


def _number(value: Any, place: Place) -> int:
    found = whole(value, place) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong(value, place, "a number")
    return int(found)


def _natural(value: Any, place: Place) -> int:
    if isinstance(value, str) or (found := _number(value, place)) < 0:
        raise _wrong(value, place, "a number that is not negative")
    return found


def _some(kind: Callable[[Any, Place], int]) -> Kind:
    """A number that is not printed when it is 0."""
    return lambda value, place: kind(value, place) or ABSENT


def _narrow(value: Any, place: Place) -> Any:
    found = real(value, place) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _wrong(value, place, "a number")
    return single(found) or ABSENT


def _size(value: Any, place: Place) -> Any:
    """Bytes, which Compose prints as a text. What has a fraction comes to nothing."""
    found = size(value) if isinstance(value, str) else value if isinstance(value, int) else 0
    if found is None:
        raise LoadError(f"{dotted(place)}: invalid size: '{value}'", place)
    return str(found) if found else ABSENT


def _time(value: Any, place: Place) -> Any:
    found = duration(printed(value))
    if found is None:
        raise LoadError(f"{dotted(place)}: invalid duration {printed(value)}", place)
    return spoken(found)


def _some_time(value: Any, place: Place) -> Any:
    found = _time(value, place)
    return ABSENT if found == "0s" else found


def _strings(value: Any, place: Place) -> Any:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise _wrong(value, place, "a list")
    found = [_string(entry, (*place, str(index))) for index, entry in enumerate(entries)]
    return ["" if entry is ABSENT else entry for entry in found] or ABSENT


def _printed_list(value: Any, place: Place) -> Any:
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list):
        raise _wrong(value, place, "a list")
    return [printed(entry) for entry in entries] or ABSENT


def _command(value: Any, place: Place) -> Any:
    if isinstance(value, str):
        found = words(value)
        if found is None:
            raise LoadError(f"{dotted(place)}: invalid command line string", place)
        return found
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    raise _wrong(value, place, "a command")


def _test(value: Any, place: Place) -> Any:
    if isinstance(value, str):
        return ["CMD-SHELL", value]
    return _command(value, place) or ABSENT


def _pairs(value: Any, *, bare: str | None) -> dict[str, str | None]:
    """A map, or a list of `key=value`, as a map of texts; `bare` is the value of a key without one."""
    if isinstance(value, list):
        entries = [printed(entry).partition("=") for entry in value]
        return {key: text if equals else bare for key, equals, text in entries}
    return {key: bare if each is None else printed(each) for key, each in value.items()}


def _environment(value: Any, place: Place) -> Any:
    if not isinstance(value, dict | list):
        raise _wrong(value, place, "a mapping")
    found = _pairs(value, bare=None)
    for key in found if isinstance(value, list) else ():
        if key and key[-1].isspace():
            raise LoadError(f"environment variable {key} is declared with a trailing space", place)
    return found or ABSENT


def _labels(value: Any, place: Place) -> Any:
    if not isinstance(value, dict | list):
        raise _wrong(value, place, "a mapping")
    return _pairs(value, bare="") or ABSENT


def _options(value: Any, place: Place) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, place, "a mapping")
    return _pairs(value, bare="") or ABSENT


def _repeated(value: Any, place: Place) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, place, "a mapping")
    return {
        key: list(map(printed, each)) if isinstance(each, list) else [printed(each)] for key, each in value.items()
    } or ABSENT


def _strict_options(value: Any, place: Place) -> Any:
    if not isinstance(value, dict):
        raise _wrong(value, place, "a mapping")
    found = {key: "" if each is None else _string(each, (*place, key)) for key, each in value.items()}
    return {key: "" if each is ABSENT else each for key, each in found.items()} or ABSENT


def _hosts(value: Any, place: Place) -> Any:
    """Host names with their addresses, sorted, as `name=address`."""
    found: dict[str, list[str]] = {}
    for entry in value if isinstance(value, list) else ():
        text = printed(entry)
        separator = "=" if "=" in text else ":"
        host, given, address = text.partition(separator)
        if not given:
            raise LoadError(f"invalid additional host, missing IP: {text}", place)
        found.setdefault(host, []).extend(address.split(","))
    for host, addresses in value.items() if isinstance(value, dict) else ():
        if isinstance(addresses, list):
            found[host] = list(map(printed, addresses))
        elif addresses is None or isinstance(addresses, str):
            found[host] = [addresses or ""]
        else:
            raise _wrong(addresses, place, "an address")
    for host in found:
        if not host or ":" in host or "=" in host:
            raise LoadError(f"bad host name '{host}'", place)
    return sorted(f"{host}={_unbracketed(address)}" for host, each in found.items() for address in each) or ABSENT


def _unbracketed(address: str) -> str:
    return address[1:-1] if len(address) > 2 and address[0] == "[" and address[-1] == "]" else address


def _mode(value: Any, place: Place) -> Any:
    """A file mode; a text is octal."""
    if isinstance(value, str):
        if not value.lstrip("-+") or value.lstrip("-+").strip("01234567"):
            raise _wrong(value, place, "an octal number")
        value = int(value, 8)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, place, "a mode")
    return f"0{value:o}"


def _count(value: Any, place: Place) -> Any:
    if isinstance(value, str):
        return -1 if value.lower() == "all" else whole(value, place) or ABSENT
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, place, "a count")
    return value or ABSENT


def _ulimit(value: Any, place: Place) -> Any:
    if isinstance(value, dict):
        bounds = {}
        for key in ("soft", "hard"):
            bound = value.get(key, 0)
            if isinstance(bound, bool) or not isinstance(bound, int):
                raise _wrong(bound, (*place, key), "a number")
            if bound:
                bounds[key] = bound
        return bounds
    return value or {}


def _keys(value: Any, place: Place) -> Any:
    """SSH keys. Compose cannot print one that has a path."""
    if not isinstance(value, dict):
        raise _wrong(value, place, "a mapping")
    for name, path in value.items():
        if path is not None and printed(path):
            raise LoadError(f"{dotted(place)}: Compose cannot print the SSH key {name} with its path", place)
    return sorted(value) or ABSENT


def _list_of(kind: Kind) -> Kind:
    def of(value: Any, place: Place) -> Any:
        if not isinstance(value, list):
            raise _wrong(value, place, "a list")
        return [kind(each, (*place, str(index))) for index, each in enumerate(value)] or ABSENT

    return of


def _map_of(kind: Kind) -> Kind:
    def of(value: Any, place: Place) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, place, "a mapping")
        return {
            key: None if each is None else kind(each, (*place, key))
            for key, each in value.items()
            if key != "#extensions"
        } or ABSENT

    return of


def _struct(fields: Mapping[str, Kind], always: Mapping[str, Any] | None = None) -> Kind:
    """A map of known keys; `always` are those that are printed even when nothing is said of them."""

    def of(value: Any, place: Place) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, place, "a mapping")
        found: dict[str, Any] = {
            key: default() if callable(default) else default for key, default in (always or {}).items()
        }
        for key, kind in fields.items():
            each = value.get(key)
            if each is not None and (given := kind(each, (*place, key))) is not ABSENT:
                found[key] = given
        return found

    return of


def _nullable(kind: Kind) -> Kind:
    return lambda value, place: kind({} if value is None else value, place)


_HOOK = _struct(
    {
        "command": _command,
        "user": _string,
        "privileged": _on,
        "working_dir": _string,
        "environment": _environment,
    },
    {"command": None},
)
_MOUNTS = _list_of(_struct({"source": _string, "target": _string, "uid": _string, "gid": _string, "mode": _mode}))
_DEVICES = _list_of(
    _struct({"capabilities": _strings, "driver": _string, "count": _count, "device_ids": _strings, "options": _labels})
)
_BUILD = _struct(
    {
        "context": _string,
        "dockerfile": _string,
        "dockerfile_inline": _string,
        "entitlements": _strings,
        "args": _environment,
        "provenance": _string,
        "sbom": _string,
        "ssh": _keys,
        "labels": _labels,
        "cache_from": _strings,
        "cache_to": _strings,
        "no_cache": _on,
        "additional_contexts": _labels,
        "pull": _on,
        "extra_hosts": _hosts,
        "isolation": _string,
        "network": _string,
        "target": _string,
        "secrets": _MOUNTS,
        "shm_size": _size,
        "tags": _strings,
        "ulimits": _map_of(_ulimit),
        "platforms": _strings,
        "privileged": _on,
    }
)
_UPDATE = _struct(
    {
        "parallelism": _natural,
        "delay": _some_time,
        "failure_action": _string,
        "monitor": _some_time,
        "max_failure_ratio": _narrow,
        "order": _string,
    }
)
_GENERIC = _struct({"kind": _string, "value": _number}, {"kind": "", "value": 0})
_RESOURCE = _struct(
    {
        "cpus": _narrow,
        "memory": _size,
        "pids": _some(_number),
        "devices": _DEVICES,
        "generic_resources": _list_of(_struct({"discrete_resource_spec": _GENERIC})),
    }
)
_DEPLOY = _struct(
    {
        "mode": _string,
        "replicas": _number,
        "labels": _labels,
        "update_config": _UPDATE,
        "rollback_config": _UPDATE,
        "resources": _struct({"limits": _RESOURCE, "reservations": _RESOURCE}),
        "restart_policy": _struct({"condition": _string, "delay": _time, "max_attempts": _natural, "window": _time}),
        "placement": _struct(
            {
                "constraints": _strings,
                "preferences": _list_of(_struct({"spread": _string})),
                "max_replicas_per_node": _some(_natural),
            }
        ),
        "endpoint_mode": _string,
    },
    {"resources": dict, "placement": dict},
)


def _throttle(key: str, kind: Kind, zero: Any) -> Kind:
    """A device's path and a bound, under names that Compose does not translate."""

    def of(value: Any, place: Place) -> Any:
        found = _struct({"path": _string, key: kind})(value, place)
        return {"Path": found.get("path", ""), key.capitalize(): found.get(key, zero)}

    return of


_RATES = _list_of(_throttle("rate", _size, "0"))
_SERVICE = _struct(
    {
        "profiles": _strings,
        "annotations": _labels,
        "attach": _flag,
        "build": _BUILD,
        "develop": _struct(
            {
                "watch": _list_of(
                    _struct(
                        {
                            "path": _string,
                            "action": _string,
                            "target": _string,
                            "exec": _HOOK,
                            "include": _strings,
                            "ignore": _strings,
                            "initial_sync": _on,
                        },
                        {"path": "", "action": "", "exec": lambda: {"command": None}},
                    )
                )
            }
        ),
        "blkio_config": _struct(
            {
                "weight": _some(_natural),
                "weight_device": _list_of(_throttle("weight", _natural, 0)),
                "device_read_bps": _RATES,
                "device_read_iops": _RATES,
                "device_write_bps": _RATES,
                "device_write_iops": _RATES,
            }
        ),
        "cap_add": _strings,
        "cap_drop": _strings,
        "cgroup_parent": _string,
        "cgroup": _string,
        "cpu_count": _some(_number),
        "cpu_percent": _narrow,
        "cpu_period": _some(_number),
        "cpu_quota": _some(_number),
        "cpu_rt_period": _some(_number),
        "cpu_rt_runtime": _some(_number),
        "cpus": _narrow,
        "cpuset": _string,
        "cpu_shares": _some(_number),
        "command": _command,
        "configs": _MOUNTS,
        "container_name": _string,
        "credential_spec": _struct({"config": _string, "file": _string, "registry": _string}),
        "depends_on": _map_of(_struct({"condition": _string, "restart": _on, "required": _flag}, {"required": False})),
        "deploy": _DEPLOY,
        "device_cgroup_rules": _strings,
        "devices": _list_of(_struct({"source": _string, "target": _string, "permissions": _string})),
        "dns": _strings,
        "dns_opt": _strings,
        "dns_search": _strings,
        "domainname": _string,
        "entrypoint": _command,
        "provider": _struct({"type": _string, "options": _repeated}),
        "environment": _environment,
        "expose": _printed_list,
        "extends": _struct({"file": _string, "service": _string}),
        "external_links": _strings,
        "extra_hosts": _hosts,
        "group_add": _strings,
        "gpus": _DEVICES,
        "hostname": _string,
        "healthcheck": _struct(
            {
                "test": _test,
                "timeout": _time,
                "interval": _time,
                "retries": _natural,
                "start_period": _time,
                "start_interval": _time,
                "disable": _on,
            }
        ),
        "image": _string,
        "init": _flag,
        "ipc": _string,
        "isolation": _string,
        "labels": _labels,
        "links": _strings,
        "logging": _struct({"driver": _string, "options": _options}),
        "mem_limit": _size,
        "mem_reservation": _size,
        "memswap_limit": _size,
        "mem_swappiness": _size,
        "mac_address": _string,
        "models": _map_of(_struct({"endpoint_var": _string, "model_var": _string})),
        "network_mode": _string,
        "networks": _map_of(
            _struct(
                {
                    "aliases": _strings,
                    "driver_opts": _options,
                    "gw_priority": _some(_number),
                    "interface_name": _string,
                    "ipv4_address": _string,
                    "ipv6_address": _string,
                    "link_local_ips": _strings,
                    "mac_address": _string,
                    "priority": _some(_number),
                }
            )
        ),
        "oom_kill_disable": _on,
        "oom_score_adj": _some(_number),
        "pid": _string,
        "pids_limit": _some(_number),
        "platform": _string,
        "ports": _list_of(
            _struct(
                {
                    "name": _string,
                    "mode": _string,
                    "host_ip": _string,
                    "target": _some(_natural),
                    "published": _string,
                    "protocol": _string,
                    "app_protocol": _string,
                }
            )
        ),
        "privileged": _on,
        "pull_policy": _string,
        "read_only": _on,
        "restart": _string,
        "runtime": _string,
        "scale": _number,
        "secrets": _MOUNTS,
        "security_opt": _strings,
        "shm_size": _size,
        "stdin_open": _on,
        "stop_grace_period": _time,
        "stop_signal": _string,
        "storage_opt": _strict_options,
        "sysctls": _labels,
        "tmpfs": _strings,
        "tty": _on,
        "ulimits": _map_of(_ulimit),
        "use_api_socket": _on,
        "user": _string,
        "userns_mode": _string,
        "uts": _string,
        "volumes": _list_of(
            _struct(
                {
                    "type": _string,
                    "source": _string,
                    "target": _string,
                    "read_only": _on,
                    "consistency": _string,
                    "bind": _struct(
                        {
                            "selinux": _string,
                            "propagation": _string,
                            "create_host_path": _on,
                            "recursive": _string,
                        }
                    ),
                    "volume": _struct({"labels": _labels, "nocopy": _on, "subpath": _string}),
                    "tmpfs": _struct({"size": _size, "mode": _some(_natural)}),
                    "image": _struct({"subpath": _string}),
                }
            )
        ),
        "volumes_from": _strings,
        "working_dir": _string,
        "post_start": _list_of(_HOOK),
        "pre_stop": _list_of(_HOOK),
    },
    {"command": None, "entrypoint": None},
)
_NETWORK = _struct(
    {
        "name": _string,
        "driver": _string,
        "driver_opts": _options,
        "ipam": _struct(
            {
                "driver": _string,
                "config": _list_of(
                    _struct({"subnet": _string, "gateway": _string, "ip_range": _string, "aux_addresses": _labels})
                ),
            }
        ),
        "external": _on,
        "internal": _on,
        "attachable": _on,
        "labels": _labels,
        "enable_ipv4": _flag,
        "enable_ipv6": _flag,
    },
    {"ipam": dict},
)
_VOLUME = _struct({"name": _string, "driver": _string, "driver_opts": _options, "external": _on, "labels": _labels})
_FILE: Mapping[str, Kind] = {
    "name": _string,
    "file": _string,
    "environment": _string,
    "external": _on,
    "labels": _labels,
    "driver": _string,
    "driver_opts": _strict_options,
    "template_driver": _string,
}


def _config(value: Any, place: Place) -> Any:
    found = _struct({**_FILE, "content": _string})(value, place)
    if "environment" in found:
        found.pop("content", None)
    return found


_SECTIONS: Mapping[str, Kind] = {
    "services": _SERVICE,
    "networks": _nullable(_NETWORK),
    "volumes": _nullable(_VOLUME),
    "secrets": _nullable(_struct(_FILE)),
    "configs": _nullable(_config),
    "models": _struct({"name": _string, "model": _string, "context_size": _some(_number), "runtime_flags": _strings}),
}
