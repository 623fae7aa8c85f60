"""The environments that a project lacks, made from the one that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import dirname, join, relpath
from typing import Any

from dockwright.facts.base_images import repository
from dockwright.facts.data_services import CONSOLES, data_service
from dockwright.facts.secret_names import names_a_secret
from dockwright.facts.start_commands import migrates
from dockwright.finding import Fix
from dockwright.project.model import Project
from dockwright.project.resolved import model_of
from dockwright.project.roles import role
from dockwright.project.running import Running, full_server
from dockwright.project.stacks import ENVIRONMENTS, Stack, stacks
from dockwright.refactor.compose.for_tests import data_folder
from dockwright.refactor.compose.networks import is_front
from dockwright.refactor.compose.stacks import looked_at, product
from dockwright.refactor.compose.targets import PRODUCTION_STAGE, STAGES
from dockwright.refactor.step import Deferred, Proposal
from dockwright.syntax import dockerfile, yaml
from dockwright.text import Create, Site, Span

_TITLES = {
    "test": "Tests: the application and its databases, which are gone with the stack.",
    "ci": "The pipeline runs what the tests run.",
    "prod": "Production: the image as it is built, and nothing of the host's but what it is given.",
}
_RELOADS = frozenset({"--reload", "--debug", "--use-reloader"})
_SETTING = re.compile(r"(?:[A-Z]+_)*(?:ENV|ENVIRONMENT|STAGE)")
_SWITCHES = {"1": "0", "true": "false", "True": "False", "on": "off", "yes": "no"}
_PASSWORD = re.compile(r"(?P<before>://[^/@\s:]*:)(?P<value>[^/@\s]+)(?P<after>@)")


class UnclearError(ValueError):
    """Something of an environment that only a person can say."""


class Environments:
    """Writes the compose files for tests, for the pipeline and for production where a project has only development.

    They are made from development's services, and from nothing else.
    """

    name = "compose"
    title = "The environments that are missing"

    def propose(self, project: Project) -> Proposal:
        """One fix for each environment."""
        found = {
            own_role: (stack, runs)
            for stack, own_role, runs in looked_at(project)
            if own_role is not None and len(stack.files) == 1
        }
        roles = {role(project, stack) for stack in stacks(project)}
        if "dev" not in found or len(roles & {"dev"}) != 1:
            return Proposal()
        stack, runs = found["dev"]
        own = [run for run in runs.values() if run.image is not None]
        if not own or any(not _has_stages(run) for run in own) or full_server(project, own[0]) is None:
            return Proposal()
        fixes: list[Fix] = []
        deferred: list[Deferred] = []
        for environment in ("test", "ci", "prod"):
            if environment in roles or {"staging"} & roles:
                continue
            path = join(dirname(stack.files[0]), f"docker-compose.{environment}.yml")
            try:
                text = _Made(project, stack, runs, environment, roles).text()
            except UnclearError as unclear:
                what = f"write {path}"
                deferred.append(Deferred(self.name, what, str(unclear), Site(stack.files[0], Span(0, 0))))
                continue
            if not project.exists(path):
                fixes.append(Fix(f"make {path} from {stack.files[0]}", (Create(path, text),), "refit"))
        return Proposal(tuple(fixes), tuple(deferred))


def _has_stages(run: Running) -> bool:
    names = {stage.name for stage in run.image.tree.stages} if run.image is not None else set()
    return {PRODUCTION_STAGE, *STAGES.values()} <= names


class _Made:
    """One environment's file."""

    def __init__(
        self, project: Project, stack: Stack, runs: Mapping[str, Running], environment: str, roles: set[str | None]
    ) -> None:
        self.project = project
        self.stack = stack
        self.runs = runs
        self.environment = environment
        self.roles = roles
        self.folder = dirname(stack.files[0])
        self.image = f"{product(stack)}:{'latest' if environment == 'prod' else environment}"
        self.passwords: dict[str, str] = {}

    def text(self) -> str:
        """The file's text; raises UnclearError."""
        name = f"{product(self.stack)}-{self.environment}"
        head = f"# {_TITLES[self.environment]}\nname: {name}\n"
        if self.environment == "ci":
            tests = next(
                (stack.files[0] for stack in stacks(self.project) if stack.name == "test" and len(stack.files) == 1),
                "docker-compose.test.yml",
            )
            return f"{head}\ninclude:\n  - {relpath(tests, self.folder or '.') if '/' in tests else tests}\n"
        model = model_of(self.project, self.stack).model
        if model is None:
            raise UnclearError("what its services are is said in several places")
        services: dict[str, Any] = model["services"]
        kept = [each for each in self.runs if self._is_wanted(self.runs[each])]
        for each in kept:
            self._learn(services[each], self.runs[each])
        made = {each: self._service(services[each], self.runs[each], kept) for each in kept}
        text = head + "\nservices:\n" + "\n".join(_dumped({each: value}, 1) for each, value in made.items())
        volumes = sorted(
            {
                entry.split(":")[0]
                for service in made.values()
                for entry in service.get("volumes", ())
                if entry[0] not in "./~$"
            }
        )
        return text + ("\nvolumes:\n" + "".join(f"  {each}:\n" for each in volumes) if volumes else "")

    def _is_wanted(self, run: Running) -> bool:
        image = repository(run.service.image or "")
        if run.image is not None:
            if run.service.written("networks") or run.service.written("network_mode"):
                raise UnclearError(f"{run.service.name} has a network of its own")
            return not run.service.written("profiles")
        if data_service(run.service.image) is not None:
            return True
        if image in CONSOLES or self.environment == "test":
            return False
        if is_front(run):
            raise UnclearError(f"{run.service.name} has settings of its own in production")
        raise UnclearError(f"only you know whether {run.service.name} belongs to it")

    # Secrets

    def _learn(self, service: Mapping[str, Any], run: Running) -> None:
        """The passwords that are written out, each with the variable that production reads it from."""
        known = data_service(run.service.image)
        for name, value in _environment(service).items():
            if known is not None and name in known.files and value and "$" not in value:
                self.passwords[value] = name

    def _value(self, name: str, value: str | None) -> str | None:
        """A variable's value in this environment."""
        if self.environment != "prod" or value is None:
            return value
        if _SETTING.fullmatch(name) and ENVIRONMENTS.get(value.lower()) == "dev":
            return "production"
        if name.endswith("DEBUG") and value in _SWITCHES:
            return _SWITCHES[value]
        if name == "DJANGO_SETTINGS_MODULE" and {"dev", "local", "development"} & set(value.split(".")):
            raise UnclearError(f"only you know what {name} is there")
        if names_a_secret(name) and "://" not in value and value:
            variable = re.match(r"\$\{?(\w+)", value)
            return f"${{{variable[1] if variable else name}:?}}"

        def hidden(match: re.Match[str]) -> str:
            written = match["value"]
            if written.startswith("$"):
                return match[0]
            if written not in self.passwords:
                raise UnclearError(f"the password in {name} is written out, and no variable has it")
            return f"{match['before']}${{{self.passwords[written]}:?}}{match['after']}"

        return _PASSWORD.sub(hidden, value)

    # Services

    def _service(self, service: Mapping[str, Any], run: Running, kept: list[str]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if run.image is None:
            made["image"] = service["image"]
        else:
            if run is next(each for each in self.runs.values() if each.image is not None):
                made["build"] = self._build(run)
            made["image"] = self.image
            made["pull_policy"] = "never"
        command = self._command(service, run)
        if command is not None:
            made["command"] = command
        if service.get("env_file"):
            made["env_file"] = self._relative(f"./env/.env.{self.environment}")
        environment = {name: self._value(name, value) for name, value in _environment(service).items()}
        if environment:
            made["environment"] = environment
        self._mounts(service, run, made)
        if self.environment == "prod" and run.image is not None and service.get("ports"):
            made["ports"] = [_port(entry) for entry in service["ports"]]
        check = service.get("healthcheck")
        if check and not (self.environment == "prod" and command is None and _checks_itself(run)):
            made["healthcheck"] = check
        depends = {name: {"condition": each["condition"]} for name, each in (service.get("depends_on") or {}).items()}
        left = {name: each for name, each in depends.items() if name in kept}
        if left:
            made["depends_on"] = left
        if self.environment == "prod" and any(migrates(process.words) for process in run.processes):
            made["restart"] = "no"
        return made

    def _build(self, run: Running) -> dict[str, Any]:
        image = run.image
        if image is None:
            return {}
        made: dict[str, Any] = {"context": self._relative(f"./{image.context}" if image.context else ".")}
        path = relpath(image.path, image.context or ".")
        if path != "Dockerfile":
            made["dockerfile"] = path
        made["target"] = STAGES.get(self.environment, PRODUCTION_STAGE)
        if self.environment == "test" and any(
            isinstance(each, dockerfile.Arg) and any(pair.key.value == "UID" for pair in each.pairs)
            for each in image.tree.instructions
        ):
            made["args"] = {"UID": "${UID:-1000}", "GID": "${GID:-1000}"}
        return made

    def _command(self, service: Mapping[str, Any], run: Running) -> Any:
        """The command without what only development wants; None where the image's own is the same."""
        if run.image is None:
            return service.get("command")
        stage = run.image.by_name[PRODUCTION_STAGE]
        cmd = run.image.last(stage, dockerfile.Cmd)
        default = [word.value for word in cmd.command.words or ()] if cmd is not None else []
        words = [word for word in (run.processes[-1].words if run.processes else ()) if word not in _RELOADS]
        if len(run.processes) != 1 or run.processes[0].in_shell:
            raise UnclearError(f"{run.service.name} starts several commands")
        if words[:2] == default[:2] and self.environment == "prod":
            return None
        return words

    def _mounts(self, service: Mapping[str, Any], run: Running, made: dict[str, Any]) -> None:
        folder = data_folder(run.service.image)
        if run.image is None and self.environment == "test":
            if folder is not None:
                made["tmpfs"] = [folder]
            return
        volumes = []
        for entry in service.get("volumes") or ():
            if entry.get("type") == "bind" and self.environment == "test":
                volumes.append(self._mount(self._relative(entry["source"]), entry))
            elif entry.get("type") == "volume" and entry.get("source") and self.environment == "prod":
                volumes.append(self._mount(entry["source"], entry))
            elif entry.get("type") == "bind" and run.image is None:
                raise UnclearError(f"{run.service.name} mounts {entry['source']}")
        if volumes:
            made["volumes"] = volumes

    def _mount(self, source: str, entry: Mapping[str, Any]) -> str:
        return f"{source}:{entry['target']}" + (":ro" if entry.get("read_only") else "")

    def _relative(self, path: str) -> str:
        """A path of the root, as this file has to write it."""
        if not path.startswith("."):
            return path
        found = relpath(path, self.folder or ".")
        return found if found.startswith(".") else f"./{found}"


def _checks_itself(run: Running) -> bool:
    """Whether the image for production has a health check of its own."""
    return (
        run.image is not None
        and run.image.last(run.image.by_name[PRODUCTION_STAGE], dockerfile.Healthcheck) is not None
    )


def _environment(service: Mapping[str, Any]) -> dict[str, str | None]:
    said = service.get("environment") or {}
    if isinstance(said, list):
        pairs = (str(entry).partition("=") for entry in said)
        return {name: value if equals else None for name, equals, value in pairs}
    return {name: None if value is None else _text(value) for name, value in said.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _port(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    host = f"{entry['host_ip']}:" if entry.get("host_ip") else ""
    published = f"{entry['published']}:" if entry.get("published") else ""
    protocol = f"/{entry['protocol']}" if entry.get("protocol", "tcp") != "tcp" else ""
    return f"{host}{published}{entry['target']}{protocol}"


# Writing


def _dumped(value: Mapping[str, Any], depth: int) -> str:
    """A mapping as YAML, in the layout that people write compose files in."""
    indent = "  " * depth
    lines = []
    for key, each in value.items():
        if isinstance(each, dict) and key != "args" and not (len(each) == 1 and "condition" in each):
            lines.append(f"{indent}{key}:\n{_dumped(each, depth + 1)}")
        elif isinstance(each, list) and key in ("volumes", "ports"):
            lines.append(f"{indent}{key}:\n" + "".join(f"{indent}  - {_entry(key, entry)}\n" for entry in each))
        else:
            lines.append(f"{indent}{key}:{_flow(each)}\n")
    return "".join(lines)


def _entry(key: str, value: str) -> str:
    # YAML 1.1 reads `22:22` as a number in base 60.
    return f'"{value}"' if key == "ports" else _scalar(value)


def _flow(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " [" + ", ".join(_scalar(each) for each in value) + "]"
    if isinstance(value, dict):
        return " {" + ", ".join(f"{key}:{_flow(each)}" for key, each in value.items()) + "}"
    return f" {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    written = yaml.quote(value)
    if "$" in value and written == value and set(value) & set("{},[]"):
        return f'"{value}"'
    return written
