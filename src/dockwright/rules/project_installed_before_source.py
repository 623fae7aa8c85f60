"""DW109: the project itself installed before its source is there."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.build_steps import Step, installs, starts_at_root, steps
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.rules._declared import packaging_of
from dockwright.syntax import dockerfile
from dockwright.text import Site, Span

_OPTIONS = {"uv": "--no-install-project", "pdm": "--no-self"}


class ProjectInstalledBeforeSource(Rule):
    """Install the project after its source is copied

    ## What it finds

    `uv sync` without `--no-install-project` or `pdm install` without `--no-self`, in a project that is a package,
    while only its manifests are in the stage yet. Poetry is left alone: whether it minds depends on its version.

    ## Why it matters

    The command builds and installs the project too, and there is nothing to build: the build fails, or an empty
    package is installed that a later step does not replace.

    ## How to mend it

    Leave the project out at first, `uv sync --locked --no-install-project`, copy the source, then sync again.

    ## Fix safety

    There is no fix: the second installation has to be written too, and its place is yours to choose.

    ## Source

    uv, «Using uv in Docker», intermediate layers; PDM, `install --no-self`.
    """

    code, name, severity = "DW109", "project-installed-before-source", "error"
    traps = (5,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY pyproject.toml uv.lock README.md ./\n"
                "RUN ⟦uv sync --locked --no-dev⟧\nCOPY . .\n",
                "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = ["hatchling"]\n'
                'build-backend = "hatchling.build"\n',
                "uv.lock": "",
                "README.md": "",
                "src/shop/__init__.py": "",
            }
        ),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY pyproject.toml uv.lock ./\n"
                "RUN uv sync --locked --no-install-project\nCOPY . .\nRUN uv sync --locked\n",
                "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = ["hatchling"]\n',
                "uv.lock": "",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --locked\n",
                "pyproject.toml": '[project]\nname = "shop"\n',
                "uv.lock": "",
            }
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nCOPY pyproject.toml uv.lock ./\nCOPY src src\nRUN uv sync\n",
                "pyproject.toml": '[project]\nname = "shop"\n[build-system]\nrequires = ["hatchling"]\n',
                "src/shop/__init__.py": "",
                "uv.lock": "",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                if not starts_at_root(image.base(stage)):
                    continue
                source_there = False
                for step in steps(image, stage):
                    source_there = source_there or _brings_source(project, image, step)
                    for install in () if source_there else installs(step):
                        row = install.installer
                        if (
                            not row.installs_project
                            or install.tool not in _OPTIONS
                            or install.has(*row.without_project, "--package", "--only-root")
                        ):
                            continue
                        if install.call.has_unknown or (image.path, install.call.span) in seen:
                            continue
                        if not _is_package(project, image):
                            continue
                        seen.add((image.path, install.call.span))
                        option = _OPTIONS[install.tool]
                        yield self.found(
                            Site(image.path, install.call.span),
                            f"{install.tool} builds the project here, and its source is not in the image yet",
                            advice=f"write {option}, and install again behind the source",
                        )


def _is_package(project: Project, image: Image) -> bool:
    packaging = packaging_of(project, image)
    return packaging is not None and packaging.is_package and not (packaging.workspace or packaging.workspace_root)


def _brings_source(project: Project, image: Image, step: Step) -> bool:
    """Whether an instruction may bring more than single files that no package is made of."""
    instruction = step.instruction
    if isinstance(instruction, (dockerfile.Copy, dockerfile.Add)):
        return instruction.from_ is None and any(_is_source(project, image, word.value) for word in instruction.sources)
    if isinstance(instruction, dockerfile.Run):
        binds = [mount for mount in instruction.mounts if (kind := mount.part("type")) is None or kind.value == "bind"]
        sources = [mount.part("source", "src") for mount in binds]
        if any(part is None or part.value is None or _is_source(project, image, part.value) for part in sources):
            return True
        return any(call.program in ("git", "curl", "wget", "tar", "touch", "mkdir", "cp") for call in step.calls)
    return False


def _is_source(project: Project, image: Image, path: str) -> bool:
    target = join(image.context, path.strip("/"))
    return "$" in path or "*" in path or path.endswith((".py", "/")) or not project.is_file(target)
