"""DW163: what a package manager downloaded and left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.package_managers import Caches
from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.runs import PackageCall, Step, is_on
from dockwright.rule import Example, Rule
from dockwright.rules._packages import append_command, children, insert_option, is_pulled, removes, runs_by_file
from dockwright.syntax import shell
from dockwright.text import Edit, lazy_regex

# Source: Poetry's pull request 5519, which brought the option in 1.2.
_OLD_POETRY = lazy_regex(r"\bpoetry\s*[=~]=\s*1\.[01]\b|\bPOETRY_VERSION[= ]+v?1\.[01]\b")


class PackageCacheKept(Rule):
    """Leave no package cache in the layer

    ## What it finds

    An installation in a stage that the image is made of which leaves its downloads or its index behind: the lists of
    apt-get, the index of apk, the metadata of dnf, yum and zypper, the caches of pip, uv, poetry, npm, yarn and
    conda. A cache mount, an option, an environment variable or a removal in the same RUN is enough.

    ## Why it matters

    Nothing reads it again, and every pull carries it: some 20 MB for apt's lists, hundreds for pip's cache of larger
    wheels. A removal in a later RUN hides it and makes nothing smaller.

    ## How to mend it

    Mount a cache (`RUN --mount=type=cache,target=/root/.cache/pip`), which makes builds faster as well, or remove it
    in the same RUN.

    ## Fix safety

    Safe: only where no later RUN installs from what is removed, and no script is run that might.

    ## Source

    Docker's documentation, «Building best practices» and «Cache mounts»; the managers' own manuals.
    """

    code, name, severity, consent = "DW163", "package-cache-kept", "info", "safe"
    equivalents = (
        "hadolint:DL3009", "hadolint:DL3019", "hadolint:DL3032", "hadolint:DL3036", "hadolint:DL3040",
        "hadolint:DL3042", "hadolint:DL3060", "trivy-checks:DS-0015", "trivy-checks:DS-0019", "trivy-checks:DS-0020",
        "trivy-checks:DS-0025", "trivy-checks:DS-0027", "docker-parfum:aptGetInstallThenRemoveAptLists",
        "docker-parfum:apkAddUseNoCache", "docker-parfum:pipUseNoCacheDir", "docker-parfum:yumInstallRmVarCacheYum",
        "docker-parfum:npmCacheCleanAfterInstall", "docker-parfum:yarnCacheCleanAfterInstall",
        "dockerfilelint:apt-get_missing_rm", "dockerfilelint:apkadd-missing_nocache_or_updaterm",
        "dockle:DKL-DI-0004", "dockle:DKL-DI-0005",
    )  # fmt: skip
    traps = (12,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN apt-get update && ⟦apt-get install -y libpq5⟧\n"},
            becomes={
                "Dockerfile": "FROM python:3.13-slim\n"
                "RUN apt-get update && apt-get install -y libpq5 && rm -rf /var/lib/apt/lists/*\n"
            },
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nRUN apt-get update \\\n"
                " && ⟦apt-get install -y \\\n    libpq5⟧ \\\n && mkdir /data\n"
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nRUN apt-get update \\\n && apt-get install -y \\\n    libpq5 \\\n"
                " && mkdir /data \\\n && rm -rf /var/lib/apt/lists/*\n"
            },
        ),
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN ⟦pip install -r requirements.txt⟧\n"},
            becomes={"Dockerfile": "FROM python:3.13-slim\nRUN pip install --no-cache-dir -r requirements.txt\n"},
        ),
        Example({"Dockerfile": "FROM python:3.13\nENV POETRY_VERSION=1.1.4\nRUN ⟦poetry install --no-dev⟧\n"}),
        Example(
            {"Dockerfile": "FROM python:3.13\nRUN pip install --no-cache poetry==1.8.3\nRUN ⟦poetry install⟧\n"},
            becomes={
                "Dockerfile": "FROM python:3.13\nRUN pip install --no-cache poetry==1.8.3\n"
                "RUN poetry install --no-cache\n"
            },
        ),
        Example(
            {"Dockerfile": "FROM alpine:3.22\nRUN ⟦apk add curl⟧\n"},
            becomes={"Dockerfile": "FROM alpine:3.22\nRUN apk add --no-cache curl\n"},
        ),
        Example(
            {"Dockerfile": "FROM alpine:3.22\nRUN apk update && ⟦apk add curl⟧\n"},
            becomes={"Dockerfile": "FROM alpine:3.22\nRUN apk update --no-cache && apk add --no-cache curl\n"},
        ),
        Example(
            {"Dockerfile": "FROM alpine:3.22\nRUN --mount=type=cache,target=/var/cache/pip ⟦apk add curl⟧\n"},
            becomes={
                "Dockerfile": "FROM alpine:3.22\nRUN --mount=type=cache,target=/var/cache/pip apk add --no-cache curl\n"
            },
        ),
        Example(
            {"Dockerfile": "FROM debian:13\nRUN --mount=type=cache,target=/var/cache/apt ⟦apt-get install -y gcc⟧\n"},
            becomes={
                "Dockerfile": "FROM debian:13\nRUN --mount=type=cache,target=/var/cache/apt "
                "apt-get install -y gcc && rm -rf /var/lib/apt/lists/*\n"
            },
        ),
        Example(
            {"Dockerfile": "FROM fedora:43\nRUN ⟦dnf -y upgrade-minimal⟧\n"},
            becomes={"Dockerfile": "FROM fedora:43\nRUN dnf -y upgrade-minimal && dnf clean all\n"},
        ),
        Example(
            {"Dockerfile": "FROM opensuse/leap:15.6\nRUN ⟦zypper -n patch⟧\n"},
            becomes={"Dockerfile": "FROM opensuse/leap:15.6\nRUN zypper -n patch && zypper clean --all\n"},
        ),
        Example(
            {"Dockerfile": "FROM fedora:43\nRUN ⟦dnf install -y gcc⟧\n"},
            becomes={"Dockerfile": "FROM fedora:43\nRUN dnf install -y gcc && dnf clean all\n"},
        ),
    )
    valid = (
        Example(
            {"Dockerfile": "FROM debian\nRUN apt-get update && apt-get install gcc && rm -rf /var/lib/apt/lists/*\n"}
        ),
        Example({"Dockerfile": "FROM python:3.13\nRUN --mount=type=cache,target=/root/.cache/pip pip install shop\n"}),
        Example({"Dockerfile": "FROM python:3.13\nENV PIP_NO_CACHE_DIR=1\nRUN python -m pip install shop\n"}),
        Example(
            {"Dockerfile": "FROM python:3.13\nRUN PIP_NO_CACHE_DIR=1 pip install shop && npm ci && rm -rf ~/.npm\n"}
        ),
        Example({"Dockerfile": "FROM debian AS build\nRUN pip install shop\nFROM debian\nCOPY --from=build /a /a\n"}),
        Example({"Dockerfile": "FROM alpine:3.22\nRUN apk add --no-cache curl && apk --no-cache add wget\n"}),
        Example({"Dockerfile": "FROM debian:13\nRUN apt-get update; apt-get install -y gcc; apt-get dist-clean\n"}),
        Example({".devcontainer/Dockerfile": "FROM python:3.13\nRUN pip install shop\n"}),
        Example({"Dockerfile": "FROM python:3.13\nRUN pip install --no-cache /wheels/* && yarn --version\n"}),
        Example({"Dockerfile": "FROM fedora:43\nRUN --mount=type=cache,target=/var/cache/libdnf5 dnf install gcc\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for steps in runs_by_file(project):
            for step in steps:
                yield from self._of(step, steps)

    def _of(self, step: Step, steps: tuple[Step, ...]) -> Iterator[Finding]:
        told: set[str] = set()
        for call in step.packages if is_pulled(step) else ():
            caches = call.manager.caches
            fetches = call.verb == "install" or (call.verb == "upgrade" and call.manager.system)
            # `yarn` alone installs; `yarn --version` does not.
            asks = {"--version", "--help"} & call.options
            if caches is None or not fetches or asks or not call.sure or _covered(step, call, caches):
                continue
            # What is appended mends every call of the RUN; an option mends its own.
            if caches.option is None and call.manager.name in told:
                continue
            told.add(call.manager.name)
            advice = f"add {caches.option}" if caches.option else f"end the RUN with {caches.command}"
            fix = _fix(step, call, caches, steps)
            if call.manager.name == "poetry" and _OLD_POETRY.search(step.image.tree.source.text) is not None:
                advice, fix = "mount a cache at /root/.cache/pypoetry: this Poetry has no --no-cache", None
            yield self.found(
                step.site(call.written.span),
                f"{call.manager.name} leaves {caches.what} in the layer",
                advice=advice,
                fix=fix,
            )


def _covered(step: Step, call: PackageCall, caches: Caches) -> bool:
    if caches.options & call.options or set(caches.variables) & step.environment:
        return True
    if any(_sets(simple, name) for simple in step.commands for name in caches.variables):
        return True
    named = not call.manager.system
    if any(_within(folder, target, named) for target in step.mount_targets for folder in caches.folders):
        return True
    cleans = [
        other.verb_word.text
        for other in step.packages
        if other.verb == "clean" and other.manager.caches == caches and other.simple.start > call.simple.start
    ]
    # `apt-get clean` empties another folder than the lists, which the images of Debian do by themselves; apt of Debian
    # 13 has a command for the lists. Source: apt-get(8), `distclean`.
    if caches.command is not None and caches.command.startswith("rm "):
        cleans = [said for said in cleans if said != "clean"]
    return bool(cleans) or any(
        removes(simple, caches.folders) for simple in step.commands if simple.start > call.simple.start
    )


def _sets(simple: shell.Simple, name: str) -> bool:
    """Whether a command sets a variable for itself, or exports it to those behind it."""
    if any(each.name == name and is_on(each.word.value or "x") for each in simple.assignments):
        return True
    said = [word.text.partition("=") for word in simple.arguments] if simple.name == "export" else []
    return any(written == name and is_on(value) for written, _, value in said)


def _within(folder: str, target: str, named: bool) -> bool:
    """Whether a mount covers a cache; or, where it may be moved, is called like it."""
    plain = folder.removesuffix("/*").rstrip("*/")
    name = plain.rpartition("/")[2]
    return target.endswith(plain) or plain.startswith(f"{target}/") or (named and len(name) > 2 and name in target)


def _fix(step: Step, call: PackageCall, caches: Caches, steps: tuple[Step, ...]) -> Fix | None:
    if call.written is not call.simple and call.written.words != call.simple.words:
        return None
    edit: Edit | None
    if caches.option is not None:
        # What refreshes the index in front of it writes the same one.
        calls = [call, *(each for each in step.packages if _refreshes(each, call, caches))]
        edits = [insert_option(step, each, caches.option) for each in calls]
        known = tuple(edit for edit in edits if edit is not None)
        return Fix(f"add {caches.option}", known) if len(known) == len(edits) else None
    if caches.command is None or any(_may_install(other, call) for other in children(step, steps)):
        return None
    edit = append_command(step, caches.command)
    return None if edit is None else Fix(f"remove {caches.what} in the same RUN", (edit,))


def _refreshes(other: PackageCall, call: PackageCall, caches: Caches) -> bool:
    return other.manager is call.manager and other.verb == "refresh" and not caches.options & other.options


def _may_install(step: Step, call: PackageCall) -> bool:
    """Whether a later RUN reads what would be removed, or runs a script that nobody knows here."""
    if not call.manager.stale:
        return False
    mine = [each for each in step.packages if each.manager is call.manager]
    if any(each.verb == "install" for each in mine) and not any(each.verb == "refresh" for each in mine):
        return True
    return any(
        word.text.endswith(".sh") or word.text.startswith("./") for simple in step.commands for word in simple.words[:2]
    )
