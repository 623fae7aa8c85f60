"""Strays: containers and networks that an earlier form of the project has left on the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from ipaddress import ip_network
from posixpath import join
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Hands, Mend
from dockwright.doctor.sight import LABEL, Sight, everybody, objects, sights
from dockwright.errors import DockwrightError
from dockwright.facts.known_errors import Step
from dockwright.project.stacks import stacks
from dockwright.syntax.shell import quote
from dockwright.verify.evidence import some
from dockwright.verify.live import Container


def examine(case: Case) -> Iterator[Diagnosis]:
    """Orphans, containers of a former name, and networks that are in the way."""
    for sight in sights(case):
        yield from _orphans(sight)
        yield from _networks(sight)
    yield from _former(case)


def _orphans(sight: Sight) -> Iterator[Diagnosis]:
    """Containers of this project whose service the files do not have, not even in a profile."""
    strangers = [each for each in sight.containers if each.service not in sight.services]
    if not strangers:
        return
    listed = sight.engine.compose(sight.files, "--profile", "*", "config", "--services")
    known = set(listed.out.split())
    # Those of another stack of the same name are its own, however unlucky that is.
    root = sight.case.project.root
    others = {
        frozenset(join(root, path) for path in stack.files)
        for stack in stacks(sight.case.project)
        if stack.files != sight.stack.files
    }
    orphans = [each for each in strangers if each.service not in known and _made_from(each) not in others]
    if not listed.well or not orphans:
        return
    names = sorted({each.service for each in orphans})
    ports = sorted({str(port) for each in orphans for port in each.ports})
    yield sight.found(
        "orphan-containers",
        ", ".join(names),
        f"{some(names)} {'is' if len(names) == 1 else 'are'} in no file of the stack any more, and "
        f"{'its container is' if len(orphans) == 1 else 'their containers are'} still there"
        + (f", with {', '.join(ports)}" if ports else ""),
        [f"docker ps -a: {str(each.about.get('Name', '')).lstrip('/')} {each.state.get('Status')}" for each in orphans],
        (Step(f"{sight.compose} up -d --remove-orphans", "removes the containers; their volumes stay"),),
        severity="hurts" if any(each.running for each in orphans) else "note",
        explains=("port-taken",),
    )


def _made_from(container: Container) -> frozenset[str]:
    """The compose files that a container was made from."""
    labels = container.about["Config"].get("Labels") or {}
    return frozenset(str(labels.get(f"{LABEL}project.config_files") or "").split(","))


def _former(case: Case) -> Iterator[Diagnosis]:
    """Containers that were made from files of this project, under a name that no stack of it has now."""
    root = case.project.root
    now = {stack.project_name for stack in stacks(case.project)}
    now |= {str(case.model(stack).get("name")) for stack in case.stacks}
    found: dict[str, list[tuple[str, str]]] = {}
    for row in everybody(case):
        # A file that is still there may be started under any name on purpose.
        paths = [path for path in row.files if path.startswith(f"{root}/")]
        if row.project not in now and paths and not any(case.host.file(path) for path in paths):
            found.setdefault(row.project, []).append((row.name, row.state))
    for name, there in found.items():
        yield Diagnosis(
            "containers-left-behind",
            name,
            f"{len(there)} container{'s' if len(there) > 1 else ''} of {name} were made from compose files of this "
            "project that are gone",
            tuple(f"docker ps -a: {container} {state}" for container, state in there[:4]),
            (Command(f"docker compose -p {quote(name)} down", "removes containers and networks; volumes stay"),),
            severity="hurts" if any(state == "running" for _, state in there) else "note",
            explains=("port-taken", "container-name-taken"),
        )


def _networks(sight: Sight) -> Iterator[Diagnosis]:
    declared: Mapping[str, Any] = sight.model.get("networks") or {}
    wanted = {key: str((said or {}).get("name") or f"{sight.name}_{key}") for key, said in declared.items()}
    there = _there(sight)
    for key, name in wanted.items():
        said = declared[key] or {}
        about = there.get(name)
        if said.get("external"):
            if about is None:
                yield _external_missing(sight, key, name)
        elif about is not None:
            yield from _mislabelled(sight, key, name, about)
        else:
            yield from _overlapping(sight, key, name, said, there)


def _there(sight: Sight) -> Mapping[str, Mapping[str, Any]]:
    """Every network of the engine by its name, as `docker network inspect` has it."""

    def ask() -> Mapping[str, Mapping[str, Any]]:
        listed = sight.engine.docker("network", "ls", "-q", "--no-trunc")
        names = listed.out.split() if listed.well else []
        found = objects(sight.engine.docker("network", "inspect", *names)) if names else []
        return {str(each.get("Name")): each for each in found}

    return sight.case.once("networks", ask)


def _external_missing(sight: Sight, key: str, name: str) -> Diagnosis:
    return sight.found(
        "network-missing",
        name,
        f"the network {key} is declared as one that others make, and there is none of the name {name}",
        (f"docker network ls: no {name}",),
        (Step(f"docker network create {quote(name)}"), Step(f"{sight.compose} up -d")),
        explains=("not-started",),
        fix=Mend(f"make the network {name}", (name,), partial(_create, name)),
    )


def _create(name: str, hands: Hands) -> str:
    made = hands.engine.docker("network", "create", name)
    if not made.well:
        raise DockwrightError(made.err.strip())
    return f"{name} is there; `docker network rm {name}` takes it away"


def _mislabelled(sight: Sight, key: str, name: str, about: Mapping[str, Any]) -> Iterator[Diagnosis]:
    labels = about.get("Labels") or {}
    # Of another project's it only warns. Source: `pkg/compose/create.go` of docker/compose.
    if labels.get(f"{LABEL}network") == key:
        return
    owner = labels.get(f"{LABEL}project")
    made = f"the stack {owner} has made it" if owner else "it was not made by Compose"
    attached = list((about.get("Containers") or {}).values())
    yield sight.found(
        "network-label",
        name,
        f"there is a network {name} already, and Compose does not take it for the network {key}: {made}",
        (
            f"docker network inspect {name}: label network={labels.get(f'{LABEL}network', '')!r}, wanted {key!r}",
            *(f"in it: {each.get('Name')}" for each in attached[:3]),
        ),
        (
            *(
                [Step(f"docker compose -p {quote(str(owner))} down", "what is in it has to go first")]
                if attached and owner
                else []
            ),
            Step(f"docker network rm {quote(name)}", "Compose makes its own; or `external: true` to use this one"),
            Step(f"{sight.compose} up -d"),
        ),
        explains=("not-started",),
    )


def _overlapping(
    sight: Sight, key: str, name: str, said: Mapping[str, Any], there: Mapping[str, Mapping[str, Any]]
) -> Iterator[Diagnosis]:
    for mine in _subnets((said.get("ipam") or {}).get("config") or (), "subnet"):
        for other, about in there.items():
            for taken in _subnets((about.get("IPAM") or {}).get("Config") or (), "Subnet"):
                if mine.version == taken.version and mine.overlaps(taken):
                    yield sight.found(
                        "subnet-taken",
                        name,
                        f"the network {key} wants {mine}, and the network {other} has {taken} already",
                        (f"docker network inspect {other}: {taken}",),
                        (
                            Step(f"docker network rm {quote(other)}", "if nothing is in it"),
                            Step("ipam", f"of the network {key}: another subnet, or none, and the engine picks one"),
                            Step(f"{sight.compose} up -d"),
                        ),
                        explains=("not-started",),
                    )
                    return


def _subnets(config: Any, key: str) -> Iterator[Any]:
    for each in config:
        try:
            yield ip_network(str(each.get(key)), strict=False)
        except ValueError:
            continue
