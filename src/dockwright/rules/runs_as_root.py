"""DW101: an image that runs as root."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.facts.base_images import runs_as_root, user_commands
from dockwright.finding import Finding, Fix
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span

_ROOT = frozenset({"root", "0"})
_DROPS_ROOT = ("gosu", "su-exec", "setpriv", "runuser", "s6-setuidgid", "chroot --userspec", "su ", "sudo -u")
# What follows the last change to the file system may stay below USER: it changes nothing on disk.
_METADATA = (
    dockerfile.Cmd, dockerfile.Entrypoint, dockerfile.Healthcheck, dockerfile.Expose, dockerfile.Stopsignal,
    dockerfile.Label, dockerfile.Env,
)  # fmt: skip


class RunsAsRoot(Rule):
    """Run the image as a user without rights

    ## What it finds

    A stage that becomes an image and runs as root: neither it nor a stage it is built upon has a `USER`, or the last
    one says `root` or `0`. Images whose entry point gives up root's rights itself are left alone, and so are base
    images that are known to run as somebody else.

    ## Why it matters

    Whoever breaks into a process that runs as root owns everything in the container and every file that is mounted
    into it, and needs one flaw in the kernel for the host. Files that it writes into a bind mount belong to root, so
    that the developer cannot edit them.

    ## How to mend it

    Make a user with a fixed number, give it the working directory, and name the number in `USER`: Kubernetes can
    check `runAsNonRoot` only for a number.

    ## Fix safety

    `apply` adds the user to images built upon Python's official ones. It is part of the target layout and not of
    `audit --fix`: named volumes that root wrote have to be handed over once.

    ## Source

    Dockerfile reference, `USER`; Kubernetes, Pod Security Standards, «restricted».
    """

    code, name, severity, consent = "DW101", "runs-as-root", "error", "refit"
    equivalents = (
        "hadolint:DL3002", "trivy-checks:DS-0002", "checkov:CKV_DOCKER_3", "checkov:CKV_DOCKER_8", "dockle:CIS-DI-0001",
        "docker-parfum:DL3002",
    )  # fmt: skip
    traps = (9,)
    invalid = (
        Example(
            {"Dockerfile": 'FROM ⟦python:3.13-slim⟧\nWORKDIR /app\nCOPY . .\nEXPOSE 8000\nCMD ["python", "app.py"]\n'},
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n"
                "RUN groupadd --gid 1000 appuser \\\n"
                " && useradd --uid 1000 --gid 1000 --create-home --no-log-init appuser \\\n"
                " && chown --recursive 1000:1000 /app\n"
                "USER 1000:1000\n"
                'EXPOSE 8000\nCMD ["python", "app.py"]\n'
            },
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nUSER ⟦root⟧\nCMD python app.py\n"}),
        Example({"Dockerfile": "FROM ⟦debian:trixie⟧\nCMD sleep 1\n"}),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS base\nUSER 1000:1000\n\nFROM base\nCMD python app.py\n"}),
        Example(
            {"Dockerfile": "FROM python:3.13-slim AS build\nRUN make\n\nFROM build\nUSER app\nCMD python app.py\n"}
        ),
        Example({"Dockerfile": "FROM gcr.io/distroless/python3-debian12:nonroot\nCMD app.py\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nENTRYPOINT ["gosu", "app", "python", "app.py"]\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.shipped:
                finding = self._of_stage(project, image, stage)
                if finding is not None and (image.path, finding.at.span) not in seen:
                    seen.add((image.path, finding.at.span))
                    yield finding

    def _of_stage(self, project: Project, image: Image, stage: dockerfile.Stage) -> Finding | None:
        user = image.last(stage, dockerfile.User)
        if _drops_root(project, image, stage):
            return None
        if user is not None:
            if user.value.value.partition(":")[0] not in _ROOT:
                return None
            at = Site(image.path, user.value.span)
            return self.found(at, "the container runs as root", advice="end the stage with USER 1000:1000")
        base = image.base(stage)
        if not runs_as_root(base) or base == "scratch":
            return None
        at = Site(image.path, stage.from_.image.span)
        message = f"nothing from {base} on sets a user: the container runs as root"
        return self.found(at, message, advice=_advice(stage), fix=_fix(image, stage, base))


def _advice(stage: dockerfile.Stage) -> str:
    folder = _working_directory(stage) or "the working directory"
    return f"make a user with the number 1000, give it {folder}, and end the stage with USER 1000:1000"


def _working_directory(stage: dockerfile.Stage) -> str | None:
    workdir = stage.last(dockerfile.Workdir)
    folder = None if workdir is None else workdir.value.value
    return folder if folder and folder.startswith("/") and folder != "/" and "$" not in folder else None


def _drops_root(project: Project, image: Image, stage: dockerfile.Stage) -> bool:
    """Whether the entry point, or the script that it runs, changes to another user by itself."""
    texts = []
    for kind in (dockerfile.Entrypoint, dockerfile.Cmd):
        instruction = image.last(stage, kind)
        if instruction is None:
            continue
        text = instruction.arguments.text
        texts.append(text)
        names = {basename(word.strip("\"'[],")) for word in text.split()}
        texts += [source.text for source in project.of_kind("shell") if basename(source.path) in names]
    return any(tool in text for text in texts for tool in _DROPS_ROOT)


def _fix(image: Image, stage: dockerfile.Stage, base: str) -> Fix | None:
    commands = user_commands(base)
    if commands is None:
        return None
    source = image.tree.source
    newline, sign = source.newline, image.tree.escape
    lines = [commands.group, commands.user]
    folder = _working_directory(stage)
    if folder is not None:
        lines.append(f"chown {'-R' if 'alpine' in base else '--recursive'} 1000:1000 {folder}")
    run = f" {sign}{newline} && ".join(lines)
    at, before = _place(image, stage)
    text = f"RUN {run}{newline}USER 1000:1000{newline}"
    text = text if before else newline + text
    return Fix("run as user 1000", (Edit(image.path, Span(at, at), text),), "refit")


def _place(image: Image, stage: dockerfile.Stage) -> tuple[int, bool]:
    """Where USER goes: above the metadata at the stage's end and its comments; and whether a line begins there."""
    last = None
    for instruction in reversed(stage.instructions):
        if not isinstance(instruction, _METADATA):
            break
        last = instruction
    if last is not None:
        comments = image.tree.comments_above(last)
        return (comments.start if comments is not None else last.line_span.start), True
    end = (stage.instructions[-1] if stage.instructions else stage.from_).line_span.end
    return end, image.tree.source.text[end - 1 : end] == "\n"
