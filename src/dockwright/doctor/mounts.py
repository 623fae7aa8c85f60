"""Mounts: folders of the host that are not there, not shared with Docker, or not open to the container's number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode

from dockwright.doctor.case import Bind, Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Severity
from dockwright.project.build_steps import filled, steps
from dockwright.project.running import Running
from dockwright.project.stacks import Stack
from dockwright.syntax import dockerfile, shell

_SYMPTOMS = ("container-exited", "container-restarting", "not-started")
_MAKES_USER = re.compile(
    r"\b(?:useradd|adduser|usermod)\b[^\n&|;]*?(?:-u|--uid)[ =]+(\S+)[^\n&|;]*?\b(\w+)[ \t]*(?=[\n\\&|;]|$)"
)
_FILE = re.compile(
    r"\.(?:cfg|cnf|conf|crt|env|gz|html|ini|js|json|key|lock|log|md|pem|properties|py|rb|sh|sql|sqlite3?|toml|txt|xml|xz|"
    r"ya?ml|zip)$"
)
"""A path that is meant to be a file: Docker would make a folder of it."""

_SHARED_BY_DEFAULT = {
    "darwin": ("/Users", "/Volumes", "/private", "/tmp", "/var/folders"),  # noqa: S108
    "linux": ("/home",),
}
"""What Docker Desktop shares where nobody says. Source: its manual, «File sharing»."""

_DESKTOP_SETTINGS = (
    "{home}/.docker/desktop/settings-store.json",
    "{home}/.docker/desktop/settings.json",
    "{home}/Library/Group Containers/group.com.docker/settings-store.json",
    "{home}/Library/Group Containers/group.com.docker/settings.json",
)


def examine(case: Case) -> Iterator[Diagnosis]:
    """What is wrong with the mounts of the stacks."""
    for stack in case.stacks:
        told: set[tuple[str, str]] = set()
        for bind in case.binds(stack):
            for found in (*_missing(case, stack, bind), *_unshared(case, stack, bind), *_numbers(case, stack, bind)):
                if (found.fault, bind.source) not in told:
                    told.add((found.fault, bind.source))
                    yield found
        yield from _secrets(case, stack)


def _missing(case: Case, stack: Stack, bind: Bind) -> Iterator[Diagnosis]:
    if case.host.file(bind.source) is not None or "$" in bind.source:
        return
    path = case.below_root(bind.source) or bind.source
    is_file = _FILE.search(path) is not None
    if bind.creates and not is_file:
        return  # Docker makes the folder, as people who write the short form mean it to.
    what = "Docker makes a folder of that name, which root owns" if bind.creates else "Docker refuses to start it"
    making = "touch" if is_file else "mkdir -p"
    yield Diagnosis(
        "mount-missing",
        bind.service,
        f"{bind.service} mounts {path}, which is not there: {what}",
        (f"{path}: no such file or folder",),
        (Command(f"{making} {shell.quote(path)}", "or bring what belongs there"),),
        stack=case.label(stack),
        explains=tuple(f"{each}:{bind.service}" for each in _SYMPTOMS),
    )


def _secrets(case: Case, stack: Stack) -> Iterator[Diagnosis]:
    """Secrets and configs that are files, and are not there."""
    model = case.model(stack)
    for section in ("secrets", "configs"):
        for name, entry in (model.get(section) or {}).items():
            written = entry.get("file") if isinstance(entry, dict) else None
            if not isinstance(written, str) or "$" in written or case.host.file(case.absolute(written)) is not None:
                continue
            users = [service for service, said in (model.get("services") or {}).items() if _uses(said, section, name)]
            path = case.below_root(case.absolute(written)) or written
            for service in users[:1]:
                yield Diagnosis(
                    "mount-missing",
                    service,
                    f"the {section[:-1]} {name} of {', '.join(users)} is the file {path}, which is not there",
                    (f"{path}: no such file",),
                    (
                        Command(
                            f"install -m 600 /dev/stdin {shell.quote(path)}", "takes it from what you type or pipe in"
                        ),
                    ),
                    stack=case.label(stack),
                    explains=tuple(f"{each}:{user}" for user in users for each in _SYMPTOMS),
                )


def _uses(service: Mapping[str, Any], section: str, name: str) -> bool:
    entries = service.get(section) or ()
    return any((each.get("source") if isinstance(each, dict) else each) == name for each in entries)


# Docker Desktop


def _unshared(case: Case, stack: Stack, bind: Bind) -> Iterator[Diagnosis]:
    if "Docker Desktop" not in str(case.info.get("OperatingSystem", "")) or case.host.system not in _SHARED_BY_DEFAULT:
        return
    shared = case.once("shared folders", lambda: _shared(case))
    if any(bind.source == each or bind.source.startswith(each.rstrip("/") + "/") for each in shared):
        return
    folder = dirname(bind.source) or "/"
    yield Diagnosis(
        "mount-not-shared",
        bind.service,
        f"Docker Desktop does not share {bind.source}, which {bind.service} mounts",
        (f"shared are {', '.join(shared)}",),
        (
            Command("open -a Docker" if case.host.system == "darwin" else "systemctl --user restart docker-desktop",
                    f"Settings, Resources, File sharing: add {folder}"),
        ),
        stack=case.label(stack),
        explains=tuple(f"{each}:{bind.service}" for each in _SYMPTOMS),
    )  # fmt: skip


def _shared(case: Case) -> Sequence[str]:
    home = case.environ.get("HOME", "")
    for path in _DESKTOP_SETTINGS:
        try:
            said = decode(case.host.read(path.format(home=home)) or b"{}")
        except DecodeError:
            continue
        for key in ("FilesharingDirectories", "filesharingDirectories"):
            folders = said.get(key) if isinstance(said, dict) else None
            if isinstance(folders, list) and folders:
                return [str(each) for each in folders]
    return _SHARED_BY_DEFAULT[case.host.system]


# Numbers


def _numbers(case: Case, stack: Stack, bind: Bind) -> Iterator[Diagnosis]:
    """A container whose user may not read what it mounts, or may not write where nothing keeps it from meaning to."""
    found = case.host.file(bind.source)
    user = user_of(case, stack, bind.service)
    if not case.local or found is None or not user or found.kind == "socket":
        return
    path = case.below_root(bind.source) or bind.source
    seen = (f"{path}: mode {found.mode:o}, user {found.owner}, group {found.group}", f"{bind.service} runs as {user}")
    label = case.label(stack)
    reads = found.owner == user or found.mode & 0o004 or user in case.host.listed_readers(bind.source)
    explains = tuple(f"{each}:{bind.service}" for each in (*_SYMPTOMS, "unhealthy"))
    if not reads:
        ways = (Command(f"chmod o+rX {shell.quote(path)}", "or give it to that number alone, with setfacl"),)
        cause = f"the user {user} of {bind.service} may not read {path}: numbers inside are those outside"
        yield Diagnosis("mount-unreadable", bind.service, cause, seen, ways, stack=label, explains=explains)
        return
    account = case.host.account()
    writes = found.owner == user or found.mode & 0o002
    # Whoever works as root meant the files to be so; numbers of a developer should meet those of the container.
    if writes or bind.read_only or found.kind != "folder" or found.owner != account.user or account.user == 0:
        return
    run = case.services(stack).get(bind.service)
    cause = (
        f"{bind.service} runs as {user}, and {path}, which it mounts, is yours, {account.user}: it cannot write there"
    )
    if run is not None and takes_number(run):
        severity: Severity = "hurts"
        up = f"UID={account.user} GID={account.group} {_call(case, stack)} up -d --build"
        ways = (Command(up, "builds the image with your numbers"),)
    else:
        severity = "note"  # Only the application knows whether it means to write there.
        ways = (Command(f"sudo chown -R {user} {shell.quote(path)}", "then only the container may write there"),)
    yield Diagnosis("mount-owner", bind.service, cause, seen, ways, severity, label, explains)


def _call(case: Case, stack: Stack) -> str:
    files = case.files(stack)
    words = [f"-f {shell.quote(path)}" for path in files.files]
    words += [f"--env-file {shell.quote(path)}" for path in files.env_files]
    return f"docker compose {' '.join(words)}"


def takes_number(run: Running) -> bool:
    """Whether the image's user is a build argument."""
    if run.image is None:
        return False
    declared = {
        pair.key.value
        for each in run.image.tree.instructions
        if isinstance(each, dockerfile.Arg)
        for pair in each.pairs
    }
    return not declared.isdisjoint({"UID", "USER_ID", "USER_UID", "APP_UID", "PUID"})


def user_of(case: Case, stack: Stack, service: str) -> int | None:
    """The number of the user that a service runs as, where files tell: 0 is root; None where they do not."""
    said = (case.model(stack).get("services") or {}).get(service) or {}
    written = said.get("user")
    if written:
        return _number(str(written).partition(":")[0])
    run = case.services(stack).get(service)
    if run is None or run.image is None or run.stage is None:
        return None
    given = _build_arguments(case, stack, run)
    variables: Mapping[str, str] = {}
    found = None
    made: dict[str, str] = {"root": "0"}
    for step in steps(run.image, run.stage):
        variables = {**step.env, **{name: value for name, value in given.items() if name in step.env}}
        if isinstance(step.instruction, dockerfile.User):
            found = filled(step.instruction.value.lexeme.text, variables, run.image.tree.escape)
        elif isinstance(step.instruction, dockerfile.Run):
            text = filled(run.image.tree.source.slice(step.instruction.span), variables, run.image.tree.escape)
            made.update((each[2], each[1].strip("\"'")) for each in _MAKES_USER.finditer(text))
    if found is None:
        return None
    name = found.partition(":")[0]
    return _number(made.get(name, name))


def _build_arguments(case: Case, stack: Stack, run: Running) -> Mapping[str, str]:
    """The arguments of whichever service builds the image, its own first."""
    services = case.model(stack).get("services") or {}
    own = services.get(run.service.name) or {}
    image = own.get("image")
    for said in (own, *(each for each in services.values() if image and each.get("image") == image)):
        arguments = (said.get("build") or {}).get("args") if isinstance(said.get("build"), dict) else None
        if isinstance(arguments, dict):
            return {name: str(value) for name, value in arguments.items() if value is not None}
    return {}


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else None
