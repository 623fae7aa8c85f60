"""What an image promises to who runs it: how it starts, as whom and where, and what lies in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class Content(Struct, frozen=True):
    """What lies in an image.

    `distributions` and `packages` are versions by name, Python's and the system's; `needs` is what each distribution
    asks for. `files` are those below the working directory, each with its digest and whether it is executable, a
    link's target, or `unreadable`. `imports` are the modules that Python files there import for certain: whether each
    is found, and one of the files. `missing` are shared libraries that an installed module needs and nobody has, each
    with one such module. `complete` is False where there are too many files to look at.
    """

    distributions: Mapping[str, str] = {}
    needs: Mapping[str, Sequence[str]] = {}
    packages: Mapping[str, str] = {}
    files: Mapping[str, str] = {}
    imports: Mapping[str, tuple[bool, str]] = {}
    missing: Mapping[str, str] = {}
    complete: bool = True


class ImageContract(Struct, frozen=True):
    """An image's own settings, as `docker image inspect` has them, and its content; None where no Python can look.

    `user` is `number:number` where it could be asked, else as it is set. `ports` are such as `8000/tcp`, `size` is in
    bytes.
    """

    user: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ports: frozenset[str]
    workdir: str
    volumes: frozenset[str]
    stop_signal: str
    size: int
    layers: int
    content: Content | None


def contract(about: Mapping[str, Any], said: Mapping[str, Any] | None) -> ImageContract:
    """The contract of what `docker image inspect` says of an image, and what its own Python says of its files."""
    config = about.get("Config") or {}
    pairs = [str(each).partition("=") for each in config.get("Env") or ()]
    return ImageContract(
        str(config.get("User") or "0") if said is None else str(said["user"]),
        tuple(config.get("Entrypoint") or ()),
        tuple(config.get("Cmd") or ()),
        {name: value for name, _, value in pairs},
        frozenset(config.get("ExposedPorts") or ()),
        str(config.get("WorkingDir") or "/"),
        frozenset(config.get("Volumes") or ()),
        str(config.get("StopSignal") or "SIGTERM"),
        int(about.get("Size") or 0),
        len((about.get("RootFS") or {}).get("Layers") or ()),
        None if said is None else _content(said),
    )


def _content(said: Mapping[str, Any]) -> Content:
    return Content(
        said["distributions"],
        said["needs"],
        said["packages"],
        said["files"],
        {name: (found, by) for name, (found, by) in said["imports"].items()},
        said["missing"],
        said["complete"],
    )
