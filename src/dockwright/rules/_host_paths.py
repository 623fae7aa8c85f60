"""What the rules on mounts of the host share: which of its paths a service sees, and which of them make it root."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath
from typing import NamedTuple

from dockwright.facts.privileges import ROOT_PATHS, SOCKET_FOLDERS, SOCKETS
from dockwright.project.compose import ComposeFile, Service, Volume, settled, text
from dockwright.project.merged import Merged
from dockwright.project.model import Project, view
from dockwright.project.stacks import compose_files
from dockwright.syntax import yaml


class HostPath(NamedTuple):
    """A path of the host that a layer of a service mounts: normalised, `/run` for `/var/run`, `~` as it is written."""

    layer: Service
    volume: Volume
    path: str
    writable: bool

    @property
    def holds_socket(self) -> bool:
        """Whether it is the engine's socket, or a folder in which one lies."""
        return self.path.endswith(SOCKETS) or self.path in SOCKET_FOLDERS

    @property
    def makes_root(self) -> bool:
        """Whether a container that has it is root on the host."""
        return self.holds_socket or (self.writable and self.path in ROOT_PATHS)


def host_paths(project: Project, service: Merged) -> Iterator[HostPath]:
    """Every absolute path, or one in a home folder, that a service mounts: by itself, or as a named volume."""
    bound, devices = _bound_volumes(project), {}
    for path in (*service.stack.files, *(layer.path for layer in service.layers)):
        devices.update(bound.get(path, {}))
    for layer in service.layers:
        for volume in layer.volumes:
            written = settled(volume.source.text) if volume.source is not None else None
            if not written:
                continue
            path, options = devices.get(written, (written, ""))
            if path.startswith(("/", "~")):
                told = {*volume.options.split(","), *options.split(",")}
                yield HostPath(layer, volume, _normal(path), "ro" not in told)


def _normal(path: str) -> str:
    """A path as the engine takes it; `/var/run` is a link to `/run` on every host of today."""
    clean = normpath(path)
    clean = "/" + clean.lstrip("/") if clean.startswith("/") else clean
    return clean.removeprefix("/var") if clean == "/var/run" or clean.startswith("/var/run/") else clean


@view
def _bound_volumes(project: Project) -> dict[str, dict[str, tuple[str, str]]]:
    """The named volumes of each compose file that are folders of the host, with those and their options."""
    return {path: dict(_bound(file)) for path, file in compose_files(project).items()}


def _bound(file: ComposeFile) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, node in file.top_level("volumes"):
        options = yaml.resolve(node.get("driver_opts"))
        device = text(options.get("device")) if options is not None else None
        if options is None or device is None or text(node.get("driver")) not in (None, "local"):
            continue
        flags = text(options.get("o")) or ""
        if text(options.get("type")) == "none" or {"bind", "rbind"} & set(flags.split(",")):
            yield name, (settled(device) or "", flags)
