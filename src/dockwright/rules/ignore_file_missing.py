"""DW202: a whole folder is copied into the image, and no ignore file keeps anything out of it."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.facts.context_files import IGNORED, PACKAGING
from dockwright.finding import Finding, Fix
from dockwright.project.build_steps import filled, steps
from dockwright.project.context import Taken, shipped, taken
from dockwright.project.images import Image, ignore_file_read, images
from dockwright.project.model import Project
from dockwright.project.references import join, upwards
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile, ignorefile
from dockwright.text import Create, Source

_TEXT = "".join(f"{pattern}\n" for pattern, _ in IGNORED)


class IgnoreFileMissing(Rule):
    """Write an ignore file where the whole context is copied

    ## What it finds

    `COPY . .` in a Dockerfile for which BuildKit finds no ignore file: neither `<Dockerfile>.dockerignore` beside it
    nor `.dockerignore` in the root of its build context. It weighs less in a stage out of which only what was built
    is taken.

    ## Why it matters

    What lies in the folder on the day of the build is in the image: `.git` with the whole history, `.env` with the
    passwords, keys, the host's virtual environment over the image's own. And since caches and logs change all the
    time, the layer is never taken from the cache.

    ## How to mend it

    Write the ignore file. Patterns are relative to the context's root, so `**/` stands before what may lie anywhere.

    ## Fix safety

    `apply` writes one with what no Python service needs. What the Dockerfile copies by name is never left out, but
    an application that reads a baked `.env` has to get its variables from the outside afterwards.

    ## Source

    Docker's documentation of the build context, «.dockerignore files».
    """

    code, name, severity, consent = "DW202", "ignore-file-missing", "warning", "refit"
    traps = (14,)
    invalid = (
        Example(
            {"Dockerfile": "FROM python:3.13-slim\nCOPY ⟦.⟧ .\nUSER 1000:1000\n"},
            becomes={".dockerignore": _TEXT},
        ),
        Example(
            {
                "docker/Dockerfile": "FROM python:3.13-slim\nCOPY certs/dev.pem /\nCOPY ⟦.⟧ /app\nUSER 1000:1000\n",
                "certs/dev.pem": "",
                "compose.yaml": "name: shop\nservices:\n  app:\n    build:\n      dockerfile: docker/Dockerfile\n",
            },
            becomes={"docker/Dockerfile.dockerignore": _TEXT.replace("**/*.pem\n", "")},
        ),
    )
    valid = (
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY . .\nUSER 1000:1000\n", ".dockerignore": ".git\n"}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY src src\nUSER 1000:1000\n", "src/app.py": ""}),
        Example({"Dockerfile": "FROM python:3.13-slim\nCOPY --from=build . .\nUSER 1000:1000\n"}),
        Example({"web/Dockerfile": "FROM node:24\nCOPY . .\n", "web/package.json": "{}", ".dockerignore": ".git\n"}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        done = set()
        for image in images(project):
            # An ignore file beside the Dockerfile that nothing reads is a finding of its own.
            unread = join(dirname(image.path), ".dockerignore")
            if ignore_file_read(project, image) is not None or project.is_file(unread):
                continue
            # Where no build is known, its context may be any folder above.
            folders = () if image.builds else upwards(image.context)
            if any(project.is_file(join(folder, ".dockerignore")) for folder in folders):
                continue
            application = any(project.is_file(join(image.context, name)) for name in PACKAGING)
            if image.context and not application:
                continue  # a folder with a configuration or two
            wholes = [source for source in taken(image) if not source.path]
            carried = [source for source in wholes if _carried(image, source)]
            whole = next(iter(carried or wholes), None)
            if whole is not None and whole.site not in done:
                done.add(whole.site)
                target = _target(image)
                where = "its context" if image.context else "the repository"
                yield self.found(
                    whole.site,
                    f"all of {where} is copied, and no ignore file leaves anything out",
                    advice=f"write {target}: {', '.join(_worst(project, image))}",
                    fix=Fix(f"write {target}", (Create(target, _text(project, image, target)),), "refit"),
                    severity=None if carried else "info",
                )


def _worst(project: Project, image: Image) -> list[str]:
    """What most needs to be left out of this context: a folder of the repository holds no history."""
    node = project.is_file(join(image.context, "package.json"))
    python = any(project.is_file(join(image.context, name)) for name in PACKAGING - {"package.json"})
    patterns = ["**/.env*", *(["**/node_modules"] if node else []), *(["**/.venv"] if python or not node else [])]
    return patterns if image.context else [".git", *patterns]


def _carried(image: Image, whole: Taken) -> bool:
    """Whether the copied folder ends in an image: its stage is shipped, or another stage copies the folder out of it.

    Where only what was built is taken out, the folder's secrets stay with the builder.
    """
    if whole.stage.index in shipped(image):
        return True
    step = next(step for step in steps(image, whole.stage) if step.instruction is whole.instruction)
    folder = step.absolute(filled(whole.instruction.destination.lexeme.text, step.env, image.tree.escape))
    holders = [stage for stage in image.tree.stages if any(each is whole.stage for each in image.lineage(stage))]
    names = {name for stage in holders for name in (stage.name, str(stage.index))}
    return any(
        copied.from_ is not None
        and (copied.from_.value or "").lower() in names
        and (folder is None or any(_holds(word.value, folder) for word in copied.sources))
        for stage in image.tree.stages
        for copied in stage.of(dockerfile.Copy)
    )


def _holds(source: str, folder: str) -> bool:
    """Whether a path of a stage is a folder of it, or lies above that."""
    top = source.removeprefix("./").strip("/")
    return "$" in source or top in ("", ".") or f"{folder}/".startswith(f"/{top}/")


def _target(image: Image) -> str:
    """The context's own file where the Dockerfile lies at its root, the Dockerfile's own otherwise."""
    beside = dirname(image.path) == image.context
    return join(image.context, ".dockerignore") if beside else f"{image.path}.dockerignore"


def _text(project: Project, image: Image, target: str) -> str:
    """The patterns but for those that would leave out what some build names."""
    own = f"{image.path}.dockerignore" == target
    readers = [other for other in images(project) if other is image or (not own and other.context == image.context)]
    needed = [source for reader in readers for source in taken(reader) if source.path]
    return "".join(f"{pattern}\n" for pattern, _ in IGNORED if not any(_hits(pattern, source) for source in needed))


def _hits(pattern: str, source: Taken) -> bool:
    matcher = ignorefile.docker_matcher(ignorefile.parse(Source(".dockerignore", pattern)))
    return matcher(source.path)
