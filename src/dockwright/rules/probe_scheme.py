"""DW110: a probe that speaks another protocol than the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from dockwright.finding import Finding, Fix, Intent, Related
from dockwright.project import processes
from dockwright.project.compose import Service
from dockwright.project.images import Image, images
from dockwright.project.merged import with_layer
from dockwright.project.model import Project
from dockwright.project.running import full_server, of_layers
from dockwright.project.serving import Server
from dockwright.project.stacks import service_places, written_services
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, yaml
from dockwright.text import Edit, Mapped, Site, lazy_regex

_URL = lazy_regex(
    r"(?P<scheme>https?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(?P<port>\d+))?(?=[/\s\"'?]|$)"
)
_PORTS = {"http": 80, "https": 443}


class _Probe(Struct, frozen=True):
    """The address that a health check asks, in its file, and where the resolved stacks show its text."""

    path: str
    mapped: Mapped
    match: re.Match[str]
    places: tuple[str, ...] = ()

    @property
    def scheme(self) -> str:
        return self.match["scheme"]

    @property
    def port(self) -> int:
        return int(self.match["port"] or _PORTS[self.scheme])


class _Serving(Struct, frozen=True):
    """A server and where its command stands."""

    server: Server
    at: Site


class ProbeScheme(Rule):
    """Probe the server in the protocol that it speaks

    ## What it finds

    A `HEALTHCHECK` or a compose `healthcheck` that asks over https while the server's command serves http, or the
    reverse, or asks another port than the one the server listens on. The command is the one that runs with the
    probe: a service's `command` over the image's `CMD`, a service's `healthcheck` over the image's.

    ## Why it matters

    The container is unhealthy for ever. Whatever waits for `service_healthy` never starts, and an orchestrator
    restarts a server that works.

    ## How to mend it

    Write the server's scheme and port into the probe, or give the server its certificate.

    ## Fix safety

    Unsafe: it takes the server's side. Where another compose file runs the same image with another command, the
    probe may have been right for that one.

    ## Source

    Dockerfile reference, `HEALTHCHECK`; the servers' own options for TLS.
    """

    code, name, severity, consent = "DW110", "probe-scheme", "error", "unsafe"
    traps = (7,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                "HEALTHCHECK CMD curl -kf ⟦https://localhost:8000⟧/health || exit 1\n"
                'CMD ["uvicorn", "src.main:app", "--host", "0.0.0.0", "--port", "8000"]\n'
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                "HEALTHCHECK CMD curl -kf http://localhost:8000/health || exit 1\n"
                'CMD ["uvicorn", "src.main:app", "--host", "0.0.0.0", "--port", "8000"]\n'
            },
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    command: uvicorn app:app --port 8080\n"
                "    healthcheck:\n      test: [CMD, curl, -f, 'http://localhost:⟦8000⟧/health']\n"
            },
            becomes={
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    command: uvicorn app:app --port 8080\n"
                "    healthcheck:\n      test: [CMD, curl, -f, 'http://localhost:8080/health']\n"
            },
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                "HEALTHCHECK CMD curl -f http://localhost:8000/health\n"
                "CMD uvicorn src.main:app --port 8000\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n"
                "HEALTHCHECK CMD curl -kf https://localhost:8000/health\n"
                "CMD uvicorn src.main:app --port 8000 --ssl-certfile cert.pem --ssl-keyfile key.pem\n"
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    command: python serve.py\n"
                "    healthcheck:\n      test: [CMD, curl, -kf, 'https://localhost:8182/health']\n",
                "serve.py": "import uvicorn\nuvicorn.run('app:app', port=8182, ssl_certfile='c', ssl_keyfile='k')\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        found: dict[Site, Finding] = {}
        for image in images(project):
            for stage in image.shipped:
                probe, serving = _image_probe(image, stage), _image_server(image, stage)
                self._compare(probe, serving, found)
        for service, image_of in _services(project):
            probe, serving = _service_probe(project, service), _service_server(project, service)
            if image_of is not None and image_of.shipped and not service.command:
                serving = _image_server(image_of, image_of.shipped[-1])
            self._compare(probe, serving, found)
        yield from found.values()

    def _compare(self, probe: _Probe | None, serving: _Serving | None, found: dict[Site, Finding]) -> None:
        if probe is None or serving is None or serving.server.role != "web":
            return
        server = serving.server
        same_port = not isinstance(server.port, int) or server.port == probe.port
        if probe.scheme == server.scheme and same_port:
            return
        group: str | int = 0 if probe.scheme != server.scheme or not probe.match["port"] else "port"
        start, end = probe.match.span(group)
        at = Site(probe.path, probe.mapped.span(start, end))
        if at in found:
            return
        said = f"{server.scheme} on port {server.port}" if isinstance(server.port, int) else server.scheme
        message = f"the probe asks {probe.scheme} on port {probe.port}, and {server.program} serves {said}"
        related = [Related(serving.at, f"serves {said}")]
        found[at] = self.found(
            at, message, advice="probe the server's own scheme and port", related=related, fix=_fix(probe, server)
        )


def _fix(probe: _Probe, server: Server) -> Fix | None:
    edits = []
    for group, value in (
        ("scheme", server.scheme),
        ("port", str(server.port) if isinstance(server.port, int) else None),
    ):
        start, end = probe.match.span(group)
        if value is None or start < 0 or probe.match[group] == value:
            continue
        if not probe.mapped.contiguous(start, end):
            return None
        edits.append(Edit(probe.path, probe.mapped.span(start, end), value))
    if not edits:
        return None
    after = _rewritten(probe, edits)
    intends = tuple(Intent(place, probe.mapped.text, after) for place in probe.places)
    return Fix("probe what the server serves", tuple(edits), "unsafe", intends)


def _rewritten(probe: _Probe, edits: list[Edit]) -> str:
    """The probe's whole text once the edits are made."""
    text = probe.mapped.text
    for edit in reversed(edits):
        start = next(at for at in range(len(text)) if probe.mapped.offset(at) == edit.span.start)
        text = text[:start] + edit.text + text[start + edit.span.end - edit.span.start :]
    return text


def _probe(path: str, mapped: Mapped) -> _Probe | None:
    match = _URL.search(mapped.text)
    return None if match is None else _Probe(path, mapped, match)


def _image_probe(image: Image, stage: dockerfile.Stage) -> _Probe | None:
    check = image.last(stage, dockerfile.Healthcheck)
    return None if check is None or check.none else _probe(image.path, check.arguments)


def _image_server(image: Image, stage: dockerfile.Stage) -> _Serving | None:
    for kind in (dockerfile.Cmd, dockerfile.Entrypoint):
        instruction = image.last(stage, kind)
        for process in processes.of_command(instruction.command) if instruction is not None else ():
            if process.server is not None:
                return _Serving(process.server, Site(image.path, process.span))
    return None


def _service_probe(project: Project, service: Service) -> _Probe | None:
    check = yaml.resolve(service.get("healthcheck"))
    test = yaml.resolve(check.get("test")) if isinstance(check, yaml.Mapping) else None
    if not isinstance(test, (yaml.Scalar, yaml.Sequence)):
        return None
    # Compose resolves a text to the list [CMD-SHELL, text].
    for index, scalar in enumerate(test.strings(), 1 if isinstance(test, yaml.Scalar) else 0):
        probe = _probe(service.path, scalar.mapped)
        if probe is not None:
            places = service_places(project, service, f"healthcheck / test / {index}")
            return _Probe(probe.path, probe.mapped, probe.match, places)
    return None


def _service_server(project: Project, service: Service) -> _Serving | None:
    for command in service.command:
        for process in processes.of_compose(command):
            if process.server is not None:
                server = _of_script(project, service) if process.server.program == "python" else process.server
                return None if server is None else _Serving(server, Site(service.path, process.span))
    return None


def _of_script(project: Project, service: Service) -> Server | None:
    """What the script of `python script.py` says of its server; nothing where it is not there to be read."""
    for run in of_layers(project, with_layer(project, service)):
        server = full_server(project, run)
        if server is not None and server.port is not None:
            return server
    return None


def _services(project: Project) -> Iterator[tuple[Service, Image | None]]:
    """Each service with the image it is built from, if it is built here."""
    by_site = {call.at: image for image in images(project) for call in image.builds}
    for _, written in written_services(project):
        for service in written:
            build = service.build
            image = None if build is None else by_site.get(Site(service.path, build.node.span))
            yield service, image
