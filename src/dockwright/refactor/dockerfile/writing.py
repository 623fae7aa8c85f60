"""Writing: the stages of the new Dockerfile as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import basename, normpath

from msgspec import Struct

from dockwright.facts.system_packages import library_of_runtime
from dockwright.facts.uv_image import UV_IMAGE
from dockwright.refactor.dockerfile.files import Entries
from dockwright.refactor.dockerfile.launch import Launch
from dockwright.refactor.dockerfile.packages import Packages
from dockwright.refactor.dockerfile.reading import Copied, Noted, Reading
from dockwright.syntax import dockerfile

VENV = "/opt/venv"
OWNER = "1000:1000"
_WIDTH = 100

# What a program of the application itself runs belongs to the user, so that its files do.
_AS_USER = re.compile(
    r"RUN (?:--\S+ )*(?:\w+=\S+ )*(?:python3?|\./manage\.py|flask|django-admin|pybabel|npm|yarn|git config --global)\b"
)
_SYSTEM = re.compile(
    r"/(?:usr|etc|bin|sbin|lib|dev|proc|sys|root|home|venv|run|opt/venv)?(?:/.*)?|/tmp|/var/run.*|/var/lib/apt.*"
)
_COMMON = re.compile(r"/(?:usr/src|home)/.+")


class Python(Struct, frozen=True):
    """How the project is installed. `folder` is that of its manifests, relative to the context."""

    folder: str = ""
    package: bool = False
    workspace: bool = False
    dynamic: bool = False
    members: tuple[str, ...] = ()
    options: str = ""
    test: str | None = None
    development: bool = True


class Plan(Struct, frozen=True):
    """All that decides on the new Dockerfile."""

    reading: Reading
    launch: Launch
    packages: Packages
    python: Python
    entries: Entries
    probe: Noted | None
    folders: tuple[str, ...]
    musl: bool
    listed: bool
    tests: tuple[str, ...] = ()
    """What tests need at the top of the project, relative to the context."""
    syntax: str = "docker/dockerfile:1"


def write(plan: Plan) -> str:
    """The Dockerfile."""
    reading = plan.reading
    stages = [_base(plan), _builder(plan), *(_noted(stage) for stage in reading.kept_stages), _development(plan)]
    if plan.python.test is not None:
        stages.append(_test(plan, plan.python.test))
    stages.append(_production(plan))
    body = "\n".join(stages)
    arguments = [arg for arg in reading.global_args if _uses(body, re.findall(r"ARG\s+(\w+)", arg.text))]
    head = f"# syntax={plan.syntax}\n{reading.header}\n"
    above = "".join(_noted(arg) for arg in arguments)
    tail = f"\n{reading.tail}" if reading.tail else ""
    return f"{head}{above}{chr(10) if above else ''}{body}{tail}"


def _noted(noted: Noted) -> str:
    return f"{noted.comment}{noted.text}\n"


def _uses(text: str, names: Iterable[str]) -> bool:
    return any(re.search(rf"\$\{{?{name}\b", text) for name in names)


def _arguments(plan: Plan, text: str) -> str:
    """The ARGs that a stage's text uses; one that an ENV of the base stage hands on is told there."""
    handed_on = {name for _, pairs in plan.reading.settings for name, _ in pairs} if "FROM base" in text else set()
    return "".join(_noted(noted) for name, noted in plan.reading.args if name not in handed_on and _uses(text, [name]))


# base


def _base(plan: Plan) -> str:
    reading = plan.reading
    body = ""
    if plan.packages.runtime:
        # A library recommends nothing that a program needs; what other packages recommend, their user may.
        lean = reading.lean or all(library_of_runtime(name) is not None for name in plan.packages.runtime)
        body += reading.packages_comment + _install(plan, plan.packages.runtime, lean=lean)
    body += "".join(_noted(line) for line in reading.base_lines)
    body += _user(plan)
    body += _settings(plan)
    body += f"{reading.workdir_comment}WORKDIR {reading.workdir}\n"
    comment = (
        "# What every stage shares: interpreter, working directory and an unprivileged\n"
        "# user. USER is numeric so that Kubernetes can check runAsNonRoot.\n"
    )
    return f"{comment}{reading.from_comment}FROM {reading.from_text} AS base\n{_arguments(plan, body)}{body}"


def _install(plan: Plan, names: tuple[str, ...], *, lean: bool) -> str:
    words = [f"'{name}'" if re.search(r"[<>~*]", name) else name for name in names]
    if plan.musl:
        return _wrapped("RUN apk add --no-cache", words, "      ") + "\n"
    option = " --no-install-recommends" if lean else ""
    install = _wrapped(f" && apt-get install --yes{option}", words, "      ")
    return f"RUN apt-get update \\\n{install} \\\n && rm -rf /var/lib/apt/lists/*\n"


def _wrapped(lead: str, words: Iterable[str], indent: str) -> str:
    """Words on one line where they fit, else each on its own."""
    words = list(words)
    line = " ".join([lead, *words])
    return line if len(line) <= _WIDTH else " \\\n".join([lead, *(indent + word for word in words)])


def _user(plan: Plan) -> str:
    folders = [plan.reading.workdir, *plan.folders]
    if plan.musl:
        return (
            "RUN addgroup -g 1000 appuser \\\n"
            " && adduser -u 1000 -G appuser -D appuser \\\n"
            f"{_wrapped(' && install -d -o 1000 -g 1000', folders, '      ')}\n"
        )
    return (
        "RUN groupadd --gid 1000 appuser \\\n"
        " && useradd --uid 1000 --gid 1000 --create-home --no-log-init appuser \\\n"
        f"{_wrapped(' && install --directory --owner 1000 --group 1000', folders, '      ')}\n"
    )


def _settings(plan: Plan) -> str:
    """The user's ENV instructions, those without comments in one, with what the stages need."""
    names = {name for _, pairs in plan.reading.settings for name, _ in pairs}
    own = [("PATH", f"{VENV}/bin:$PATH")]
    if "PYTHONUNBUFFERED" not in names:
        own.insert(0, ("PYTHONUNBUFFERED", "1"))
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for comment, pairs in [*plan.reading.settings, ("", own)]:
        for name, value in pairs:
            last = groups[-1] if groups else None
            # A value is expanded with what stands in the instructions before its own.
            fits = last is not None and not comment and not _uses(value, [each for each, _ in last[1]])
            if last is not None and fits and not (name == "PATH" and any(each == "PATH" for each, _ in last[1])):
                last[1].append((name, value))
            else:
                groups.append((comment, [(name, value)]))
            if comment:
                comment = ""
    return "".join(
        f"{comment}ENV " + " \\\n    ".join(f"{name}={value}" for name, value in pairs) + "\n"
        for comment, pairs in groups
    )


# builder


def _mounts(plan: Plan) -> str:
    python = plan.python
    lead = f"{python.folder}/" if python.folder else ""
    names = ["pyproject.toml", "uv.lock", *python.members]
    binds = "".join(f"    --mount=type=bind,source={lead}{name},target={name} \\\n" for name in names)
    return f"RUN --mount=type=cache,target=/root/.cache/uv \\\n{binds}"


def _sync(plan: Plan, *, development: bool) -> str:
    python = plan.python
    check = "--frozen" if python.workspace or python.dynamic else "--locked"
    left = "--no-install-workspace" if python.workspace else "--no-install-project"
    group = "" if development else " --no-dev"
    editable = " --no-editable" if python.package and not development else ""
    return f"{_mounts(plan)}    uv sync {check}{group}{python.options} {left}{editable}\n"


def _builder(plan: Plan) -> str:
    reading = plan.reading
    text = (
        "# The locked dependencies, in a venv outside the working directory so that a bind\n"
        "# mount of the source cannot hide it.\n"
        "FROM base AS builder\n"
        f"COPY --from={UV_IMAGE} /uv /usr/local/bin/\n"
        f"ENV UV_PROJECT_ENVIRONMENT={VENV} \\\n"
        "    UV_COMPILE_BYTECODE=1 \\\n"
        "    UV_LINK_MODE=copy \\\n"
        "    UV_PYTHON_DOWNLOADS=0\n"
    )
    if plan.packages.build:
        text += ("" if plan.packages.runtime else reading.packages_comment) + _install(
            plan, plan.packages.build, lean=True
        )
    text += reading.install_comment + _sync(plan, development=False)
    if plan.python.package:
        source = f"COPY {plan.python.folder or '.'} .\n"
        text += source + (
            "RUN --mount=type=cache,target=/root/.cache/uv \\\n"
            f"    uv sync --locked --no-dev{plan.python.options} --no-editable\n"
        )
    return text


# development and test


def _development(plan: Plan) -> str:
    launch, reading = plan.launch, plan.reading
    text = "FROM builder AS development\n"
    if plan.python.development:
        text += _sync(plan, development=True)
    outside = [folder for folder in plan.folders if not folder.startswith(reading.workdir + "/")]
    owned = [reading.workdir, "/home/appuser", *_topmost(outside)]
    text += (
        "# appuser gets the host user's numbers, so that both can write the bind mounts.\nARG UID=1000\nARG GID=1000\n"
    )
    text += _renumbered(plan, owned)
    text += _source(plan)
    if plan.python.package:
        text += "RUN --mount=type=cache,target=/root/.cache/uv \\\n"
        text += f"    uv sync --locked{plan.python.options}\n"
    text += "USER $UID:$GID\n"
    text += "".join(f"{noted.text}\n" for noted in reading.exposed)
    return text + _start(launch.entrypoint, launch.reloading or launch.cmd)


def _renumbered(plan: Plan, owned: list[str]) -> str:
    """The RUN that gives appuser other numbers. Alpine has no usermod."""
    if plan.musl:
        own = _wrapped(' && chown -R "$UID:$GID"', owned, "      ")
        return (
            'RUN sed -i "s/^appuser:x:1000:1000:/appuser:x:$UID:$GID:/" /etc/passwd \\\n'
            ' && sed -i "s/^appuser:x:1000:/appuser:x:$GID:/" /etc/group \\\n'
            f"{own}\n"
        )
    own = _wrapped(" && chown --recursive appuser:appuser", owned, "      ")
    return (
        f'RUN groupmod --non-unique --gid "$GID" appuser \\\n && usermod --non-unique --uid "$UID" appuser \\\n{own}\n'
    )


def _topmost(folders: Iterable[str]) -> list[str]:
    """The folders that lie in no other one of them."""
    known = list(folders)
    return [each for each in known if not any(each.startswith(f"{other}/") for other in known)]


def _source(plan: Plan) -> str:
    """All of the context where production's files lie, or just these and the tests where they lie elsewhere."""
    copies = plan.reading.copies
    owner = "$UID:$GID"
    whole = next((copied for copied in copies if copied.whole), None)
    if whole is not None or not copies:
        away = whole is not None and normpath(whole.target) != plan.reading.workdir
        lead = _folder(whole.target) if away and whole is not None else ""
        modes = [f"COPY --chown={owner} --chmod=755 {name} {lead}{name}\n" for name in plan.launch.mode]
        return "".join([f"COPY --chown={owner} . {lead or '.'}\n", *modes])
    lines = [_explicit(plan, copied, owner) for copied in copies if not _is_dropped(plan, copied)]
    taken = {normpath(source) for copied in copies for source in copied.sources}
    files = [path for path in plan.tests if "." in basename(path) and path not in taken]
    if files:
        lines.append(f"COPY --chown={owner} {' '.join(files)} ./\n")
    lines += [
        f"COPY --chown={owner} {path} {basename(path)}\n"
        for path in plan.tests
        if "." not in basename(path) and path not in taken
    ]
    return "".join(lines)


def _is_dropped(plan: Plan, copied: Copied) -> bool:
    return all(normpath(source) in plan.launch.dropped for source in copied.sources)


def _folder(path: str) -> str:
    return path.rstrip("/") + "/"


def _test(plan: Plan, cmd: str) -> str:
    reset = "ENTRYPOINT []\n" if plan.launch.entrypoint is not None and not plan.launch.passes_on else ""
    return f"FROM development AS test\n{reset}CMD {cmd}\n"


def _start(entrypoint: str | None, cmd: str | None, comments: tuple[str, str] = ("", "")) -> str:
    text = "" if entrypoint is None else f"{comments[0]}ENTRYPOINT {entrypoint}\n"
    return text + ("" if cmd is None else f"{comments[1]}CMD {_folded(cmd)}\n")


def _folded(cmd: str) -> str:
    """A long command in exec form on several lines, cut before an option."""
    if len(cmd) <= _WIDTH or not cmd.startswith("["):
        return cmd
    lines = [""]
    for word in re.findall(r'"(?:[^"\\]|\\.)*",? ?', cmd[1:-1]):
        if len(lines[-1]) + len(word) > _WIDTH and word.startswith('"-'):
            lines.append("")
        lines[-1] += word
    return "[" + " \\\n     ".join(line.rstrip() for line in lines) + "]"


# production


def _production(plan: Plan) -> str:
    reading, launch = plan.reading, plan.launch
    body = f"COPY --from=builder {VENV} {VENV}\n"
    body += "".join(_noted(noted) for noted in reading.brought)
    body += "".join(_copies(plan))
    late = reading.late_lines
    body += "".join(_noted(line) for line in late if not _AS_USER.match(line.text))
    body += "".join(_noted(line) for line in reading.metadata)
    body += f"USER {OWNER}\n"
    body += "".join(_noted(line) for line in late if _AS_USER.match(line.text))
    body += "".join(_noted(noted) for noted in reading.exposed)
    if plan.probe is not None:
        body += _noted(plan.probe)
    body += _start(launch.entrypoint, launch.cmd, (reading.entrypoint_comment, reading.cmd_comment))
    head = "FROM base AS production\n"
    return f"{head}{_arguments(plan, head + body)}{body}"


def _copies(plan: Plan) -> list[str]:
    reading = plan.reading
    lines: list[str] = []
    whole = next((copied for copied in reading.copies if copied.whole), None)
    needed = {*plan.entries.files, *plan.entries.folders, *plan.entries.inner}
    for copied in reading.copies:
        if copied is whole:
            lines += _listed(plan, copied)
        elif _is_dropped(plan, copied):
            continue
        elif not copied.whole and not (whole is not None and _covered(copied, whole, needed)):
            lines.append(copied.comment + _explicit(plan, copied))
    return lines


def _covered(copied: Copied, whole: Copied, needed: set[str]) -> bool:
    """Whether a COPY brings what the one of the whole context brings to the same place."""
    for source in copied.sources:
        plain = normpath(source.lstrip("/"))
        place = normpath(f"{copied.target}/{basename(plain)}" if copied.folder else copied.target)
        if place != normpath(f"{whole.target}/{plain}") or plain not in needed:
            return False
    return True


def _listed(plan: Plan, copied: Copied) -> list[str]:
    """The entries that the program needs, or the whole context where they are too many to list."""
    home = normpath(copied.target) == plan.reading.workdir
    lead = "" if home else _folder(copied.target)
    if not plan.listed:
        return [f"{copied.comment}COPY --chown={OWNER} . {lead or '.'}\n"]
    entries = plan.entries
    files = [name for name in entries.files if name not in plan.launch.mode]
    lines = [_wrapped(f"COPY --chown={OWNER}", [*files, lead or "./"], "    ") + "\n"] if files else []
    lines += [f"COPY --chown={OWNER} {name} {lead}{name}\n" for name in entries.folders]
    lines += [f"COPY --chown={OWNER} {name} {lead}{name}\n" for name in entries.inner if name not in plan.launch.mode]
    lines += [f"COPY --chown={OWNER} --chmod=755 {name} {lead}{name}\n" for name in plan.launch.mode]
    return [copied.comment + lines[0], *lines[1:]] if lines else []


def _explicit(plan: Plan, copied: Copied, owner: str = OWNER) -> str:
    instruction = copied.instruction
    if instruction is None:
        return f"COPY --chown={owner} {' '.join(copied.sources)} {copied.target}\n"
    flags = [flag for flag in instruction.flags if flag.name not in ("chown", "from")]
    mode = " --chmod=755" if any(normpath(source) in plan.launch.mode for source in copied.sources) else ""
    kept = "".join(f" --{flag.name}" + (f"={flag.value}" if flag.value is not None else "") for flag in flags)
    written = instruction.destination.value
    target = written
    moved = not written.startswith("/") and normpath(f"{plan.reading.workdir}/{written}") != normpath(copied.target)
    if moved or "$" in written or written.startswith("/root/"):
        target = _folder(copied.target) if copied.folder else copied.target
    words = " ".join([*copied.sources, target])
    if any(" " in word for word in (*copied.sources, target)):
        words = "[" + ", ".join(f'"{word}"' for word in (*copied.sources, target)) + "]"
    keyword = "ADD" if isinstance(instruction, dockerfile.Add) else "COPY"
    return f"{keyword} --chown={owner}{mode if 'chmod' not in kept else ''}{kept} {words}\n"


def owned_folders(workdir: str, folders: Iterable[str]) -> tuple[str, ...]:
    """Those of the folders that an application may write to: below its own, or on a level of their own."""
    found: dict[str, None] = {}
    for path in folders:
        plain = normpath(path)
        below = plain.startswith(workdir.rstrip("/") + "/")
        if (
            plain != workdir
            and "$" not in plain
            and (below or not _SYSTEM.fullmatch(plain))
            and not workdir.startswith(plain + "/")
        ):
            found[plain] = None
    return tuple(found)
