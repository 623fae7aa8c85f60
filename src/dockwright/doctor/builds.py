"""Builds: an image that the stack needs and that does not build, with the instruction, the reason and the mend.

An image that is not here is built, as `docker compose up` would; `Case.building` builds those that are here, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import join, normpath
from typing import Any

from dockwright.doctor.build_output import Failure, failure
from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis, Place
from dockwright.doctor.sight import Sight, sights
from dockwright.facts.build_errors import BUILD_ERRORS, packages
from dockwright.facts.known_errors import Recognised, Step, by_rank
from dockwright.project.images import ignore_file_read, images, left_out
from dockwright.syntax.shell import quote

SECONDS = 1800.0
"""How long a build may take: compilers are slow, and no sign of trouble."""

_CAUSES: Mapping[str, tuple[str, ...]] = {
    "build-copies-nothing": ("copy-ignored", "copy-without-maker", "copy-from-outside", "path-missing"),
    "build-no-lock": ("lock-missing", "lock-out-of-build"),
    "build-project-not-there": ("project-built-too-early",),
    "build-script-line-ends": ("script-crlf",),
    "build-stale-lock": ("lock-stale",),
    "build-syntax": ("file-broken",),
    "build-unknown-stage": ("copy-from-no-stage",),
    "build-wrong-architecture": ("wrong-architecture",),
    "image-wrong-architecture": ("wrong-architecture",),
}
"""What the files tell, and what comes of it in a build."""

_FROM = re.compile(r"(?i)^\s*FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?")
_DISTRIBUTION = re.compile(r"[A-Za-z0-9][\w.-]*")


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each image that does not build, once."""
    for sight in sights(case):
        told: set[tuple[str, int | None, str]] = set()
        for service, said in sight.services.items():
            build = said.get("build")
            if not isinstance(build, dict) or not (case.building or sight.missing(sight.image(service))):
                continue
            done = sight.engine.compose(sight.files, "build", service, seconds=SECONDS)
            if done.well:
                continue
            failed = failure(f"{done.out}\n{done.err}")
            if not failed.lines and "did not complete" in failed.reason:
                # A busy builder may end before the last words of what it ran have come; now all before it is cached.
                done = sight.engine.compose(sight.files, "build", service, seconds=SECONDS)
                if done.well:
                    continue
                failed = failure(f"{done.out}\n{done.err}")
            key = (str(build.get("dockerfile")), failed.line, failed.reason)
            if key not in told:
                told.add(key)
                yield diagnosis(sight, service, build, failed)


def diagnosis(sight: Sight, service: str, build: Mapping[str, Any], failed: Failure) -> Diagnosis:
    """Why a build failed, told by the table of known errors; what it printed last where that knows nothing."""
    path = _dockerfile(sight, build)
    lines = _text(sight, path)
    shown = failed.instruction or (lines[failed.line - 1] if failed.line and failed.line <= len(lines) else "")
    known = by_rank(BUILD_ERRORS, (*failed.lines, failed.reason), shown)
    place = Place(path, failed.line) if path in sight.case.project.sources else None
    head = shown.splitlines()[0].strip() if shown else ""
    seen = [f"{sight.compose} build {service}"]
    seen += [f"{path}{f':{failed.line}' if failed.line else ''}: {head}"] if head else []
    faults = ("not-started", "image-missing")
    explains = [f"{fault}:{name}" for fault in faults for name in (service, *sight.dependents(service))]
    values = _values(sight, service, build, failed, known, path, lines)
    if known is None:
        said = sight.last(failed.lines, 3) or (sight.shown(failed.reason),)
        way_out = (Step(values["build"], f"all that it prints; correct {values['at']}"),)
        cause = f"the image does not build: {said[-1]}"
        return sight.found("build-fails", service, cause, [*seen, *said], way_out, explains=explains, place=place)
    return sight.found(
        known.known.fault, service, known.cause(**values), [*seen, known.line], known.steps(**values),
        explains=explains, place=place, symptom_of=_CAUSES.get(known.known.fault, ()),
    )  # fmt: skip


def _values(
    sight: Sight,
    service: str,
    build: Mapping[str, Any],
    failed: Failure,
    known: Recognised | None,
    path: str,
    lines: Sequence[str],
) -> dict[str, str]:
    """What the table's sentences leave open."""
    base = _base(lines, failed.line)
    if base in ("", "scratch") or failed.line is None:
        base = base or sight.image(service)
    groups = known.groups if known is not None else {}
    alpine = "alpine" in base
    thing = next((groups[name] for name in ("thing", "other", "a", "b", "c") if groups.get(name)), "")
    thing = thing or ("cargo" if groups.get("rust") else "cmake" if groups.get("cmake") else "")
    thing = thing or ("mysql_config" if groups.get("mysql") else "")
    brought = packages(thing, alpine=alpine) or groups.get("package") or thing
    values = {
        "at": f"{path}:{failed.line}" if failed.line else path,
        "build": f"{sight.compose} build {quote(service)}",
        "compose": sight.compose,
        "base": base,
        "registry": base.partition("/")[0] if "." in base.partition("/")[0] else "docker.io",
        "install": _install(brought, alpine=alpine),
        "service": service,
        "dockerfile": path,
        "distribution": (_DISTRIBUTION.match(groups.get("requirement", "")) or [""])[0],
        "thing_said": f" ({thing} tells where they are)" if thing else "",
        "script": _script(sight, groups.get("path") or groups.get("other") or ""),
        "excluded": "",
        "mend_copy": "",
        "mend_copy_why": "",
    }
    if known is not None and known.known.fault == "build-copies-nothing":
        values |= _copied(
            sight, build, path, (groups.get("path") or groups.get("other") or "").lstrip("/"), values["at"]
        )
    return {name: value for name, value in values.items() if not groups.get(name)}


def _install(names: str, *, alpine: bool) -> str:
    if alpine:
        return f"RUN apk add --no-cache {names}"
    return f"RUN apt-get update && apt-get install -y --no-install-recommends {names}"


def _dockerfile(sight: Sight, build: Mapping[str, Any]) -> str:
    """The Dockerfile as it is written from the project's folder."""
    name, context = str(build.get("dockerfile") or "Dockerfile"), str(build.get("context") or ".")
    return sight.local(normpath(join(sight.case.project.root, context, name)))


def _text(sight: Sight, path: str) -> list[str]:
    source = sight.case.project.sources.get(path)
    return source.text.splitlines() if source is not None else []


def _base(lines: Sequence[str], line: int | None) -> str:
    """The image that the stage of a line is built upon, through the stages that it is built upon."""
    stages: dict[str, str] = {}
    base = ""
    for text in lines[: line or len(lines)]:
        found = _FROM.match(text)
        if found is not None:
            base = stages.get(found["image"].lower(), found["image"])
            if found["name"]:
                stages[found["name"].lower()] = base
    return base


def _script(sight: Sight, path: str) -> str:
    """The file of the project that a path of the image was most likely copied from."""
    name = path.rpartition("/")[2]
    found = [each for each in sight.case.project.listing if each == name or each.endswith(f"/{name}")]
    return quote(min(found, key=len)) if found else quote(name)


def _copied(sight: Sight, build: Mapping[str, Any], dockerfile: str, path: str, at: str) -> dict[str, str]:
    """Whether what COPY does not find is left out of the context, is elsewhere, or nowhere."""
    project = sight.case.project
    context = sight.local(normpath(join(project.root, str(build.get("context") or "."))))
    there = path if context == "." else f"{context}/{path}"
    image = next(
        (each for each in images(project) if each.path == dockerfile and (each.context or ".") == context), None
    )
    if image is not None and project.exists(there) and left_out(project, image)(path):
        ignore = ignore_file_read(project, image) or ".dockerignore"
        return {
            "excluded": f": {ignore} leaves it out",
            "mend_copy": f"echo '!{path}' >> {quote(ignore)}",
            "mend_copy_why": "takes it in again",
        }
    name = path.rpartition("/")[2]
    prefix = "" if context == "." else f"{context}/"
    elsewhere = [
        each.removeprefix(prefix)
        for each in sorted(project.listing, key=len)
        if each.startswith(prefix) and each.rpartition("/")[2] == name
    ]
    if elsewhere:
        return {
            "excluded": f", which is {context}: there is {elsewhere[0]}",
            "mend_copy": f"COPY {elsewhere[0]}",
            "mend_copy_why": f"at {at}; sources are relative to the context",
        }
    return {"excluded": "", "mend_copy": f"ls {quote(there)}", "mend_copy_why": f"make it, or correct {at}"}
