"""Containers that ended, start again and again, or never started: by the engine's word, the exit code and the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from dockwright.doctor.because import Reason, reason
from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis, Severity
from dockwright.doctor.sight import Sight, sights
from dockwright.facts.exit_codes import KILLED, STOPPED, explained
from dockwright.facts.known_errors import Step, by_place, by_rank
from dockwright.facts.log_causes import LOG_CAUSES, START_ERRORS
from dockwright.syntax.shell import quote
from dockwright.verify import health
from dockwright.verify.live import Container, Live

SYMPTOMS = (
    "not-started",
    "connection-refused",
    "host-unknown",
    "probe-fails",
    "probe-server-error",
    "container-exited",
    "container-restarting",
)
"""What those suffer from that wait for a sick service."""

_CAUSES: Mapping[str, tuple[str, ...]] = {
    "data-of-another-version": ("data-version", "data-volume-misplaced"),
    "module-missing": ("environment-hidden", "image-outdated"),
    "mount-is-folder": ("mount-missing", "certificate-missing"),
    "no-run-bit": ("script-not-executable",),
    "path-denied": ("key-unreadable", "mount-unreadable", "mount-owner", "volume-not-owned"),
    "program-missing": ("interpreter-missing",),
    "script-line-ends": ("script-crlf", "interpreter-missing"),
    "script-without-interpreter": ("wrong-architecture", "interpreter-missing"),
    "variable-missing": ("variable-unread", "env-file-missing", "env-file-not-passed", "variables-outdated"),
    "wrong-architecture": ("wrong-architecture",),
}
"""What the files and the mounts tell, and what comes of it in a log."""

_SETTLED = 5.0
"""After how many seconds a container counts as started that has ended before."""

_OF_ITS_OWN_WILL = frozenset({0, 130, STOPPED})


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each container that does not run and should."""
    for sight in sights(case):
        live = Live(sight.files, sight.model, sight.containers, sight.secrets)
        sick = []
        for container in sight.ours:
            once = health.runs_once(live, container.service)
            failed = health.judged(container, once=once).verdict == "fail"
            if (failed and not container.running) or _between_two_ends(case, container):
                sick.append(container)
            elif container.state.get("OOMKilled") and container.running:
                yield _out_of_memory(sight, container, "hurts")
        if sick:
            sight.engine.at_once([partial(sight.log, container) for container in sick])
        for container in sick:
            yield from _sick(sight, container)


def _between_two_ends(case: Case, container: Container) -> bool:
    """Whether a container runs just now that has ended again and again."""
    if not container.running or not container.about.get("RestartCount") or container.health == "healthy":
        return False
    try:
        started = datetime.fromisoformat(str(container.state.get("StartedAt")))
    except ValueError:
        return False
    return (case.now - started).total_seconds() < _SETTLED


def _sick(sight: Sight, container: Container) -> Iterator[Diagnosis]:
    state, code = container.state, container.exit_code
    if state.get("Status") == "created":
        yield _never_started(sight, container, str(state.get("Error") or ""))
        return
    stopped = not sight.up and (code in _OF_ITS_OWN_WILL or (code == KILLED and not state.get("OOMKilled")))
    if stopped:
        return  # somebody has stopped the whole stack
    if state.get("OOMKilled"):
        yield _out_of_memory(sight, container, "stops")
        return
    lines = sight.log(container)
    known = by_place(LOG_CAUSES, lines)
    if known is None:
        yield _unexplained(sight, container, lines)
        return
    because = reason(sight, container, known)
    logs = f"docker compose logs {container.service}"
    yield sight.found(
        known.known.fault, container.name, because.cause, (_how(container), f"{logs}: {known.line}", *because.seen),
        because.steps, explains=(*_explained(sight, container), *because.explains),
        symptom_of=_CAUSES.get(known.known.fault, ()),
    )  # fmt: skip


def _how(container: Container) -> str:
    """How a container ended."""
    code = container.exit_code
    again = "" if _lives_once(container) else "it starts again and again; "
    return f"{again}exit code {code}: {explained(code)}" if not container.running else f"{again}it runs just now"


def _lives_once(container: Container) -> bool:
    return not (container.state.get("Restarting") or container.about.get("RestartCount"))


def _kept_up(container: Container) -> bool:
    """Whether a container does not end with 0 but where it is stopped: the engine starts it again, or it keeps data."""
    policy = ((container.about.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name")
    return policy in ("always", "unless-stopped") or container.data is not None


def _unexplained(sight: Sight, container: Container, lines: tuple[str, ...]) -> Diagnosis:
    """What the exit code says of a container whose log does not tell more."""
    code = container.exit_code
    severity: Severity = "stops"
    ways: tuple[Step, ...] = (Step(f"{sight.compose} logs {quote(container.service)}", "all of its log"),)
    cause = f"{_how(container)}; {'its log does not tell why' if lines else 'it logged nothing'}"
    if container.running:
        cause = "it ends and starts again and again, and its log does not tell why"
    elif code == KILLED:
        cause = (
            f"{_how(container)}, and not for want of memory of its own: by `docker kill`, by the want of the host, "
            "or by a stop that took longer than its grace period"
        )
        ways = (Step("sudo dmesg | grep -i 'killed process'", "whether it was the host"), *ways)
    elif code in (STOPPED, 130) or (code == 0 and _kept_up(container)):
        cause = f"somebody has stopped it, and not the others (exit code {code})"
        ways = (Step(f"{sight.compose} up -d {quote(container.service)}"),)
        severity = "hurts" if sight.dependents(container.service) else "note"
    elif code == 0:
        cause = "it ended by itself, without an error: its command is no server, or goes into the background"
        ways = (Step(f"{sight.compose} config {quote(container.service)}", "its command and entrypoint"), *ways)
    return sight.found(
        "container-exited" if _lives_once(container) else "container-restarting",
        container.name,
        cause,
        (f"docker inspect {container.service}: exit code {code}", *sight.last(lines, 4)),
        ways,
        severity=severity,
        explains=_explained(sight, container),
    )


def _never_started(sight: Sight, container: Container, error: str) -> Diagnosis:
    known = by_rank(START_ERRORS, (error,)) if error else None
    ways = (Step(f"{sight.compose} up -d {quote(container.service)}"),)
    if not error:
        waits = list(sight.services[container.service].get("depends_on") or {})
        cause = f"it was made and never started: it waits for {', '.join(waits)}" if waits else "it was never started"
        return sight.found("not-started", container.name, cause, ("docker inspect: created",), ways)
    why = error.rpartition("unable to start container process: ")[2] or error
    if known is None:
        return sight.found("not-started", container.name, f"the engine could not start it: {why}", (error,), ways)
    because: Reason = reason(sight, container, known)
    return sight.found(
        known.known.fault, container.name, because.cause, (f"docker inspect: {why}", *because.seen), because.steps,
        explains=_explained(sight, container), symptom_of=_CAUSES.get(known.known.fault, ()),
    )  # fmt: skip


def _out_of_memory(sight: Sight, container: Container, severity: Severity) -> Diagnosis:
    limit = int((container.about.get("HostConfig") or {}).get("Memory") or 0)
    has = f"its limit is {_megabytes(limit)}" if limit else "the engine's machine has no more"
    what = "it" if severity == "stops" else "a process of it"
    words = f"deploy: {{resources: {{limits: {{memory: {_megabytes(2 * limit)}}}}}}}" if limit else ""
    code = f", exit code {container.exit_code}: {explained(container.exit_code)}" if severity == "stops" else ""
    return sight.found(
        "out-of-memory",
        container.name,
        f"{what} was killed because it wanted more memory than it may have: {has}",
        (f"docker inspect: OOMKilled{code}",),
        (
            Step(words, f"in the service {container.service}, if it needs as much; or fewer workers"),
            Step(f"{sight.compose} up -d {quote(container.service)}"),
        ),
        severity=severity,
        explains=_explained(sight, container),
    )


def _megabytes(number: int) -> str:
    return f"{max(number // (1 << 20), 1)}M"


def _explained(sight: Sight, container: Container) -> tuple[str, ...]:
    """What becomes of those that wait for a service that does not run."""
    return tuple(f"{fault}:{name}" for name in sight.dependents(container.service) for fault in SYMPTOMS)
