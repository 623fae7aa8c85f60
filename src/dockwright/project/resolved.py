"""Resolved: each stack as `docker compose config --no-interpolate` shows it, read without Compose.

Source: compose-go: `override` for what merges, `transform` for short forms, `normalize` for what is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from posixpath import basename, dirname
from typing import Any

from msgspec import Struct

from dockwright.project.compose import ComposeFile, colon_parts
from dockwright.project.model import Project, Trees, view
from dockwright.project.references import is_relative, join
from dockwright.project.stacks import Look, Stack, compose_files, label, stacks
from dockwright.syntax import yaml
from dockwright.text import Mapped

# Lists and maps of `NAME=value` that are merged as lists, and what makes two of their entries the same.
_NAMED = frozenset({"environment", "labels", "annotations", "args", "sysctls", "extra_hosts", "additional_contexts"})
_LISTS = frozenset({"dns", "dns_opt", "dns_search", "tmpfs", "label_file"})
_UNIQUE = frozenset(
    {"cap_add", "cap_drop", "dns", "dns_opt", "dns_search", "expose", "external_links", "links", "profiles", "tmpfs",
     "security_opt", "device_cgroup_rules", "group_add"}
)  # fmt: skip
_REPLACED = frozenset({"command", "entrypoint", "test"})

_ABSENT = object()
_NOTHING: Mapping[str, str] = {}


class _Tagged(Struct, frozen=True):
    """A value with Compose's own tag: `!reset` takes away what was there, `!override` replaces it."""

    reset: bool
    value: Any


@view
def facts(project: Project) -> Mapping[str, str]:
    """Every leaf of every stack that can be read, by its place as the proof names it; what each resolves to as text."""
    files = compose_files(project)
    return {place: value for stack in stacks(project) for place, value in _facts(project, files, stack).items()}


def differences(project: Project, files: Mapping[str, ComposeFile]) -> tuple[tuple[str, str | None, str | None], ...]:
    """What a project's stacks would resolve to differently with these compose files: place, before, after."""
    found: list[tuple[str, str | None, str | None]] = []
    for stack in stacks(project):
        before, after = _facts(project, compose_files(project), stack), _facts(project, files, stack)
        if before is not after:
            found += [
                (place, before.get(place), after.get(place))
                for place in before.keys() | after.keys()
                if before.get(place) != after.get(place)
            ]
    return tuple(sorted(found, key=lambda difference: difference[0]))


def unread(project: Project, path: str) -> bool:
    """Whether a stack that reads this file, or names it in one that it reads, cannot be resolved here."""
    files = compose_files(project)
    return any(_leaves_of(project, files, stack) is None and _reads(files, stack, path) for stack in stacks(project))


def _reads(files: Mapping[str, ComposeFile], stack: Stack, path: str) -> bool:
    """Whether a stack may read a file: it is one of its own, or is named in one of them or below."""
    todo, seen = list(stack.files), set(stack.files)
    while todo:
        each = todo.pop()
        if each == path or basename(path) in files[each].source.text:
            return True
        more = {other for other in files if other not in seen and basename(other) in files[each].source.text}
        seen |= more
        todo += more
    return False


def resolved(project: Project, stack: Stack) -> dict[str, Any] | None:
    """A stack's services, networks, volumes, secrets and configs; None where a file of it is missing or broken.

    What is read off the files is kept: nothing of it may be changed.
    """
    return _resolved(project.trees, compose_files(project).get, stack)


def _resolved(trees: Trees, look: Look, stack: Stack) -> dict[str, Any] | None:
    loader = _Loader(trees, look)
    model: dict[str, Any] = {}
    for path in stack.files:
        loaded = loader.file(path, stack.project_directory, ())
        if loaded is None:
            return None
        model = dict(_merged(model, loaded, ()))
    return _normal(stack.project_name, model)


def _facts(project: Project, files: Mapping[str, ComposeFile], stack: Stack) -> Mapping[str, str]:
    return _leaves_of(project, files, stack) or _NOTHING


def _leaves_of(project: Project, files: Mapping[str, ComposeFile], stack: Stack) -> Mapping[str, str] | None:
    """What a stack resolves to with these files, which hangs on those of them that it reads."""
    place = f"stack {label(project, stack)}"

    def compute(look: Look) -> Mapping[str, str] | None:
        model = _resolved(project.trees, look, stack)
        return None if model is None else dict(_leaves(place, model, stack.project_directory))

    key = (place, stack.files, stack.project_directory, stack.project_name)
    return project.trees.looked_up(_leaves_of, key, files.get, compute)


class _Loader:
    """Reads a stack's files with what they include and extend."""

    def __init__(self, trees: Trees, look: Look) -> None:
        self.trees = trees
        self.look = look

    def file(self, path: str, directory: str, seen: tuple[str, ...]) -> dict[str, Any] | None:
        """A file's model, its paths relative to the root; None where it cannot be read."""
        file = self.look(path)
        if file is None or file.root is None or path in seen:
            return None
        model: dict[str, Any] = {}
        for include in file.includes:
            other = join(directory, include.value)
            loaded = self.file(other, dirname(other), (*seen, path))
            if loaded is None:
                return None
            model = _merged(model, loaded, ())
        written = self.data(file)
        services = written.get("services")
        own = {key: value for key, value in written.items() if key not in ("include", "version")}
        if isinstance(services, dict):
            own["services"] = {}
            for name in services:
                service = self.service(path, name, directory, ())
                if service is None:
                    return None
                own["services"][name] = service
        for section in ("secrets", "configs"):
            if isinstance(entries := own.get(section), dict):
                own[section] = {name: _at_root(entry, directory) for name, entry in entries.items()}
        return dict(_merged(model, own, ())) if file.includes else own

    def data(self, file: ComposeFile) -> dict[str, Any]:
        """A file as plain data, read once for all stacks."""
        return self.trees.kept(_data, file.path, (file,), lambda: _data(file.root))

    def service(self, path: str, name: str, directory: str, seen: tuple[tuple[str, str], ...]) -> dict[str, Any] | None:
        """A service with what it extends below it."""
        file = self.look(path)
        if file is None or (path, name) in seen or name not in file.services:
            return None
        services = self.data(file)["services"]
        written = services.get(name) if isinstance(services, dict) else None
        if not isinstance(written, dict):
            return None
        own = _canonical(written, directory)
        extends = own.pop("extends", None)
        if extends is None:
            return own
        said = extends if isinstance(extends, dict) else {"service": extends}
        other, folder = path, directory
        if said.get("file"):
            other = join(directory, str(said["file"]))
            folder = dirname(other)
        base = self.service(other, str(said.get("service", name)), folder, (*seen, (path, name)))
        return None if base is None else _merged(base, own, ("services", name))


def _at_root(entry: Any, directory: str) -> Any:
    """A secret or config, its file relative to the root."""
    named = isinstance(entry, dict) and isinstance(entry.get("file"), str)
    return {**entry, "file": _path(directory, entry["file"])} if named else entry


def _data(node: yaml.Node | None) -> Any:
    """A node as data, Compose's tags kept."""
    found = yaml.resolve(node)
    if found is None:
        return None
    tag = found.tag or (node.tag if node is not None else None)
    value: Any
    if isinstance(found, yaml.Scalar):
        value = found.python()
    elif isinstance(found, yaml.Sequence):
        value = [_data(item) for item in found.items]
    else:
        value = {str(yaml.plain(key)): _data(inner) for key, inner in found.entries()}
    if tag in ("!reset", "!override"):
        return _Tagged(tag == "!reset", value)
    return value


# Merging


def _merged(below: Any, above: Any, place: tuple[str, ...]) -> Any:
    """Two layers of one value, `above` the stronger."""
    key = place[-1] if place else ""
    if isinstance(above, _Tagged):
        return _untagged(above)
    if below is _ABSENT or below is None:
        return _untagged(above)
    if above is None:
        return below
    if key in _REPLACED:
        return above
    if key in _LISTS or (key in _NAMED and len(place) > 2):
        return _unique(key, [*_listed(below), *_listed(above)])
    if isinstance(below, dict) and isinstance(above, dict):
        if key == "logging" and above.get("driver", below.get("driver")) != below.get("driver", above.get("driver")):
            return above
        result = dict(below)
        for name, value in above.items():
            joined = _merged(below.get(name, _ABSENT), value, (*place, name))
            if joined is _ABSENT:
                result.pop(name, None)
            else:
                result[name] = joined
        return result
    if isinstance(below, list) and isinstance(above, list):
        return _unique(key, [*below, *above])
    return above


def _untagged(value: Any) -> Any:
    if isinstance(value, _Tagged):
        return _ABSENT if value.reset else value.value
    if isinstance(value, dict):
        inner = {name: _untagged(each) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each is not _ABSENT}
    if isinstance(value, list):
        return [each for each in map(_untagged, value) if each is not _ABSENT]
    return value


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return sorted(name if each is None else f"{name}={_scalar(each)}" for name, each in value.items())
    return list(value) if isinstance(value, list) else [value]


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else _text(value)


def _unique(key: str, entries: list[Any]) -> list[Any]:
    """A merged list without its doubles: the last one counts, at the place of the first."""
    identity = _IDENTITY.get(key) or (_first_part if key in _NAMED or key == "tmpfs" else str)
    if key not in _UNIQUE and key not in _NAMED and key not in _IDENTITY:
        return entries
    found: dict[str, Any] = {}
    for entry in entries:
        found[identity(entry)] = entry
    return list(found.values())


def _first_part(entry: Any) -> str:
    return str(entry).partition("=")[0]


def _target(entry: Any) -> str:
    return str(entry.get("target")) if isinstance(entry, dict) else str(entry)


def _port_identity(entry: Any) -> str:
    ports = _ports([entry])
    return str(sorted(ports[0].items())) if len(ports) == 1 and isinstance(ports[0], dict) else str(entry)


_IDENTITY: Mapping[str, Callable[[Any], str]] = {
    "volumes": _target,
    "devices": _target,
    "secrets": lambda entry: str(entry.get("target") or entry.get("source")),
    "configs": lambda entry: str(entry.get("target") or entry.get("source")),
    "env_file": lambda entry: str(entry.get("path")),
    "ports": _port_identity,
}


# Short forms


def _canonical(service: dict[str, Any], directory: str) -> dict[str, Any]:
    """A service of one file in Compose's long forms, its paths relative to the root; tags stay."""
    return {key: _form(key, value, directory) for key, value in service.items()}


def _form(key: str, value: Any, directory: str) -> Any:
    if isinstance(value, _Tagged):
        return value if value.reset else _Tagged(False, _form(key, value.value, directory))
    match key:
        case "build":
            return _build(value, directory)
        case "depends_on":
            if isinstance(value, list):
                return {name: {"condition": "service_started", "required": True} for name in value}
            if isinstance(value, dict):
                return {name: _awaited(entry) for name, entry in value.items()}
        case "env_file":
            return [_env_file(entry, directory) for entry in (value if isinstance(value, list) else [value])]
        case "networks":
            if isinstance(value, list):
                return dict.fromkeys(value)
        case "volumes":
            if isinstance(value, list):
                return [_volume(entry, directory) for entry in value]
        case "secrets" | "configs":
            if isinstance(value, list):
                return [{"source": entry} if isinstance(entry, str) else entry for entry in value]
        case "devices":
            if isinstance(value, list):
                return [_device(entry) for entry in value]
        case "dns" | "dns_search" | "dns_opt":
            return [value] if isinstance(value, str) else value
    return value


def _build(value: Any, directory: str) -> Any:
    build = {"context": value} if isinstance(value, str) else value
    if not isinstance(build, dict):
        return build
    build = dict(build)
    if isinstance(build.get("context"), str):
        build["context"] = _path(directory, build["context"])
    others = build.get("additional_contexts")
    if isinstance(others, list):
        others = dict(str(entry).split("=", 1) for entry in others if "=" in str(entry))
    if isinstance(others, dict):
        build["additional_contexts"] = {
            name: _path(directory, path) if isinstance(path, str) and "://" not in path else path
            for name, path in others.items()
        }
    if isinstance(build.get("ssh"), str):
        build["ssh"] = [build["ssh"]]
    return build


def _awaited(entry: Any) -> Any:
    return {"required": True, **entry} if isinstance(entry, dict) else entry


def _env_file(entry: Any, directory: str) -> Any:
    said = entry if isinstance(entry, dict) else {"path": entry}
    return {"required": True, **said, "path": _path(directory, str(said.get("path", "")))}


def _volume(entry: Any, directory: str) -> Any:
    if isinstance(entry, dict):
        found: dict[str, Any] = dict(entry)
        if entry.get("type") == "bind" and isinstance(entry.get("source"), str):
            found["source"] = _path(directory, entry["source"])
        if isinstance(entry.get("target"), str):
            found["target"] = _clean(entry["target"])
        return found
    parts = [part.text for part in colon_parts(Mapped.whole(str(entry)))]
    if len(parts) == 1:
        return {"type": "volume", "target": _clean(parts[0]), "volume": {}}
    source, target, *options = (parts[0], _clean(parts[1]), *parts[2:])
    if source[:1] in (".", "/", "~"):
        found = {
            "type": "bind",
            "source": _path(directory, source),
            "target": target,
            "bind": {"create_host_path": True},
        }
    else:
        found = {"type": "volume", "source": source, "target": target, "volume": {}}
    for option in ",".join(options).split(",") if options else ():
        if option == "ro":
            found["read_only"] = True
        elif option == "nocopy" and found["type"] == "volume":
            found["volume"] = {"nocopy": True}
        elif option in ("z", "Z") and found["type"] == "bind":
            found["bind"] = {**found["bind"], "selinux": option}
    return found


def _clean(target: str) -> str:
    return target.rstrip("/") or "/"


def _device(entry: Any) -> Any:
    if not isinstance(entry, str):
        return entry
    source, target, permissions = (*entry.split(":"), "", "")[:3]
    return {"source": source, "target": target or source, "permissions": permissions or "rwm"}


def _path(directory: str, written: str) -> str:
    """A path as the proof shows it: below the root with `./` before it, else as it is."""
    if not is_relative(written) or written.startswith("${") or "://" in written or written.startswith(("git@", "~")):
        return written
    found = join(directory, written)
    return found if found.startswith("..") else f"./{found}" if found else "."


# What Compose fills in


def _normal(project_name: str, model: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"name": project_name}
    result.update({key: value for key, value in model.items() if key != "name" and not key.startswith("x-")})
    services = {name: _complete(service) for name, service in (model.get("services") or {}).items()}
    result["services"] = services
    if any("default" in (service.get("networks") or {}) for service in services.values()):
        result["networks"] = {**(model.get("networks") or {}), "default": (model.get("networks") or {}).get("default")}
    for section in ("networks", "volumes", "secrets", "configs"):
        entries = result.get(section)
        if isinstance(entries, dict):
            result[section] = {name: _named(project_name, name, entry) for name, entry in entries.items()}
    return result


def _complete(service: Any) -> dict[str, Any]:
    found = dict(_untagged(service))
    build = found.get("build")
    if isinstance(build, dict):
        build = {"context": ".", **build}
        if "dockerfile_inline" not in build:
            build.setdefault("dockerfile", "Dockerfile")
        found["build"] = build
    if isinstance(secrets := found.get("secrets"), list):
        found["secrets"] = [
            {**each, "target": each.get("target", f"/run/secrets/{each.get('source')}")}
            if isinstance(each, dict)
            else each
            for each in secrets
        ]
    if isinstance(found.get("ports"), list):
        found["ports"] = _ports(found["ports"])
    if not found.get("networks") and "network_mode" not in found and "provider" not in found:
        found["networks"] = {"default": None}
    implied = [str(link).partition(":")[0] for link in found.get("links") or ()]
    for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
        said = found.get(key)
        if isinstance(said, str) and said.startswith("service:"):
            implied.append(said.removeprefix("service:"))
    implied += [
        entry.partition(":")[0] for entry in found.get("volumes_from") or () if not entry.startswith("container:")
    ]
    if implied:
        started = {"condition": "service_started", "restart": True, "required": True}
        found["depends_on"] = {**dict.fromkeys(implied, started), **(found.get("depends_on") or {})}
    return found


def _named(project_name: str, name: str, entry: Any) -> Any:
    found = dict(entry) if isinstance(entry, dict) else {}
    external = found.get("external")
    if isinstance(external, dict):
        found["external"] = True
        found.setdefault("name", external.get("name", name))
    found.setdefault("name", name if external else f"{project_name}_{name}")
    return found


def _ports(entries: list[Any]) -> list[Any]:
    """Ports in their long form; as they are written where one has a variable, which Compose cannot read then."""
    if any(isinstance(entry, str) and "$" in entry for entry in entries):
        return entries
    found: list[Any] = []
    for entry in entries:
        if isinstance(entry, dict):
            found.append({"mode": "ingress", "protocol": "tcp", **entry})
        else:
            found += _short_port(str(entry))
    return found


def _short_port(written: str) -> Iterator[dict[str, Any]]:
    text, _, protocol = written.partition("/")
    head, _, target = text.rpartition(":")
    host, _, published = head.rpartition(":")
    targets = _range(target)
    outside = _range(published) if published else [""] * len(targets)
    if len(targets) == 1 and len(outside) > 1:
        outside = [published]
    for number, public in zip(targets, outside, strict=False):
        found: dict[str, Any] = {"mode": "ingress", "protocol": protocol or "tcp", "target": int(number)}
        if public:
            found["published"] = public
        if host:
            found["host_ip"] = host.strip("[]")
        yield found


def _range(written: str) -> list[str]:
    first, dash, last = written.partition("-")
    if not dash or not (first.isdigit() and last.isdigit()) or int(last) - int(first) > 10_000:
        return [written]
    return [str(number) for number in range(int(first), int(last) + 1)]


# Leaves

# Without its variable Compose leaves such a path as it is, relative to the project directory.
_DEFAULT_PATH = re.compile(r"^(\$\{\w+:?-)(\.\.?(?:/[^${}]*)?)(?=\}$)")


def _leaves(place: str, value: Any, directory: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if not key.startswith("x-"):
                yield from _leaves(f"{place} / {key}", inner, directory)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(f"{place} / {index}", inner, directory)
    else:
        yield place, _DEFAULT_PATH.sub(lambda match: f"{match[1]}./{join(directory, match[2])}", _text(value))


def _text(value: Any) -> str:
    # JSON knows no difference between 1.0 and 1.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
