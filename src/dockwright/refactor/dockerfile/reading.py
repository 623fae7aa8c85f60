"""Reading: a Dockerfile taken apart into what each instruction is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import basename, normpath
from posixpath import join as under

from msgspec import Struct, field

from dockwright.facts.base_images import PYTHON_REPOSITORIES, repository, tag
from dockwright.facts.python_installers import BUILD_SETTING, OWN_FOLDER, TOOLS
from dockwright.facts.secret_settings import credentials_in, sets_a_secret, stands_in
from dockwright.project.build_steps import Step, filled, installs, resolved, steps
from dockwright.project.images import Image
from dockwright.project.model import Project
from dockwright.project.requirements import requirement
from dockwright.project.runs import Step as RunStep
from dockwright.project.runs import runs
from dockwright.refactor.dockerfile.refusal import Refused
from dockwright.refactor.dockerfile.units import Unit, packages_of, removed_later, units, virtual_names
from dockwright.syntax import dockerfile
from dockwright.text import Span

APP = "/app"

_MANIFEST = re.compile(
    r"(?i)(?:.*requirements.*\.(?:txt|in)\*?|requirements/?\*?|constraints.*\.txt|pyproject\.toml\*?|\*?poetry\.lock\*?"
    r"|\*?pdm\.lock\*?|\*?uv\.lock\*?|pipfile\*?|pipfile\.lock\*?|pipfile\.\*|setup\.(?:py|cfg)|poetry\.toml|\.python-version)"
)
_UV = "ghcr.io/astral-sh/uv"
_DROPPED_SETTING = re.compile(BUILD_SETTING)
_OWN_PATH = re.compile(OWN_FOLDER)
_INDEX_SETTING = re.compile(r"(?:PIP|UV|POETRY|PIPENV)_.*(?:INDEX|SOURCES|FIND_LINKS).*")
_INSTALLED = re.compile(
    r".*(?:venv|site-packages|dist-packages|/wheels?\b|requirements.*\.txt|/usr/local(?:/bin|/lib.*)?/?$|/root/\.local|/install\b"
    r"|poetry|\.cache).*"
)
_HOMES = ("/root", "/home")

# A line of comment that only separates stages, or names one; and one that is meant for a linter.
_BANNER = re.compile(
    r"(?i)#[\s#*=_~-]*(?:[\w ]+\s*[#*=_~-]+)?\s*|##.*|#\s*(?:stage|step)\s*\d.*"
    r"|#\s*(?:build(?:er)?|runtime|final|production|base|release)(?: stage| image)?\s*"
)
_REMARK = re.compile(r"#\s*hadolint\s")
_MANIFEST_WORD = re.compile(r"\b(?:[\w-]*requirements[\w-]*\.(?:txt|in)|pyproject\.toml|poetry\.lock|Pipfile)\b")
_ELSEWHERE = re.compile(r"sources\.list|apt-key|nodesource|add-apt-repository|pgdg|keyrings|/etc/apk/repositories")
_CHECKS = frozenset(
    {"flake8", "ruff", "mypy", "pylint", "black", "isort", "pytest", "bandit", "tox", "safety", "pyright"}
)


class Noted(Struct, frozen=True):
    """A text for the new Dockerfile, the user's comments that stand above it, and where it comes from."""

    text: str
    comment: str = ""
    at: Span = Span(0, 0)


class Copied(Struct, frozen=True):
    """A COPY or ADD out of the context.

    `instruction` is None for one that the image lacks. `sources` are its paths, `target` is absolute.
    `whole` is whether it takes all of the context.
    """

    instruction: dockerfile.Copy | dockerfile.Add | None
    sources: tuple[str, ...]
    target: str
    folder: bool
    comment: str
    whole: bool = False


class Reading(Struct):
    """What a Dockerfile does, by purpose. Comments are the user's own, with the line feed behind the last."""

    base: str
    """The base image, defaults filled in."""
    from_text: str = ""
    """What stands behind FROM, without the stage's name."""
    workdir: str = APP
    has_workdir: bool = True
    """Whether the working directory is written, and not assumed."""
    header: str = ""
    from_comment: str = ""
    workdir_comment: str = ""
    packages_comment: str = ""
    install_comment: str = ""
    global_args: list[Noted] = field(default_factory=list)
    args: list[tuple[str, Noted]] = field(default_factory=list)
    settings: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    lean: bool = True
    """Whether every installation leaves out what is only recommended."""
    removed: list[str] = field(default_factory=list)
    """System packages that the image has only while it is built."""
    base_lines: list[Noted] = field(default_factory=list)
    """Instructions that were kept and stand before the dependencies."""
    copies: list[Copied] = field(default_factory=list)
    brought: list[Noted] = field(default_factory=list)
    """What comes out of other images and stages."""
    late_lines: list[Noted] = field(default_factory=list)
    """Instructions that were kept and stand behind the source."""
    metadata: list[Noted] = field(default_factory=list)
    exposed: list[Noted] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    kept_stages: list[Noted] = field(default_factory=list)
    healthcheck: dockerfile.Healthcheck | None = None
    healthcheck_comment: str = ""
    entrypoint: dockerfile.Entrypoint | None = None
    entrypoint_comment: str = ""
    cmd: dockerfile.Cmd | None = None
    cmd_comment: str = ""
    tail: str = ""
    groups: list[str] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    named: list[tuple[str, Span]] = field(default_factory=list)
    """Distributions that a RUN installs by name."""
    secrets: list[tuple[str, Span]] = field(default_factory=list)
    """Settings of the image that hold a secret."""
    build_secrets: list[tuple[str, Span]] = field(default_factory=list)
    """Build arguments that do, and that an instruction uses."""
    indexes: list[tuple[str, Span]] = field(default_factory=list)
    checks: list[tuple[str, Span]] = field(default_factory=list)
    """Commands that only look at the source: linters and tests."""
    installs: bool = False


def read(project: Project, image: Image) -> Reading:
    """A Dockerfile taken apart. Raises Refused where something in it cannot be followed."""
    return _Reader(project, image).read()


class _Reader:
    def __init__(self, project: Project, image: Image) -> None:
        self.project = project
        self.image = image
        self.tree = image.tree
        self.text = image.tree.source.text.replace("\r\n", "\n")
        self.source = image.tree.source
        self.last = image.tree.stages[-1]
        self.lineage = {stage.index for stage in image.lineage(self.last)}
        self.runs: dict[Span, RunStep] = {step.run.span: step for step in runs(project) if step.path == image.path}
        base, text = _base(image, self.last)
        self.reading = Reading(base, text)
        self.source_there = False
        self.elsewhere = False
        """Whether packages come out of other repositories than the distribution's own from here on."""

    def read(self) -> Reading:
        reading = self.reading
        self._globals()
        self._other_stages()
        taken = steps(self.image, self.last)
        self._check_working_directory(taken)
        for step in taken:
            self._instruction(step)
        self._ends()
        reading.folders = list(dict.fromkeys(reading.folders))
        reading.has_workdir = self.has_workdir
        return reading

    # Around the stages

    def _globals(self) -> None:
        first = next(stage for stage in self.tree.stages if stage.index in self.lineage)
        self.reading.header = self._header()
        self.reading.from_comment = self._comment(first.from_)
        for arg in self.tree.global_args:
            self.reading.global_args.append(Noted(self.source.slice(arg.span), self._comment(arg), arg.span))

    def _header(self) -> str:
        """The comments on top of the file that a blank line sets apart from the first instruction, or that name it."""
        lines: list[str] = []
        block: list[str] = []
        for piece in self.tree.pieces:
            if piece.kind == "instruction":
                break
            text = self.source.slice(piece.span).strip()
            if piece.kind == "comment" and not re.match(r"#\s*(?:syntax|escape|check)\s*=", text):
                block.append(text)
            elif piece.kind == "blank":
                lines += block
                block = []
        first = self.tree.instructions[0]
        misplaced = any(
            re.match(r"#\s*syntax\s*=", self.source.slice(piece.span).strip())
            for piece in self.tree.pieces
            if piece.kind == "comment" and piece.span.start < first.line_span.start
        )
        if misplaced:
            # What stands above the directive is the file's title.
            lines += block
            block = []
        self._first_block = [line for line in block if not _BANNER.fullmatch(line)]
        return "".join(f"{line}\n" for line in lines if not _BANNER.fullmatch(line))

    def _comment(self, instruction: dockerfile.Instruction) -> str:
        """The comments between the instruction before this one and itself, the file's own header left out."""
        if instruction is self.tree.instructions[0]:
            return "".join(f"{line}\n" for line in self._first_block)
        at = self.tree.instructions.index(instruction)
        before = self.tree.instructions[at - 1].line_span.end
        found = [
            self.source.slice(piece.span).strip()
            for piece in self.tree.pieces
            if piece.kind == "comment" and before <= piece.span.start < instruction.line_span.start
        ]
        stage = isinstance(instruction, dockerfile.From)
        return "".join(
            f"{line}\n" for line in found if not _REMARK.match(line) and not (stage and _BANNER.fullmatch(line))
        )

    def _ends(self) -> None:
        end = self.tree.instructions[-1].line_span.end
        tail = [
            self.source.slice(piece.span).strip()
            for piece in self.tree.pieces
            if piece.kind == "comment" and piece.span.start >= end
        ]
        self.reading.tail = "".join(f"{line}\n" for line in tail)

    def _other_stages(self) -> None:
        """Stages that only install are replaced, others that this image copies from are kept as they are."""
        wanted = self._copied_from(self.lineage)
        for stage in self.tree.stages:
            if stage.index in self.lineage:
                continue
            name = stage.name or str(stage.index)
            if self._only_installs(stage) or self.image.base(stage).startswith(_UV + ":"):
                continue
            if stage.index not in wanted:
                raise Refused(f"the stage {name} is an image of its own", stage.from_.span)
            if repository(self.image.base(stage)) in PYTHON_REPOSITORIES:
                raise Refused(f"the stage {name} does more than install packages", stage.from_.span)
            text = self.source.slice(Span(stage.from_.span.start, stage.span.end)).rstrip()
            self.reading.kept_stages.append(Noted(text, self._comment(stage.from_), stage.from_.span))

    def _copied_from(self, stages: set[int]) -> set[int]:
        found: set[int] = set()
        pending = set(stages)
        while pending:
            stage = self.tree.stages[pending.pop()]
            names = [
                each.from_.value or ""
                for each in stage.of(dockerfile.Copy, dockerfile.Add)
                if isinstance(each, dockerfile.Copy) and each.from_
            ]
            for run in stage.of(dockerfile.Run):
                names += [part.value or "" for mount in run.mounts if (part := mount.part("from")) is not None]
            for name in names:
                other = self.image.by_name.get(name.lower())
                if other is not None:
                    more = {each.index for each in self.image.lineage(other)} - found
                    found |= more
                    pending |= more
        return found

    def _only_installs(self, stage: dockerfile.Stage) -> bool:
        """Whether a stage does nothing but install Python packages, and what that needs."""
        if repository(self.image.base(stage)) not in PYTHON_REPOSITORIES and not self.image.base(stage).startswith(_UV):
            return False
        for run in stage.of(dockerfile.Run):
            step = self.runs.get(run.span)
            known = None if step is None else units(step)
            if known is None or any(unit.purpose == "other" and unit.words[0] not in _CHECKS for unit in known):
                return False
            self.reading.checks += [(unit.text, run.span) for unit in known if unit.purpose == "other"]
            names = [name for unit in known for name in packages_of(unit)]
            self.reading.packages += names
            self.reading.removed += names
        for each in steps(self.image, stage):
            self._note_installs(each)
        return True

    # Instructions

    def _check_working_directory(self, taken: tuple[Step, ...]) -> None:
        last = next((step for step in reversed(taken) if isinstance(step.instruction, dockerfile.Workdir)), None)
        if last is None:
            targets = {
                step.absolute(filled(step.instruction.destination.lexeme.text, step.env, self.tree.escape))
                for step in taken
                if isinstance(step.instruction, (dockerfile.Copy, dockerfile.Add))
                and any(word.value in (".", "./") for word in step.instruction.sources)
            }
            target = targets.pop() if len(targets) == 1 else None
            self.reading.workdir = APP if target in (None, "/") else str(target)
            return
        folder = resolved(last.cwd, filled(last.instruction.value.lexeme.text, last.env, self.tree.escape))  # type: ignore[attr-defined]
        if folder is None:
            raise Refused("a variable decides on the working directory", last.instruction.span)
        self.reading.workdir = folder
        self.reading.workdir_comment = self._comment(last.instruction)

    def _instruction(self, step: Step) -> None:
        instruction = step.instruction
        comment = self._comment(instruction)
        reading = self.reading
        match instruction:
            case dockerfile.Run():
                self._run(step, instruction, comment)
            case dockerfile.Env():
                self._env(instruction, comment)
            case dockerfile.Arg():
                self._arg(instruction, comment)
            case dockerfile.Copy() | dockerfile.Add():
                self._copy(step, instruction, comment)
            case dockerfile.Cmd():
                reading.cmd, reading.cmd_comment = instruction, comment
            case dockerfile.Entrypoint():
                reading.entrypoint, reading.entrypoint_comment = instruction, comment
            case dockerfile.Healthcheck():
                reading.healthcheck, reading.healthcheck_comment = instruction, comment
            case dockerfile.Expose():
                reading.exposed.append(self._noted(instruction, comment))
            case dockerfile.User() | dockerfile.Workdir():
                pass
            case dockerfile.Shell():
                reading.base_lines.append(self._noted(instruction, comment))
            case dockerfile.Onbuild():
                raise Refused("its ONBUILD is for images that are built upon this one", instruction.span)
            case _:
                if isinstance(instruction, dockerfile.Volume):
                    reading.folders += [word.value for word in instruction.values if word.value.startswith("/")]
                reading.metadata.append(self._noted(instruction, comment))

    def _noted(self, instruction: dockerfile.Instruction, comment: str) -> Noted:
        return Noted(self.source.slice(instruction.span).replace("\r\n", "\n"), comment, instruction.span)

    def _env(self, instruction: dockerfile.Env, comment: str) -> None:
        kept: list[tuple[str, str]] = []
        dropped: list[str] = []
        for pair in instruction.pairs:
            name, value = pair.key.value, "" if pair.value is None else pair.value.value
            if credentials_in(value) or (sets_a_secret(name) and not stands_in(value)):
                self.reading.secrets.append((name, pair.key.span))
            elif _INDEX_SETTING.fullmatch(name):
                self.reading.indexes.append((name, pair.key.span))
            elif name == "PATH":
                kept += _path(value)
            elif not _DROPPED_SETTING.fullmatch(name) and not (name == "HOME" and value.startswith(_HOMES)):
                kept.append((name, "" if pair.value is None else _quoted(pair.value, pair.legacy)))
            else:
                dropped.append(name)
        if kept:
            lines = comment.splitlines()
            comment = "".join(f"{line}\n" for line in lines if not any(name in line for name in dropped))
            self.reading.settings.append((comment, kept))

    def _arg(self, instruction: dockerfile.Arg, comment: str) -> None:
        for pair in instruction.pairs:
            name = pair.key.value
            if sets_a_secret(name) and not (pair.value is not None and stands_in(pair.value.value)):
                if re.search(rf"\$\{{?{name}\b", self.text):
                    self.reading.build_secrets.append((name, pair.key.span))
            else:
                text = "ARG " + self.source.slice(pair.span)
                self.reading.args.append((name, Noted(text, comment, instruction.span)))
                comment = ""

    # RUN

    def _run(self, step: Step, run: dockerfile.Run, comment: str) -> None:
        reading = self.reading
        script = self.runs.get(run.span)
        found = None if script is None or (script.script is None and run.command.words is None) else units(script)
        bound = run.command.heredoc is not None or any(mount.part("from") for mount in run.mounts)
        if found is None or (bound and any(unit.purpose == "other" for unit in found)):
            self._opaque(run, comment)
            return
        self.elsewhere = self.elsewhere or _ELSEWHERE.search(run.arguments.text) is not None
        other = any(unit.purpose == "other" and unit.call is not None for unit in found)
        if other or (self.elsewhere and any(unit.purpose == "install" for unit in found)):
            # What comes from another repository, or is upgraded, is told in the order that the user gave it.
            self._opaque(run, comment)
            return
        self._note_installs(step)
        removed = removed_later(found)
        kept: list[Unit] = []
        for unit in found:
            match unit.purpose:
                case "install":
                    self._note_packages(unit, removed, comment)
                    comment = ""
                case "folder":
                    self._note_folders(step, unit)
                case "owner":
                    self._note_owned(step, unit)
                case "endings":
                    self._check_endings(step, unit)
                case "other":
                    if _MANIFEST_WORD.search(unit.text):
                        raise Refused("this RUN changes what is installed", run.span)
                    kept.append(unit)
                case "mode" if not self._executable(unit):
                    kept.append(unit)
                case "python":
                    reading.installs = True
                    reading.install_comment = reading.install_comment or _without_tools(comment)
                case _:
                    pass
        if kept and len(kept) == len(found):
            self._keep(self._noted(run, comment))
        elif kept:
            flags = "".join(f"{self.source.slice(flag.span)} " for flag in run.flags)
            text = " \\\n && ".join(unit.text for unit in kept)
            self._keep(Noted(f"RUN {flags}{text}", comment, run.span))

    def _keep(self, line: Noted) -> None:
        if self.source_there or self.reading.installs:
            self.reading.late_lines.append(line)
        else:
            self.reading.base_lines.append(line)

    def _opaque(self, run: dockerfile.Run, comment: str) -> None:
        """A RUN that is kept whole, or the reason to refuse: it installs what nobody can tell."""
        text = run.arguments.text + "".join(heredoc.body.text for heredoc in run.heredocs)
        if re.search(r"\b(?:pip3?|poetry|pipenv|pdm|uv)\s+(?:-\S+\s+)*(?:install|sync|pip)\b", text):
            raise Refused("this RUN installs Python packages in a way that cannot be followed", run.span)
        self._keep(self._noted(run, comment))

    def _note_installs(self, step: Step) -> None:
        reading = self.reading
        for install in installs(step):
            reading.installs = True
            call = install.call
            for path in install.values("-r", "--requirement", "--requirements", "-c"):
                if "$" in path and not re.search(r"requirements", path):
                    raise Refused("a variable decides on what is installed", call.span)
                reading.groups.append(_group(path))
            for option in ("--group", "--with", "--only"):
                for value in install.values(option):
                    reading.groups += re.split(r"[ ,]+", value)
            for value in install.values("--extra", "--extras", "-E"):
                reading.extras += re.split(r"[ ,]+", value.strip("\"'"))
            for operand in install.operands:
                written = operand.strip("\"'")
                own = re.fullmatch(r"(?:-e)?\.(?:\[([\w, -]+)\])?", written)
                if own:
                    reading.extras += re.split(r"[ ,]+", own[1]) if own[1] else []
                elif "/" not in written and "$" not in written and not written.endswith((".whl", ".txt")):
                    told = requirement(written)
                    if (
                        told is not None
                        and told.name
                        and told.name not in TOOLS | _CHECKS
                        and install.tool in ("pip", "uv")
                    ):
                        reading.named.append((told.name, call.span))

    def _note_packages(self, unit: Unit, removed: frozenset[str], comment: str) -> None:
        words = packages_of(unit)
        virtual = set() if unit.call is None else set(virtual_names(unit.call))
        self.reading.packages += words
        if unit.call is not None and not unit.call.options & frozenset(unit.call.manager.lean):
            self.reading.lean = False
        self.reading.removed += [word for word in words if virtual & removed or word in removed]
        self.reading.packages_comment = self.reading.packages_comment or comment

    def _note_folders(self, step: Step, unit: Unit) -> None:
        self._note_paths(step, [word for word in unit.words[1:] if not word.startswith("-")])

    def _note_owned(self, step: Step, unit: Unit) -> None:
        self._note_paths(step, [word for word in unit.words[1:] if not word.startswith("-")][1:])

    def _note_paths(self, step: Step, words: list[str]) -> None:
        for word in words:
            path = step.absolute(filled(word.strip("\"'"), step.env, self.tree.escape))
            if path is not None and not any(sign in path for sign in "*{:"):
                self.reading.folders.append(path)

    def _executable(self, unit: Unit) -> bool:
        """Whether all that a `chmod` makes executable is so in the project already."""
        lead = f"{self.image.context}/" if self.image.context else ""
        patterns = [basename(word.rstrip("/")) for word in unit.words[2:]]
        found = [
            source
            for source in self.project.sources.values()
            if source.path.startswith(lead) and any(fnmatchcase(basename(source.path), pattern) for pattern in patterns)
        ]
        scripts = [source for source in found if source.text.startswith("#!")]
        return bool(scripts) and (all(source.mode & 0o111 for source in scripts) or len(patterns) == 1 == len(found))

    def _check_endings(self, step: Step, unit: Unit) -> None:
        """Taking carriage returns away does nothing where the project's file has none."""
        names = {basename(word) for word in unit.words[1:]}
        for source in self.project.of_kind("shell"):
            if basename(source.path) in names and "\r" in source.text:
                raise Refused(f"{source.path} has Windows line endings, which a RUN takes away", unit.simples[0].span)

    # COPY

    def _copy(self, step: Step, instruction: dockerfile.Copy | dockerfile.Add, comment: str) -> None:
        escape = self.tree.escape
        target = step.absolute(filled(instruction.destination.lexeme.text, step.env, escape))
        if isinstance(instruction, dockerfile.Copy) and instruction.from_ is not None:
            self._copy_from(step, instruction, target, comment)
            return
        if (
            instruction.heredocs
            or target is None
            or any("://" in word.value or "$" in word.value for word in instruction.sources)
        ):
            self._keep(self._noted(instruction, comment))
            return
        sources = [word.value for word in instruction.sources]
        left = tuple(source for source in sources if not _MANIFEST.fullmatch(source.strip("./") or "."))
        if not left:
            self.reading.install_comment = self.reading.install_comment or _without_tools(comment)
            return
        written = instruction.destination.value
        folder = len(sources) > 1 or written.endswith(("/", ".")) or "*" in left[0]
        whole = any(normpath(source.lstrip("/") or ".") == "." for source in left)
        self.source_there = True
        if not self.has_workdir and not instruction.destination.value.startswith(("/", "$")):
            target = normpath(under(self.reading.workdir, instruction.destination.value))
        if target.startswith("/root/"):
            # The home of who runs the program.
            target = f"/home/appuser/{target.removeprefix('/root/')}"
        if whole and not self.has_workdir and target == "/":
            target = self.reading.workdir
        self.reading.copies.append(Copied(instruction, left, target, folder, comment, whole))

    @property
    def has_workdir(self) -> bool:
        """Whether a WORKDIR is written at all."""
        return any(isinstance(step.instruction, dockerfile.Workdir) for step in steps(self.image, self.last))

    def _copy_from(self, step: Step, copy: dockerfile.Copy, target: str | None, comment: str) -> None:
        name = ((copy.from_.value if copy.from_ is not None else None) or "").lower()
        if name.startswith(_UV):
            return
        other = self.image.by_name.get(name)
        if other is not None and self.image.base(other).startswith(_UV + ":") and not other.instructions:
            return
        kept = other is None or any(noted.at == other.from_.span for noted in self.reading.kept_stages)
        if kept:
            self.reading.brought.append(Noted(self.source.slice(copy.span), comment, copy.span))
            return
        sources = [resolved("/", filled(word.lexeme.text, step.env, self.tree.escape)) for word in copy.sources]
        if all(source is not None and _INSTALLED.fullmatch(source) for source in sources):
            return
        taken = {
            each.absolute(filled(each.instruction.destination.lexeme.text, each.env, self.tree.escape))
            for each in steps(self.image, other)  # type: ignore[arg-type]
            if isinstance(each.instruction, dockerfile.Copy)
            and each.instruction.from_ is None
            and any(normpath(word.value) == "." for word in each.instruction.sources)
        }
        if target is not None and len(sources) == 1 and sources[0] in taken:
            self.source_there = True
            self.reading.copies.append(Copied(copy, (".",), target, True, comment, True))
            return
        raise Refused(f"it copies from the stage {name} what no lock file installs", copy.span)


def _base(image: Image, stage: dockerfile.Stage) -> tuple[str, str]:
    """The image that the last stage is built upon, and what stands behind its FROM."""
    *_, oldest = image.lineage(stage)
    base = image.base(stage)
    platform = oldest.from_.platform
    lead = "" if platform is None else image.tree.source.slice(platform.span) + " "
    if base.startswith(_UV):
        plain = _of_uv(base)
        if plain is None:
            raise Refused("its base image has no Python of its own", oldest.from_.image.span)
        return plain, lead + plain
    if "$" in base:
        raise Refused("a variable without a default decides on the base image", oldest.from_.image.span)
    return base, lead + oldest.from_.image.text


_UV_TAG = re.compile(r"(?:[\d.]+-)?python(?P<version>[\d.]+)-(?P<rest>.+)")


def _of_uv(base: str) -> str | None:
    """The official Python image that one of uv's images with an interpreter is built upon."""
    found = _UV_TAG.fullmatch(tag(base) or "")
    if found is None:
        return None
    rest = found["rest"]
    # uv writes the release before `slim`, the official images behind it.
    rest = f"slim-{rest.removesuffix('-slim')}" if rest.endswith("-slim") else rest
    return f"python:{found['version']}-{rest}"


def _quoted(word: dockerfile.Word, legacy: bool) -> str:
    """A value as `NAME=value` takes it."""
    text = word.text
    if not legacy or not re.search(r"[\s\"'\\]", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _path(value: str) -> list[tuple[str, str]]:
    """What PATH holds beyond environments and tools that are no longer there."""
    left = [part for part in value.split(":") if not _OWN_PATH.fullmatch(part)]
    return [("PATH", ":".join([*left, "$PATH"]))] if left else []


def _group(path: str) -> str:
    """The word of a requirements file's name that tells what it is for."""
    name = re.sub(r"\.(?:txt|in)$", "", basename(path))
    return re.sub(r"requirements", "", name).strip("-_.")


def _without_tools(comment: str) -> str:
    """Comments that do not speak of tools which are gone."""
    lines = [
        line
        for line in comment.splitlines()
        if not re.search(r"(?i)\b(?:pip|poetry|pipenv|requirements|wheels?|venv|pdm)\b", line)
    ]
    return "".join(f"{line}\n" for line in lines)


def paths_in(reading: Reading, path: str) -> Iterator[str]:
    """Where a path of the image comes from in the context, the likeliest first."""
    absolute = normpath(under(reading.workdir, path))
    for copied in reversed(reading.copies):
        for source in copied.sources:
            plain = normpath(source.lstrip("/") or ".")
            place = (
                copied.target
                if not copied.folder
                else under(copied.target, basename(plain))
                if plain != "."
                else copied.target
            )
            if absolute == normpath(place):
                yield plain
            for top in {normpath(place), normpath(copied.target)}:
                if absolute.startswith(top.rstrip("/") + "/"):
                    rest = absolute[len(top.rstrip("/")) + 1 :]
                    yield rest if plain == "." else under(plain, rest)
