"""data: what a data service has written is there after `down` and `up`. It takes the stack down and brings it up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

from msgspec import Struct

from dockwright.facts.data_marks import Mark, mark
from dockwright.tools import Engine, Ran
from dockwright.verify import starting, stop
from dockwright.verify.evidence import Evidence, failed, passed, skipped
from dockwright.verify.live import Container, Live, containers

CHECK = "data"

_TRIES, _PAUSE = 40, 0.5
_AFTER_UP = "its log says why: docker compose logs"


class _Marked(Struct, frozen=True):
    """A data service that was told to keep a word."""

    name: str
    service: str
    mark: Mark
    word: str
    detail: Mapping[str, Any]


def check(live: Live, engine: Engine, timeout: float) -> Iterator[Evidence]:
    """Evidence for each data service that is there to keep data. The stack is up in the end, if it gets well.

    A word is written by the service's own client; after `down` and `up` it has to be there, and is removed.
    """
    marked: list[_Marked] = []
    try:
        for container in live.running:
            found = _marked(live, engine, container)
            if isinstance(found, Evidence):
                yield found
            elif found is not None:
                marked.append(found)
        if not marked:
            stop.start_again(live, engine)
            return
        starting.down(engine, live.stack)
        started = starting.start(engine, live.stack, live.model, timeout)
        if not started.well:
            reason = f"does not come up again after `down`: {started.complaint}"
            yield failed(CHECK, str(live.model.get("name")), reason, _AFTER_UP)
            return
        there = containers(engine, live.model)
        for each in marked:
            yield _judged(live, each, _said(engine, there, each, each.mark.read))
    finally:
        _forget(live, engine, marked)


def _marked(live: Live, engine: Engine, container: Container) -> _Marked | Evidence | None:
    """The mark that a container keeps now; or why there is none; None where it is no service that keeps data."""
    data = container.data
    asked = mark(data) if data is not None else None
    if data is None or asked is None or data.data is None:
        return None
    kind, source = _storage(live.service(container), data.data)
    if kind == "tmpfs":
        return skipped(CHECK, container.name, "keeps its data in memory, as declared")
    if kind == "" and not asked.kept:
        return skipped(CHECK, container.name, "a cache; no volume is declared for it")
    if kind == "" and live.for_tests:
        return skipped(CHECK, container.name, "no volume is declared, and tests need none")
    word = token_hex(8)
    detail = {"folder": data.data, "storage": kind or "none", "source": source}
    marked = _Marked(container.name, container.service, asked, word, detail)
    said = engine.docker("exec", container.id, "sh", "-c", asked.write, "sh", word, seconds=15)
    if said.well and word in engine.docker("exec", container.id, "sh", "-c", asked.read, seconds=15).out:
        return marked
    why = live.secrets.hidden((said.err or said.out).strip().rpartition("\n")[2])[:120]
    return skipped(CHECK, container.name, f"nothing can be written to it: {why or 'its client says nothing'}")


def _storage(service: Mapping[str, Any], folder: str) -> tuple[str, str]:
    """What the files mount at a data folder, or around or below it: its kind and its source; nothing for none."""
    for each in service.get("volumes") or ():
        target = str(each.get("target", "")).rstrip("/")
        if _related(target, folder) and (each.get("source") or each.get("type") == "tmpfs"):
            return str(each.get("type")), str(each.get("source") or "")
    if any(_related(str(each).partition(":")[0], folder) for each in service.get("tmpfs") or ()):
        return "tmpfs", ""
    return "", ""


def _related(target: str, folder: str) -> bool:
    return f"{folder}/".startswith(f"{target}/") or target.startswith(f"{folder}/")


def _said(engine: Engine, there: Sequence[Container], marked: _Marked, command: str) -> Ran:
    container = next((each for each in there if each.service == marked.service and each.running), None)
    if container is None:
        return Ran(None, "", "it does not run")
    return engine.docker("exec", container.id, "sh", "-c", command, "sh", marked.word, seconds=15)


def _judged(live: Live, marked: _Marked, said: Ran) -> Evidence:
    if marked.word in said.out:
        where = f" on {marked.detail['source']}" if marked.detail["storage"] == "volume" else ""
        return passed(CHECK, marked.name, f"what was written is there after `down` and `up`{where}", **marked.detail)
    storage = marked.detail["storage"]
    reason = "what was written is gone after `down` and `up`"
    if storage == "none":
        way_out = f"mount a named volume at {marked.detail['folder']}"
    else:
        way_out = f"mount the {storage} where its data is, at {marked.detail['folder']}, and let it write there"
    return failed(CHECK, marked.name, reason, way_out, **marked.detail)


def _forget(live: Live, engine: Engine, marked: Sequence[_Marked]) -> None:
    """Remove the marks; whoever was interrupted while all was down brings up those that keep one."""
    there = containers(engine, live.model) if marked else ()
    for each in marked:
        if not any(one.service == each.service and one.running for one in there):
            engine.compose(live.stack, "up", "-d", "--no-deps", "--no-build", each.service, seconds=60)
            there = containers(engine, live.model)
        for _ in range(_TRIES):
            if _said(engine, there, each, each.mark.remove).well:
                break
            engine.sleep(_PAUSE)
