"""Names: a project's or a container's name that somebody else has on this engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Command, Diagnosis, Place
from dockwright.project.stacks import Stack
from dockwright.syntax import shell
from dockwright.text import Site

_LABEL = "com.docker.compose."


def examine(case: Case) -> Iterator[Diagnosis]:
    """Names that are taken."""
    for stack in case.stacks:
        yield from _project(case, stack, case.everybody)
        yield from _containers(case, stack, case.everybody)


def _project(case: Case, stack: Stack, there: tuple[Mapping[str, Any], ...]) -> Iterator[Diagnosis]:
    """Containers of the same project name that were made from another folder's files."""
    name = str(case.model(stack).get("name") or stack.project_name)
    root = case.project.root.rstrip("/")
    for about in there:
        labels = about["Config"].get("Labels") or {}
        if labels.get(f"{_LABEL}project") != name:
            continue
        folder = str(labels.get(f"{_LABEL}project.working_dir") or "")
        files = str(labels.get(f"{_LABEL}project.config_files") or "")
        if not folder or any(each == root or each.startswith(f"{root}/") for each in (folder, *files.split(","))):
            continue
        yield Diagnosis(
            "project-name-taken",
            name,
            f"the project name {name} belongs to a stack of {folder}, too: Compose takes the two for one",
            (f"docker ps: {_name(about)} was made from {files or folder}",),
            (
                Command(
                    f"docker compose -p {shell.quote(name)} stop", f"stops the one of {folder}, whose volumes stay"
                ),
                Command(
                    f"grep -n '^name:' {' '.join(map(shell.quote, stack.files))}",
                    "then give one of them another `name:`",
                ),
            ),
            stack=case.label(stack),
            explains=("orphan-containers", "container-exited", "port-taken"),
            severity="hurts",
            place=Place(stack.files[0]),
        )
        return


def _containers(case: Case, stack: Stack, there: tuple[Mapping[str, Any], ...]) -> Iterator[Diagnosis]:
    """Fixed container names that a container of another project has."""
    model = case.model(stack)
    for service, said in (model.get("services") or {}).items():
        wanted = said.get("container_name")
        for about in there if wanted else ():
            labels = about["Config"].get("Labels") or {}
            if _name(about) != wanted or labels.get(f"{_LABEL}project") == model.get("name"):
                continue
            whose = labels.get(f"{_LABEL}project")
            owner = f"the stack {whose}" if whose else "no stack"
            run = case.services(stack).get(service)
            written = None if run is None else run.service.last("container_name")
            yield Diagnosis(
                "container-name-taken",
                service,
                f"the container name {wanted} is taken by a container of {owner}",
                (f"docker ps -a: {wanted} is {about['State'].get('Status')}",),
                (
                    Command(
                        f"docker rename {shell.quote(str(wanted))} {shell.quote(f'{wanted}-old')}",
                        "keeps it, under another name",
                    ),
                    Command("dockwright explain container-name-fixed", "why the file is better off without the name"),
                ),
                stack=case.label(stack),
                explains=(f"not-started:{service}", f"container-missing:{service}"),
                place=None if written is None else case.place(Site(written[0].path, written[1].span)),
            )


def _name(about: Mapping[str, Any]) -> str:
    return str(about.get("Name", "")).removeprefix("/")
