"""Base images: which run as somebody else than root, and how a user is made on them."""

from __future__ import annotations

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

# Repositories whose images are made to run as a user of their own, by how their names begin.
NON_ROOT = (
    "bitnami/",
    "bitnamilegacy/",
    "docker.io/bitnami/",
    "cgr.dev/chainguard/",
    "registry.access.redhat.com/ubi",
    "quay.io/sclorg/",
    "jupyter/",
    "quay.io/jupyter/",
    "apache/airflow",
    "docker.io/apache/airflow",
    "apache/superset",
)


def repository(image: str) -> str:
    """An image's name without tag and digest."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def tag(image: str) -> str | None:
    """An image's tag; None where it has none."""
    last = image.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2] or None


def runs_as_root(image: str) -> bool:
    """Whether an image runs as root unless somebody says otherwise; most do."""
    return not (image.startswith(NON_ROOT) or "nonroot" in image or "rootless" in image or "unprivileged" in image)


def user_commands(image: str) -> UserCommands | None:
    """How user 1000 is made on an official Python image; None for any other, where the number may be taken."""
    if repository(image) not in PYTHON_REPOSITORIES:
        return None
    return ALPINE if "alpine" in (tag(image) or "") else DEBIAN
