"""DW601: a lock file that is not there, or that git does not keep."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename
from typing import TYPE_CHECKING

from dockwright.finding import Finding
from dockwright.project.model import Project
from dockwright.project.python_side import packagings
from dockwright.project.references import join
from dockwright.rule import Example, Rule
from dockwright.syntax.ignorefile import git_matcher
from dockwright.text import Site

if TYPE_CHECKING:
    from dockwright.project.packaging import Packaging

# Each manager's lock file and the command that makes it.
_LOCKS = {
    "uv": ("uv.lock", "uv lock"),
    "poetry": ("poetry.lock", "poetry lock"),
    "pipenv": ("Pipfile.lock", "pipenv lock"),
    "pdm": ("pdm.lock", "pdm lock"),
}


class LockFileMissing(Rule):
    """Commit the lock file

    ## What it finds

    A project of uv, poetry, pipenv or pdm whose lock file nobody made, or whose lock file `.gitignore` keeps out of
    the repository.

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
    )

    def check(self, project: Project) -> Iterator[Finding]:
        for packaging in packagings(project):
            yield from self._of(project, packaging)

    def _of(self, project: Project, packaging: Packaging) -> Iterator[Finding]:
        for use in packaging.managers:
            if use.name not in _LOCKS or use.name != packaging.primary:
                continue
            name, command = _LOCKS[use.name]
            path = join(packaging.folder, name)
            if use.name == packaging.lock_missing:
                yield self.found(
                    Site(use.path, use.span), f"{path} is not there", advice=f"run `{command}` and commit {name}"
                )
            elif project.is_file(path) and _ignored(project, path):
                yield self.found(
                    Site(use.path, use.span),
                    f"git does not keep {path}: .gitignore leaves it out",
                    advice=f"take {name} out of .gitignore and commit it",
                )


def _ignored(project: Project, path: str) -> bool:
    files = [project.ignore_file(source.path) for source in project.of_kind("ignore")]
    return git_matcher(file for file in files if file is not None and basename(file.source.path) == ".gitignore")(path)
