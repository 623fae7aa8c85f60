"""DW301: a compose project's name that depends on its folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname

from dockwright.finding import Finding, Fix
from dockwright.project.compose import DEFAULT_OVERRIDES, ComposeFile
from dockwright.project.merged import Merged, merged
from dockwright.project.model import Project
from dockwright.project.stacks import Stack, commands, compose_files
from dockwright.rule import Example, Rule
from dockwright.rules._shared_names import shared_names
from dockwright.syntax import yaml
from dockwright.text import Site, Span, lazy_regex

# What folders with compose files are called in many projects.
_COMMON_FOLDERS = frozenset(
    "app api backend build ci compose config container containers deploy deployment deployments dev development docker "
    "env environment environments examples infra infrastructure local ops prod production project scripts server "
    "services src staging test tests tools web".split()
)

_VARIABLE = "COMPOSE_PROJECT_NAME"
_SETS_VARIABLE = lazy_regex(r"\bCOMPOSE_PROJECT_NAME[\"']?\]?[ \t]*[:?+]?[=:]")
_NAMES = lazy_regex(r"--project-name\b|[\"']-p[\"']")


class ProjectNameFromFolder(Rule):
    """Pin the compose project's name

    ## What it finds

    A stack whose project name comes from the folder of its first file: no file says `name:`, no call says `-p`,
    and no env file sets `COMPOSE_PROJECT_NAME`. It is a warning where the folder is called as it is in many projects
    (`docker`, `deploy`, `app`), an information else.

    Files of development containers are left alone, since their tools make the name out of two folders; so are files
    that are no stack by themselves, stacks whose name another environment has already (DW302), and projects whose
    scripts, pipelines or examples of env files name their stacks.

    ## Why it matters

    The name is the prefix of every container, network and named volume. Move the file or clone the repository into
    another folder, and Compose makes a new project beside the old one: the database comes up empty, and the old
    containers hold the ports. Two projects on one host that keep their files in a folder `docker` are one project to
    Compose: `up` and `down` of the one reach the containers and volumes of the other.

    ## How to mend it

    Write `name:` at the top of the stack's first file, with the name that the stack has now. A better name than
    `docker` begins with new volumes: move the data first.

    ## Fix safety

    Safe: the name that is written is the one that Compose uses already.

    ## Source

    Compose's documentation, «Specify a project name».
    """

    code, name, severity, consent = "DW301", "project-name-from-folder", "warning", "safe"
    equivalents = ("dclint:require-project-name-field",)
    traps = (15,)
    invalid = (
        Example(
            {"docker-compose.yml": "# The shop\n⟦services⟧:\n  db:\n    image: postgres:17.6\n"},
            becomes={"docker-compose.yml": "# The shop\nname: shop\nservices:\n  db:\n    image: postgres:17.6\n"},
        ),
    )
    valid = (
        Example({"compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n"}),
        Example(
            {
                "compose.yaml": "services:\n  db:\n    image: postgres:17.6\n",
                "Makefile": "up:\n\tdocker compose -p shop up -d\n",
            }
        ),
        Example(
            {"compose.yaml": "services:\n  db:\n    image: postgres:17.6\n", ".env": "COMPOSE_PROJECT_NAME=shop\n"}
        ),
        Example(
            {
                "docker/base.yml": "services:\n  app:\n    image: shop\n",
                "start.sh": '#!/bin/sh\nname="${1:-shop}"\ndocker compose -f "$base" -p "$name" up -d\n',
            }
        ),
        Example(
            {
                "compose.yaml": "services:\n  db:\n    image: postgres:17.6\n",
                ".env.example": "export COMPOSE_PROJECT_NAME=shop\n",
            }
        ),
        Example(
            {
                "deploy/compose.yaml": "services:\n  db:\n    image: postgres:17.6\n",
                "tasks.py": 'def compose(files):\n    return f"docker compose --project-name shop {files}"\n',
            }
        ),
        Example(
            {
                "compose.yaml": "services:\n  db:\n    image: postgres:17.6\n",
                ".github/workflows/ci.yml": "on: push\nenv:\n  COMPOSE_PROJECT_NAME: shop\njobs: {}\n",
            }
        ),
        Example({".devcontainer/docker-compose.yml": "services:\n  app:\n    image: shop\n"}),
        Example({"tools/ports.yml": "services:\n  app:\n    ports: ['127.0.0.1:8000:8000']\n"}),
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  db:\n    image: postgres:17.6\n",
                "compose.test.yaml": "services:\n  db:\n    image: postgres:17.6\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        named = {clash.at.path for clash in shared_names(project)}
        by_script, by_variable = _named_by_script(project), _folders_with_variable(project)
        if "*" in by_variable:
            return
        for stack, services in merged(project):
            first = stack.files[0]
            alone = bool(stack.invoked_from) or (not by_script and _stands_alone(first, services))
            alone = alone and stack.name != "devcontainer" and stack.project_directory not in by_variable
            if stack.named_by == "folder" and alone and first not in named:
                named.add(first)
                yield self._found(compose_files(project)[first], stack)

    def _found(self, file: ComposeFile, stack: Stack) -> Finding:
        message = f"the project is called {stack.project_name!r} only because of its folder"
        fix = None
        if file.root is not None:
            edits = yaml.insert_item(file.tree, file.root, "name", stack.project_name, first=True)
            fix = Fix(f"pin the project name {stack.project_name!r}", tuple(edits)) if edits else None
        return self.found(
            Site(file.path, _first_key(file)),
            message,
            advice=f"write `name: {stack.project_name}` at the top",
            fix=fix,
            severity=None if stack.project_name in _COMMON_FOLDERS else "info",
        )


def _named_by_script(project: Project) -> bool:
    """Whether some call puts its files or its `-p` together from variables: it may be the one that names a stack."""
    called = any(
        call.project_name and ("$" in call.project_name or not call.whole)
        for said in commands(project).values()
        for call in said.invocations
    )
    return called or any(
        "compose" in source.text and _NAMES.search(source.text) is not None
        for source in project.of_kind("python", "task", "shell")
    )


def _folders_with_variable(project: Project) -> set[str]:
    """Where COMPOSE_PROJECT_NAME counts: beside the example of an env file that sets it, and `*`, everywhere, where
    a script, a Makefile or a pipeline sets it.
    """
    found = {
        dirname(path)
        for path, file in project.env_files.items()
        if any(entry.key == _VARIABLE and entry.value.text for entry in file.entries)
    }
    scripts = project.of_kind("make", "shell", "ci", "task", "python", "devcontainer")
    sets = any(_VARIABLE in source.text and _SETS_VARIABLE.search(source.text) for source in scripts)
    return found | ({"*"} if sets else set())


def _stands_alone(path: str, services: Mapping[str, Merged]) -> bool:
    """Whether a file that nothing invokes can be a stack: its services have images, and it is no override."""
    override = "override" in path and not path.endswith(DEFAULT_OVERRIDES)
    return not override and all(
        service.builds or service.written("image") or service.written("extends") for service in services.values()
    )


def _first_key(file: ComposeFile) -> Span:
    return file.root.items[0].key.span if file.root is not None and file.root.items else Span(0, 0)
