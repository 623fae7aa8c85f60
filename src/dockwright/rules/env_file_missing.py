"""DW401: an env file that is named and not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname

from dockwright.finding import Finding, Related, Severity
from dockwright.project.env_names import git_ignores
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import Reference, join
from dockwright.rule import Example, Rule
from dockwright.syntax import makefile
from dockwright.text import lazy_regex

_EXAMPLES = (
    *(f"{{path}}{sign}{word}" for sign in "._-" for word in ("example", "sample", "template", "dist")),
    "{folder}.env.example",
    "{folder}env.example",
)
# What a person or a script does to have a file that git does not keep.
_MAKING = lazy_regex(r"(?i)\b(?:cp|mv|ln|copy|copies|touch|renam\w*|creat\w*|generat\w*|fill|tee|printf|echo|write)\b")
_MADE_BY_TOOLS = frozenset({"stack.env"})
"""Env files that no person makes: Portainer writes `stack.env` beside a stack that it deploys."""


class EnvFileMissing(Rule):
    """Name only env files that are there

    ## What it finds

    An `env_file:` entry of a compose file, or an `--env-file` of a `docker compose` call, whose file is not in the
    project. Entries with `required: false` are fine, and so is a file that a script or a Makefile's rule makes, or that
    a document tells to make. Where git ignores the file, somebody is meant to have it: with an example beside it the
    finding is an information, without one a warning.

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
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: .env\n",
                "README.md": "# Shop\n\nCopy `.env.example` to `.env`, then run `docker compose up`.\n",
                ".env.example": "DEBUG=true\n",
            }
        ),
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: stack.env\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    env_file: .env.dev\n",
                "Makefile": ".PHONY: up\nup: .env.dev\n\tdocker compose up -d\n\n"
                ".env.dev .env.test: %: | %.example\n\tinstall -m 600 $| $@\n",
                ".env.dev.example": "DEBUG=true\n",
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
        made_by_make = {
            join(dirname(file.source.path), name)
            for file in (project.makefiles if missing else ())
            for name in makefile.targets(file)
        }
        for path, named in missing.items():
            if basename(path) in _MADE_BY_TOOLS or path in made_by_make or _is_told(project, path):
                continue
            # Compose files say what is needed; the calls that name the same file are the same trouble.
            first, *others = sorted(named, key=lambda ref: (ref.kind != "env_file", ref.at))
            example = _example(project, path)
            advice = f"write {basename(path)}, and commit an example of it without values"
            yield self.found(
                first.at,
                f"{path} is not there",
                advice=advice if example is None else f"make it from its example: cp {example} {path}",
                related=[Related(ref.at, "named here, too") for ref in others],
                severity=_severity(project, path, example),
            )


def _severity(project: Project, path: str, example: str | None) -> Severity | None:
    if not git_ignores(project)(path):
        return None
    return "warning" if example is None else "info"


def _is_told(project: Project, path: str) -> bool:
    """Whether some line of a document, a script or a pipeline makes a file of this name, or says how to."""
    name = re.compile(rf"(?<![\w.-]){re.escape(basename(path))}(?![\w-]|\.\w)")
    for source in project.of_kind("document", "shell", "make", "ci", "task", "python", "devcontainer"):
        for match in name.finditer(source.text):
            line = source.text[source.text.rfind("\n", 0, match.start()) + 1 : match.end()]
            if _MAKING.search(line) or line.rstrip().endswith((f"> {match[0]}", f">{match[0]}")):
                return True
    return False


def _example(project: Project, path: str) -> str | None:
    folder = dirname(path)
    named = (pattern.format(path=path, folder=f"{folder}/" if folder else "") for pattern in _EXAMPLES)
    return next((example for example in named if project.is_file(example)), None)
