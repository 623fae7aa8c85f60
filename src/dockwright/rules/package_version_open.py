"""DW166 and DW167: packages that are installed in whatever version there is today."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.facts.base_images import tag
from dockwright.facts.releases import releases
from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.runs import PackageCall
from dockwright.rule import Example, Rule
from dockwright.rules._packages import is_pulled, package_calls
from dockwright.syntax import shell
from dockwright.text import Site, lazy_regex

# Whoever upgrades the installer in front of an installation wants the newest one.
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
# A distribution's release in the name of an image that is not one of the official ones.
_RELEASE = lazy_regex(
    r"(?:ubuntu|debian|alpine|fedora|centos|rocky|rockylinux|alma|almalinux|amazonlinux|ubi|leap|sles|bci|stream)[:-]?\d"
)
_FIX = lazy_regex(r"v?\d+\.\d+\.\d+")
_FILES = (".whl", ".tar", ".deb", ".rpm", ".apk", ".gz", ".zip", ".tgz", ".gem", ".txt")

# What is installed as a whole: the needs of a package, a group of them.
_WITHOUT_VERSIONS = frozenset({"build-dep", "group", "groupinstall"})


class ToolVersionOpen(Rule):
    """Say which version of a library or tool is installed

    ## What it finds

    `pip install`, `pipx install`, `uv pip install`, `npm install`, `gem install`, `conda install` and their like that
    name packages without a version. Requirement files, constraints, paths and URLs are fine, and so is an upgrade of
    the installer itself: `pip install --upgrade pip`.

    ## Why it matters

    Tomorrow's build gets another version than today's. The day on which it breaks is decided by somebody else.

    ## How to mend it

    Write the version (`pip install "poetry==2.2.1"`), or let a lock file say it.

    ## Fix safety

    There is no fix: which version is right is not in the text.

    ## Source

    pip's documentation, «Repeatable installs».
    """

    code, name, severity = "DW166", "tool-version-open", "info"
    equivalents = ("hadolint:DL3013", "hadolint:DL3016", "hadolint:DL3028")
    invalid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN pip install --no-cache-dir ⟦poetry⟧ uvicorn==0.38.0\n"}),
        Example({"Dockerfile": "FROM node:24\nRUN npm install -g ⟦@angular/cli⟧ yarn@1.22.22\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN pipx install ⟦poetry⟧ && pipx install ruff==0.14.5\n"}),
    )
    valid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nRUN pip install -r requirements.txt 'poetry>=2' /tmp/x.whl .\n"}
        ),
        Example({"Dockerfile": "FROM node:24\nRUN npm ci && npm install && gem install -v 2.7 bundler\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN pip install poetry==$V $EXTRA git+https://x.org/y@v1\n"}),
        Example({"Dockerfile": "FROM ruby:3.4\nRUN gem install pg:1.6.2 -- --with-pg-config /opt/pg/bin/pg_config\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN pip install -c constraints.txt shop\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nRUN pip install -U pip setuptools wheel\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for step, call in package_calls(project):
            if call.manager.system:
                continue
            own = _INSTALLERS if {"-U", "--upgrade"} & call.options else frozenset()
            names = [name for name in _open(call) if name.value not in own]
            if names:
                yield self.found(
                    step.site(names[0].span),
                    f"{call.manager.name} installs {_said(names)} in whatever version is the newest",
                    advice="write the version, or install from a lock file",
                )


class SystemPackageVersionOpen(Rule):
    """Know which release the system packages come from

    ## What it finds

    Packages of apt-get, apk, dnf, yum and zypper without a version, in a stage that the image is made of and whose
    base image names no release of its distribution: neither a tag as `python:3.13-slim-trixie` or `python:3.13.9`,
    which is not built anew for long, nor a digest. Each Dockerfile is told once.

    ## Why it matters

    On the day on which the tag moves to the next release, every package is another major version. Within a release
    they change for fixes only.

    ## How to mend it

    Name the release in the tag, or pin the digest and let a bot move it. A version for each package does the same,
    but the distributions take old versions off their servers, and the build fails from then on.

    ## Fix safety

    There is no fix: which version is right is not in the text.

    ## Source

    Docker's documentation, «Building best practices», «Version pinning».
    """

    code, name, severity = "DW167", "system-package-version-open", "info"
    equivalents = (
        "hadolint:DL3008", "hadolint:DL3018", "hadolint:DL3033", "hadolint:DL3037", "hadolint:DL3041",
    )  # fmt: skip
    invalid = (
        Example({"Dockerfile": "FROM python:3.13\nRUN apt-get update && apt-get install -y ⟦gcc⟧ make=4.4.1-2\n"}),
        Example({"Dockerfile": "FROM alpine\nRUN apk add --virtual .build ⟦gcc⟧ curl~8\nRUN apk add git\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM fedora\nRUN dnf group install -y c-development && dnf -y groupinstall core\n"}),
        Example({"Dockerfile": "FROM debian\nRUN apt-get install -y gcc=4:14.2.0-1 ./shop.deb $PACKAGES\n"}),
        Example({"Dockerfile": f"FROM debian@sha256:{64 * 'a'}\nRUN apt-get install -y gcc\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim-trixie\nRUN apt-get install -y gcc\n"}),
        Example({"Dockerfile": "FROM python:3.13.9-slim\nRUN apt-get install -y gcc\n"}),
        Example({"Dockerfile": "FROM fedora\nRUN dnf install -y gcc-15.2.1\n"}),
        Example({"Dockerfile": "FROM fedora:43\nRUN dnf install -y gcc\n"}),
        Example({".devcontainer/Dockerfile": "FROM debian\nRUN apt-get install -y gcc\n"}),
        Example({"Dockerfile": "ARG BASE\nFROM $BASE\nRUN apt-get install -y gcc\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        files: dict[str, list[tuple[Site, PackageCall, list[shell.Word]]]] = {}
        for step, call in package_calls(project):
            if call.manager.system and is_pulled(step) and not _settled(step.image.base(step.stage)):
                names = _open(call)
                if names:
                    files.setdefault(step.path, []).append((step.site(names[0].span), call, names))
        for (at, call, names), *others in files.values():
            all_names = [*names, *(name for _, _, more in others for name in more)]
            yield self.found(
                at,
                f"{call.manager.name} installs {_said(all_names)} from whatever release the base image is of",
                advice="name the release in the base image's tag, or pin its digest",
                related=[Related(site, "and here") for site, _, _ in others],
            )


def _settled(image: str) -> bool:
    """Whether an image's name tells the release of its distribution, or nobody knows the name."""
    named = any(release.product in ("Debian", "Ubuntu", "Alpine") for release in releases(image))
    unknown = not image or "$" in image
    return (
        named
        or unknown
        or "@" in image
        or _RELEASE.search(image) is not None
        or _FIX.match(tag(image) or "") is not None
    )


def _open(call: PackageCall) -> list[shell.Word]:
    """The packages that say no version, those that a variable or a file names left out."""
    manager = call.manager
    if not manager.pins or call.options & manager.from_file - {"-r", "--requirement", "-e", "--editable"}:
        return []
    said = {word.text for word in call.simple.words if word.start <= call.verb_word.start}
    if said & _WITHOUT_VERSIONS:
        return []
    return [word for word in call.packages if _is_open(word, manager.pins)]


def _is_open(word: shell.Word, pins: str) -> bool:
    name = word.value
    if name is None or name.startswith(("-", ".")) or name.endswith(_FILES):
        return False
    if name.startswith("git") and "://" in name:
        # A repository's newest state, where no commit or tag is named: `@v1` for pip, `#v1` for npm.
        path = name.partition("://")[2].partition("/")[2]
        return ("#" if pins == "@" else "@") not in path
    if any(sign in name for sign in "/\\${") and not name.startswith("@"):
        return False
    if pins == "-":
        versioned = any(part[:1].isdigit() for part in name.split("-")[1:])
        return not versioned and not any(sign in name for sign in "=@:")
    return not any(sign in name[1:] for sign in pins)


def _said(names: list[shell.Word]) -> str:
    said = [word.value or "" for word in names]
    return ", ".join(said[:3]) + (f" and {len(said) - 3} more" if len(said) > 3 else "")
