"""DW162: an installation that reads the package index of another layer."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.runs import PackageCall, Step
from dockwright.rule import Example, Rule
from dockwright.rules._packages import children, runs_by_file


class StalePackageIndex(Rule):
    """Refresh the package index and install in one RUN

    ## What it finds

    A `RUN apt-get update` without an installation in it, and an `apt-get install` in a RUN that refreshes nothing
    where an earlier RUN did.

    ## Why it matters

    The refresh is cached. Whoever adds a package months later installs from the index of that time: the versions
    that it names are gone from the servers, and the build fails with 404.

    ## How to mend it

    `RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*`.

    ## Fix safety

    There is no fix: which RUNs belong together is for a person to decide.

    ## Source

    Docker's documentation, «Building best practices», `apt-get`.
    """

    code, name, severity = "DW162", "stale-package-index", "warning"
    equivalents = (
        "trivy-checks:DS-0017", "checkov:CKV_DOCKER_5", "docker-parfum:aptGetUpdatePrecedesInstall",
        "dockerfilelint:apt-get-update_require_install", "dockle:CIS-DI-0007",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM debian:13\nRUN ⟦apt-get update⟧\nRUN apt-get install -y gcc\n"}),
        Example(
            {
                "Dockerfile": "FROM debian:13\nRUN apt-get update && apt-get install -y gcc\n"
                "RUN ⟦apt-get install -y make⟧ && apt-get install -y git\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM debian:13\nRUN apt-get update\nRUN apt-get update && apt-get install -y gcc\n"
                "RUN ⟦apt-get install -y make⟧\n"
            }
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update && apt-get install -y gcc\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN --mount=type=cache,target=/var/lib/apt apt-get update\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update && ./install.sh\n"}),
        Example({"Dockerfile": "FROM internal/with-index\nRUN apt-get install -y gcc\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for steps in runs_by_file(project):
            for step in steps:
                yield from self._of(step, steps)

    def _of(self, step: Step, steps: tuple[Step, ...]) -> Iterator[Finding]:
        told = False
        for call in step.packages:
            if call.verb == "refresh" and call.manager.stale and _alone(step, call):
                later = list(_later_installs(step, call, steps))
                # Whoever refreshes for nothing harms nobody; some do so to see that a repository works.
                if later:
                    related = [Related(other.site(each.written.span), "installs from it") for other, each in later]
                    yield self.found(
                        step.site(call.written.span),
                        "the package index is refreshed in a layer of its own",
                        advice="refresh and install in one RUN",
                        related=related,
                    )
            elif call.verb == "install" and call.manager.stale and not told:
                first = _refreshed_with_installation(step, call, steps)
                # One refresh mends all that the RUN installs.
                if first is not None:
                    told = True
                    yield self.found(
                        step.site(call.written.span),
                        "this installs from the package index of an earlier layer",
                        advice=f"put {call.simple.name} update in front of it, in the same RUN",
                        related=[Related(first.site(first.run.keyword_span), "refreshed here")],
                    )


def _alone(step: Step, call: PackageCall) -> bool:
    if len(step.commands) > 1 and any(
        simple.name is not None and ("/" in simple.words[0].text or simple.name.endswith(".sh"))
        for simple in step.commands
        if simple.words
    ):
        return False
    return not _has(step, call, "install") and not _has(step, call, "upgrade") and not _mounted(step)


def _has(step: Step, call: PackageCall, verb: str) -> bool:
    return any(other.verb == verb and other.manager is call.manager for other in step.packages)


def _mounted(step: Step) -> bool:
    return any("/var/lib/apt" in target or target == "/var/lib" for target in step.mount_targets)


def _local(call: PackageCall) -> bool:
    return bool(call.packages) and all(word.text.endswith(".deb") for word in call.packages)


def _later_installs(step: Step, call: PackageCall, steps: tuple[Step, ...]) -> Iterator[tuple[Step, PackageCall]]:
    """The installations that read this index: those behind the next refresh read another."""
    refreshed: set[int] = set()
    for other in children(step, steps):
        if other.stage.index in refreshed:
            continue
        if _has(other, call, "refresh"):
            refreshed.add(other.stage.index)
            continue
        for each in other.packages:
            if each.verb == "install" and each.manager is call.manager:
                yield other, each


def _refreshed_with_installation(step: Step, call: PackageCall, steps: tuple[Step, ...]) -> Step | None:
    """The earlier RUN with a refresh and an installation of its own whose index this one reads."""
    # What is piped into a shell, as the set-up of a foreign repository, refreshes by itself.
    piped = any(simple.name in ("sh", "bash") for simple in step.commands)
    if _has(step, call, "refresh") or _local(call) or _mounted(step) or piped:
        return None
    found = None
    for other in steps:
        if _has(other, call, "refresh") and any(child is step for child in children(other, steps)):
            found = other
    return found if found is not None and not _alone(found, call) and _has(found, call, "install") else None
