"""Updates: Dependabot looks where the manifests, Dockerfiles and compose files are now."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from dockwright.finding import Fix
from dockwright.project.compose import elements, scalar
from dockwright.project.model import Project
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.refactor.ci.installs import OWNER, in_order
from dockwright.refactor.layout.compose_files import COMPOSE_FOLDER
from dockwright.refactor.layout.dockerfiles import DOCKER_FOLDER
from dockwright.refactor.step import Proposal
from dockwright.syntax import yaml
from dockwright.text import Edit

_FILES = frozenset({".github/dependabot.yml", ".github/dependabot.yaml"})

# Dependabot's options reference: the ecosystems' names; each looks at the files that lie in the folder itself.
_PYTHON = "pip"
_FORMER = frozenset({"requirements", "pip-tools", "pipenv", "poetry"})
_MOVED = {"docker": ("dockerfile", DOCKER_FOLDER), "docker-compose": ("compose", COMPOSE_FOLDER)}


class Updates:
    """Rewrites Dependabot's entries for what has another manager or another folder now."""

    name = OWNER
    title = "Dependabot follows uv.lock and the moved files"

    def propose(self, project: Project) -> Proposal:
        """One patch; an entry stays where something of what it looked for is still there."""
        edits = [edit for path in sorted(_FILES & project.sources.keys()) for edit in _of_file(project, path)]
        if not edits:
            return Proposal()
        return Proposal((Fix("have Dependabot look where the files are now", in_order(edits), "refit"),))


def _of_file(project: Project, path: str) -> Iterator[Edit]:
    tree = project.yaml(project.sources[path])
    entries = [] if tree.root is None else list(elements(tree.root.get("updates")))
    known = {
        (ecosystem.value, _folder(folder.value))
        for entry in entries
        if (ecosystem := scalar(entry.get("package-ecosystem"))) is not None
        for folder in _folders(entry)
    }
    for entry in entries:
        ecosystem, folders = scalar(entry.get("package-ecosystem")), _folders(entry)
        if ecosystem is None or not folders:
            continue
        if ecosystem.value == _PYTHON:
            if all(_is_locked(project, _folder(each.value)) for each in folders) and not any(
                ("uv", _folder(each.value)) in known for each in folders
            ):
                yield Edit(path, ecosystem.mapped.span(0, len(ecosystem.value)), "uv")
        elif ecosystem.value in _MOVED:
            kind, moved = _MOVED[ecosystem.value]
            for each in folders:
                folder = _folder(each.value)
                new = join(folder, moved)
                present = {
                    dirname(source.path) for source in project.sources.values() if _is(project, source.path, kind)
                }
                if folder not in present and new in present and (ecosystem.value, new) not in known:
                    yield Edit(path, each.mapped.span(0, len(each.value)), f"/{new}")


def _is(project: Project, path: str, kind: str) -> bool:
    return project.kinds.get(path) == kind


def _folders(entry: yaml.Node) -> list[yaml.Scalar]:
    found = entry.get("directory") or entry.get("directories")
    return [] if found is None else [each for each in found.strings() if "*" not in each.value]


def _folder(written: str) -> str:
    return join("", written.strip("/")) if written.strip("/") else ""


def _is_locked(project: Project, folder: str) -> bool:
    """Whether a folder has a `uv.lock`, and no manifest that pip or another manager reads."""
    if not project.is_file(join(folder, "uv.lock")):
        return False
    own = next((each for each in packagings(project) if each.folder == folder), None)
    return own is not None and all(use.name not in _FORMER for use in own.managers)
