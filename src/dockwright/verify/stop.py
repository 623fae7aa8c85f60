"""stop: SIGTERM ends each of our services within its grace period, by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed
from dockwright.verify.live import Container, Live

CHECK = "stop"

WELL = (0, 143)
"""How a server ends that was asked to: by itself, or by the signal."""

DEFAULT_GRACE = 10.0
_KILLED = 137
_DURATION = re.compile(r"([\d.]+)(ms|us|h|m|s)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each running container whose image is ours. They are left stopped."""
    stopped = [each for each in live.running if each.service in live.ours]
    yield from engine.at_once([partial(_of_container, live, engine, each) for each in stopped])


def start_again(live: Live, engine: Engine) -> None:
    """Start what was stopped."""
    stopped = [each.id for each in live.running if each.service in live.ours]
    if stopped:
        engine.docker("start", *stopped)


def _of_container(live: Live, engine: Engine, container: Container) -> Evidence:
    grace = _grace(live.service(container))
    begun = time.perf_counter()
    engine.docker("stop", container.id, seconds=grace + 60)
    took = time.perf_counter() - begun
    said = engine.docker("inspect", "--format", "{{.State.ExitCode}}", container.id)
    code = int(said.out) if said.well and said.out.strip().isdigit() else None
    return judged(container, code, took, grace)


def judged(container: Container, code: int | None, took: float, grace: float) -> Evidence:
    """How one container ended, with which status and after how many seconds."""
    detail: dict[str, Any] = {"exit_code": code, "stopped_after": round(took, 2), "grace": grace}
    if code in WELL:
        return passed(CHECK, container.name, f"ended with {code} after {took:.1f} s", **detail)
    if code == _KILLED:
        reason = f"had to be killed after {took:.0f} s: SIGTERM is lost before it reaches the server"
        way_out = "start the server in exec form, without a shell; `init: true` where it has children"
        return failed(CHECK, container.name, reason, way_out, **detail)
    reason = f"ended with {code} after {took:.1f} s, and not with 0 or 143"
    return failed(CHECK, container.name, reason, f"docker compose logs {container.service}", **detail)


def _grace(service: Any) -> float:
    """`stop_grace_period` in seconds, which Compose writes as Go does: `1m0s`."""
    written = _DURATION.findall(str(service.get("stop_grace_period") or ""))
    return sum(float(number) * _SECONDS[unit] for number, unit in written) or DEFAULT_GRACE
