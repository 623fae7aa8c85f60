"""Variables: their values in a model, and the types that some keys take from a text.

Source: compose-go's `interpolation` package and `loader/interpolate.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dockwright.errors import DockwrightError
from dockwright.project.loader.patterns import Branch, compiled
from dockwright.project.loader.printed import single
from dockwright.project.loader.refusal import LoadError, Place, dotted
from dockwright.syntax.interpolation import interpolate
from dockwright.text import lazy_regex

_WHOLE = lazy_regex(r"[-+]?[0-9]+")
_REAL = lazy_regex(r"(?i:[-+]?(?:[0-9](?:_?[0-9])*\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|[-+]?inf(?:inity)?|nan)")
_TRUE = frozenset({"true", "y", "yes", "on"})
_FALSE = frozenset({"false", "n", "no", "off"})


def filled(model: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The model with its variables' values. Raises LoadError for one that is required, and for a wrong type."""
    return {key: _filled(value, _CASTS.below(key), variables.get, (key,)) for key, value in model.items()}


def text(written: str, variables: Mapping[str, str], place: Place = ()) -> str:
    """A text with its variables' values. Raises LoadError."""
    return _text(written, variables.get, place)


def _filled(value: Any, branch: Branch[Cast], lookup: Callable[[str], str | None], place: Place) -> Any:
    if isinstance(value, str):
        found = _text(value, lookup, place) if "$" in value else value
        return found if branch.rule is None else branch.rule(found, place)
    if isinstance(value, dict):
        return {key: _filled(inner, branch.below(key), lookup, (*place, key)) for key, inner in value.items()}
    if isinstance(value, list):
        below = branch.below("[]")
        return [_filled(inner, below, lookup, (*place, str(index))) for index, inner in enumerate(value)]
    return value


def _text(written: str, lookup: Callable[[str], str | None], place: Place) -> str:
    try:
        return interpolate(written, lookup)
    except DockwrightError as error:
        raise LoadError(f"error while interpolating {dotted(place)}: {error.message}", place) from error


Cast = Callable[[str, Place], Any]


def _wrong(written: str, place: Place, kind: str) -> LoadError:
    return LoadError(f"error while interpolating {dotted(place)}: {written!r} is no {kind}", place)


def whole(written: str, place: Place) -> int:
    """A text as a whole number of 64 bits. Raises LoadError."""
    if _WHOLE.fullmatch(written) and -(2**63) <= int(written) < 2**63:
        return int(written)
    raise _wrong(written, place, "whole number")


def real(written: str, place: Place) -> float:
    """A text as a number. Raises LoadError."""
    if not _REAL.fullmatch(written) or "_" in written:
        raise _wrong(written, place, "number")
    return float(written)


def narrow(written: str, place: Place) -> float:
    """A text as a number of single precision. Raises LoadError."""
    return single(real(written, place))


def boolean(written: str, place: Place) -> bool:
    """A text as a truth value. Raises LoadError."""
    lower = written.lower()
    if lower in _TRUE or lower in _FALSE:
        return lower in _TRUE
    raise _wrong(written, place, "boolean")


_CASTS: Branch[Cast] = compiled(
    {
        "services.*.cpu_count": whole,
        "services.*.cpu_percent": real,
        "services.*.cpu_period": whole,
        "services.*.cpu_quota": whole,
        "services.*.cpu_rt_period": whole,
        "services.*.cpu_rt_runtime": whole,
        "services.*.cpu_shares": whole,
        "services.*.cpus": narrow,
        "services.*.deploy.placement.max_replicas_per_node": whole,
        "services.*.deploy.replicas": whole,
        "services.*.deploy.restart_policy.max_attempts": whole,
        "services.*.deploy.rollback_config.max_failure_ratio": real,
        "services.*.deploy.rollback_config.parallelism": whole,
        "services.*.deploy.update_config.max_failure_ratio": real,
        "services.*.deploy.update_config.parallelism": whole,
        "services.*.healthcheck.disable": boolean,
        "services.*.healthcheck.retries": whole,
        "services.*.init": boolean,
        "services.*.oom_kill_disable": boolean,
        "services.*.oom_score_adj": whole,
        "services.*.pids_limit": whole,
        "services.*.ports.*.target": whole,
        "services.*.privileged": boolean,
        "services.*.read_only": boolean,
        "services.*.scale": whole,
        "services.*.stdin_open": boolean,
        "services.*.tty": boolean,
        "services.*.ulimits.*": whole,
        "services.*.ulimits.*.hard": whole,
        "services.*.ulimits.*.soft": whole,
        "services.*.volumes.*.read_only": boolean,
        "services.*.volumes.*.volume.nocopy": boolean,
        "configs.*.external": boolean,
        "networks.*.attachable": boolean,
        "networks.*.enable_ipv4": boolean,
        "networks.*.enable_ipv6": boolean,
        "networks.*.external": boolean,
        "networks.*.internal": boolean,
        "secrets.*.external": boolean,
        "volumes.*.external": boolean,
    }
)
