"""Interpreter: an editor in a container takes the Python of the environment that its image has."""

from __future__ import annotations

from dockwright.finding import Fix
from dockwright.project.compose import scalar
from dockwright.project.model import Project
from dockwright.project.stacks import build_calls, commands
from dockwright.refactor.ci.installs import OWNER
from dockwright.refactor.step import Proposal
from dockwright.syntax import dockerfile, jsonc
from dockwright.text import Edit

_ENVIRONMENT = "/opt/venv"
_FORMER = frozenset({"/usr/local/bin/python", "/usr/local/bin/python3", "/usr/bin/python3", "/usr/bin/python"})
_KEY = "python.defaultInterpreterPath"
_PLACES = (("customizations", "vscode", "settings"), ("settings",))


class Interpreter:
    """Rewrites the interpreter's path in devcontainers."""

    name = OWNER
    title = "Editors in containers find the environment"

    def propose(self, project: Project) -> Proposal:
        """One patch, where every image that the devcontainer may run has the environment."""
        edits = []
        for source in project.of_kind("devcontainer"):
            root = project.trees.of(jsonc.parse, source).root
            for place in _PLACES:
                settings = None if root is None else root.at(*place)
                written = scalar(settings.get(_KEY)) if settings is not None else None
                if written is not None and written.value in _FORMER and _has_environment(project, source.path):
                    new = f"{_ENVIRONMENT}/bin/python"
                    edits.append(Edit(source.path, written.mapped.span(0, len(written.value)), new))
        if not edits:
            return Proposal()
        return Proposal((Fix(f"have the editor use the environment in {_ENVIRONMENT}", tuple(edits), "refit"),))


def _has_environment(project: Project, path: str) -> bool:
    """Whether all Dockerfiles that a devcontainer's stack builds make the environment."""
    files = {ref.target for call in commands(project)[path].invocations for ref in call.files} | {path}
    built = {
        call.dockerfile for call in (*build_calls(project), *commands(project)[path].builds) if call.at.path in files
    }
    return bool(built) and all(_makes_it(project, each) for each in built)


def _makes_it(project: Project, path: str) -> bool:
    tree = project.dockerfile(path)
    return tree is not None and any(
        pair.key.value == "UV_PROJECT_ENVIRONMENT" and pair.value is not None and pair.value.value == _ENVIRONMENT
        for instruction in tree.instructions
        if isinstance(instruction, dockerfile.Env)
        for pair in instruction.pairs
    )
