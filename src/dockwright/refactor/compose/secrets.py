"""Production's secrets as files: the database's password, and the keys of TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, join, normpath

from dockwright.facts.data_services import data_service
from dockwright.finding import Fix
from dockwright.project.compose import Service, Volume
from dockwright.project.compose_changes import At, ComposeChanges, reached
from dockwright.project.model import Project
from dockwright.project.roles import PRODUCTION
from dockwright.project.running import Running, full_server
from dockwright.project.stacks import Stack
from dockwright.refactor.compose.fixes import fix_of, one_by_one
from dockwright.refactor.compose.stacks import everywhere, looked_at, top_places
from dockwright.refactor.step import Proposal
from dockwright.syntax import yaml

_VARIABLE = re.compile(r"\$\{?(?P<name>[A-Za-z_]\w*)(?::?[-?][^{}]*)?\}?")


class Secrets:
    """Gives production's services their secrets as files, where the image or the code reads files.

    A password that stands in a container's environment is shown by `docker inspect` and inherited by every process.
    """

    name = "compose"
    title = "Production's secrets as files"

    def propose(self, project: Project) -> Proposal:
        """One fix for each service and secret."""
        return Proposal(one_by_one(project, _next))


def _next(project: Project) -> Fix | None:
    for stack, role, runs in looked_at(project):
        if role not in PRODUCTION:
            continue
        for run in runs.values():
            for fix in (_password(project, stack, run), _certificates(project, stack, run)):
                if fix is not None:
                    return fix
    return None


# Passwords of databases


def _password(project: Project, stack: Stack, run: Running) -> Fix | None:
    service = run.service
    known = data_service(service.image)
    if known is None or service.builds or not known.files:
        return None
    changes = ComposeChanges(project)
    for layer in service.layers:
        item = layer.node.item("environment")
        if layer.path not in stack.files or item is None or not isinstance(item.value, yaml.Mapping):
            continue
        for name, (_, value) in layer.environment.items():
            file_name = known.files.get(name)
            match = _VARIABLE.fullmatch(value or "")
            own = item.value.item(name)
            if file_name is None or match is None or own is None or file_name in layer.environment:
                continue
            at, secret = At.of(layer), name.lower()
            affected = reached(project, layer)
            changes.mean(everywhere(affected, "environment", "secrets"))
            changes.mean(top_places(project, layer.path, "secrets"))
            changes.edit(at.path, yaml.set_scalar(changes.file(at.path).tree, _key(changes, at, name), file_name))
            changes.set_in(at, ("environment", file_name), f"/run/secrets/{secret}")
            _add_secret(changes, at, secret)
            changes.set_top(at.path, "secrets", secret, f"environment: {match['name']}")
    return fix_of(changes, f"{stack.name}: {service.name} reads its password from a file")


def _key(changes: ComposeChanges, at: At, name: str) -> yaml.Scalar:
    node = changes.service(at).node.at("environment")
    item = node.item(name) if isinstance(node, yaml.Mapping) else None
    if item is None or not isinstance(item.key, yaml.Scalar):
        raise LookupError(name)
    return item.key


def _add_secret(changes: ComposeChanges, at: At, text: str) -> None:
    node = changes.service(at).node.item("secrets")
    if node is None:
        changes.set(at, "secrets", "- " + text.replace("\n", "\n  "))
    elif isinstance(node.value, yaml.Sequence):
        changes.edit(at.path, yaml.append_element(changes.file(at.path).tree, node.value, text))


# Keys of TLS


def _certificates(project: Project, stack: Stack, run: Running) -> Fix | None:
    """A mounted folder of which the server reads a certificate and a key, as these two files."""
    server = full_server(project, run)
    if server is None or server.certificate is None or server.key is None or run.image is None or run.stage is None:
        return None
    workdir = run.folder
    if workdir is None or "$" in server.certificate + server.key:
        return None
    wanted = {"tls_cert": normpath(join(workdir, server.certificate)), "tls_key": normpath(join(workdir, server.key))}
    for layer, index, volume in _mounts(run, stack):
        folder = volume.target.rstrip("/")
        if not all(path.startswith(f"{folder}/") for path in wanted.values()) or volume.source is None:
            continue
        if any("/" in path.removeprefix(f"{folder}/") for path in wanted.values()):
            continue
        at = At.of(layer)
        changes = ComposeChanges(project)
        affected = reached(project, layer)
        changes.mean(everywhere(affected, "volumes", "secrets"))
        changes.mean(top_places(project, layer.path, "secrets"))
        source = volume.source.text.rstrip("/")
        changes.delete_element(at, "volumes", index)
        for name, target in wanted.items():
            _add_secret(changes, at, f"source: {name}\ntarget: {target}")
            if name not in {key for key, _ in changes.file(at.path).top_level("secrets")}:
                changes.set_top(at.path, "secrets", name, f"file: {source}/{basename(target)}")
        return fix_of(changes, f"{stack.name}: {run.service.name} gets its certificate and key, not their folder")
    return None


def _mounts(run: Running, stack: Stack) -> Iterator[tuple[Service, int, Volume]]:
    for layer in run.service.layers:
        if layer.path in stack.files and layer.node.item("volumes") is not None:
            for index, volume in enumerate(layer.volumes):
                if volume.bind and not volume.long:
                    yield layer, index, volume
