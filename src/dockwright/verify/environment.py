"""environment: the variables that the files give a service arrive in its container. Values are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, some
from dockwright.verify.live import Live

CHECK = "environment"
_AGAIN = "the files have changed since it started: docker compose up -d"


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each container whose service is given variables. `detail` has names, and no value."""
    for container in live.containers:
        declared: Mapping[str, str | None] = live.service(container).get("environment") or {}
        # One without a value is handed on from the shell that starts the stack, which is not this one.
        given = {name: value for name, value in declared.items() if value is not None}
        if not given:
            continue
        missing = sorted(name for name in given if name not in container.environment)
        other = sorted(
            name
            for name, value in given.items()
            if name in container.environment and container.environment[name] != str(value)
        )
        detail = {"variables": len(given), "missing": missing, "different": other}
        parts = [f"has no {some(missing)}"] if missing else []
        parts += [f"has another value for {some(other)}"] if other else []
        if parts:
            yield failed(CHECK, container.name, "; ".join(parts), _AGAIN, **detail)
        else:
            number = len(given)
            arrived = "its variable arrived" if number == 1 else f"all {number} variables arrived"
            yield passed(CHECK, container.name, arrived, **detail)
