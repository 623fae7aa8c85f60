"""What every service of a production stack has: nothing that it does not need."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dockwright.facts.data_services import data_service
from dockwright.facts.service_limits import DATA, ONE_SHOT, WEB, WORKER, Limits
from dockwright.facts.start_commands import migrates
from dockwright.finding import Fix
from dockwright.project.compose import Service
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project
from dockwright.project.modules import in_tests
from dockwright.project.roles import PRODUCTION, role
from dockwright.project.running import Running
from dockwright.project.stacks import Stack
from dockwright.refactor.compose.fixes import fix_of, together
from dockwright.refactor.compose.networks import is_front
from dockwright.refactor.compose.stacks import everywhere, looked_at
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import dockerfile

_LOGGING = 'driver: local\noptions: {max-size: 10m, max-file: "5"}\n'
_SPARE = "[no-new-privileges:true]"

# Keys that any service may have, and those that only an unprivileged service of the project's own bears.
_COMMON = ("security_opt", "logging")
_OWN = ("read_only", "tmpfs", "cap_drop")

# How Python code writes files: what is written outside of volumes and /tmp needs a writable image.
_WRITES = re.compile(
    r"\bopen\([^()\n]*,\s*(?:mode=)?[\"'][wax]|\.write_(?:text|bytes)\(|FileHandler\(|\.mkdir\(|os\.makedirs\("
    r"|sqlite(?:3\.connect|:///)|\bMEDIA_ROOT\s*=|db\.backends\.sqlite3|shelve\.open\(|FileSystemStorage\("
)


# Options of servers and workers that name a file to write.
_FILES = frozenset(
    {"--logfile", "--log-file", "--access-logfile", "--error-logfile", "--pidfile", "--pid", "--statedb"}
)
_IN_TMP = re.compile(r"/tmp/[\w./-]+")  # noqa: S108
_ANYWHERE = ("-", "/dev/", "/tmp/", "/proc/")  # noqa: S108  # told, and nothing is written there


class Hardening:
    """Takes from production's services what they do not need, and limits the rest. What a service says itself stays."""

    name = "compose"
    title = "Production's services with no more rights than they need"

    def propose(self, project: Project) -> Proposal:
        """One fix for each production stack."""
        before = project
        fixes: list[Fix] = []
        deferred: list[Deferred] = []
        for stack, own_role, _ in list(looked_at(project)):
            if own_role not in PRODUCTION:
                continue
            runs = next(each for other, _, each in looked_at(project) if other == stack)
            plan = _Hardening(project, stack, runs)
            fix = plan.fix()
            deferred += plan.deferred
            if fix is not None:
                fixes.append(fix)
                project = project.replace(fix.changes)
        return Proposal(together(before, fixes), tuple(deferred))


class _Hardening:
    def __init__(self, project: Project, stack: Stack, runs: Mapping[str, Running]) -> None:
        self.project = project
        self.stack = stack
        self.runs = runs
        self.deferred: list[Deferred] = []
        self.changes = ComposeChanges(project)

    def fix(self) -> Fix | None:
        """All that is missing in the stack."""
        wanted: dict[At, dict[str, str]] = {}
        for run in self.runs.values():
            layer = self._layer(run)
            if layer is None:
                continue
            missing = {key: value for key, value in self._keys(run).items() if not run.service.written(key)}
            if missing:
                wanted[At.of(layer)] = missing
                self.changes.mean(everywhere(reached(self.project, layer), *missing))
        for path in dict.fromkeys(at.path for at in wanted):
            self._write(path, {at: keys for at, keys in wanted.items() if at.path == path})
        return fix_of(self.changes, f"{self.stack.name}: services have what they need, and no more")

    def _layer(self, run: Running) -> Service | None:
        """Where it is written: nothing of it may reach a stack for development or tests."""
        own = [layer for layer in run.service.layers if layer.path in self.stack.files]
        for layer in own:
            roles = {role(self.project, each.stack) for each in reached(self.project, layer)}
            if roles <= {*PRODUCTION, None}:
                return layer
        what = f"give {self.stack.name} a file of its own for limits and rights"
        if own and not any(each.what == what for each in self.deferred):
            self._defer(run, what, "its files are read in development, too")
        return None

    def _defer(self, run: Running, what: str, reason: str) -> None:
        self.deferred.append(Deferred(Hardening.name, what, reason, run.service.site))

    # What a service needs

    def _keys(self, run: Running) -> dict[str, str]:
        service = run.service
        if service.text("privileged") == "true" or service.text("network_mode") == "host":
            return {}
        known = data_service(service.image)
        ends = _ends(run)
        found: dict[str, str] = {}
        stays = run.server is not None or is_front(run) or (known is not None and not service.builds)
        if stays and not ends:
            found["restart"] = "unless-stopped"
        found["logging"] = _LOGGING
        if _reads_logs(self.runs):
            del found["logging"]
        limits: Limits | None = None
        if known is not None and not service.builds:
            found["security_opt"] = _SPARE
            if known.stop:
                found["stop_grace_period"] = known.stop
            if known.shared:
                found["shm_size"] = known.shared
            limits = DATA.get(known.title)
        elif is_front(run):
            found["security_opt"] = _SPARE
        elif _is_unprivileged(run):
            found["security_opt"] = _SPARE
            found["cap_drop"] = "[ALL]"
            if self._may_be_read_only(run):
                found["read_only"] = "true"
                found["tmpfs"] = f"[{', '.join(('/tmp', *_made_in_tmp(run)))}]"  # noqa: S108
            server = run.server
            limits = ONE_SHOT if ends else WORKER if server is not None and server.role == "worker" else WEB
        if limits is not None and not any(service.written(key) for key in ("mem_limit", "cpus", "pids_limit")):
            found["deploy"] = _resources(limits)
        return found

    def _may_be_read_only(self, run: Running) -> bool:
        """Whether nothing says that the service writes into its image."""
        if any("beat" in process.words for process in run.processes):
            self._defer(run, f"make {run.service.name} read_only", "the scheduler writes its state into its folder")
            return False
        for process in run.processes:
            for word, following in zip(process.words, (*process.words[1:], ""), strict=True):
                name, equals, value = word.partition("=")
                if name in _FILES and not (value if equals else following).startswith(_ANYWHERE):
                    self._defer(run, f"make {run.service.name} read_only", f"{name} names a file that it writes")
                    return False
        volumes = [volume for layer in run.service.layers for volume in layer.volumes]
        if any("ro" not in volume.options.split(",") and not volume.bind for volume in volumes):
            return True
        for source in self.project.of_kind("python"):
            if not in_tests(source.path) and _WRITES.search(source.text) and not source.path.startswith("scripts/"):
                what = f"make {run.service.name} read_only, with what it writes on a volume"
                self._defer(run, what, f"{source.path} writes files")
                return False
        return True

    # Writing it down

    def _write(self, path: str, wanted: Mapping[At, Mapping[str, str]]) -> None:
        """The keys of one file's services; what several have alike is written once."""
        own = {at: keys for at, keys in wanted.items() if "cap_drop" in keys}
        shared = _alike(wanted, _COMMON)
        shared_own = _alike(own, _OWN)
        blocks: list[tuple[str, dict[str, str], str | None]] = []
        if len(wanted) > 1 and shared.keys() == {"logging"}:
            self._log(path, wanted)
            wanted = {
                at: {key: value for key, value in keys.items() if key != "logging"} for at, keys in wanted.items()
            }
        elif len(wanted) > 1 and shared:
            blocks.append((self._name(path, "hardened"), shared, None))
        if len(own) > 1 and shared_own:
            base = blocks[0][0] if blocks else None
            blocks.append((self._name(path, "app"), shared_own, base))
        for at, keys in wanted.items():
            merged: str | None = None
            left = dict(keys)
            for name, block, base in blocks:
                if all(left.get(key) == value for key, value in block.items()) and (base is None or merged == base):
                    merged = name
                    left = {key: value for key, value in left.items() if key not in block}
            if merged is not None:
                self.changes.merge(at, f"*{merged}")
            for key, value in left.items():
                self.changes.set(at, key, value)
        for name, block, base in blocks:
            lines = f"<<: *{base}\n" if base else ""
            lines += "".join(_line(key, value) for key, value in block.items())
            indented = "".join(f"\n  {line}" for line in lines.splitlines())
            self.changes.insert_top(path, f"x-{name}: &{name}", indented)

    def _log(self, path: str, wanted: Mapping[At, Mapping[str, str]]) -> None:
        """The limits of the logs alone, written once."""
        name = self._name(path, "logging")
        for at in wanted:
            self.changes.set(at, "logging", f"*{name}")
        self.changes.insert_top(path, f"x-{name}: &{name}", "".join(f"\n  {line}" for line in _LOGGING.splitlines()))

    def _name(self, path: str, wanted: str) -> str:
        """A name that no anchor of the file has."""
        text = self.project.sources[path].text
        return wanted if f"&{wanted}\n" not in text and f"x-{wanted}:" not in text else f"{wanted}-service"


def _alike(wanted: Mapping[At, Mapping[str, str]], keys: tuple[str, ...]) -> dict[str, str]:
    """The keys that all of these services get with one and the same value."""
    found: dict[str, str] = {}
    for key in keys:
        values = {each.get(key) for each in wanted.values()}
        if len(values) == 1 and (value := values.pop()) is not None:
            found[key] = value
    return found


def _line(key: str, value: str) -> str:
    if "\n" not in value:
        return f"{key}: {value}\n"
    return f"{key}:\n" + "".join(f"  {line}\n" for line in value.splitlines())


def _resources(limits: Limits) -> str:
    pids = f", pids: {limits.pids}" if limits.pids is not None else ""
    return (
        f'resources:\n  limits: {{cpus: "{limits.cpus}", memory: {limits.memory}{pids}}}\n'
        f"  reservations: {{memory: {limits.reserved}}}\n"
    )


def _ends(run: Running) -> bool:
    """Whether the service is one that does its work and ends."""
    if run.service.text("restart") == "no":
        return True
    return bool(run.processes) and all(migrates(process.words) for process in run.processes)


def _is_unprivileged(run: Running) -> bool:
    """Whether it is a service of the project whose image has an unprivileged user."""
    if run.image is None or run.stage is None or run.service.written("user") or run.service.written("cap_add"):
        return False
    user = run.image.last(run.stage, dockerfile.User)
    return user is not None and user.value.value.partition(":")[0] not in ("root", "0") and "$" not in user.value.value


def _made_in_tmp(run: Running) -> tuple[str, ...]:
    """The folders below /tmp that the image makes and tells its program of: an empty /tmp would hide them."""
    if run.image is None or run.stage is None:
        return ()
    told: dict[str, None] = {}
    made = ""
    for stage in run.image.lineage(run.stage):
        for instruction in stage.instructions:
            if isinstance(instruction, dockerfile.Run):
                made += f"{instruction.arguments.text}\n"
            elif isinstance(instruction, dockerfile.Env):
                told.update((pair.value.value, None) for pair in instruction.pairs if pair.value is not None)
    return tuple(path for path in told if _IN_TMP.fullmatch(path) and path in made)


def _reads_logs(runs: Mapping[str, Running]) -> bool:
    """Whether a service of the stack reads the engine's own log files, which only one driver writes."""
    return any(
        volume.source is not None and volume.source.text.startswith("/var/lib/docker")
        for run in runs.values()
        for layer in run.service.layers
        for volume in layer.volumes
    )
