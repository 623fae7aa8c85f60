"""A pretended machine and its engine, both healthy but for what a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dockwright.doctor.case import Case
from dockwright.errors import DockwrightError
from dockwright.project.discover import discover
from dockwright.project.loader import Call, Files, resolved
from dockwright.project.model import Project
from dockwright.project.stacks import stacks
from dockwright.tools import Account, HostFile, Listener, Ran, Space, StackFiles
from verify.pretended import Pretended

NOW = datetime.now(UTC).replace(microsecond=0)
GIGABYTE = 10**9


class PretendedHost:
    """The files are those of the disk, and belong to the user 1000; the rest is as it is told."""

    def __init__(
        self,
        *,
        system: str = "linux",
        machine: str = "amd64",
        programs: Sequence[str] = ("docker", "apt-get"),
        account: Account | None = None,
        listeners: Sequence[Listener] = (),
        spaces: Mapping[str, Space] | None = None,
        files: Mapping[str, HostFile] | None = None,
        contents: Mapping[str, bytes] | None = None,
        sockets: Mapping[str, str] | None = None,
        readers: Mapping[str, frozenset[int]] | None = None,
        now: datetime = NOW,
    ) -> None:
        docker = frozenset({"docker"})
        self.system, self.machine, self._programs = system, machine, programs
        self._account = account or Account(1000, 1000, "ada", docker, docker)
        self._listeners, self._spaces, self._files = listeners, spaces or {}, files or {}
        self._contents, self._sockets, self._readers, self._now = contents or {}, sockets or {}, readers or {}, now

    def clock(self) -> float:
        return self._now.timestamp()

    def account(self) -> Account:
        return self._account

    def program(self, name: str) -> str | None:
        return f"/usr/bin/{name}" if name in self._programs else None

    def listeners(self) -> Sequence[Listener]:
        return self._listeners

    def space(self, path: str) -> Space | None:
        return self._spaces.get(path) or Space(100 * GIGABYTE, 500 * GIGABYTE, 10**6, 10**7)

    def file(self, path: str) -> HostFile | None:
        for ending, found in self._files.items():
            if path.endswith(ending):
                return found
        there = Path(path)
        if not there.exists():
            return None
        kind = "folder" if there.is_dir() else "file"
        return HostFile(kind, there.stat().st_mode & 0o7777, 1000, 1000, True, True, NOW.timestamp() - 60)

    def listed_readers(self, path: str) -> frozenset[int]:
        return next((users for ending, users in self._readers.items() if path.endswith(ending)), frozenset())

    def read(self, path: str, most: int = 1_000_000) -> bytes | None:
        if path in self._contents:
            return self._contents[path]
        return Path(path).read_bytes()[:most] if Path(path).is_file() else None

    def connects(self, path: str) -> str:
        return self._sockets.get(path, "")


class PretendedEngine(Pretended):
    """An engine on which nothing runs; Compose resolves as dockwright's own loader does.

    It reads the files each time, unless it is given the project as it stays.
    """

    def __init__(self, root: Path, said: Mapping[str, Ran | str] | None = None, project: Project | None = None) -> None:
        server = {"Client": {"Version": "28.5.2"}, "Server": {"Version": "28.5.2", "Arch": "amd64", "Os": "linux"}}
        info = {"DockerRootDir": "/var/lib/docker", "OperatingSystem": "Debian GNU/Linux 12", "Architecture": "x86_64"}
        healthy = {
            "version --format json": msgspec.json.encode(server).decode(),
            "info SystemTime": f"{NOW:%Y-%m-%dT%H:%M:%S}.123456789Z\n",
            "info json": msgspec.json.encode(info).decode(),
            "compose version": "2.40.3\n",
            "buildx version": "github.com/docker/buildx v0.29.1 abc\n",
            "context inspect": "unix:///var/run/docker.sock default\n",
            "image inspect --format": "amd64\n",
            "image inspect": '[{"Id": "sha256:1", "Architecture": "amd64", "Config": {}}]',
            "compose build": "",
            "ps": "",
            "ls": "",
        }
        super().__init__(
            {**dict(said or {}), **{call: answer for call, answer in healthy.items() if call not in (said or {})}}
        )
        self.root, self.project = root, project

    def compose(self, stack: StackFiles, *arguments: str, seconds: float = 60) -> Ran:
        if arguments[:1] != ("config",):
            return super().compose(stack, *arguments, seconds=seconds)
        project = self.project or discover(str(self.root))
        call = Call(stack.files, stack.env_files, stack.project_directory, stack.project_name)
        try:
            model: Any = resolved(Files(project.sources, project.name, None, project.trees), call, ENVIRONMENT)
        except DockwrightError as error:
            return Ran(1, "", str(error))
        return Ran(0, msgspec.json.encode(model).decode())


ENVIRONMENT = {"HOME": "/home/ada", "UID": "1000", "GID": "1000"}


def case(
    root: Path,
    host: PretendedHost | None = None,
    said: Mapping[str, Ran | str] | None = None,
    *,
    installed: bool = True,
    environ: Mapping[str, str] | None = None,
) -> Case:
    """A project on a machine; `said` is what docker answers otherwise than a healthy one."""
    project = discover(str(root))
    engine = PretendedEngine(root, said, project) if installed else None
    return Case(project, stacks(project), host or PretendedHost(), engine, {**ENVIRONMENT, **(environ or {})})


def container(
    name: str, *, project: str = "", service: str = "", folder: str = "", ports: Mapping[str, str] = {}
) -> Any:
    """What `docker inspect` says of a container that runs; `ports` are those of the host by the container's."""
    labels = {
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.project.working_dir": folder,
        "com.docker.compose.project.config_files": f"{folder}/compose.yaml",
    }
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "State": {"Status": "running", "Running": True},
        "Config": {"Image": "shop:dev", "Labels": labels if project else {}},
        "NetworkSettings": {"Ports": {key: [{"HostIp": "0.0.0.0", "HostPort": port}] for key, port in ports.items()}},
    }


def running(*containers: Any) -> dict[str, Ran | str]:
    """What docker answers where these containers run."""
    return {
        "inspect id-": msgspec.json.encode(containers).decode(),
        "ps -aq --no-trunc --filter": "",
        "ps -aq": "\n".join(each["Id"] for each in containers),
    }
