"""DW108: the whole source copied before the dependencies are installed."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname, normpath

from dockwright.finding import Finding, Fix, Related
from dockwright.project.build_steps import Install, Step, filled, installs, steps
from dockwright.project.images import Image, images, left_out
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.requirements import Include, lines
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Edit, Site, Span


class SourceBeforeDependencies(Rule):
    """Install the dependencies before the source is copied

    ## What it finds

    `COPY . .` above the first installation of dependencies in a stage: `pip install -r`, `uv sync`, `poetry install`,
    `pdm install`, `pipenv install`.

    ## Why it matters

    A layer is taken from the cache only while nothing above it has changed. With the whole source above it, every
    edit of any file installs everything again: minutes instead of seconds, for each developer and each build in CI.

    ## How to mend it

    Copy the manifest and the lock file, install, then copy the rest. With uv, install with `--no-install-project`
    first and sync again behind the source.

    ## Fix safety

    For `pip install -r` directly below the `COPY`, with requirements files that name nothing of the project itself,
    the two are exchanged: the same files and the same packages end up in the image. Otherwise there is no fix.

    ## Source

    Docker, «Optimize cache usage in builds».
    """

    code, name, severity, consent = "DW108", "source-before-dependencies", "info", "safe"
    traps = (5,)
    invalid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\n⟦COPY . .⟧\nRUN pip install -r requirements.txt\n"
                "CMD python app.py\n",
                "requirements.txt": "flask==3.1.2\n",
            },
            becomes={
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY requirements.txt ./\n"
                "RUN pip install -r requirements.txt\nCOPY . .\nCMD python app.py\n",
            },
        ),
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\n⟦COPY . /app⟧\n"
                "RUN pip install -r requirements.txt\n",
                "requirements.txt": "-e .\nflask\n",
            },
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\n⟦COPY . .⟧\nRUN uv sync --locked\n"}),
    )
    valid = (
        Example(
            {
                "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY requirements.txt ./\n"
                "RUN pip install -r requirements.txt\nCOPY . .\nRUN pip install -r extra.txt\n",
            },
        ),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nRUN pip install .\n"}),
        Example(
            {
                "Dockerfile": "FROM example/app:1\nCOPY . /srv\n"
                "RUN if [ -s /srv/requirements.txt ]; then pip install -r /srv/requirements.txt; fi\n",
            },
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[tuple[str, Span]] = set()
        for image in images(project):
            for stage in image.tree.stages:
                found = _first(project, image, stage)
                if found is None:
                    continue
                copy, install = found
                span = copy.instruction.span
                if (image.path, span) not in seen:
                    seen.add((image.path, span))
                    manifests = " and ".join(install.installer.manifests) or "the requirements"
                    yield self.found(
                        Site(image.path, span),
                        "every edit of the source installs the dependencies again",
                        advice=f"copy {manifests}, install, and copy the rest behind it",
                        related=[Related(Site(image.path, install.call.span), "installed here")],
                        fix=_fix(project, image, copy, install),
                    )


@view
def _names(project: Project) -> frozenset[str]:
    return frozenset(basename(path) for path in project.listing)


def _first(project: Project, image: Image, stage: dockerfile.Stage) -> tuple[Step, Install] | None:
    """The copy of everything that stands above a stage's first installation, and that installation."""
    whole: Step | None = None
    for step in steps(image, stage):
        instruction = step.instruction
        if whole is None and _copies_all(instruction):
            whole = step
        for install in installs(step):
            if install.tool in ("pip", "uv") and not install.installer.manifests:
                listed = install.values("-r", "--requirement", "--requirements")
                # A list that only a deployment has is installed where it is there.
                if not any("$" in name or basename(name) in _names(project) for name in listed):
                    continue
            elif install.installer.manifests == () or install.operands:
                continue
            return None if whole is None else (whole, install)
    return None


def _copies_all(instruction: dockerfile.Instruction) -> bool:
    return (
        isinstance(instruction, (dockerfile.Copy, dockerfile.Add))
        and instruction.from_ is None
        and any(word.value in (".", "./", "/") for word in instruction.sources)
    )


def _fix(project: Project, image: Image, copy: Step, install: Install) -> Fix | None:
    instruction, run = copy.instruction, install.call.run
    text = image.tree.source.text
    listed = install.values("-r", "--requirement", "--requirements")
    if not isinstance(instruction, dockerfile.Copy) or install.installer.manifests or instruction.flags or run.mounts:
        return None
    if len(instruction.sources) != 1 or install.operands or install.has("-e", "--editable"):
        return None
    into = copy.absolute(filled(instruction.destination.lexeme.text, copy.env, image.tree.escape))
    between = text[instruction.line_span.end : run.line_span.start]
    whole = run.command.shell is not None and run.command.shell.span() == install.call.span
    if into is None or into != copy.cwd or into == "/" or between or not whole or run.heredocs:
        return None
    files = [normpath(name) for name in listed]
    if len({dirname(name) for name in files}) != 1 or not all(_plain(project, image, name, files) for name in files):
        return None
    folder = dirname(files[0])
    newline = image.tree.source.newline
    line = f"COPY {' '.join(dict.fromkeys(files))} ./{folder + '/' if folder else ''}{newline}"
    moved = text[instruction.line_span.start : instruction.line_span.end]
    end = run.line_span.end
    if text[end - 1 : end] != "\n":
        return None
    edits = (Edit(image.path, instruction.line_span, line), Edit(image.path, Span(end, end), moved))
    return Fix("install the requirements before the source is copied", edits)


def _plain(project: Project, image: Image, name: str, files: list[str]) -> bool:
    """Whether a requirements file stands in the context and names nothing else that the build would have to bring."""
    source = project.sources.get(join(image.context, name))
    if source is None or name.startswith(("/", "..")) or "$" in name or left_out(project, image)(name):
        return False
    for line in lines(source):
        if isinstance(line, Include):
            if normpath(f"{dirname(name)}/{line.path}".lstrip("/")) not in files:
                return False
        elif line.editable or line.requirement.origin == "path":
            return False
    return True
