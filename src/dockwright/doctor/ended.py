"""Containers that ended, start again and again, or never started: by the engine's word, the exit code and the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    "unhealthy",
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

_OF_ITS_OWN_WILL = frozenset({0, 130, STOPPED})


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each container that does not run and should."""
    for sight in sights(case):
        live = Live(sight.files, sight.model, sight.containers, sight.secrets)
        for container in sight.ours:
            once = health.runs_once(live, container.service)
            if health.judged(container, once=once).verdict == "fail" and not container.running:
                yield from _sick(sight, container)
            elif container.state.get("OOMKilled") and container.running:
                yield _out_of_memory(sight, container, "hurts")


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
    again = f"docker compose logs {container.service}"
    how = f"it ended with {code}: {explained(code)}"
    if state.get("Restarting") or container.about.get("RestartCount"):
        how = f"it starts again and again, and ends with {code}: {explained(code)}"
    if known is None:
        cause = f"{how[0].lower()}{how[1:]}; its log does not tell why"
        ways: tuple[Step, ...] = (Step(f"{sight.compose} logs {quote(container.service)}", "all of its log"),)
        if code == KILLED:
            cause = f"{how}, not by the engine for want of memory: by `docker kill`, the host's own want of memory, or a stop that took longer than its grace period"  # noqa: E501
            ways = (Step("sudo dmesg | grep -i 'killed process'", "whether it was the host"), *ways)
        elif code == 0:
            cause = "it ended by itself, without an error: its command is no server, or goes into the background"
            ways = (Step(f"{sight.compose} config {quote(container.service)}", "its command and entrypoint"), *ways)
        elif not lines:
            cause = f"{how}; it logged nothing"
        seen = (f"{again}: exit code {code}", *sight.last(lines, 4))
        yield sight.found("container-exited", container.name, cause, seen, ways, explains=_explained(sight, container))
        return
    because = reason(sight, container, known)
    seen = (f"exit code {code}: {explained(code)}", f"{again}: {known.line}", *because.seen)
    yield sight.found(
        known.known.fault, container.name, because.cause, seen, because.steps,
        explains=(*_explained(sight, container), *because.explains), symptom_of=_CAUSES.get(known.known.fault, ()),
    )  # fmt: skip


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
