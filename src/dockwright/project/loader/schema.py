"""Schema: which keys a Compose file may have and what may stand there, as Compose checks each file once it is merged.

Source: the Compose specification's JSON schema, as compose-go 2.9 holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.text import lazy_regex

_NAME = lazy_regex(r"[a-zA-Z0-9._-]+")


def check(model: dict[str, Any]) -> None:
    """Raises LoadError for the first value that the schema does not allow."""
    if (wrong := _MODEL(model, ())) is not None:
        raise wrong


# What a check of the schema is made of. Each gives its error back, so that the deepest of several can be told.

Rule = Callable[[Any, Place], LoadError | None]


def _is_integer(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def _kinds(*kinds: str) -> Rule:
    """A value of one of these kinds."""
    wanted = kinds[0] if len(kinds) == 1 else f"{', '.join(sorted(kinds)[:-1])} or {sorted(kinds)[-1]}"
    checks = tuple(_KINDS[kind] for kind in kinds)

    def rule(value: Any, place: Place) -> LoadError | None:
        for check in checks:
            if check(value):
                return None
        return LoadError(f"{dotted(place)} must be a {wanted}", place)

    return rule


def _text(pattern: str | None = None, *choices: str) -> Rule:
    """A text: one of several, or with something in it that a pattern finds."""
    searched = None if pattern is None else lazy_regex(pattern)

    def rule(value: Any, place: Place) -> LoadError | None:
        if not isinstance(value, str):
            return LoadError(f"{dotted(place)} must be a string", place)
        if choices and value not in choices:
            return LoadError(f"{dotted(place)} value must be one of {', '.join(map(repr, choices))}", place)
        if searched is not None and not searched.search(value):
            return LoadError(f"{dotted(place)} does not match pattern {pattern!r}", place)
        return None

    return rule


def _between(low: int, high: int | None = None) -> Rule:
    """A whole number within bounds."""

    def rule(value: Any, place: Place) -> LoadError | None:
        if not _is_integer(value):
            return LoadError(f"{dotted(place)} must be a integer", place)
        if value < low:
            return LoadError(f"{dotted(place)} must be greater than or equal to {low}", place)
        if high is not None and value > high:
            return LoadError(f"{dotted(place)} must be less than or equal to {high}", place)
        return None

    return rule


def _list(element: Rule, *, distinct: bool = False) -> Rule:
    """A list, its elements perhaps all different."""

    def rule(value: Any, place: Place) -> LoadError | None:
        if not isinstance(value, list):
            return LoadError(f"{dotted(place)} must be a array", place)
        for index, each in enumerate(value):
            if (wrong := element(each, (*place, str(index)))) is not None:
                return wrong
        if distinct and len({_identity(each) for each in value}) < len(value):
            return LoadError(f"{dotted(place)} array items must be unique", place)
        return None

    return rule


def _identity(value: Any) -> Any:
    """What makes two values the same for JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return tuple(sorted((key, _identity(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return tuple(map(_identity, value))
    return (isinstance(value, bool), value)


def _map(element: Rule, *, names: re.Pattern[str] | None = None, closed: bool = False) -> Rule:
    """A map from names that the user gives. `closed`: a name of another form is refused, else it is not looked at."""

    def rule(value: Any, place: Place) -> LoadError | None:
        if not isinstance(value, dict):
            return LoadError(f"{dotted(place)} must be a mapping", place)
        for key, each in value.items():
            if names is not None and not names.fullmatch(key):
                if closed:
                    return LoadError(f"{dotted(place)} additional properties '{key}' not allowed", (*place, key))
            elif (wrong := element(each, (*place, key))) is not None:
                return wrong
        return None

    return rule


def _struct(
    fields: Mapping[str, Rule],
    *,
    needed: tuple[str, ...] = (),
    extensions: bool = True,
    null: bool = False,
    open: bool = False,
) -> Rule:
    """A map whose keys the schema knows."""

    def rule(value: Any, place: Place) -> LoadError | None:
        if value is None and null:
            return None
        if not isinstance(value, dict):
            return LoadError(f"{dotted(place)} must be a mapping", place)
        for key in needed:
            if key not in value:
                return LoadError(f"{dotted(place)} missing property '{key}'", place)
        for key, each in value.items():
            field = fields.get(key)
            if field is not None:
                if (wrong := field(each, (*place, key))) is not None:
                    return wrong
            elif not open and not (extensions and key.startswith("x-")):
                return LoadError(f"{dotted(place)} additional properties '{key}' not allowed", (*place, key))
        return None

    return rule


def _either(*rules: Rule) -> Rule:
    """One of several forms; the fault of the one that came furthest is told."""

    def rule(value: Any, place: Place) -> LoadError | None:
        deepest: LoadError | None = None
        for each in rules:
            wrong = each(value, place)
            if wrong is None:
                return None
            if deepest is None or len(wrong.place) > len(deepest.place):
                deepest = wrong
        return deepest

    return rule


def _anything(value: Any, place: Place) -> LoadError | None:
    return None


# The schema

_STRING = _kinds("string")
_BOOLEAN = _kinds("boolean", "string")
_INTEGER = _kinds("integer", "string")
_NUMBER = _kinds("number", "string")
_STRINGS = _list(_STRING)
_DISTINCT = _list(_STRING, distinct=True)
_STRING_OR_LIST = _either(_STRING, _DISTINCT)
_SOME = lazy_regex("(?s).+")
_PAIRS = _either(_map(_kinds("string", "number", "boolean", "null"), names=_SOME, closed=True), _DISTINCT)
_HOSTS = _either(_map(_either(_STRING, _STRINGS), names=_SOME, closed=True), _DISTINCT)
_COMMAND = _either(_kinds("null"), _STRING, _STRINGS)
_OPTIONS = _map(_kinds("string", "number"))

_HOOK = _struct(
    {"command": _COMMAND, "user": _STRING, "privileged": _BOOLEAN, "working_dir": _STRING, "environment": _PAIRS},
    needed=("command",),
)
_MOUNTS = _list(
    _either(
        _STRING,
        _struct({"source": _STRING, "target": _STRING, "uid": _STRING, "gid": _STRING, "mode": _NUMBER}),
    )
)
_ULIMITS = _map(
    _either(_INTEGER, _struct({"hard": _INTEGER, "soft": _INTEGER}, needed=("soft", "hard"))),
    names=lazy_regex("[a-z]+"),
)
_BUILD = _either(
    _STRING,
    _struct(
        {
            "context": _STRING,
            "dockerfile": _STRING,
            "dockerfile_inline": _STRING,
            "entitlements": _STRINGS,
            "args": _PAIRS,
            "ssh": _PAIRS,
            "labels": _PAIRS,
            "cache_from": _STRINGS,
            "cache_to": _STRINGS,
            "no_cache": _BOOLEAN,
            "additional_contexts": _PAIRS,
            "network": _STRING,
            "provenance": _BOOLEAN,
            "sbom": _BOOLEAN,
            "pull": _BOOLEAN,
            "target": _STRING,
            "shm_size": _INTEGER,
            "extra_hosts": _HOSTS,
            "isolation": _STRING,
            "privileged": _BOOLEAN,
            "secrets": _MOUNTS,
            "tags": _STRINGS,
            "ulimits": _ULIMITS,
            "platforms": _STRINGS,
        }
    ),
)
_RATES = _list(_struct({"path": _STRING, "rate": _INTEGER}, extensions=False))
_WEIGHTS = _list(_struct({"path": _STRING, "weight": _INTEGER}, extensions=False))
_DEVICE_FIELDS: Mapping[str, Rule] = {
    "capabilities": _DISTINCT,
    "count": _INTEGER,
    "device_ids": _DISTINCT,
    "driver": _STRING,
    "options": _PAIRS,
}
_UPDATE = _struct(
    {
        "parallelism": _INTEGER,
        "delay": _STRING,
        "failure_action": _STRING,
        "monitor": _STRING,
        "max_failure_ratio": _NUMBER,
        "order": _text(None, "start-first", "stop-first"),
    }
)
_DEPLOY = _struct(
    {
        "mode": _STRING,
        "endpoint_mode": _STRING,
        "replicas": _INTEGER,
        "labels": _PAIRS,
        "rollback_config": _UPDATE,
        "update_config": _UPDATE,
        "resources": _struct(
            {
                "limits": _struct({"cpus": _NUMBER, "memory": _STRING, "pids": _INTEGER}),
                "reservations": _struct(
                    {
                        "cpus": _NUMBER,
                        "memory": _STRING,
                        "generic_resources": _list(
                            _struct({"discrete_resource_spec": _struct({"kind": _STRING, "value": _NUMBER})})
                        ),
                        "devices": _list(_struct(_DEVICE_FIELDS, needed=("capabilities",))),
                    }
                ),
            }
        ),
        "restart_policy": _struct(
            {"condition": _STRING, "delay": _STRING, "max_attempts": _INTEGER, "window": _STRING}
        ),
        "placement": _struct(
            {
                "constraints": _STRINGS,
                "preferences": _list(_struct({"spread": _STRING})),
                "max_replicas_per_node": _INTEGER,
            }
        ),
    },
    null=True,
)
_VOLUME_MOUNT = _struct(
    {
        "type": _text(None, "bind", "volume", "tmpfs", "cluster", "npipe", "image"),
        "source": _STRING,
        "target": _STRING,
        "read_only": _BOOLEAN,
        "consistency": _STRING,
        "bind": _struct(
            {
                "propagation": _STRING,
                "create_host_path": _BOOLEAN,
                "recursive": _text(None, "enabled", "disabled", "writable", "readonly"),
                "selinux": _text(None, "z", "Z"),
            }
        ),
        "volume": _struct({"labels": _PAIRS, "nocopy": _BOOLEAN, "subpath": _STRING}),
        "tmpfs": _struct({"size": _either(_between(0), _STRING), "mode": _NUMBER}),
        "image": _struct({"subpath": _STRING}),
    },
    needed=("type",),
)
_SERVICE = _struct(
    {
        "annotations": _PAIRS,
        "attach": _BOOLEAN,
        "blkio_config": _struct(
            {
                "device_read_bps": _RATES,
                "device_read_iops": _RATES,
                "device_write_bps": _RATES,
                "device_write_iops": _RATES,
                "weight": _INTEGER,
                "weight_device": _WEIGHTS,
            },
            extensions=False,
        ),
        "build": _BUILD,
        "cap_add": _DISTINCT,
        "cap_drop": _DISTINCT,
        "cgroup": _text(None, "host", "private"),
        "cgroup_parent": _STRING,
        "command": _COMMAND,
        "configs": _MOUNTS,
        "container_name": _text("[a-zA-Z0-9][a-zA-Z0-9_.-]+"),
        "cpu_count": _either(_STRING, _between(0)),
        "cpu_percent": _either(_STRING, _between(0, 100)),
        "cpu_period": _NUMBER,
        "cpu_quota": _NUMBER,
        "cpu_rt_period": _NUMBER,
        "cpu_rt_runtime": _NUMBER,
        "cpu_shares": _NUMBER,
        "cpus": _NUMBER,
        "cpuset": _STRING,
        "credential_spec": _struct({"config": _STRING, "file": _STRING, "registry": _STRING}),
        "depends_on": _either(
            _DISTINCT,
            _map(
                _struct(
                    {
                        "restart": _BOOLEAN,
                        "required": _kinds("boolean"),
                        "condition": _text(
                            None, "service_started", "service_healthy", "service_completed_successfully"
                        ),
                    },
                    needed=("condition",),
                ),
                names=_NAME,
                closed=True,
            ),
        ),
        "deploy": _DEPLOY,
        "develop": _struct(
            {
                "watch": _list(
                    _struct(
                        {
                            "ignore": _STRING_OR_LIST,
                            "include": _STRING_OR_LIST,
                            "path": _STRING,
                            "action": _text(None, "rebuild", "sync", "restart", "sync+restart", "sync+exec"),
                            "target": _STRING,
                            "exec": _HOOK,
                            "initial_sync": _kinds("boolean"),
                        },
                        needed=("path", "action"),
                    )
                )
            },
            null=True,
        ),
        "device_cgroup_rules": _DISTINCT,
        "devices": _list(
            _either(
                _STRING,
                _struct({"source": _STRING, "target": _STRING, "permissions": _STRING}, needed=("source",)),
            )
        ),
        "dns": _STRING_OR_LIST,
        "dns_opt": _DISTINCT,
        "dns_search": _STRING_OR_LIST,
        "domainname": _STRING,
        "entrypoint": _COMMAND,
        "env_file": _either(
            _STRING,
            _list(
                _either(
                    _STRING,
                    _struct(
                        {"path": _STRING, "format": _STRING, "required": _BOOLEAN},
                        needed=("path",),
                        extensions=False,
                    ),
                )
            ),
        ),
        "environment": _PAIRS,
        "expose": _list(_NUMBER, distinct=True),
        "extends": _either(
            _STRING, _struct({"service": _STRING, "file": _STRING}, needed=("service",), extensions=False)
        ),
        "external_links": _DISTINCT,
        "extra_hosts": _HOSTS,
        "gpus": _either(_text(None, "all"), _list(_struct(_DEVICE_FIELDS, open=True))),
        "group_add": _list(_NUMBER, distinct=True),
        "healthcheck": _struct(
            {
                "disable": _BOOLEAN,
                "interval": _STRING,
                "retries": _NUMBER,
                "test": _either(_STRING, _STRINGS),
                "timeout": _STRING,
                "start_period": _STRING,
                "start_interval": _STRING,
            }
        ),
        "hostname": _STRING,
        "image": _STRING,
        "init": _BOOLEAN,
        "ipc": _STRING,
        "isolation": _STRING,
        "label_file": _either(_STRING, _STRINGS),
        "labels": _PAIRS,
        "links": _DISTINCT,
        "logging": _struct({"driver": _STRING, "options": _map(_kinds("string", "number", "null"))}),
        "mac_address": _STRING,
        "mem_limit": _NUMBER,
        "mem_reservation": _INTEGER,
        "mem_swappiness": _INTEGER,
        "memswap_limit": _NUMBER,
        "models": _either(
            _DISTINCT,
            _map(_struct({"endpoint_var": _STRING, "model_var": _STRING}, null=True), names=_NAME),
        ),
        "network_mode": _STRING,
        "networks": _either(
            _DISTINCT,
            _map(
                _struct(
                    {
                        "aliases": _DISTINCT,
                        "interface_name": _STRING,
                        "ipv4_address": _STRING,
                        "ipv6_address": _STRING,
                        "link_local_ips": _DISTINCT,
                        "mac_address": _STRING,
                        "driver_opts": _OPTIONS,
                        "priority": _kinds("number"),
                        "gw_priority": _kinds("number"),
                    },
                    null=True,
                ),
                names=_NAME,
                closed=True,
            ),
        ),
        "oom_kill_disable": _BOOLEAN,
        "oom_score_adj": _either(_STRING, _between(-1000, 1000)),
        "pid": _kinds("string", "null"),
        "pids_limit": _NUMBER,
        "platform": _STRING,
        "ports": _list(
            _either(
                _NUMBER,
                _struct(
                    {
                        "name": _STRING,
                        "mode": _STRING,
                        "host_ip": _STRING,
                        "target": _INTEGER,
                        "published": _INTEGER,
                        "protocol": _STRING,
                        "app_protocol": _STRING,
                    }
                ),
            ),
            distinct=True,
        ),
        "post_start": _list(_HOOK),
        "pre_stop": _list(_HOOK),
        "privileged": _BOOLEAN,
        "profiles": _DISTINCT,
        "provider": _struct(
            {
                "type": _STRING,
                "options": _map(
                    _either(_kinds("string", "number", "boolean"), _list(_kinds("string", "number", "boolean")))
                ),
            },
            needed=("type",),
        ),
        "pull_policy": _text("always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+"),
        "pull_refresh_after": _STRING,
        "read_only": _BOOLEAN,
        "restart": _STRING,
        "runtime": _STRING,
        "scale": _INTEGER,
        "secrets": _MOUNTS,
        "security_opt": _DISTINCT,
        "shm_size": _NUMBER,
        "stdin_open": _BOOLEAN,
        "stop_grace_period": _STRING,
        "stop_signal": _STRING,
        "storage_opt": _map(_anything),
        "sysctls": _PAIRS,
        "tmpfs": _STRING_OR_LIST,
        "tty": _BOOLEAN,
        "ulimits": _ULIMITS,
        "use_api_socket": _kinds("boolean"),
        "user": _STRING,
        "userns_mode": _STRING,
        "uts": _STRING,
        "volumes": _list(_either(_STRING, _VOLUME_MOUNT), distinct=True),
        "volumes_from": _DISTINCT,
        "working_dir": _STRING,
    }
)
_EXTERNAL_RESOURCE = _either(_BOOLEAN, _struct({"name": _STRING}))
_EXTERNAL_FILE = _either(_BOOLEAN, _struct({"name": _STRING}, open=True))
_NETWORK = _struct(
    {
        "name": _STRING,
        "driver": _STRING,
        "driver_opts": _OPTIONS,
        "ipam": _struct(
            {
                "driver": _STRING,
                "config": _list(
                    _struct(
                        {"subnet": _STRING, "ip_range": _STRING, "gateway": _STRING, "aux_addresses": _map(_STRING)}
                    )
                ),
                "options": _map(_STRING),
            }
        ),
        "external": _EXTERNAL_RESOURCE,
        "internal": _BOOLEAN,
        "enable_ipv4": _BOOLEAN,
        "enable_ipv6": _BOOLEAN,
        "attachable": _BOOLEAN,
        "labels": _PAIRS,
    },
    null=True,
)
_VOLUME = _struct(
    {"name": _STRING, "driver": _STRING, "driver_opts": _OPTIONS, "external": _EXTERNAL_RESOURCE, "labels": _PAIRS},
    null=True,
)
_SECRET = _struct(
    {
        "name": _STRING,
        "environment": _STRING,
        "file": _STRING,
        "external": _EXTERNAL_FILE,
        "labels": _PAIRS,
        "driver": _STRING,
        "driver_opts": _OPTIONS,
        "template_driver": _STRING,
    }
)
_CONFIG = _struct(
    {
        "name": _STRING,
        "content": _STRING,
        "environment": _STRING,
        "file": _STRING,
        "external": _EXTERNAL_FILE,
        "labels": _PAIRS,
        "template_driver": _STRING,
    }
)
_MODEL_USED = _struct(
    {"name": _STRING, "model": _STRING, "context_size": _kinds("integer"), "runtime_flags": _STRINGS},
    needed=("model",),
)
_MODEL = _struct(
    {
        "version": _STRING,
        "name": _STRING,
        "services": _map(_SERVICE, names=_NAME, closed=True),
        "models": _map(_MODEL_USED, names=_NAME),
        "networks": _map(_NETWORK, names=_NAME),
        "volumes": _map(_VOLUME, names=_NAME, closed=True),
        "secrets": _map(_SECRET, names=_NAME, closed=True),
        "configs": _map(_CONFIG, names=_NAME, closed=True),
    }
)


# What Compose checks of the whole model besides


def check_values(model: dict[str, Any]) -> None:
    """Raises LoadError for contradictions that the schema cannot tell."""
    for kind, keys in (("configs", ("file", "environment", "content")), ("secrets", ("file", "environment"))):
        for name, entry in (model.get(kind) or {}).items():
            _check_file(entry, keys, (kind, name))
    for name, volume in (model.get("volumes") or {}).items():
        _check_external(volume, ("volumes", name))
    for name, service in (model.get("services") or {}).items():
        if isinstance(service, dict):
            _check_service(service, ("services", name))


def _check_file(entry: dict[str, Any], keys: tuple[str, ...], place: Place) -> None:
    given = [key for key in keys if key in entry]
    if len(given) > 1:
        raise LoadError(f"{dotted(place)}: {'|'.join(keys)} attributes are mutually exclusive", place)
    if not given and "driver" not in entry and "external" not in entry:
        raise LoadError(f"{dotted(place)}: one of {'|'.join(keys)} must be set", place)


def _check_external(volume: Any, place: Place) -> None:
    external = volume.get("external") if isinstance(volume, dict) else None
    if external is None or external is False:
        if volume is not None and "external" in volume and external is None:
            raise LoadError(f"{dotted(place)}: external must be a boolean", place)
        return
    if external is not True:
        raise LoadError(f"{dotted(place)}: external must be a boolean", place)
    for key in volume:
        if key not in ("name", "external") and not key.startswith("x-"):
            raise LoadError(f'{dotted(place)}: conflicting parameters "external" and "{key}" specified', place)


def _check_service(service: dict[str, Any], place: Place) -> None:
    from dockwright.project.loader.ports import is_address

    for index, port in enumerate(service.get("ports") or ()):
        address = port.get("host_ip") if isinstance(port, dict) else None
        if address is not None and not is_address(address):
            where = (*place, "ports", str(index))
            raise LoadError(f"{dotted(where)}: invalid ip address: {address}", where)
    for index, watch in enumerate((service.get("develop") or {}).get("watch") or ()):
        if watch.get("path") == "":
            where = (*place, "develop", "watch", str(index), "path")
            raise LoadError(f"{dotted(where)}: value can't be blank", where)
    resources = (service.get("deploy") or {}).get("resources") or {}
    for request in (*((resources.get("reservations") or {}).get("devices") or ()), *(service.get("gpus") or ())):
        if "count" in request and "device_ids" in request:
            raise LoadError(f'{dotted(place)}: "count" and "device_ids" attributes are exclusive', place)
