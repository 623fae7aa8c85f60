"""Images that services name, that are not on the engine, and that their registry does not give."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.doctor.case import Case
from dockwright.doctor.diagnosis import Diagnosis
from dockwright.doctor.sight import Sight, sights
from dockwright.facts.build_errors import PULL_ERRORS
from dockwright.facts.known_errors import Step, by_rank
from dockwright.syntax.shell import quote

_SECONDS = 30.0


def examine(case: Case) -> Iterator[Diagnosis]:
    """Each image that cannot be pulled, once. The registry is asked for the manifest alone."""
    told: set[str] = set()
    for sight in sights(case):
        for service in sight.services:
            name = sight.image(service)
            if service in sight.built or name in told or not sight.missing(name):
                continue
            told.add(name)
            yield from _pulled(sight, service, name)


def _pulled(sight: Sight, service: str, name: str) -> Iterator[Diagnosis]:
    never = sight.services[service].get("pull_policy") == "never"
    users = [each for each in sight.services if sight.image(each) == name]
    explains = [f"not-started:{other}" for each in users for other in (each, *sight.dependents(each))]
    if never:
        cause = (
            f"{service} wants the image {name}, which is not here, and `pull_policy: never` keeps it from being fetched"
        )
        ways = (Step(f"docker build -t {quote(name)} .", "or whatever makes it; or take the policy away"),)
        yield sight.found(
            "image-missing", service, cause, (f"docker image inspect {name}: none",), ways, explains=explains
        )
        return
    said = sight.engine.docker("buildx", "imagetools", "inspect", name, seconds=_SECONDS)
    if "is not a docker command" in said.err or "unknown command" in said.err:
        said = sight.engine.docker("manifest", "inspect", name, seconds=_SECONDS)
    if said.well:
        return
    words = said.err.strip() or "no answer"
    known = by_rank(PULL_ERRORS, words.splitlines())
    host = name.partition("/")[0]
    values = {
        "base": name,
        "at": f"{sight.stack.files[0]}, service {service}",
        "build": f"{sight.compose} pull {quote(service)}",
        "registry": host if "." in host or ":" in host else "docker.io",
    }
    seen = (f"docker buildx imagetools inspect {name}: {words.splitlines()[-1]}",)
    if known is None:
        ways = (Step(f"docker pull {quote(name)}", "all that it says"),)
        yield sight.found("image-missing", service, f"{name} cannot be pulled", seen, ways, explains=explains)
        return
    yield sight.found(known.known.fault, service, known.cause(**values), seen, known.steps(**values), explains=explains)
