"""limits: capabilities, no-new-privileges, read-only root and resources as declared, by the kernel's own word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dockwright.facts import capabilities
from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped
from dockwright.verify.kernel import Kernel
from dockwright.verify.live import Live

CHECK = "limits"
_AGAIN = "make the container again: docker compose up -d --force-recreate"
_PAGE = 1 << 16  # Memory is counted in pages, of 64 KiB on some machines.


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each container that runs."""
    for container in live.running:
        if container.kernel is None:
            yield skipped(CHECK, container.name, container.unasked)
            continue
        wrong, held, seen = compared(live.service(container), container.kernel, _has_seccomp(live.about_engine))
        if wrong:
            yield failed(CHECK, container.name, "; ".join(wrong), _AGAIN, **seen)
        elif held:
            yield passed(CHECK, container.name, ", ".join(held), **seen)
        else:
            yield passed(CHECK, container.name, "declares none; no more rights than the engine's defaults", **seen)


def compared(
    service: Mapping[str, Any], kernel: Kernel, seccomp: bool
) -> tuple[list[str], list[str], Mapping[str, Any]]:
    """What differs from what a service declares, what holds, and what the kernel says."""
    first = kernel.first
    said = {} if first is None else first.said
    options = [str(each).replace("=", ":") for each in service.get("security_opt") or ()]
    wrong: list[str] = []
    held: list[str] = []
    privileged = bool(service.get("privileged"))
    if "CapBnd" in said and not privileged:
        drop, add = service.get("cap_drop") or (), service.get("cap_add") or ()
        more = capabilities.of_mask(said["CapBnd"]) - capabilities.declared(drop, add)
        lost = capabilities.declared((), add) - capabilities.DEFAULT - capabilities.of_mask(said["CapBnd"])
        if lost and "ALL" not in {str(each).upper() for each in add}:
            wrong.append(f"lacks the capabilities {', '.join(sorted(lost))}, which are declared")
        if more:
            wrong.append(f"has the capabilities {', '.join(sorted(more))}, which are not declared")
        elif drop:
            left = capabilities.of_mask(said["CapBnd"])
            held.append(f"capabilities {', '.join(sorted(left))} alone" if left else "no capabilities")
    if any(each in ("no-new-privileges", "no-new-privileges:true") for each in options):
        _judge(said.get("NoNewPrivs") == "1", "no new privileges", "may gain privileges", wrong, held)
    if seccomp and not privileged and not any(each.startswith("seccomp:") for each in options):
        _judge(said.get("Seccomp", "2") != "0", "", "runs without a seccomp profile", wrong, held)
    if service.get("read_only"):
        _judge(kernel.read_only, "read-only root", "its root can be written", wrong, held)
    for title, declared, actual, slack in _resources(service, kernel):
        fits = actual is not None and abs(actual - declared) <= slack
        there = "no limit" if actual is None else _shown(title, actual)
        _judge(
            fits, f"{title} {_shown(title, declared)}", f"{title}: {there}, not {_shown(title, declared)}", wrong, held
        )
    seen = {
        "capabilities": sorted(capabilities.of_mask(said.get("CapBnd", "0"))),
        "no_new_privileges": said.get("NoNewPrivs") == "1",
        "seccomp": said.get("Seccomp", "0") != "0",
        "read_only": kernel.read_only,
        "memory": kernel.memory,
        "cpus": kernel.cpus,
        "pids": kernel.pids,
    }
    return wrong, held, seen


def _judge(fits: bool, good: str, bad: str, wrong: list[str], held: list[str]) -> None:
    if not fits:
        wrong.append(bad)
    elif good:
        held.append(good)


def _resources(service: Mapping[str, Any], kernel: Kernel) -> Sequence[tuple[str, float, float | None, float]]:
    """Each declared limit: its title, the number declared, the kernel's, and how far they may lie apart."""
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    rows = (
        ("memory", limits.get("memory") or service.get("mem_limit"), kernel.memory, _PAGE),
        ("cpus", limits.get("cpus") or service.get("cpus"), kernel.cpus, 0.01),
        ("pids", limits.get("pids") or service.get("pids_limit"), kernel.pids, 0),
    )
    numbers = [(title, _limit(declared), actual, slack) for title, declared, actual, slack in rows]
    return [row for row in numbers if row[1] > 0]


def _limit(declared: object) -> float:
    """A limit as a number; 0 and less stand for none."""
    try:
        return float(str(declared))
    except ValueError:
        return 0.0


def _shown(title: str, number: float) -> str:
    if title == "memory":
        return f"{number / (1 << 20):.0f} MiB" if number < 1 << 30 else f"{number / (1 << 30):.3g} GiB"
    return f"{number:g}"


def _has_seccomp(about_engine: Mapping[str, Any]) -> bool:
    return any("seccomp" in str(each) for each in about_engine.get("SecurityOptions") or ())
