"""answers: each server answers on its published port with a certificate that holds, each data service a query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode

from dockwright.facts.data_questions import Question, question
from dockwright.tools import Answer, Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.inside import ASK
from dockwright.verify.live import Container, Live, Port

CHECK = "answers"

_URL = re.compile(r"(https?)://[\w.\[\]:-]*?:(\d+)(/[\w./-]*)?")
_PAUSE = 1.0
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 (what is compared, not listened on)
# No HTTP is spoken where HTTPS was asked for, or the reverse.
_OTHER_SCHEME = re.compile(r"no TLS|closed without|BadStatusLine|\x15\x03")


def check(live: Live, engine: Engine) -> Iterator[Evidence]:
    """Evidence for each published port of a server, and for each data service.

    A server of ours that publishes nothing is asked from inside its container, at each port that it listens on.
    """
    calls = []
    for container in live.running:
        data = container.data
        asked = question(data) if data is not None else None
        if asked is not None:
            calls.append(partial(_of_data, live, engine, container, asked))
        elif data is None:
            ports = {port.target: port for port in reversed(container.ports) if port.protocol == "tcp"}
            calls += [partial(_of_server, live, engine, container, port) for _, port in sorted(ports.items())]
            if not ports and container.kernel is not None and container.service in live.ours:
                listening = sorted(container.kernel.listening)
                calls += [partial(_from_inside, live, engine, container, number) for number in listening]
    yield from engine.at_once(calls)


def _of_data(live: Live, engine: Engine, container: Container, asked: Question) -> Evidence:
    said = engine.docker("exec", container.id, "sh", "-c", asked.command, seconds=15)
    if said.well and asked.answer in said.out:
        return passed(CHECK, container.name, f"answers {asked.title}", asked=asked.title)
    why = live.secrets.hidden((said.err or said.out).strip().rpartition("\n")[2])[:200]
    if said.status in (126, 127):
        return skipped(CHECK, container.name, f"its image has no client for {asked.title}", asked=asked.title)
    reason = f"does not answer {asked.title}: {why}" if why else f"does not answer {asked.title}"
    return failed(CHECK, container.name, reason, f"docker compose logs {container.service}", asked=asked.title)


def _of_server(live: Live, engine: Engine, container: Container, port: Port) -> Evidence:
    url, certain = _url(container, port)
    answer = engine.request(url, live.certificates)
    if not certain and answer.status is None and _OTHER_SCHEME.search(answer.error or ""):
        other = url.replace("http:", "https:", 1) if url.startswith("http:") else url.replace("https:", "http:", 1)
        found = engine.request(other, live.certificates)
        if found.status is not None or "certificate" in (found.error or ""):
            url, answer = other, found
    if answer.status is None or answer.status >= 500:
        # Once more: what it needs may have been away until just now, and its connection to it is an old one.
        engine.sleep(_PAUSE)
        answer = engine.request(url, live.certificates)
    listening = container.kernel.listening if container.kernel is not None else frozenset()
    if answer.status is None and listening and port.target not in listening:
        reason = f"{url}: nothing in it listens on {port.target}; it does on {some(map(str, sorted(listening)))}"
        way_out = "publish the port that its server listens on"
        return failed(CHECK, container.name, reason, way_out, url=url, status=None)
    return _judged(container, url, answer)


def _from_inside(live: Live, engine: Engine, container: Container, number: int) -> Evidence:
    probed = _probed(container, number)
    path = "/" if probed is None else probed[1]
    said = engine.docker("exec", "-i", container.id, "python", "-", str(number), path, *live.authorities, given=ASK)
    try:
        answers = [(scheme, Answer(status, error)) for scheme, status, error in decode(said.out)]
    except (DecodeError, ValueError):
        return skipped(CHECK, container.name, f"listens on {number}, and its image has no Python to ask with")
    # What says most: an answer, else a certificate that is refused.
    answers.sort(key=lambda each: (each[1].status is None, "certificate" not in (each[1].error or "")))
    scheme, best = answers[0]
    if best.status is None and probed is None and "certificate" not in (best.error or ""):
        return skipped(CHECK, container.name, f"listens on {number} inside, and speaks no HTTP there", port=number)
    return _judged(container, f"{scheme}://localhost:{number}{path} inside", best)


def _judged(container: Container, url: str, answer: Answer) -> Evidence:
    detail: dict[str, Any] = {"url": url, "status": answer.status, "checked_with": answer.checked_with}
    if answer.status is None:
        way_out = (
            "make its certificate again, for localhost: `make certs`, then restart it"
            if "certificate" in (answer.error or "")
            else f"docker compose logs {container.service}; does it listen on 0.0.0.0?"
        )
        return failed(CHECK, container.name, f"{url}: {answer.error}", way_out, **detail)
    if answer.status >= 500:
        reason = f"{url} answers {answer.status}"
        return failed(CHECK, container.name, reason, f"docker compose logs {container.service}", **detail)
    held = ", its certificate holds" if url.startswith("https:") else ""
    return passed(CHECK, container.name, f"{url} answers {answer.status}{held}", **detail)


def _url(container: Container, port: Port) -> tuple[str, bool]:
    """Where to ask from the host, and whether the health check says it: with its own scheme and path."""
    host = "localhost" if port.address in _EVERYWHERE or port.address.startswith("127.") else port.address
    host = f"[{host}]" if ":" in host else host
    probed = _probed(container, port.target)
    if probed is not None:
        return f"{probed[0]}://{host}:{port.published}{probed[1]}", True
    return f"http://{host}:{port.published}/", False


def _probed(container: Container, number: int) -> tuple[str, str] | None:
    """The scheme and the path that a container's health check asks for on a port."""
    test = (container.about["Config"].get("Healthcheck") or {}).get("Test") or ()
    for found in _URL.finditer(" ".join(test)):
        if int(found[2]) == number:
            return found[1], found[3] or "/"
    return None
