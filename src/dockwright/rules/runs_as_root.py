"""DW101: an image that runs as root."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import basename

from dockwright.facts.base_images import official, runs_as_root, user_commands
from dockwright.finding import Finding, Fix, Severity
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.project.running import running
from dockwright.project.stacks import written_services
from dockwright.rule import Example, Rule
from dockwright.rules._shipped import production, source_mounted
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span, lazy_regex

_ROOT = frozenset({"root", "0"})
# Folders whose owner is nobody's to change, or that somebody else makes.
_NOT_OURS = ("/home/", "/root", "/tmp", "/var/run", "/run/", "/var/lib/docker")  # noqa: S108
# Programs that start another one as somebody else, and servers that start as root and run their workers so.
_DROPS_ROOT = lazy_regex(
    r"(?<![\w-])(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|setuidgid|chpst|chroot[ \t]+--userspec|sudo[ \t]+-\w*u)\b"
    r"|(?:^|[;&|(]|\bexec|\bthen|\belse)[ \t]*su[ \t]+[-\w\"'$]|\bos\.setuid\(",
    re.M,
)
# What scripts do that only root may, and how a RUN shows that it works for another user or for root alone.
_AS_ROOT = lazy_regex(
    r"^[^#\n]*?(?<![\w-])(?:chown|useradd|usermod|groupmod|adduser|apt-get|apk[ \t]+add)(?![\w-])", re.M
)
_FOR_SOMEBODY = lazy_regex(
    r"(?<![\w-])chown[ \t]+(?:-[-\w]+[ \t]+)*[\"']?(?!root\b|0\b|1000\b)[$\w{]"
    r"|(?<![\w-])chmod[ \t]+(?:-R[ \t]+)?u\+x\b|(?<![\w/-])/root/(?!\.cache)"
)
_BY_ITSELF = (
    r"(?:nginx|apache2ctl|apache2-foreground|httpd|httpd-foreground|haproxy|crond?|supervisord|sshd"
    r"|uwsgi\b[^\n]*\.ini)\b"
)
_STARTS_AS_ROOT = lazy_regex(rf"^\[?[ \t]*[\"']?(?:exec[ \t]+)?(?:/\S*/)?{_BY_ITSELF}")
_SCRIPT_STARTS_AS_ROOT = lazy_regex(rf"^[ \t]*exec[ \t]+(?:/\S*/)?{_BY_ITSELF}", re.M)
_STEPS_DOWN = lazy_regex(r"(?<![\w-])(?:gosu|su-exec|s6-overlay)(?![\w-])")
# What follows the last change to the file system may stay below USER: it changes nothing on disk.
_METADATA = (
    dockerfile.Cmd, dockerfile.Entrypoint, dockerfile.Healthcheck, dockerfile.Expose, dockerfile.Stopsignal,
    dockerfile.Label, dockerfile.Env,
)  # fmt: skip


class RunsAsRoot(Rule):
    """Run the image as a user without rights

    ## What it finds

    A stage that becomes an image and runs as root: its last `USER` says `root` or `0`, or neither it nor a stage it
    is built upon has one and the base image is known to have none either. Left alone are images whose entry point
    gives up root's rights itself, images that compose gives another `user` wherever it runs them, and images that
    start nothing and are called `base`; also dev containers, which set their user elsewhere, and GitHub's actions,
    which have to be root. An image that starts nothing, or that only developers or tests use, is worth knowing about,
    and no more.

    ## Why it matters

    Whoever breaks into a process that runs as root owns everything in the container and every file that is mounted
    into it, and needs one flaw in the kernel for the host. Files that it writes into a bind mount belong to root, so
    that the developer cannot edit them.

    ## How to mend it

    Make a user with a fixed number, give it the working directory, and name the number in `USER`: Kubernetes can
    check `runAsNonRoot` only for a number.

    ## Fix safety

    `apply` adds the user to images built upon Python's official ones. It is part of the target layout and not of
    `audit --fix`: named volumes that root wrote have to be handed over once. It adds none where another user could not
    start the program: where the image gives files to somebody else, where they lie in `/` for want of a `WORKDIR`, or
    where a script that is started needs root's rights.

    ## Source

    Dockerfile reference, `USER`; Kubernetes, Pod Security Standards, «restricted».
    """

    code, name, severity, consent = "DW101", "runs-as-root", "warning", "refit"
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
        Example(
            {
                "Dockerfile": "FROM ⟦python:3.13-slim⟧\nWORKDIR /app\nCOPY . .\nCMD python app.py\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n"
                "    volumes: [static:/srv/static, logs:/app/logs]\nvolumes: {static: , logs: }\n",
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n"
                "RUN groupadd --gid 1000 appuser \\\n"
                " && useradd --uid 1000 --gid 1000 --create-home --no-log-init appuser \\\n"
                " && mkdir -p /app/logs /srv/static \\\n"
                " && chown --recursive 1000:1000 /app /srv/static\n"
                "USER 1000:1000\nCMD python app.py\n"
            },
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\nUSER ⟦root⟧\nCMD python app.py\n"}),
        Example({"Dockerfile": "FROM ⟦debian:trixie⟧\nCMD sleep 1\n"}),
        Example({"Dockerfile": "FROM ⟦python:3.13-slim⟧\nCOPY app.py ./\nCMD python app.py\n"}),
        # Nobody else can start what these make for somebody.
        Example({"Dockerfile": "FROM ⟦python:3.13-slim⟧\nRUN chown -R www-data /srv\nCMD python app.py\n"}),
        Example({"Dockerfile": "FROM ⟦python:3.13-slim⟧\nRUN chmod u+x /srv/app.py\nCMD /srv/app.py\n"}),
        Example({"Dockerfile": "FROM ⟦python:3.13-slim⟧\nARG DIR\nWORKDIR $DIR\nCMD python app.py\n"}),
        Example(
            {
                "Dockerfile": "FROM ⟦python:3.13-slim⟧\nWORKDIR /srv\nCMD python app.py\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    entrypoint: [./start.sh]\n",
                "start.sh": "#!/bin/sh\nchown app /data\nexec python app.py\n",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM ⟦python:3.13-slim⟧ AS app\nCMD python app.py\n\nFROM app AS plus\nRUN make\n",
                "compose.yaml": 'name: shop\nservices:\n  app:\n    user: "1000"\n    build: .\n'
                "  cron:\n    build: {context: ., target: app}\n",
            }
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim AS base\nUSER 1000:1000\n\nFROM base\nCMD python app.py\n"}),
        Example(
            {"Dockerfile": "FROM python:3.13-slim AS build\nRUN make\n\nFROM build\nUSER app\nCMD python app.py\n"}
        ),
        Example({"Dockerfile": "FROM gcr.io/distroless/python3-debian12:nonroot\nCMD app.py\n"}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nENTRYPOINT ["gosu", "app", "python", "app.py"]\n'}),
        Example(
            {
                "Dockerfile": 'FROM python:3.13-slim\nCOPY . /srv\nENTRYPOINT ["/srv/start.sh"]\n',
                "start.sh": "#!/bin/sh\nmkdir -p /data\nexec /srv/serve.sh\n",
                "serve.sh": '#!/bin/sh\nchown app /data\nexec setpriv --reuid=app python app.py "$@"\n',
            }
        ),
        Example({"Dockerfile": 'FROM python:3.13-slim\nRUN apt-get install -y gosu\nENTRYPOINT ["/srv/start"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD ["supervisord", "-n"]\n'}),
        Example(
            {
                "Dockerfile": 'FROM debian:trixie\nCOPY run.sh /\nENTRYPOINT ["/run.sh"]\n',
                "run.sh": "#!/bin/sh\ncrontab /jobs\nexec cron -f\n",
            }
        ),
        Example({"Dockerfile": "FROM example/base:1\nCOPY . .\n", "db/Dockerfile": "FROM postgres:17\nCOPY a /b\n"}),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nRUN pip install shop\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    entrypoint: python /srv/start.py\n",
                "start.py": "import os\nos.setuid(os.stat('/srv').st_uid)\nprint(os.environ['HOME'])\n",
            }
        ),
        Example({"docker/base/Dockerfile": "FROM debian:trixie\nRUN apt-get update\n"}),
        Example({".devcontainer/Dockerfile": "FROM python:3.13\nRUN pip install ruff\n"}),
        Example({".github/actions/check/Dockerfile": "FROM python:3.13\nCOPY check.py /\nCMD python /check.py\n"}),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCMD python app.py\n",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build: .\n    user: ${UID:-1000}\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        shipped = {(image.path, stage.index) for image, stage in production(project)}
        for image in images(project):
            if ".devcontainer/" in image.path or image.path.startswith(".github/") or _only_base(image):
                continue
            told: set[int] = set()
            for stage in image.shipped:
                # What a stage is built upon is mended there, for both.
                if not told.isdisjoint(ancestor.index for ancestor in image.lineage(stage)):
                    continue
                starts = image.last(stage, dockerfile.Cmd) or image.last(stage, dockerfile.Entrypoint)
                runs = starts or image.builds or official(image.base(stage)) is None
                # The last stage is what is deployed, though only developers run it by compose.
                tried = stage is not image.tree.stages[-1] and source_mounted(project, image, stage)
                serves = (image.path, stage.index) in shipped and runs and not tried
                severity: Severity = "warning" if serves else "info"
                finding = self._of_stage(project, image, stage, severity)
                if finding is not None:
                    told.add(stage.index)
                    if (image.path, finding.at.span) not in seen:
                        seen.add((image.path, finding.at.span))
                        yield finding

    def _of_stage(self, project: Project, image: Image, stage: dockerfile.Stage, severity: Severity) -> Finding | None:
        user = image.last(stage, dockerfile.User)
        base = image.base(stage)
        if user is not None:
            if user.value.value.partition(":")[0] not in _ROOT:
                return None
        elif not runs_as_root(base):
            return None
        if _drops_root(project, image, stage) or _compose_gives_user(project, image, stage):
            return None
        if user is not None:
            at = Site(image.path, user.value.span)
            advice = "end the stage with USER 1000:1000"
            return self.found(at, "the container runs as root", advice=advice, severity=severity)
        *_, oldest = image.lineage(stage)
        written = oldest.from_.image.value
        known = not dockerfile.expansion(written, image.global_defaults, image.tree.escape).unset
        named = base.partition("@")[0] if known else written
        at = Site(image.path, stage.from_.image.span)
        message = f"nothing from {named} on sets a user: the container runs as root"
        # A user that others inherit would run their build steps too.
        inherited = any(stage in list(image.lineage(other))[1:] for other in image.tree.stages)
        fix = (
            None
            if inherited or _needs_root(project, image, stage)
            else _fix(image, stage, base, _volumes(project, image, stage))
        )
        return self.found(at, message, advice=_advice(stage), fix=fix, severity=severity)


def _only_base(image: Image) -> bool:
    """Whether an image starts nothing and is there for others to build upon, which then choose the user."""
    if not image.tree.stages or "base" not in re.split(r"[^a-z0-9]+", image.path.lower()):
        return False
    last = image.tree.stages[-1]
    return image.last(last, dockerfile.Cmd) is None and image.last(last, dockerfile.Entrypoint) is None


@view
def _compose_users(project: Project) -> Mapping[Site, set[str | None]]:
    """The users with which compose runs what each build section builds; None for the image's own."""
    found: dict[Site, set[str | None]] = {}
    for _, written in written_services(project):
        user = next((given for service in reversed(written) if (given := service.text("user"))), None)
        for service in written:
            if service.build is not None:
                found.setdefault(Site(service.path, service.build.node.span), set()).add(user)
    return found


def _compose_gives_user(project: Project, image: Image, stage: dockerfile.Stage) -> bool:
    """Whether whoever builds the stage is a service with a user of its own."""
    users: set[str | None] = set()
    for call in image.builds:
        target = image.by_name.get((call.target or "").lower(), image.tree.stages[-1])
        if target is stage:
            users |= _compose_users(project).get(call.at, {None})
    return bool(users) and all(user is not None and user.partition(":")[0] not in _ROOT for user in users)


def _advice(stage: dockerfile.Stage) -> str:
    folder = _working_directory(stage) or "the working directory"
    return f"make a user with the number 1000, give it {folder}, and end the stage with USER 1000:1000"


def _working_directory(stage: dockerfile.Stage) -> str | None:
    workdir = stage.last(dockerfile.Workdir)
    folder = None if workdir is None else workdir.value.value
    return folder if folder and folder.startswith("/") and folder != "/" and "$" not in folder else None


def _drops_root(project: Project, image: Image, stage: dockerfile.Stage) -> bool:
    """Whether what the container starts changes to another user by itself, or may, as far as the files tell."""
    for ancestor in image.lineage(stage):
        for instruction in ancestor.instructions:
            kinds = (dockerfile.Run, dockerfile.Copy, dockerfile.Add)
            if isinstance(instruction, kinds) and _STEPS_DOWN.search(instruction.logical.text):
                return True
    return any(
        _DROPS_ROOT.search(text) or (_SCRIPT_STARTS_AS_ROOT if scripted else _STARTS_AS_ROOT).search(text)
        for text, scripted in _started(project, image, stage, of_services=False)
    )


def _beside(copy: dockerfile.Instruction) -> bool:
    """Whether files are copied to where the program starts, as far as it is told by no path."""
    return isinstance(copy, (dockerfile.Copy, dockerfile.Add)) and copy.destination.value[:1] not in ("/", "$")


def _needs_root(project: Project, image: Image, stage: dockerfile.Stage) -> bool:
    """Whether another user would miss something: what root alone may do, or what was made for somebody else."""
    workdir = stage.last(dockerfile.Workdir)
    if image.last(stage, dockerfile.Workdir) is None and any(map(_beside, stage.of(dockerfile.Copy, dockerfile.Add))):
        # The program lies in `/`, which cannot be given to anybody: what it makes beside itself would fail.
        return True
    if workdir is not None and "$" in workdir.value.value:
        return True
    for ancestor in image.lineage(stage):
        for run in ancestor.of(dockerfile.Run):
            if _FOR_SOMEBODY.search(run.arguments.text) is not None:
                return True
    return any(
        scripted and _AS_ROOT.search(text) is not None
        for text, scripted in _started(project, image, stage, of_services=True)
    )


def _started(
    project: Project, image: Image, stage: dockerfile.Stage, *, of_services: bool
) -> Iterator[tuple[str, bool]]:
    """What a container starts, and the scripts that this leads to; the texts with whether each is a script.

    What compose says counts where the image starts nothing by itself, or all the same, by `of_services`.
    """
    chosen = (image.last(stage, dockerfile.Entrypoint), image.last(stage, dockerfile.Cmd))
    started = [instruction.arguments.text for instruction in chosen if instruction is not None]
    if of_services or not started:
        started += _said_by_services(project, image, stage)
    yield from ((text, False) for text in started)
    scripts = _scripts(project)
    texts, reached = started, set[str]()
    while texts:
        words = {basename(word.strip("\"'[],;")) for text in texts for word in text.split()}
        names = (words & scripts.keys()) - reached
        reached |= names
        texts = [scripts[name] for name in names]
        yield from ((text, True) for text in texts)


def _said_by_services(project: Project, image: Image, stage: dockerfile.Stage) -> Iterator[str]:
    for _, services in running(project):
        for run in services.values():
            if run.image is not None and run.image.path == image.path and run.stage is stage:
                for key in ("entrypoint", "command"):
                    found = run.service.last(key)
                    if found is not None:
                        yield " ".join(scalar.value for scalar in found[1].strings())


@view
def _scripts(project: Project) -> Mapping[str, str]:
    """The text of the scripts by their names, those of one name together; of Python's, those that change the user."""
    found: dict[str, str] = {}
    changing = [source for source in project.of_kind("python") if "os.setuid(" in source.text]
    for source in (*project.of_kind("shell"), *changing):
        name = basename(source.path)
        found[name] = found.get(name, "") + source.text
    return found


def _volumes(project: Project, image: Image, stage: dockerfile.Stage) -> tuple[str, ...]:
    """Where services that run the stage have named volumes: a new one belongs to whom its folder does in the image."""
    found: dict[str, None] = {}
    for _, services in running(project):
        for run in services.values():
            if (
                run.image is None
                or run.image.path != image.path
                or run.stage is not stage
                or run.service.written("user")
            ):
                continue
            for layer in run.service.layers:
                for volume in layer.volumes:
                    named = volume.source is not None and not volume.bind and "ro" not in volume.options.split(",")
                    if named and volume.target.startswith("/") and not volume.target.startswith(_NOT_OURS):
                        found[volume.target] = None
    return tuple(path for path in sorted(found) if "$" not in path)


def _fix(image: Image, stage: dockerfile.Stage, base: str, volumes: tuple[str, ...]) -> Fix | None:
    commands = user_commands(base)
    if commands is None:
        return None
    source = image.tree.source
    newline, sign = source.newline, image.tree.escape
    lines = [commands.group, commands.user]
    folder = _working_directory(stage)
    if volumes:
        lines.append(f"mkdir -p {' '.join(volumes)}")
    own = [] if folder is None else [folder]
    own += [path for path in volumes if folder is None or not path.startswith(f"{folder.rstrip('/')}/")]
    if own:
        lines.append(f"chown {'-R' if 'alpine' in base else '--recursive'} 1000:1000 {' '.join(own)}")
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
