"""The way of a variable into a process: for people as text, for machines as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dockwright.env.remarks import Remark
from dockwright.env.trace import FEEDS, LOSES, NOTHING, UNUSED, WINS, Route, Station, Trace
from dockwright.project.model import Project
from dockwright.report import json as documents
from dockwright.report.style import paint, wrapped
from dockwright.text import Site, printable

_SIGNS = {WINS: "=>", FEEDS: "->", LOSES: " x", UNUSED: " -", NOTHING: " x"}
_SAID = {
    WINS: "",
    FEEDS: "fills it in",
    LOSES: "loses",
    UNUSED: "not into the container",
    NOTHING: "takes it away",
}


def text(project: Project, trace: Trace, remarks: Sequence[Remark]) -> str:
    """What stands out first, then each service's way; services with the same way share it."""
    lines = [_head(project, trace), ""]
    for remark in remarks:
        lines += _remark(project, remark)
    if remarks:
        lines.append("")
    arrives = any(route.value is not None for route in trace.routes)
    nowhere = [route.service for route in trace.routes if _passes_by(route, arrives=arrives)]
    grouped: dict[tuple[str, tuple[str, ...]], list[Route]] = {}
    for route in trace.routes:
        if route.service not in nowhere:
            key = (route.told, tuple(_without(station.what, route.service) for station in route.stations))
            grouped.setdefault(key, []).append(route)
    for routes in grouped.values():
        lines += _route(project, routes)
    if nowhere:
        lines.append(wrapped(f"not in {', '.join(map(printable, nowhere))}", "  ", ""))
    lines += _readers(project, trace)
    return "\n".join(lines).rstrip() + "\n"


def _passes_by(route: Route, *, arrives: bool) -> bool:
    """Whether there is nothing to tell of a service: nothing gives it the variable, as it arrives in another one."""
    if arrives:
        return route.value is None and all(station.does == UNUSED for station in route.stations)
    return not route.stations


def _head(project: Project, trace: Trace) -> str:
    call = "which nothing here calls"
    if trace.called_at is not None:
        call = f"as {_place(project, trace.called_at)} calls it"
    return wrapped(f"{printable(trace.name)} in {printable(trace.label)}, {call}", "  ", "")


def _remark(project: Project, remark: Remark) -> Iterator[str]:
    first = paint("!", "error") + " " if remark.problem else paint("i", "info") + " "
    place = f" ({_place(project, remark.at)})" if remark.at is not None else ""
    yield wrapped(printable(remark.message) + place, "  ", first)
    if remark.way_out:
        yield paint(wrapped(f"-> {printable(remark.way_out)}", "     ", "  "), "dim")


def _route(project: Project, routes: Sequence[Route]) -> Iterator[str]:
    route = routes[0]
    names = ", ".join(printable(each.service) for each in routes)
    arrives = "taken away" if route.removed else route.told
    yield wrapped(f"{paint(names, 'path')}: {arrives}", "    ", "")
    for station in route.stations:
        yield from _station(project, station, route)
    yield ""


def _station(project: Project, station: Station, route: Route) -> Iterator[str]:
    sign = paint(_SIGNS[station.does], {WINS: "good", LOSES: "dim", UNUSED: "dim"}.get(station.does, "info"))
    own = f"{printable(station.name)}: " if any(each.name != station.name for each in route.stations) else ""
    place = f" ({_place(project, station.at)})" if station.at is not None else ""
    said = f", {_SAID[station.does]}" if _SAID[station.does] else ""
    yield wrapped(f"{own}{_without(station.what, route.service)}{place}: {station.told}{said}", "       ", f"  {sign} ")


def _without(what: str, service: str) -> str:
    return printable(what.removesuffix(f" of {service}").replace(f" of {service},", ","))


def _readers(project: Project, trace: Trace) -> Iterator[str]:
    if trace.variable is None:
        return
    readers = trace.variable.read_by("code")
    if not readers:
        yield wrapped("the code here does not read it; an image or a library may", "  ", "")
    for place in readers[:5]:
        default = "" if place.default is None else f", else “{printable(place.default)}”"
        needs = ", and fails without it" if place.required else default
        yield wrapped(f"read by {_place(project, place.at)} ({printable(place.what)}){needs}", "  ", "")
    if len(readers) > 5:
        yield f"and in {len(readers) - 5} places more"


def _place(project: Project, at: Site) -> str:
    source = project.sources.get(at.path)
    line = "" if source is None else f":{source.position(at.span.start).line}"
    return f"{printable(at.path)}{line}"


def json(project: Project, trace: Trace, remarks: Sequence[Remark]) -> str:
    """The trace; `docs/json.md` describes the keys."""
    return documents.env(
        project,
        {
            "trace": {
                "name": printable(trace.name),
                "stack": printable(trace.label),
                "secret": trace.secret,
                "env_files": [printable(path) for path in trace.env_files],
                "called_at": _site(project, trace.called_at),
                "refused": None if trace.refused is None else printable(trace.refused),
                "services": [_service(project, route) for route in trace.routes],
                "remarks": [
                    {
                        "message": printable(remark.message),
                        "problem": remark.problem,
                        "way_out": printable(remark.way_out) or None,
                        "at": _site(project, remark.at),
                    }
                    for remark in remarks
                ],
            }
        },
    )


def _service(project: Project, route: Route) -> dict[str, Any]:
    return {
        "service": printable(route.service),
        "set": route.value is not None,
        "removed": route.removed,
        "value": route.told,
        "stations": [
            {
                "kind": station.kind,
                "name": printable(station.name),
                "what": printable(station.what),
                "does": station.does,
                "value": station.told,
                "at": _site(project, station.at),
            }
            for station in route.stations
        ],
    }


def _site(project: Project, at: Site | None) -> dict[str, Any] | None:
    return None if at is None else documents.place(project, at)
