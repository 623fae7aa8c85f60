"""Health checks for the servers of the project, by what their images have anyway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.facts.base_images import repository
from dockwright.facts.data_services import DataService, data_service, probe, probe_fits
from dockwright.finding import Fix
from dockwright.project.compose import Service
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project, view
from dockwright.project.modules import module_file
from dockwright.project.python_side import applications, health_routes
from dockwright.project.running import Running, full_server, of_layers, script
from dockwright.project.serving import Server
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile, yaml

_TIMES = "interval: 10s\ntimeout: 3s\nretries: 5\nstart_period: 30s\nstart_interval: 1s\n"
_DATA_TIMES = "interval: 10s\ntimeout: 5s\nretries: 5\nstart_period: 30s\nstart_interval: 1s\n"
_SLOW_TIMES = "interval: 30s\ntimeout: 10s\nretries: 3\nstart_period: 30s\nstart_interval: 5s\n"

_ASKED = re.compile(r"(?P<scheme>https?)://[^/:\s'\"]+(?::(?P<port>\d+))?|\(\s*['\"][\w.]+['\"],\s*(?P<tcp>\d+)\)")


class Probe(Struct, frozen=True):
    """A health check: the words of its `test`, and its times as YAML text."""

    test: tuple[str, ...]
    times: str = _TIMES

    @property
    def text(self) -> str:
        """The value of `healthcheck`."""
        words = ", ".join(f'"{word}"' if " " in word and '"' not in word else yaml.quote(word) for word in self.test)
        return f"test: [{words}]\n{self.times}"


class Probes:
    """Asks every server whether it is well: its health route, or its port where it has none.

    By Python's standard library, so that the image needs no curl. A worker is asked by its own tool.
    """

    name = "compose"
    title = "Health checks for the servers"

    def propose(self, project: Project) -> Proposal:
        """One fix for each server."""
        return Proposal(one_by_one(project, _next))


def will_be_healthy(project: Project, run: Running) -> bool:
    """Whether a service has a health check, or gets one: from here, or as a data service that others wait for."""
    service = run.service
    if service.healthcheck is not None:
        return True
    if service.last("healthcheck") is not None:
        return False
    return probe_of(project, run) is not None


def probe_of(project: Project, run: Running) -> Probe | None:
    """The health check that fits a service; None where its server does not say enough."""
    known = data_service(run.service.image)
    if known is not None and not run.service.builds:
        return _data(run, known)
    if run.image is None or run.stage is None:
        return None
    server = full_server(project, run)
    if server is None:
        return None
    if server.role == "worker":
        return _worker(run, server)
    base = repository(run.image.base(run.stage))
    if not isinstance(server.port, int) or not ("python" in base or "uv" in base.split("/")):
        return None
    route = _route(project, run, server)
    if route is None:
        return Probe(_python(f"import socket; socket.create_connection(('localhost', {server.port}), 2).close()"))
    url = f"{server.scheme}://localhost:{server.port}{route}"
    if server.scheme == "https":
        # The certificate is for the name that people use, and this asks by another.
        context = "context=ssl._create_unverified_context()"
        return Probe(_python(f"import ssl, urllib.request as r; r.urlopen('{url}', timeout=2, {context})"))
    return Probe(_python(f"import urllib.request as r; r.urlopen('{url}', timeout=2)"))


def _data(run: Running, known: DataService) -> Probe | None:
    words = [word.value for _, node in run.service.written("command") for word in node.strings()]
    test = probe(run.service.image or "")
    if not test or not probe_fits(known, words) or run.service.written("entrypoint"):
        return None
    return Probe(test, _DATA_TIMES.replace("30s", "90s") if known.slow else _DATA_TIMES)


def _python(code: str) -> tuple[str, ...]:
    return ("CMD", "python", "-c", code)


def _worker(run: Running, server: Server) -> Probe | None:
    words = next((process.words for process in run.processes if process.server is not None), ())
    named = any(word in ("-n", "--hostname") or word.startswith(("-n=", "--hostname=")) for word in words)
    if len(run.processes) > 1 or server.program != "celery" or server.app is None or "worker" not in words or named:
        return None
    return Probe(("CMD-SHELL", f'celery -A {server.app} inspect ping -d "celery@$$HOSTNAME"'), _SLOW_TIMES)


@view
def _apps_files(project: Project) -> frozenset[str]:
    return frozenset(app.path for app in applications(project) if not app.in_tests)


def _route(project: Project, run: Running, server: Server) -> str | None:
    """The health route of what a server serves: in the app's own file, or below its folder and of no other app."""
    path = _app_file(project, run, server)
    if path is None:
        return None
    frameworks = {app.framework for app in applications(project) if app.path == path}
    # Django answers only to the hosts that its settings allow, and this middleware does the same.
    guarded = any("TrustedHostMiddleware" in source.text for source in project.of_kind("python"))
    if "django" in frameworks or guarded:
        return None
    routes = [each for each in health_routes(project) if each.complete]
    own = [each.route for each in routes if each.path == path]
    if own:
        return own[0]
    folder = dirname(path)
    others = _apps_files(project) - {path}
    below = [
        each for each in routes if each.path.startswith(f"{folder}/" if folder else "") and each.path not in others
    ]
    return below[0].route if below else None


def _app_file(project: Project, run: Running, server: Server) -> str | None:
    words = next((process.server for process in run.processes if process.server is not None), None)
    if words is not None and words.program == "python" and words.app is not None:
        return script(project, run, words.app)
    app = server.app
    if app is None or run.image is None:
        return None
    module = app.partition(":")[0]
    context = run.image.context
    found = module_file(module, f"{context}/x" if context else "x", project.sources)
    if found is not None:
        return found
    return next((each.path for each in applications(project) if each.module == module), None)


def _next(project: Project) -> Fix | None:
    for stack, _, runs in looked_at(project):
        for run in runs.values():
            if run.service.last("healthcheck") is not None or _in_image(project, run):
                continue
            # A database is asked here where somebody waits for the answer already.
            if data_service(run.service.image) is not None and not _is_awaited(run, runs):
                continue
            check = probe_of(project, run)
            for layer in _layers(run) if check is not None else ():
                fix = _written(project, layer, check, f"{stack.name}: ask {run.service.name} whether it is well")
                if fix is not None:
                    return fix
    return None


def _is_awaited(run: Running, runs: Mapping[str, Running]) -> bool:
    return any(
        awaited.condition == "service_healthy"
        for other in runs.values()
        if (awaited := other.service.dependencies.get(run.service.name)) is not None
    )


def _layers(run: Running) -> list[Service]:
    """Where a health check may be written, the best place first: where the command is, where the image is."""
    found = [said[0] for key in ("command", "build", "image") if (said := run.service.last(key)) is not None]
    own = [layer for layer in (*found, run.service.layers[-1]) if layer.path in run.service.stack.files]
    return list({id(layer.node): layer for layer in own}.values())


def _written(project: Project, layer: Service, check: Probe | None, title: str) -> Fix | None:
    """The health check in this layer, if it fits all services that read it."""
    services = reached(project, layer)
    changes = ComposeChanges(project)
    for each in of_layers(project, services):
        if each.service.last("healthcheck") is not None or probe_of(project, each) == check:
            continue
        own = each.service.layers[-1]
        if each.service.stack.name != "devcontainer" or own.node is layer.node:
            return None
        # There the editor starts the server, and nothing is to be asked before.
        changes.set(At.of(own), "healthcheck", "{disable: true}")
    changes.mean(everywhere(services, "healthcheck"))
    if check is not None:
        changes.set(At.of(layer), "healthcheck", check.text)
    return fix_of(changes, title)


def _in_image(project: Project, run: Running) -> bool:
    """Whether the image's own check asks what this service serves."""
    if run.image is None or run.stage is None:
        return False
    check = run.image.last(run.stage, dockerfile.Healthcheck)
    if check is None or check.none:
        return False
    if not run.own_command:
        return True
    server = full_server(project, run)
    asked = _ASKED.search(check.arguments.text)
    if asked is None or server is None:
        return False
    port = asked["port"] or asked["tcp"]
    return (asked["tcp"] is not None or asked["scheme"] == server.scheme) and port == str(server.port)
