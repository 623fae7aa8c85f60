"""DW401: an env file that is named and not there."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import Reference
from dockwright.rule import Example, Rule

_EXAMPLES = (
    "{path}.example",
    "{path}.sample",
    "{path}.template",
    "{path}.dist",
    "{folder}.env.example",
    "{folder}env.example",
)


class EnvFileMissing(Rule):
    """Name only env files that are there

    ## What it finds

    An `env_file:` entry of a compose file, or an `--env-file` of a `docker compose` call, whose file is not in the
    project. Entries with `required: false` are fine, and so is a script that makes the file itself.

    ## Why it matters

    Compose stops before it starts anything: `env file … not found`. Whoever clones the repository meets this first.

    ## How to mend it

    Make the file from its example, and say in the README or the Makefile how. Where the variables are truly
    optional, write the entry in its long form with `required: false`.

    ## Fix safety

    There is no fix: what the file has to hold, passwords among it, is for a person to decide.

    ## Source

    Compose's documentation of `env_file`; the attribute `required` came with Compose 2.24.
    """

    code, name, severity = "DW401", "env-file-missing", "error"
    traps = (27,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: ⟦.env.dev⟧\n",
                ".env.example": "DEBUG=true\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "up:\n\tdocker compose --env-file ⟦env/.env.dev⟧ up -d\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: .env\n",
                ".env": "DEBUG=true\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "deploy.sh": "#!/bin/sh\ncp -n .env.example .env\ndocker compose --env-file .env up -d\n",
                ".env.example": "DEBUG=true\n",
            }
        ),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"
                "    env_file:\n      - path: .env.local\n        required: false\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        missing: dict[str, list[Reference]] = {}
        made = {(ref.at.path, ref.target) for ref in references(project) if ref.kind == "path"}
        for ref in references(project):
            # A script that copies the file into place first makes it; a document tells its reader to.
            told = (ref.at.path, ref.target) in made or project.kinds.get(ref.at.path) == "document"
            there = ref.optional or ref.pattern or project.is_file(ref.target)
            if ref.kind in ("env_file", "env file") and not there and not told:
                missing.setdefault(ref.target, []).append(ref)
        for path, named in missing.items():
            # Compose files say what is needed; the calls that name the same file are the same trouble.
            first, *others = sorted(named, key=lambda ref: (ref.kind != "env_file", ref.at))
            yield self.found(
                first.at,
                f"{path} is not there",
                advice=_advice(project, path),
                related=[Related(ref.at, "named here, too") for ref in others],
            )


def _advice(project: Project, path: str) -> str:
    folder = dirname(path)
    for pattern in _EXAMPLES:
        example = pattern.format(path=path, folder=f"{folder}/" if folder else "")
        if project.is_file(example):
            return f"make it from its example: cp {example} {path}"
    return f"write {basename(path)}, and commit an example of it without values"
