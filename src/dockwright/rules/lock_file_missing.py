"""DW601: a lock file that is not there, or that git does not keep."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename
from typing import TYPE_CHECKING

from dockwright.finding import Finding, Severity
from dockwright.project.model import Project
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax.ignorefile import git_matcher
from dockwright.text import Site, lazy_regex

if TYPE_CHECKING:
    from dockwright.project.packaging import Packaging

# Each manager's lock file and the command that makes it.
_LOCKS = {
    "uv": ("uv.lock", "uv lock"),
    "poetry": ("poetry.lock", "poetry lock"),
    "pipenv": ("Pipfile.lock", "pipenv lock"),
    "pdm": ("pdm.lock", "pdm lock"),
}

_LOCKING = lazy_regex(r"\b(uv|poetry|pipenv|pdm)[ \t]+((?:sync|install|run|lock|export)\b[^\n;&|]*)")
_TEMPLATES = frozenset({"template", "templates"})
_INSISTS = lazy_regex(r"--(?:frozen|locked|deploy|check)\b")
_UNMANAGED = lazy_regex(r"(?m)^\[tool\.uv\]\n(?:(?!\[).*\n)*?managed\s*=\s*false\b")


class LockFileMissing(Rule):
    """Commit the lock file

    ## What it finds

    A project of uv, poetry, pipenv or pdm whose lock file nobody made, or whose lock file `.gitignore` keeps out of
    the repository. It is an error where something in the project cannot do without it (`uv sync --locked`, a COPY of
    it), a warning where something installs by it (`uv sync`, `poetry install`), an information else: uv serves many a
    library as an installer alone. Templates of projects, and projects that uv is told not to manage, are left alone.

    ## Why it matters

    Every build resolves the dependencies anew, so that two machines, or today and tomorrow, get different versions.
    A build with `--frozen` or `--locked` fails everywhere but on the author's machine.

    ## How to mend it

    Make it with the package manager's own command and commit it; take it out of `.gitignore`.

    ## Fix safety

    There is no fix in the text alone: a lock file comes from resolving the dependencies.

    ## Source

    uv's documentation, «Locking and syncing»; Poetry's, «Committing your poetry.lock file to version control».
    """

    code, name, severity = "DW601", "lock-file-missing", "error"
    traps = (34,)
    invalid = (
        Example(
            {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n\n⟦[tool.uv]⟧\n'}
        ),
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n\n⟦[tool.uv]⟧\n',
                "uv.lock": "version = 1\n",
                ".gitignore": ".venv/\n*.lock\n",
            }
        ),
    )
    valid = (
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n\n[tool.uv]\n',
                "uv.lock": "version = 1\n",
            }
        ),
        Example({"requirements.txt": "fastapi==0.115.0\n"}),
        Example({"{{ name }}/Pipfile": '[packages]\nflask = "*"\n'}),
        Example(
            {
                "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n\n'
                "[tool.uv]\nmanaged = false\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for packaging in packagings(project):
            if not _left_alone(project, packaging):
                yield from self._of(project, packaging)

    def _of(self, project: Project, packaging: Packaging) -> Iterator[Finding]:
        for use in packaging.managers:
            if use.name not in _LOCKS or use.name != packaging.primary:
                continue
            name, command = _LOCKS[use.name]
            path = join(packaging.folder, name)
            if use.name == packaging.lock_missing:
                yield self.found(
                    Site(use.path, use.span),
                    f"{path} is not there",
                    advice=f"run `{command}` and commit {name}",
                    severity=_severity(project, use.name, name),
                )
            elif project.is_file(path) and _ignored(project, path):
                yield self.found(
                    Site(use.path, use.span),
                    f"git does not keep {path}: .gitignore leaves it out",
                    advice=f"take {name} out of .gitignore and commit it",
                )


def _left_alone(project: Project, packaging: Packaging) -> bool:
    """Whether it is a template of a project, or `[tool.uv]` says `managed = false`: uv does not lock that."""
    if "{{" in packaging.folder or not _TEMPLATES.isdisjoint(packaging.folder.split("/")):
        return True
    source = project.sources.get(join(packaging.folder, "pyproject.toml"))
    return source is not None and _UNMANAGED.search(source.text) is not None


def _severity(project: Project, manager: str, lock: str) -> Severity | None:
    """How much hangs on a lock file: whether commands of the project insist on it, or only use one."""
    calls = [
        match[2]
        for source in project.of_kind("dockerfile", "compose", "shell", "make", "ci", "task")
        for match in _LOCKING.finditer(source.text)
        if match[1] == manager
    ]
    insists = any(_INSISTS.search(call) for call in calls)
    if insists or any(lock in source.text for source in project.of_kind("dockerfile")):
        return None
    return "warning" if calls else "info"


def _ignored(project: Project, path: str) -> bool:
    files = [project.ignore_file(source.path) for source in project.of_kind("ignore")]
    return git_matcher(file for file in files if file is not None and basename(file.source.path) == ".gitignore")(path)
