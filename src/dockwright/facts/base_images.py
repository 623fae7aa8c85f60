"""Base images: which run as somebody else than root, and how a user is made on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class UserCommands(NamedTuple):
    """How a group and a user with fixed numbers are made on a distribution, as the words of one RUN."""

    group: str
    user: str


# shadow's tools come with Debian, busybox's with Alpine; the options differ.
DEBIAN = UserCommands(
    "groupadd --gid 1000 appuser",
    "useradd --uid 1000 --gid 1000 --create-home --no-log-init appuser",
)
ALPINE = UserCommands("addgroup -g 1000 appuser", "adduser -u 1000 -G appuser -D appuser")

# Images whose user 1000 is still free, by repository. Ubuntu's own images hold a user `ubuntu` with that number.
PYTHON_REPOSITORIES = frozenset({"python", "docker.io/python", "docker.io/library/python", "library/python"})

SET_BY_PYTHON_IMAGES = frozenset(
    "GPG_KEY LANG PATH PYTHON_GET_PIP_SHA256 PYTHON_GET_PIP_URL PYTHON_PIP_VERSION PYTHON_SETUPTOOLS_VERSION "
    "PYTHON_SHA256 PYTHON_VERSION".split()
)
"""Variables that Python's official images set. Source: their Dockerfiles, over the years."""

# Images that others build upon and that set no user: official ones of systems and languages, by name ...
_ROOT_OFFICIAL = frozenset(
    (
        "almalinux", "alpine", "amazoncorretto", "amazonlinux", "archlinux", "bash", "buildpack-deps", "busybox",
        "centos", "clojure", "composer", "debian", "eclipse-temurin", "elixir", "erlang", "fedora", "gcc", "golang",
        "haskell", "julia", "maven", "node", "openjdk", "oraclelinux", "perl", "php", "pypy", "python", "rockylinux",
        "ruby", "rust", "swift", "ubuntu",
    )
)  # fmt: skip
# ... and others by how their names begin. Any other image may set a user, or start as root and drop its rights.
_ROOT_OTHERS = (
    "ghcr.io/astral-sh/uv", "tiangolo/", "mcr.microsoft.com/playwright", "mcr.microsoft.com/dotnet/",
    "mcr.microsoft.com/azurelinux/", "continuumio/", "condaforge/", "nvidia/cuda", "nvcr.io/nvidia/cuda",
    "pytorch/pytorch", "tensorflow/tensorflow", "gcr.io/distroless/",
)  # fmt: skip
_ROOTLESS_TAGS = ("nonroot", "rootless", "unprivileged", "chiseled")

# The number of the user that comes with an official image, by repository and the user's name.
USERS: Mapping[tuple[str | None, str], int] = {("node", "node"): 1000, ("ubuntu", "ubuntu"): 1000}

ROLLING_TAGS = frozenset(
    {
        "alpha", "beta", "canary", "dev", "develop", "edge", "latest", "lts", "main", "master", "next", "nightly",
        "preview", "stable", "test", "unstable",
    }
)  # fmt: skip
"""Tags that every release moves, whoever made the image."""


def repository(image: str) -> str:
    """An image's name without tag and digest."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def tag(image: str) -> str | None:
    """An image's tag; None where it has none."""
    last = image.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2] or None


def official(image: str) -> str | None:
    """The name of an official image, whichever registry mirrors it; None for any other."""
    name = repository(image).removeprefix("docker.io/")
    if name.endswith(f"library/{name.rpartition('/')[2]}"):
        name = name.rpartition("/")[2]
    return name if "/" not in name else None


def runs_as_root(image: str) -> bool:
    """Whether an image is known to run as root unless somebody says otherwise."""
    if any(word in image for word in _ROOTLESS_TAGS):
        return False
    return official(image) in _ROOT_OFFICIAL or image.removeprefix("docker.io/").startswith(_ROOT_OTHERS)


def user_commands(image: str) -> UserCommands | None:
    """How user 1000 is made on an official Python image; None for any other, where the number may be taken."""
    if repository(image) not in PYTHON_REPOSITORIES:
        return None
    return ALPINE if "alpine" in (tag(image) or "") else DEBIAN
