"""The engine: not installed, not running, not permitted, somewhere else, too old; the same of Compose and Buildx."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis
from dockwright.facts.engine_versions import OLDEST_BUILDX, OLDEST_COMPOSE, OLDEST_ENGINE, version, written
from dockwright.facts.host_programs import ENGINE_STARTS

SOCKET = "/var/run/docker.sock"
"""Where an engine on Linux listens, and where Docker Desktop puts a link."""

_API = re.compile(r"client version (\S+) is too (new|old)\. (?:Max|Min)imum supported API version is ([\d.]+)")
_NO_CONTEXT = re.compile(r'context "?([^"\s:]+)"?:? (?:context )?(?:is )?not found')


def examine(case: Case) -> Iterator[Diagnosis]:
    """What is wrong with the engine and its two companions."""
    if case.docker is None:
        yield _absent(case)
        return
    if case.engine is None:
        yield _unanswered(case)
    else:
        yield from _too_old(case)
        yield from _elsewhere(case)
    yield from _compose(case)
    yield from _buildx(case)


def _absent(case: Case) -> Diagnosis:
    seen = ["docker: no such command on PATH"]
    if case.host.program("podman"):
        seen.append("podman is there; it answers on docker's socket with podman-docker")
    if case.host.system == "darwin":
        ways = [Command("brew install --cask docker", "Docker Desktop with its engine, Compose and Buildx")]
    else:
        ways = [Command("curl -fsSL https://get.docker.com | sh", "the engine with Compose and Buildx")]
    return Diagnosis("engine-absent", "the engine", "Docker is not installed", tuple(seen), tuple(ways))


def _unanswered(case: Case) -> Diagnosis:
    said = case.greeting.err.strip()
    endpoint, context = case.endpoint
    seen = (f"docker version: {said.rpartition(chr(10))[2] or 'no answer'}",)
    mismatch = _API.search(said)
    if mismatch is not None:
        return _other_api(case, mismatch, seen)
    missing = _NO_CONTEXT.search(said)
    if missing is not None:
        variable = "unset DOCKER_CONTEXT" if case.environ.get("DOCKER_CONTEXT") else "docker context use default"
        cause = f"docker is told to use the context {missing[1]}, which there is none of"
        return Diagnosis("engine-elsewhere", "the engine", cause, seen, (Command(variable),))
    usual = endpoint in ("", f"unix://{SOCKET}")
    if not usual and not case.host.connects(SOCKET):
        return _wrong_place(case, endpoint, context, seen)
    path = endpoint.removeprefix("unix://") or SOCKET
    if path.startswith("/"):
        why = case.host.connects(path)
        if why == "denied" or "permission denied" in said.lower():
            return _denied(case, path, seen)
        found = _SOCKETS.get(why, "it takes connections, and does not answer in time")
        told = (*seen, f"{path}: {found}")
        ways = _starting(case, path)
        return Diagnosis("engine-stopped", "the engine", "the Docker engine is not running", told, ways)
    cause = f"docker asks the engine at {endpoint}, which does not answer"
    there = endpoint.partition("://")[2].partition(":")[0].rpartition("@")[2]
    way_out = (Command(f"ssh {there} sudo systemctl start docker", "if it is not running there"), *_back(case, context))
    return Diagnosis("engine-elsewhere", "the engine", cause, seen, way_out)


_SOCKETS = {"missing": "there is no such socket", "refused": "nobody takes connections"}


def _wrong_place(case: Case, endpoint: str, context: str, seen: tuple[str, ...]) -> Diagnosis:
    who = "DOCKER_HOST" if case.environ.get("DOCKER_HOST") else f"the context {context}"
    cause = f"{who} points docker at {endpoint}, where no engine answers; the one of this machine runs"
    seen = (*seen, f"{SOCKET}: takes connections")
    own = next((line for part, line in ENGINE_STARTS.items() if part in endpoint), None)
    other = () if own is None else (Command(own, "if that is the one which is meant"),)
    return Diagnosis("engine-elsewhere", "the engine", cause, seen, (*_back(case, context), *other))


def _back(case: Case, context: str) -> tuple[Command, ...]:
    if case.environ.get("DOCKER_HOST"):
        return (Command("unset DOCKER_HOST", "and look where it is set: ~/.profile, direnv, the CI's settings"),)
    if case.environ.get("DOCKER_CONTEXT"):
        return (Command("unset DOCKER_CONTEXT"),)
    return (Command("docker context use default", f"in place of {context}"),)


def _denied(case: Case, path: str, seen: tuple[str, ...]) -> Diagnosis:
    account = case.host.account()
    socket = case.host.file(path)
    if socket is not None:
        seen = (*seen, f"{path}: mode {socket.mode:o}, user {socket.owner}, group {socket.group}")
    if "docker" in account.groups_at_login:
        cause = f"{account.name} is in the group docker, and this session began before that"
        ways: tuple[Command, ...] = (Command("newgrp docker", "for this shell; a new login does it for all"),)
    else:
        cause = f"{account.name} may not use the engine's socket: it is for root and the group docker"
        ways = (
            Command(f"sudo usermod -aG docker {account.name}", "whoever is in that group is as good as root"),
            Command("newgrp docker", "or log out and in again"),
        )
    return Diagnosis("engine-denied", "the engine", cause, seen, ways)


def _starting(case: Case, path: str) -> tuple[Command, ...]:
    host = case.host
    own = next((line for part, line in ENGINE_STARTS.items() if part in path), None)
    if own is not None:
        return (Command(own),)
    if host.system == "darwin":
        name = "OrbStack" if host.file("/Applications/OrbStack.app") else "Docker"
        return (Command(f"open -a {name}"),)
    if b"microsoft" in (host.read("/proc/version") or b"").lower() and not host.file("/lib/systemd/system"):
        return (
            Command("sudo service docker start"),
            Command(
                "powershell.exe -Command 'Start-Process \"C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe\"'",
                "where it is Docker Desktop with WSL integration",
            ),
        )
    if host.file("/run/systemd/system"):
        return (
            Command("sudo systemctl start docker"),
            Command("sudo journalctl -u docker -n 20", "why it stopped, if it does not start"),
        )
    return (Command("sudo service docker start"),)


def _other_api(case: Case, found: re.Match[str], seen: tuple[str, ...]) -> Diagnosis:
    client, direction, server = found.groups()
    if direction == "new":
        cause = f"the engine is older than the docker command: it knows API {server}, and is asked for {client}"
        ways = (
            Command("sudo apt-get install --only-upgrade docker-ce", "on the engine's machine; or its package"),
            Command(f"export DOCKER_API_VERSION={server}", "until then"),
        )
        return Diagnosis("engine-old", "the engine", cause, seen, ways)
    cause = f"the docker command is older than the engine takes: it asks for API {client}, and {server} is the oldest"
    upgrade = Command("sudo apt-get install --only-upgrade docker-ce-cli", "or its package of your system")
    return Diagnosis("engine-old", "the docker command", cause, seen, (upgrade,))


def _too_old(case: Case) -> Iterator[Diagnosis]:
    server = case.versions.get("Server") or {}
    found = version(str(server.get("Version", "")))
    if found is not None and found[1][:2] < OLDEST_ENGINE:
        cause = f"the Docker engine is {found[0]}, and {written(OLDEST_ENGINE)} is the first that does what is asked"
        upgrade = Command("curl -fsSL https://get.docker.com | sh", "upgrades it in place; volumes stay")
        yield Diagnosis("engine-old", "the engine", cause, (f"docker version: Server {found[0]}",), (upgrade,))
    if server.get("Os") == "windows":
        cause = "the engine runs Windows containers, and the images here are Linux ones"
        switch = Command('& "C:\\Program Files\\Docker\\Docker\\DockerCli.exe" -SwitchLinuxEngine', "in PowerShell")
        yield Diagnosis("engine-elsewhere", "the engine", cause, ("docker version: Server windows",), (switch,))


def _elsewhere(case: Case) -> Iterator[Diagnosis]:
    """An engine on another machine, for which bind mounts mean that machine's folders."""
    endpoint, context = case.endpoint
    if not endpoint.startswith(("tcp://", "ssh://")) or endpoint.startswith(("tcp://127.", "tcp://localhost")):
        return
    for stack in case.stacks:
        mounting = dict.fromkeys(bind.service for bind in case.binds(stack))
        if mounting:
            cause = f"the engine runs at {endpoint}, and {', '.join(mounting)} mount folders that are on this machine"
            seen = (f"docker context inspect: {context} is {endpoint}",)
            yield Diagnosis(
                "engine-elsewhere", "the engine", cause, seen, _back(case, context), "hurts", case.label(stack)
            )


def _compose(case: Case) -> Iterator[Diagnosis]:
    if case.compose.well:
        found = version(case.compose.out)
        if found is not None and found[1][:2] < OLDEST_COMPOSE:
            cause = f"Docker Compose is {found[0]}, and {written(OLDEST_COMPOSE)} is the first that does what is asked"
            seen = (f"docker compose version: {found[0]}",)
            yield Diagnosis("compose-old", "Compose", cause, seen, (_package(case, "docker-compose-plugin"),))
        return
    cause = "Docker Compose is not installed: docker has no such plugin"
    lines = [f"docker compose version: {case.compose.err.strip().partition(chr(10))[0] or 'no answer'}"]
    old = case.host.program("docker-compose")
    if old:
        cause = "only the program docker-compose is installed, and `docker compose` is what is called"
        lines.append(f"{old} is there")
    package = _package(case, "docker-compose-plugin")
    yield Diagnosis("compose-absent", "Compose", cause, tuple(lines), (package,), explains=("compose-v1",))


def _buildx(case: Case) -> Iterator[Diagnosis]:
    builds = any(run.service.builds for stack in case.stacks for run in case.services(stack).values())
    if case.docker is None or not builds:
        return
    said = case.docker.docker("buildx", "version", seconds=20)
    package = _package(case, "docker-buildx-plugin")
    if not said.well:
        seen = (f"docker buildx version: {said.err.strip().partition(chr(10))[0] or 'no answer'}",)
        cause = "Buildx is not installed: without it there is no BuildKit, which RUN --mount and COPY --chmod need"
        yield Diagnosis("buildx-absent", "Buildx", cause, seen, (package,), explains=("build-fails",))
        return
    found = version(said.out)
    if found is not None and found[1][:2] < OLDEST_BUILDX:
        cause = f"Buildx is {found[0]}, and Compose builds with {written(OLDEST_BUILDX)} or newer"
        seen = (f"docker buildx version: {found[0]}",)
        yield Diagnosis("buildx-old", "Buildx", cause, seen, (package,), "hurts", explains=("build-fails",))


def _package(case: Case, name: str) -> Command:
    if case.host.system == "darwin":
        formula = name.removesuffix("-plugin")
        return Command(f"brew install {formula}", "Docker Desktop brings it along")
    for program, words in (("apt-get", "apt-get install"), ("dnf", "dnf install"), ("pacman", "pacman -S")):
        if case.host.program(program):
            named = name.removesuffix("-plugin") if program == "pacman" else name
            return Command(f"sudo {words} {named}", "from Docker's own package repository")
    return Command("curl -fsSL https://get.docker.com | sh", "the engine with its plugins")
