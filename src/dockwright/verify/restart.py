"""restart: a service that is killed comes back, where its restart policy says so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped
from dockwright.verify.inside import KILL
from dockwright.verify.live import Container, Live, containers

CHECK = "restart"

_PAUSE = 0.3
# The engine starts again after a tenth of a second, and says so meanwhile.
_SURELY_GONE = 2.0
_OF_DEPLOY = {"any": "always", "on-failure": "on-failure"}
_AGAIN = "the engine has another policy than the files: docker compose up -d --force-recreate"


def check(live: Live, engine: Engine, timeout: float) -> Iterator[Evidence]:
    """Evidence for each running container whose service has a restart policy.

    The first process of ours is killed from the engine's side: `docker kill` would count as a stop by hand, and from
    inside nothing kills a container's first process. Others keep data, or may: only their policy is compared.
    """
    declared = [(each, policy(live.service(each))) for each in live.running]
    declared = [(each, said) for each, said in declared if said != "no"]
    if not declared:
        yield skipped(CHECK, str(live.model.get("name")), "no service is declared to come back")
        return
    ours = [(each, said) for each, said in declared if each.service in live.ours]
    for each, said in declared:
        if each.service not in live.ours:
            yield _compared(each, said)
    if ours:
        yield from _killed(live, engine, ours, timeout)


def policy(service: Mapping[str, Any]) -> str:
    """The restart policy of a service without its number: no, always, unless-stopped, on-failure."""
    condition = ((service.get("deploy") or {}).get("restart_policy") or {}).get("condition")
    said = str(service.get("restart") or _OF_DEPLOY.get(str(condition), "no"))
    return said.partition(":")[0]


def _policy_of(container: Container) -> str:
    return str(((container.about.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name") or "no")


def _compared(container: Container, declared: str) -> Evidence:
    actual = _policy_of(container)
    detail = {"declared": declared, "policy": actual, "killed": False}
    if actual != declared:
        reason = f"declared to restart {declared}, and the engine says {actual}"
        return failed(CHECK, container.name, reason, _AGAIN, **detail)
    return passed(CHECK, container.name, f"the engine restarts it: {declared}; not killed, as it is not ours", **detail)


def _killed(live: Live, engine: Engine, ours: list[tuple[Container, str]], timeout: float) -> Iterator[Evidence]:
    first = ours[0][0]
    targets = [f"{each.state.get('Pid')}:{each.id}" for each, _ in ours]
    said = engine.docker(
        "run", "--rm", "--pull", "never", "--network", "none", "--pid", "host", "--user", "0", "--cap-drop", "ALL",
        "--cap-add", "KILL", "--entrypoint", "sh", str(first.about["Image"]), "-c", KILL, "sh", *targets,
    )  # fmt: skip
    killed = set(said.out.split())
    begun = time.perf_counter()
    waiting = {each.id: (each, declared) for each, declared in ours if each.id in killed}
    for each, declared in ours:
        if each.id not in killed:
            yield skipped(CHECK, each.name, "its first process cannot be killed from here", declared=declared)
    while waiting:
        took = time.perf_counter() - begun
        now = {each.id: each for each in containers(engine, live.model)}
        for identifier, (before, declared) in list(waiting.items()):
            found = _judged(before, now.get(identifier), declared, took, late=took >= timeout)
            if found is not None:
                del waiting[identifier]
                if found.verdict == "fail":
                    engine.docker("start", identifier)
                yield found
        if waiting:
            engine.sleep(_PAUSE)


def _judged(before: Container, now: Container | None, declared: str, took: float, *, late: bool) -> Evidence | None:
    """What came of a container that was killed; None while that is open."""
    detail = {"declared": declared, "policy": _policy_of(before), "killed": True, "back_after": round(took, 1)}
    if now is not None and now.state.get("StartedAt") != before.state.get("StartedAt") and now.running:
        if now.health in (None, "healthy"):
            healthy = "healthy" if now.health else "running"
            return passed(CHECK, before.name, f"killed, and {healthy} again after {took:.1f} s", **detail)
        if late or now.health == "unhealthy":
            reason = f"killed, it comes back and is {now.health} after {took:.0f} s"
            return failed(CHECK, before.name, reason, f"docker compose logs {before.service}", **detail)
        return None
    gone = now is None or (now.state.get("Status") == "exited" and took >= _SURELY_GONE)
    if gone or late:
        reason = f"killed, it does not come back, though declared to restart {declared}"
        way_out = _AGAIN if detail["policy"] != declared else f"docker compose logs {before.service}"
        return failed(CHECK, before.name, reason, way_out, **detail)
    return None
