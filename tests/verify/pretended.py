"""A pretended engine, and stacks as it would tell of them: what each check sees is written in its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

from dockwright.tools import Answer, Ran, StackFiles
from dockwright.verify.evidence import Evidence
from dockwright.verify.kernel import Kernel, kernel
from dockwright.verify.live import Container, Live
from dockwright.verify.secrets import Secrets

_T = TypeVar("_T")

STACK = StackFiles(("compose.yml",), (), "", None)
DEFAULT_BOUNDS = "00000000a80425fb"


class Pretended:
    """Answers `docker` by the first of `said` whose words are all in the call; servers by URL."""

    def __init__(
        self, said: Mapping[str, Ran | str] | None = None, servers: Mapping[str, Answer] | None = None
    ) -> None:
        self.said = dict(said or {})
        self.servers = servers or {}
        self.asked: list[str] = []

    def docker(self, *arguments: str, given: str = "", seconds: float = 60) -> Ran:
        call = " ".join(arguments)
        self.asked.append(call)
        for words, answer in self.said.items():
            if all(word in call for word in words.split()):
                return answer if isinstance(answer, Ran) else Ran(0, answer)
        return Ran(1, "", "no such thing")

    def compose(self, stack: StackFiles, *arguments: str, seconds: float = 60) -> Ran:
        return self.docker("compose", *arguments, seconds=seconds)

    def request(self, url: str, certificates: Sequence[str]) -> Answer:
        return self.servers.get(url, Answer(None, "the connection is refused"))

    @contextmanager
    def copied(self, folder: str, left_out: Callable[[str], bool], added: Mapping[str, str]) -> Iterator[str]:
        self.asked.append(f"copy {folder} with {', '.join(added)}")
        yield "/copy"

    def at_once(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        return [call() for call in calls]

    def sleep(self, seconds: float) -> None:
        self.asked.append("sleep")


def status(name: str = "server", pid: int = 1, parent: int = 0, uid: int = 1000, **fields: str) -> str:
    """A `/proc/PID/status`."""
    said = {"CapBnd": DEFAULT_BOUNDS, "NoNewPrivs": "0", "Seccomp": "2", **fields}
    rest = "".join(f"{key}:\t{value}\n" for key, value in said.items())
    return f"Name:\t{name}\nPid:\t{pid}\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n{rest}"


def kernel_says(*processes: str, uid: int = 1000, user: str = "appuser", root: str = "rw", **limits: str) -> Kernel:
    """What a container's kernel says; limits by the names of their files, `__` for `/` and `_` for a dot."""
    lines = "".join(f"{name.replace('__', '/').replace('_', '.', 1)} {value}\n" for name, value in limits.items())
    mounts = f"overlay / overlay {root},relatime 0 0\n"
    return kernel(f"{''.join(processes or [status()])}#user\n{uid}\n{user}\n#mounts\n{mounts}#limits\n{lines}")


def container(
    service: str = "app",
    *,
    image: str = "project:dev",
    seen: Kernel | None = None,
    env: Mapping[str, str] | None = None,
    ports: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    state: Mapping[str, Any] | None = None,
    **config: Any,
) -> Container:
    """A container that runs well, but for what is said."""
    about = {
        "Id": f"id-{service}",
        "Image": f"sha256:{service}",
        "State": {"Status": "running", "Running": True, "StartedAt": "2026-01-01T00:00:00Z", **(state or {})},
        "Config": {
            "Image": image,
            "User": "1000:1000",
            "WorkingDir": "/app",
            "Env": [f"{name}={value}" for name, value in (env or {}).items()],
            "Labels": {"com.docker.compose.service": service},
            **config,
        },
        "NetworkSettings": {
            "Ports": {
                target: [{"HostIp": address, "HostPort": port} for address, port in bindings]
                for target, bindings in (ports or {}).items()
            },
            "Networks": {"project_default": {"IPAddress": "172.18.0.2"}},
        },
        "Mounts": [],
    }
    return Container(service, about, seen if seen is not None else kernel_says())


def live(
    *containers: Container,
    production: bool = False,
    for_tests: bool = False,
    secrets: Mapping[str, str] | None = None,
    images: Mapping[str, Any] | None = None,
    **services: Any,
) -> Live:
    """A stack whose service `app` is built here."""
    model = {
        "name": "project",
        "services": {"app": {"build": {"context": "/project"}, "image": "project:dev"}, **services},
    }
    about = {"SecurityOptions": ["name=seccomp,profile=builtin"]}
    return Live(
        STACK,
        model,
        containers,
        Secrets(secrets or {}),
        about,
        production=production,
        for_tests=for_tests,
        images=images or {},
    )


def inspected(*containers: Container) -> str:
    """What `docker inspect` prints of them."""
    return msgspec.json.encode([each.about for each in containers]).decode()


def verdicts(evidence: Any) -> list[tuple[str, str]]:
    """Subject and verdict of each."""
    found: list[Evidence] = list(evidence)
    return [(each.subject, each.verdict) for each in found]
