"""DW501: a path that a tool will look for in vain."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, dirname

from dockwright.finding import Finding, Related
from dockwright.project.model import Project
from dockwright.project.naming import references
from dockwright.project.references import Reference, join
from dockwright.rule import Example, Rule
from dockwright.syntax import makefile
from dockwright.syntax.ignorefile import git_matcher
from dockwright.text import lazy_regex

# Env files have a rule of their own; secrets and configs are often made on the machine.
_KINDS = frozenset({"compose file", "dockerfile", "build context", "extends", "include"})
_FOLDER_CHANGE = lazy_regex(r"(?m)^[ \t]*cd[ \t]+[^-\s]")
_FUNCTION = lazy_regex(r"(?m)^(?:function[ \t]+)?[\w-]+[ \t]*\(\)[ \t]*\{")


class MissingPath(Rule):
    """Name only files that are there

    ## What it finds

    A Make target, script, workflow, devcontainer or compose file that names a compose file, a Dockerfile or a build
    context that is not in the project: `-f`, `build:`, `extends.file`, `include`, the inputs of a build action. A file
    that a Make rule makes, or that git ignores, is left alone: something makes it before it is used. So is what other
    repositories run: a workflow with `workflow_call` that no workflow here calls.

    ## Why it matters

    The command fails for everybody who runs it. It often stays behind when files are moved: the first push after
    the move is red, and the Make target that nobody used since fails on the day it is needed.

    ## How to mend it

    Write the file's present path, or remove the call.

    ## Fix safety

    There is no fix: which file was meant is a guess. `dockwright plan` moves files together with every reference.

    ## Source

    Compose: `open …: no such file or directory`; BuildKit: `failed to read dockerfile`.
    """

    code, name, severity = "DW501", "missing-path", "error"
    traps = (33, 16)
    invalid = (
        Example(
            {
                "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "dev-up:\n\tdocker compose -f ⟦docker-compose.dev.yml⟧ up -d\n",
            }
        ),
        Example({"compose.yaml": "name: shop\nservices:\n  app:\n    build:\n      dockerfile: ⟦docker/Dockerfile⟧\n"}),
    )
    valid = (
        Example(
            {
                "Dockerfile.in": "FROM scratch\n",
                "Makefile": "x: Dockerfile\n\tdocker build -f Dockerfile .\nDockerfile: Dockerfile.in\n\tcp $< $@\n",
            }
        ),
        Example({".gitignore": "local.yml\n", "Makefile": "up:\n\tdocker compose -f local.yml up\n"}),
        Example(
            {
                ".github/workflows/image.yml": "on: {workflow_call: {}}\njobs:\n  image:\n    runs-on: ubuntu-24.04\n"
                "    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: .\n"
                "          file: deploy/Dockerfile\n",
                "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
            }
        ),
        Example(
            {
                "tests/made.sh": "#!/bin/sh\nfinish() {\n  docker compose -f local.yml down\n}\ntrap finish EXIT\n"
                'cd "$(make_project)"\n'
            }
        ),
        Example(
            {
                "compose/docker-compose.dev.yml": "name: shop\nservices:\n  app:\n    image: shop\n",
                "Makefile": "dev-up:\n\tdocker compose -f compose/docker-compose.dev.yml up -d\n",
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        missing: dict[str, list[Reference]] = {}
        for ref in references(project):
            if ref.kind in _KINDS and _tool_reads(project, ref) and not _there(project, ref):
                missing.setdefault(ref.target, []).append(ref)
        made = _made(project)
        for path, named in missing.items():
            if path not in made:
                first, *others = sorted(named, key=lambda ref: ref.at)
                related = [Related(ref.at, "named here, too") for ref in others]
                yield self.found(first.at, f"{path} is not there", advice=_advice(project, first), related=related)


def _tool_reads(project: Project, ref: Reference) -> bool:
    """Whether a tool looks for the file here; documents, code and folders that are not there say nothing sure."""
    told = project.kinds.get(ref.at.path) in ("document", "python") or _runs_elsewhere(project, ref)
    return not told and not ref.pattern and not ref.target.startswith("..") and ref.base in project.folders


def _runs_elsewhere(project: Project, ref: Reference) -> bool:
    """Whether a workflow is called by other repositories, or a script's function before it changes its folder."""
    text = project.sources[ref.at.path].text
    if project.kinds.get(ref.at.path) == "ci":
        called = f"./{ref.at.path}"
        return "workflow_call" in text and not any(called in source.text for source in project.of_kind("ci"))
    if project.kinds.get(ref.at.path) == "shell":
        return _FOLDER_CHANGE.search(text, ref.at.span.end) is not None and _in_function(text, ref.at.span.start)
    return False


def _in_function(text: str, offset: int) -> bool:
    opened = [match.start() for match in _FUNCTION.finditer(text, 0, offset)]
    return bool(opened) and "\n}" not in text[opened[-1] : offset]


def _there(project: Project, ref: Reference) -> bool:
    return project.exists(ref.target) if ref.kind == "build context" else project.is_file(ref.target)


def _made(project: Project) -> set[str]:
    """Files that a Make rule makes, and those that git ignores because something else does."""
    made = {
        join(dirname(tree.source.path), name) for tree in project.makefiles for name in makefile.targets(tree) if name
    }
    ignore_files = [project.ignore_file(source.path) for source in project.of_kind("ignore")]
    ignored = git_matcher(file for file in ignore_files if file and basename(file.source.path) == ".gitignore")
    return made | {ref.target for ref in references(project) if ref.kind in _KINDS and ignored(ref.target)}


def _advice(project: Project, ref: Reference) -> str:
    moved = sorted(path for path in project.sources if basename(path) == basename(ref.target))
    if moved:
        return f"did you mean {moved[0]}?"
    from difflib import get_close_matches  # Slow to import, and seldom needed.

    close = get_close_matches(ref.target, sorted(project.sources), 1, 0.8)
    return f"did you mean {close[0]}?" if close else "write the path of a file that is there, or remove this"
