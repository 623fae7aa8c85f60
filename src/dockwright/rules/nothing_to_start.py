"""DW305: `docker compose` without `-f` where it finds no file."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from dockwright.finding import Finding
from dockwright.project.compose import DEFAULT_NAMES
from dockwright.project.interpolated import CALLERS
from dockwright.project.model import Project
from dockwright.project.stacks import commands, compose_files, looked_up
from dockwright.rule import Example, Rule

_NEEDS_NO_FILE = frozenset({"version", "ls"})


class NothingToStart(Rule):
    """Tell Compose which file it is to read

    ## What it finds

    A Make target, script or workflow that calls `docker compose` without `-f`, from a folder where no file with one
    of Compose's own names lies, and none in a folder above.

    ## Why it matters

    The call fails with `no configuration file provided: not found`. It stays behind when the compose file moves to a
    folder, and is noticed when somebody needs it.

    ## How to mend it

    Write `-f` with the file's path behind `docker compose`, or set `COMPOSE_FILE` in the folder's `.env`.

    ## Fix safety

    There is no fix: which stack is meant is a guess. `apply` rewrites these calls itself when it moves files.

    ## Source

    Compose's documentation, «The Compose file».
    """

    code, name, severity = "DW305", "nothing-to-start", "error"
    traps = (17,)
    invalid = (
        Example(
            {
                "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "up:\n\t⟦docker compose up -d⟧\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "up:\n\tdocker compose up -d\n",
            }
        ),
        Example(
            {
                "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "deploy.sh": "#!/bin/sh\nexport COMPOSE_FILE=compose/docker-compose.dev.yml\ndocker compose up -d\n",
            }
        ),
        Example(
            {
                "compose/docker-compose.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "README.md": "Run `docker compose up` in `compose`.\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        files = sorted(compose_files(project))
        if not files or any("COMPOSE_FILE" in source.text for source in project.sources.values()):
            return
        for path, said in commands(project).items():
            if project.kinds.get(path) not in CALLERS:
                continue
            # Where a script is called from, its caller decides; a workflow's folder may be a variable.
            if project.kinds[path] == "shell" and any(basename(file) in DEFAULT_NAMES for file in files):
                continue
            if "working-directory: ${{" in project.sources[path].text:
                continue
            for call in said.invocations:
                wanting = call.implicit and call.whole and call.subcommand not in _NEEDS_NO_FILE
                if wanting and not call.cwd.startswith("..") and not looked_up(project, call):
                    where = call.cwd or "the repository's root"
                    yield self.found(
                        call.at,
                        f"docker compose finds no file in {where}",
                        advice=f"write `docker compose -f {files[0]}`" if len(files) == 1 else "name the file with -f",
                    )
