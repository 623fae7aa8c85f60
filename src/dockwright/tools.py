"""Protocols of the outside tools. `cli/` passes in what `engine/` implements, tests pass in their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

_T = TypeVar("_T")


class StackFiles(Struct, frozen=True):
    """What a resolver needs to know of a stack: paths below the root, as `docker compose` would be given them."""

    files: tuple[str, ...]
    env_files: tuple[str, ...]
    project_directory: str
    project_name: str | None


class Resolved(Struct, frozen=True):
    """A stack's resolved model with the root's path written as `.`, or the reason why there is none."""

    model: Mapping[str, Any] | None
    error: str | None = None


class ComposeResolver(Protocol):
    """Resolves stacks as Compose does, without starting anything."""

    def resolve(self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]) -> list[Resolved]:
        """Each stack's model in a project that holds just these files, by path."""
        ...


class Changed(Struct, frozen=True):
    """What has changed since a revision: by path, the first and last line of each range; None for a new file."""

    lines: Mapping[str, Sequence[tuple[int, int]] | None]

    def touches(self, path: str, first: int, last: int) -> bool:
        """Whether one of these lines of a file has changed."""
        if path not in self.lines:
            return False
        ranges = self.lines[path]
        return ranges is None or any(low <= last and first <= high for low, high in ranges)


class Git(Protocol):
    """Tells what has changed in a checkout."""

    def changed_since(self, folder: str, revision: str) -> Changed:
        """What has changed below a folder since a revision; paths are relative to the folder."""
        ...


class ShellScript(Struct, frozen=True):
    """A text that a shell reads: `dialect` is sh, dash, bash, ksh or busybox, `variables` are set from outside."""

    text: str
    dialect: str
    variables: frozenset[str] = frozenset()


class ShellRemark(Struct, frozen=True):
    """What an analyser says of the script `index`: `start` and `end` are characters of its text.

    `level` is error, warning, info or style; `code` is a number of ShellCheck's wiki.
    """

    index: int
    code: int
    level: str
    message: str
    start: int
    end: int


class ShellAnalyser(Protocol):
    """Reads shell scripts without running them."""

    def analyse(self, scripts: Sequence[ShellScript]) -> Callable[[], list[ShellRemark]]:
        """Start to read these scripts, and go on; what is wrong in them, in their order, is had by a call."""
        ...


class SeenSecret(Struct, frozen=True):
    """Where a secret stands in a file, in characters; what it is for is `kind`. The value is left where it stands."""

    path: str
    kind: str
    start: int
    end: int


class SecretDetector(Protocol):
    """Tells secrets by their shape, and asks nobody whether they are valid."""

    def detect(self, texts: Mapping[str, str]) -> Callable[[], list[SeenSecret]]:
        """Start to read these texts, given by path, and go on; the secrets in them are had by a call."""
        ...


class Worked(Struct, frozen=True):
    """The manifests as uv left them, by path; or the reason why it did not get that far, without secrets."""

    files: Mapping[str, bytes]
    error: str | None = None


class Uv(Protocol):
    """Works on manifests in a folder of its own. It builds nothing, so that no code of a project or package runs."""

    def migrate(self, files: Mapping[str, bytes], options: Sequence[str]) -> Worked:
        """`pyproject.toml` and `uv.lock` from the manifests of another package manager, versions kept."""
        ...

    def lock(self, files: Mapping[str, bytes]) -> Worked:
        """`uv.lock` brought up to date with `pyproject.toml`, versions kept."""
        ...


class Ran(Struct, frozen=True):
    """How a program ended: its exit status, None where it did not end in time, and what it printed."""

    status: int | None
    out: str = ""
    err: str = ""

    @property
    def well(self) -> bool:
        """Whether it ended with 0."""
        return self.status == 0


class Answer(Struct, frozen=True):
    """What a server answered: HTTP's status, or in `error` why there is none.

    `checked_with` is the file that its certificate was checked with; None for the system's, or for HTTP.
    """

    status: int | None
    error: str | None = None
    checked_with: str | None = None


class Engine(Protocol):
    """A Docker engine with Compose, asked from the project's folder."""

    def docker(self, *arguments: str, given: str = "", seconds: float = 60) -> Ran:
        """Run `docker` with these arguments; `given` is its standard input."""
        ...

    def compose(self, stack: StackFiles, *arguments: str, seconds: float = 60) -> Ran:
        """Run `docker compose` on a stack."""
        ...

    def request(self, url: str, certificates: Sequence[str]) -> Answer:
        """GET a URL, following nothing; HTTPS is checked with these certificate files, or with the system's."""
        ...

    def copied(
        self, folder: str, left_out: Callable[[str], bool], added: Mapping[str, str]
    ) -> AbstractContextManager[str]:
        """A copy of a folder with texts added to the end of some files, by path; it is gone in the end."""
        ...

    def at_once(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        """What each of these calls gives, in their order; they are made side by side."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Listener(Struct, frozen=True, order=True):
    """A program of the host that waits on a port. Who it is, is told as far as this process may see it."""

    port: int
    address: str
    protocol: str = "tcp"
    program: str | None = None
    pid: int | None = None


class Space(Struct, frozen=True):
    """What is left on a disk, in bytes and in inodes; None for inodes where the file system counts none."""

    free: int
    size: int
    free_inodes: int | None = None
    inodes: int | None = None


class HostFile(Struct, frozen=True):
    """What a path leads to, links followed: `mode` is the permission bits, `modified` seconds since 1970.

    `readable` and `writable` are whether this process may.
    """

    kind: str
    mode: int
    owner: int
    group: int
    readable: bool
    writable: bool
    modified: float


class Account(Struct, frozen=True):
    """Whoever runs this process: its numbers, and the names of the groups that the system's database gives the user.

    `groups` are those of this process: what the database says counts from the next login on.
    """

    user: int
    group: int
    name: str
    groups: frozenset[str] = frozenset()
    groups_at_login: frozenset[str] = frozenset()


class Host(Protocol):
    """The machine that dockwright runs on. Paths are absolute."""

    @property
    def system(self) -> str:
        """`linux`, `darwin` or another name of `sys.platform`."""
        ...

    @property
    def machine(self) -> str:
        """The processor's architecture as images call it: amd64, arm64."""
        ...

    def clock(self) -> float:
        """The time, in seconds since 1970."""
        ...

    def account(self) -> Account:
        """Who runs this process."""
        ...

    def program(self, name: str) -> str | None:
        """Where a program is that can be called by its name."""
        ...

    def listeners(self) -> Sequence[Listener]:
        """Who waits on which port; nothing where the system does not tell."""
        ...

    def space(self, path: str) -> Space | None:
        """What is left on the disk that a path is on; None where nothing is there."""
        ...

    def file(self, path: str) -> HostFile | None:
        """What a path leads to; None where nothing is there, or a folder above may not be entered."""
        ...

    def listed_readers(self, path: str) -> frozenset[int]:
        """The users beside its owner whom a file's access-control list lets read it."""
        ...

    def read(self, path: str, most: int = 1_000_000) -> bytes | None:
        """The first bytes of a file; None where it cannot be read."""
        ...

    def connects(self, path: str) -> str:
        """Why no connection to a socket comes about: `missing`, `denied`, `refused`; empty where one does."""
        ...


class ImageBuild(Struct, frozen=True, order=True):
    """How an image is built: paths below the root, `contexts` and `args` by name, and the stage that is wanted."""

    context: str
    dockerfile: str
    target: str | None = None
    args: tuple[tuple[str, str], ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    network: str | None = None


class ImageBuilder(Protocol):
    """Builds images of a project as it lies on disk, and as a plan would leave it, without touching either."""

    def build(self, wanted: ImageBuild, *, planned: bool) -> Ran:
        """Build an image; `out` is what the engine calls it then, `err` why there is none, in one line."""
        ...


class Tools(Struct, frozen=True):
    """The tools that rules and steps may ask. Each is looked for when it is needed; None where it is not installed."""

    shell: Callable[[], ShellAnalyser | None] = lambda: None
    secrets: Callable[[], SecretDetector | None] = lambda: None
    uv: Callable[[], Uv | None] = lambda: None
