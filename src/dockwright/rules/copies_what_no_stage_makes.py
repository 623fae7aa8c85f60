"""DW103: a path that is copied out of a stage that never makes it."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.build_steps import Step, filled, resolved, starts_at_root, steps
from dockwright.project.environments import environments, is_environment
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

# What every image has, or what a program may fill without being told to.
_SYSTEM = frozenset(
    ("", "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin",
     "srv", "sys", "tmp", "usr", "var")
)  # fmt: skip
# Programs whose work is written somewhere else, and those that may make a folder under any name.
_ELSEWHERE = frozenset(
    "make just task tox nox bash sh invoke npm yarn pnpm cargo cmake ninja meson python python3 eval source .".split()
)
_MAKES = frozenset("git tar unzip curl wget find xargs rsync cp mv ln install mkdir go".split())


class CopiesWhatNoStageMakes(Rule):
    """Copy only what the other stage has made

    ## What it finds

    A `COPY --from=` stage that takes a virtual environment or a top-level folder which nothing in that stage makes: no
    `uv sync`, `python -m venv`, `pip install --prefix`, no copy and no other command that names it. What the RUN lines
    do is followed through `WORKDIR`, `ENV`, `ARG` and the stages that a stage is built upon.

    ## Why it matters

    The build fails at this line: `"/app/.venv": not found`. It shows only when somebody builds this target, which for
    a production image is the day of the release.

    ## How to mend it

    Run the installation in the stage that is copied from, or name the stage or the path where it really is.

    ## Fix safety

    There is no fix: whether the stage, the path or the command is wrong is a guess.

    ## Source

    BuildKit: `failed to calculate checksum of ref …: "/app/.venv": not found`.
    """

    code, name, severity = "DW103", "copies-what-no-stage-makes", "error"
    traps = (2,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS base\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n\n"
                "FROM base AS development\nRUN uv sync --locked\nCOPY . .\n\n"
                "FROM python:3.13-slim AS production\nCOPY --from=base ⟦/app/.venv⟧ /app/.venv\nUSER 1000:1000\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nRUN pip install -r requirements.txt\n\n"
                "FROM python:3.13-slim\nCOPY --from=build ⟦/install⟧ /usr/local\nUSER 1000:1000\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nENV UV_PROJECT_ENVIRONMENT=/opt/venv\n"
                "WORKDIR /app\nRUN uv sync --locked\n\n"
                "FROM python:3.13-slim\nCOPY --from=build ⟦/app/.venv⟧ /app/.venv\nUSER 1000:1000\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nWORKDIR /app\nRUN uv sync --locked\n\n"
                "FROM python:3.13-slim\nCOPY --from=build /app/.venv /app/.venv\nUSER 1000:1000\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nENV VIRTUAL_ENV=/opt/venv\n"
                "RUN python -m venv $VIRTUAL_ENV && $VIRTUAL_ENV/bin/pip install -r requirements.txt\n\n"
                "FROM python:3.13-slim AS middle\nCOPY --from=build /opt/venv /opt/venv\n\n"
                "FROM python:3.13-slim\nCOPY --from=middle /opt/venv /opt/venv\nUSER 1000:1000\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\n"
                "RUN pip install --prefix=/install -r requirements.txt\n\n"
                "FROM python:3.13-slim\nCOPY --from=build /install /usr/local\nUSER 1000:1000\n"
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim AS build\nRUN ./build.sh\n\n"
                "FROM python:3.13-slim\nCOPY --from=build /app/.venv /app/.venv\nUSER 1000:1000\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                for step in steps(image, stage):
                    copy = step.instruction
                    if not isinstance(copy, dockerfile.Copy) or step.stage is not stage or copy.from_ is None:
                        continue
                    other = image.by_name.get((copy.from_.value or "").lower())
                    if other is None or other.index >= stage.index:
                        continue
                    for word in copy.sources:
                        path = resolved("/", filled(word.lexeme.text, step.env, image.tree.escape))
                        if path is None or (image.path, word.span) in seen or not _never_made(image, other, path):
                            continue
                        seen.add((image.path, word.span))
                        name = other.name or f"number {other.index}"
                        yield self.found(
                            Site(image.path, word.span),
                            f"nothing in the stage {name} makes {path}: the build fails here",
                            advice=_advice(image, other, path),
                            related=[Related(Site(image.path, other.from_.span), f"the stage {name}")],
                        )


def _advice(image: Image, other: dockerfile.Stage, path: str) -> str:
    for stage in image.tree.stages:
        if stage is not other and any(made.path == path for made in environments(image, stage)):
            return f"copy it from {stage.name or stage.index}, which makes it"
    made_here = [made.path for made in environments(image, other) if made.path]
    if is_environment(path) and made_here:
        return f"copy {made_here[-1]}, which that stage makes"
    return f"make {path} in that stage, or copy what it does make"


def _never_made(image: Image, stage: dockerfile.Stage, path: str) -> bool:
    """Whether it is certain that a stage does not have a path."""
    base = image.base(stage)
    if not starts_at_root(base):
        return False
    first, _, rest = path.strip("/").partition("/")
    venv = is_environment(path)
    # uv's own images have the program at the top.
    if not venv and (rest or first in _SYSTEM or "astral-sh/uv" in base or any(sign in path for sign in "*?[")):
        return False
    walked = steps(image, stage)
    made = environments(image, stage)
    if any(each.path is None or each.path == path for each in made):
        return False
    for step in walked:
        instruction = step.instruction
        if isinstance(instruction, dockerfile.Run):
            if _may_make(step, image.tree.source.slice(instruction.span), path, venv):
                return False
        elif isinstance(instruction, dockerfile.Onbuild):
            return False
        elif isinstance(instruction, (dockerfile.Env, dockerfile.Arg)):
            # A variable may tell a program where to work, as UV_PYTHON_INSTALL_DIR does.
            if not venv and f"/{first}" in instruction.arguments.text:
                return False
        elif isinstance(instruction, dockerfile.Workdir):
            into = resolved(step.cwd, filled(instruction.value.lexeme.text, step.env, image.tree.escape))
            if into is None or f"{into}/".startswith(f"{path}/"):
                return False
        elif isinstance(instruction, (dockerfile.Copy, dockerfile.Add)):
            into = step.absolute(filled(instruction.destination.lexeme.text, step.env, image.tree.escape))
            if into is None or f"{into}/".startswith(f"{path}/"):
                return False
            brought = instruction.from_ is not None or isinstance(instruction, dockerfile.Add)
            if f"{path}/".startswith(f"{into}/" if into != "/" else "/") and (brought or not venv):
                return False
    return True


def _may_make(step: Step, text: str, path: str, venv: bool) -> bool:
    """Whether a RUN names the path, or runs something whose work is written elsewhere."""
    if (path if venv else "/" + path.strip("/").partition("/")[0]) in text or "<<" in text:
        return True
    for call in step.calls:
        program = call.program
        if call.words[0].startswith(("./", "$")) or program.endswith((".sh", ".py")) or program in _ELSEWHERE:
            return True
        if program in _MAKES and (venv or call.has_unknown):
            return True
    return False
