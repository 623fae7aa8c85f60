"""Migrations as a service of their own, which the server waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockwright.facts.data_services import DataService, data_service
from dockwright.facts.start_commands import migrates
from dockwright.finding import Fix
from dockwright.project.compose import Service, text
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.launches import Launch, StartScript, launch, services_waited_for
from dockwright.project.merged import Merged
from dockwright.project.model import Project
from dockwright.project.roles import PRODUCTION
from dockwright.project.running import Running, of_layers, running
from dockwright.project.stacks import Stack
from dockwright.refactor.compose.fixes import fix_of, together
from dockwright.refactor.compose.probes import will_be_healthy
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import yaml
from dockwright.text import Edit, Site, Span

MIGRATE = "migrate"

# What the migration needs of the server: its image, and all that it reads.
_SHARED = (
    "image",
    "pull_policy",
    "platform",
    "user",
    "working_dir",
    "env_file",
    "environment",
    "secrets",
    "configs",
    "volumes",
    "extra_hosts",
    "networks",
    "profiles",
)
_COMMENT = "# Runs once before the server, so that replicas never race on the schema."


class Migrations:
    """Takes migrations and waiting out of the server's start.

    The migration becomes a service that runs once, when the database is healthy; the server starts when it has ended
    well, and is the process that gets the signals.
    """

    name = "compose"
    title = "Migrations in a service of their own"

    def propose(self, project: Project) -> Proposal:
        """One fix for each server that migrates, a stack after the other; what they no longer run is named."""
        before = project
        fixes: list[Fix] = []
        deferred: list[Deferred] = []
        dropped: dict[str, StartScript] = {}
        given_up: set[tuple[str, str]] = set()
        while (found := _next(project, given_up)) is not None:
            stack, run, start, runs, role = found
            given_up.add((run.service.place, run.service.name))
            made = _Migration(project, stack, run, start, runs, role).made()
            if isinstance(made, str):
                what = f"make the migrations of {run.service.name} a service of their own"
                deferred.append(Deferred(self.name, what, made, run.service.site))
                continue
            if made is None:
                continue
            fixes.append(made)
            dropped.update({script.source.path: script for script in start.scripts})
            project = project.replace(made.changes)
        for path in dropped:
            if not _still_run(project, path):
                what = f"delete {path}, unless something outside of this project runs it"
                deferred.append(Deferred(self.name, what, "no service starts with it any more", Site(path, Span(0, 0))))
        return Proposal(together(before, fixes), tuple(deferred))


class Servers:
    """Starts the server alone where the image's own command migrates still, and a service of its own has done so."""

    name = "compose"
    title = "Servers start alone"

    def propose(self, project: Project) -> Proposal:
        """One fix for each service whose Dockerfile stayed as it was."""
        before = project
        fixes: list[Fix] = []
        while (fix := _alone(project)) is not None:
            fixes.append(fix)
            project = project.replace(fix.changes)
        return Proposal(together(before, fixes))


def _alone(project: Project) -> Fix | None:
    for stack, _, runs in looked_at(project):
        for run in runs.values():
            start = launch(project, run)
            if start is None or not start.in_image or not _migrated(run, runs):
                continue
            words, layer = run.processes[-1].words, run.service.layers[-1]
            services = reached(project, layer)
            same = all(each.processes == run.processes for each in of_layers(project, services))
            if any("$" in word for word in words) or layer.path not in stack.files or not same:
                continue
            changes = ComposeChanges(project)
            changes.mean(everywhere(services, "command"))
            alone = words[1:] if words[0] == "exec" else words
            changes.set(At.of(layer), "command", "[" + ", ".join(yaml.quote(word) for word in alone) + "]")
            fix = fix_of(changes, f"{stack.name}: {run.service.name} starts its server alone")
            if fix is not None:
                return fix
    return None


def _next(
    project: Project, seen: set[tuple[str, str]]
) -> tuple[Stack, Running, Launch, Mapping[str, Running], str | None] | None:
    for stack, role, runs in looked_at(project):
        for run in runs.values():
            if (run.service.place, run.service.name) in seen or run.image is None:
                continue
            start = launch(project, run)
            if start is not None and not (start.in_image and _migrated(run, runs)):
                return stack, run, start, runs, role
    return None


def _migrated(run: Running, runs: Mapping[str, Running]) -> bool:
    """Whether the service waits for one that migrates already."""
    return any(
        any(migrates(process.words) for process in runs[name].processes)
        for name, dependency in run.service.dependencies.items()
        if name in runs and dependency.condition == "service_completed_successfully"
    )


def _still_run(project: Project, path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(
        any(name in word for process in run.processes for word in process.words)
        for _, runs in running(project)
        for run in runs.values()
    )


class _Migration:
    """The changes for one server of one stack."""

    def __init__(
        self,
        project: Project,
        stack: Stack,
        run: Running,
        start: Launch,
        runs: Mapping[str, Running],
        role: str | None,
    ) -> None:
        self.project = project
        self.stack = stack
        self.run = run
        self.start = start
        self.runs = runs
        self.role = role
        self.changes = ComposeChanges(project)
        self._extending: set[str] = set()

    def made(self) -> Fix | str | None:
        """The fix; the reason why there is none; or None where there is nothing to do in this stack."""
        service, start = self.run.service, self.start
        layer = service.layers[-1]
        if layer.path not in self.stack.files:
            return None
        unready = [name for name in self._waited_for() if not self._healthy(name)]
        if start.scripts and unready:
            return f"nothing tells when {' and '.join(unready)} is ready: it needs a health check first"
        existing = self.runs.get(MIGRATE)
        migrated = existing is not None and any(migrates(each.words) for each in existing.processes)
        if existing is not None and not migrated:
            return f"there is a service called {MIGRATE} that does something else"
        if start.migration is not None and not migrated:
            at = self._home()
            if at is None:
                return f"no file of its stack names its image, which {MIGRATE} would run"
            self._add(at, start.migration)
            if MIGRATE not in self.changes.file(at.path).services:
                return f"{at.path} has no plain list of services that {MIGRATE} could be added to"
        self._start()
        self._depend(migrates_first=start.migration is not None)
        what = f"{self.stack.name}: " + (
            f"migrations of {service.name} in a service of their own"
            if start.migration is not None
            else f"{service.name} starts without waiting by itself"
        )
        fix = fix_of(self.changes, what)
        return "it shares what it would change with other services" if fix is None else fix

    # The server

    def _start(self) -> None:
        """The server's own start: the command without what went before, no entry point."""
        for key, wanted in (("command", self.start.command), ("entrypoint", "" if self.start.entrypoint else None)):
            said = self.run.service.last(key)
            if wanted is None or said is None or said[0].node.item(key) is None:
                continue
            at = At.of(said[0])
            if at.path not in self.stack.files:
                continue  # what it extends has changed already
            self.changes.mean(everywhere(reached(self.project, said[0]), key))
            if wanted:
                self.changes.set(at, key, wanted)
            else:
                self.changes.delete(at, key)
        for script in self.start.scripts:
            self._forget(script)

    def _forget(self, script: StartScript) -> None:
        """Take away the variables that the script alone reads."""
        for layer in self.run.service.layers:
            for name in script.variables & layer.environment.keys():
                item = layer.node.item("environment")
                if item is None or layer.path not in self.stack.files or not isinstance(item.value, yaml.Mapping):
                    continue
                if self._read_elsewhere(name, script):
                    continue
                same = [each.at("environment") for each in _with_environment(self.project, item.value)]
                self.changes.mean(same)
                if len(item.value.items) == 1:
                    self.changes.delete(At.of(layer), "environment")
                else:
                    self.changes.delete_in(At.of(layer), ("environment", name))

    def _read_elsewhere(self, name: str, script: StartScript) -> bool:
        return any(
            name in source.text
            for source in self.project.sources.values()
            if source.path != script.source.path and self.project.kinds.get(source.path) not in ("compose", "env")
        )

    def _depend(self, *, migrates_first: bool) -> None:
        """The server waits for the migration, and for whatever its script waited for until now."""
        service = self.run.service
        own = [layer for layer in service.layers if layer.node.item("depends_on") is not None]
        layer = own[-1] if own else service.layers[-1]
        if layer.path not in self.stack.files:
            return
        waited = set(self._waited_for())
        entries: dict[str, str] = {}
        if migrates_first and MIGRATE not in service.dependencies:
            entries[MIGRATE] = "service_completed_successfully"
        written = layer.node.item("depends_on")
        flat = written is None or isinstance(yaml.resolve(written.value), yaml.Sequence)
        for name, dependency in service.dependencies.items():
            if dependency.layer.node is not layer.node:
                continue
            known = name in waited or data_service(self._image(name)) is not None
            healthy = dependency.condition == "service_started" and known and self._healthy(name)
            if flat or healthy:
                entries[name] = "service_healthy" if healthy else dependency.condition
        for name in waited - service.dependencies.keys():
            if name in self.runs:
                entries[name] = "service_healthy"
        if not entries:
            return
        self.changes.mean(everywhere(reached(self.project, layer), "depends_on"))
        if flat:
            lines = "".join(f"{name}: {{condition: {condition}}}\n" for name, condition in entries.items())
            self.changes.set(At.of(layer), "depends_on", lines)
            return
        for name, condition in entries.items():
            if name in service.dependencies:
                self.changes.set_in(At.of(layer), ("depends_on", name, "condition"), condition)
            else:
                self.changes.set_in(At.of(layer), ("depends_on", name), f"{{condition: {condition}}}")

    def _waited_for(self) -> list[str]:
        found = [name for script in self.start.scripts for name in services_waited_for(self.run.service, script)]
        return [name for name in dict.fromkeys(found) if name in self.runs]

    def _healthy(self, name: str) -> bool:
        return name in self.runs and will_be_healthy(self.project, self.runs[name])

    def _image(self, name: str) -> str | None:
        return self.runs[name].service.image if name in self.runs else None

    # The migration

    def _home(self) -> Service | None:
        """The layer beside which the migration is written: the one of the stack that names the image."""
        found = [layer for layer in self.run.service.layers if layer.path in self.stack.files]
        named = [layer for layer in found if layer.get("image") is not None]
        return named[-1] if named else None

    def _add(self, layer: Service, migration: tuple[str, ...]) -> None:
        lines = [part for key in _SHARED for part in self._shared(layer, key)]
        words = ", ".join(yaml.quote(word) for word in migration)
        lines.append(f"command: [{words}]\n")
        databases = [name for name, _ in self._databases() if self._healthy(name)]
        if databases:
            awaited = "".join(f"  {name}: {{condition: service_healthy}}\n" for name in databases)
            lines.append(f"depends_on:\n{awaited}")
        if self.role in PRODUCTION:
            lines.append('restart: "no"\n')
        self.changes.add_service(layer.path, MIGRATE, "".join(lines), after=layer.name)
        self._comment(layer.path)
        for service in reached(self.project, layer):
            self._mean(service)
            own = service.layers[-1]
            if layer.path not in service.stack.files and own.path not in self._extending:
                self._extending.add(own.path)
                self._extend(own, layer)

    def _mean(self, service: Merged) -> None:
        self.changes.mean([f"{service.place.rpartition(' / ')[0]} / {MIGRATE}"])

    def _extend(self, own: Service, other: Service) -> None:
        """A service of another stack that extends the server needs the migration, too, with what it says itself."""
        extends = own.node.item("extends")
        written = None if extends is None else text(extends.value.get("file"))
        if written is None or MIGRATE in self.changes.file(own.path).services:
            return
        lines = [f"extends:\n  file: {yaml.quote(written)}\n  service: {MIGRATE}\n"]
        lines += [part for key in _SHARED if own.node.item(key) is not None for part in self._shared(own, key)]
        self.changes.add_service(own.path, MIGRATE, "".join(lines), after=own.name)

    def _comment(self, path: str) -> None:
        file = self.changes.file(path)
        if _COMMENT not in file.source.text and MIGRATE in file.services:
            start = file.source.text.rfind("\n", 0, file.services[MIGRATE].key.span.start) + 1
            indent = file.source.text[start : file.services[MIGRATE].key.span.start]
            self.changes.edit(path, [Edit(path, Span(start, start), f"{indent}{_COMMENT}{file.source.newline}")])

    def _shared(self, layer: Service, key: str) -> Iterator[str]:
        """One key of the server in the migration: its value again, or an alias of it where that is shorter."""
        node = self.changes.service(At.of(layer)).node
        item = node.item(key)
        value = node.get(key) if item is None else item.value
        if value is None:
            return
        written = self.changes.file(layer.path).source.slice(value.full_span)
        if isinstance(value, yaml.Alias):
            yield f"{key}: *{value.name}\n"
        elif value.anchor:
            yield f"{key}: *{value.anchor}\n"
        elif isinstance(value, (yaml.Mapping, yaml.Sequence)) and not value.flow:
            if len(value.items) > 1 and item is not None:
                yield f"{key}: *{self._anchor(layer, key)}\n"
            elif len(value.items) == 1:
                yield f"{key}:\n  {written}\n"
        else:
            yield f"{key}: {written}\n"

    def _anchor(self, layer: Service, key: str) -> str:
        """An anchor on a block of the server's."""
        name = f"{layer.name}-{key.replace('_', '-')}"
        file = self.changes.file(layer.path)
        item = self.changes.service(At.of(layer)).node.item(key)
        if item is not None:
            colon = file.source.text.index(":", item.key.full_span.end) + 1
            self.changes.edit(layer.path, [Edit(layer.path, Span(colon, colon), f" &{name}")])
        return name

    def _databases(self) -> Iterator[tuple[str, DataService]]:
        """The databases that the server depends on; the only one of the stack where it says nothing."""
        known = {
            name: service
            for name, run in self.runs.items()
            if (service := data_service(run.service.image)) is not None and service.relational
        }
        own = [name for name in known if name in self.run.service.dependencies]
        for name in own or (list(known) if len(known) == 1 else []):
            yield name, known[name]


def _with_environment(project: Project, node: yaml.Node) -> list[Merged]:
    """Every service that has this very mapping for its environment."""
    return [
        run.service
        for _, runs in running(project)
        for run in runs.values()
        if any(written is node for _, written in run.service.written("environment"))
    ]
