"""Shells: which one `sh` is in an image, and whether it hands its process over to the last command of `-c`."""

from __future__ import annotations

from dockwright.facts.base_images import repository, tag

# Debian's dash forks for every command, the last one too. bash and busybox's ash replace themselves by it.
KEEPS_ITSELF = {"dash": True, "bash": False, "ash": False}

# Repositories whose images are Debian or Ubuntu unless their tag says Alpine, without `docker.io/` and `library/`.
_DEBIAN = frozenset(
    {
        "debian", "ubuntu", "python", "node", "ruby", "golang", "php", "openjdk", "postgres", "nginx",
        "ghcr.io/astral-sh/uv", "tiangolo/uvicorn-gunicorn", "tiangolo/uvicorn-gunicorn-fastapi", "pypy",
        "continuumio/miniconda3", "nvidia/cuda", "mcr.microsoft.com/devcontainers/python",
        "mcr.microsoft.com/playwright/python",
    }
)  # fmt: skip
_RED_HAT = ("fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "ubi")


def shell_of(image: str, program: str) -> str | None:
    """Which shell a program such as `/bin/sh` is in an image: dash, bash or ash; None where that is not known."""
    name = program.rpartition("/")[2]
    if name != "sh":
        return name if name in KEEPS_ITSELF else None
    repo = repository(image).removeprefix("docker.io/").removeprefix("library/")
    said = tag(image) or ""
    if "alpine" in said or repo in ("alpine", "busybox"):
        return "ash"
    if any(sign in said for sign in ("ubi", "rocky", "centos", "nanoserver", "windowsservercore")):
        return None
    if any(repo.rpartition("/")[2].startswith(sign) for sign in _RED_HAT):
        return "bash"
    return "dash" if repo in _DEBIAN else None
