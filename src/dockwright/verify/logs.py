"""logs: since its start a service has logged no permission error, traceback, storm of warnings or secret."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dockwright.facts.log_signs import SIGNS
from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.live import Container, Live

CHECK = "logs"
_SHOWN = 120


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each container."""
    yield from engine.at_once([partial(_of_container, live, engine, each) for each in live.containers])


def _of_container(live: Live, engine: Engine, container: Container) -> Evidence:
    since = str(container.state.get("StartedAt") or "")
    said = engine.docker("logs", "--since", since, container.id)
    if not said.well:
        driver = ((container.about.get("HostConfig") or {}).get("LogConfig") or {}).get("Type", "another")
        return skipped(CHECK, container.name, f"its logs cannot be read here; their driver is {driver}")
    return judged(live, container, [*said.out.splitlines(), *said.err.splitlines()])


def judged(live: Live, container: Container, lines: list[str]) -> Evidence:
    """What stands in the lines. The first one of what is wrong is quoted, with secrets masked."""
    leaked = live.secrets.within("\n".join(lines))
    found = [(sign, [line for line in lines if sign.line.search(line)]) for sign in SIGNS]
    found = [(sign, matching) for sign, matching in found if len(matching) > sign.most]
    detail = {
        "lines": len(lines),
        "secrets": leaked,
        "signs": {sign.title: len(matching) for sign, matching in found},
    }
    if leaked:
        way_out = "log no settings and no URLs with passwords; then change the secret"
        return failed(CHECK, container.name, f"the value of {some(leaked)} stands in its log", way_out, **detail)
    if found:
        sign, matching = found[0]
        quoted = live.secrets.hidden(matching[0].strip())[:_SHOWN]
        counted = ", ".join(f"{len(each)} {sign.title}" for sign, each in found)
        return failed(CHECK, container.name, f"{counted}: {quoted}", sign.way_out, **detail)
    return passed(CHECK, container.name, f"nothing wrong in {len(lines)} lines", **detail)
