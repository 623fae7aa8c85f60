"""DW152: a server that `uv run` installs for at every start."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding
from dockwright.project.images import Image, images
from dockwright.project.model import Project
from dockwright.project.processes import Process, of_command
from dockwright.rule import Example, Rule
from dockwright.syntax import dockerfile
from dockwright.text import Site

_KEEPS_THE_ENVIRONMENT = frozenset({"--no-sync", "--no-project", "--isolated"})


class UvRunAtStart(Rule):
    """Start the server from the environment, not through uv run

    ## What it finds

    A `CMD` or `ENTRYPOINT` that starts its program through `uv run` without `--no-sync`, where `UV_NO_SYNC` is not
    set either. Commands of those who develop (`--reload`, `fastapi dev`, `debugpy`) are left alone.

    ## Why it matters

    `uv run` first makes the environment what the lock file says: at every start of the container it may download
    packages, it puts the development group back in that `uv sync --no-dev` left out, and without a network or a
    writable environment it fails. uv stays as the server's parent besides.

    ## How to mend it

    Put the environment's `bin` folder into `PATH` and start the program itself: `CMD ["uvicorn", "app:app"]`. Where
    uv is wanted, write `uv run --no-sync`.

    ## Fix safety

    There is no fix: the image may count on what is installed at its start.

    ## Source

    uv's documentation, «Running commands» and «Using uv in Docker».
    """

    code, name, severity = "DW152", "uv-run-at-start", "warning"
    traps = (6,)
    invalid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD [⟦"uv", "run", "uvicorn", "app:app"⟧]\n'}),
        Example({"Dockerfile": "FROM python:3.13-alpine\nUSER 1000:1000\nCMD ⟦uv run --frozen python -m shop⟧\n"}),
    )
    valid = (
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["uv", "run", "--no-sync", "shop"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nENV UV_NO_SYNC=1\nCMD ["uv", "run", "uvicorn", "app:app"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["uvicorn", "app:app"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nUSER 1000:1000\nCMD ["uv", "run", "fastapi", "dev"]\n'}),
        Example({"Dockerfile": 'FROM python:3.13-slim\nCMD ["uv", "run", "python", "-m", "debugpy", "main.py"]\n'}),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        seen: set[Site] = set()
        for image in images(project):
            for stage in image.shipped:
                if _sets(image, stage, "UV_NO_SYNC"):
                    continue
                for kind in (dockerfile.Entrypoint, dockerfile.Cmd):
                    instruction = image.last(stage, kind)
                    for process in of_command(instruction.command) if instruction is not None else ():
                        words = process.words[1:] if process.words[:1] == ("exec",) else process.words
                        at = Site(image.path, process.span)
                        if words[:2] != ("uv", "run") or _KEEPS_THE_ENVIRONMENT & set(words) or _developing(process):
                            continue
                        if at not in seen:
                            seen.add(at)
                            without = "--no-dev" in words or _sets(image, stage, "UV_NO_DEV")
                            group = "" if without else ", the development group too"
                            yield self.found(
                                at,
                                f"uv run installs what is missing at every start{group}",
                                advice="start the program from the environment itself, or add --no-sync",
                            )


def _developing(process: Process) -> bool:
    server = process.server
    return "debugpy" in process.words or (server is not None and server.reload)


def _sets(image: Image, stage: dockerfile.Stage, name: str) -> bool:
    return any(
        pair.key.value == name for each in image.lineage(stage) for env in each.of(dockerfile.Env) for pair in env.pairs
    )
