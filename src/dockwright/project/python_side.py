"""What the Python side of a project says: its packaging, its applications, the variables that it reads.

Each part is imported when it is first asked for: many a project has none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from dockwright.project.model import Project, view
from dockwright.syntax import python_code
from dockwright.syntax.python_code import Parse, PythonFile
from dockwright.text import Source

if TYPE_CHECKING:
    from dockwright.project.application import Application, HealthRoute
    from dockwright.project.env_reads import EnvRead
    from dockwright.project.packaging import Packaging


Said = TypeVar("Said")


def _parse(project: Project, source: Source) -> PythonFile:
    return project.trees.of(python_code.parse, source)


def _of_code(project: Project, read: Callable[[Mapping[str, Source], Parse], Said]) -> Said:
    """What the Python files alone say, the same for all states of the project that have the same ones."""
    files = {path: source for path, source in project.sources.items() if path.endswith(".py")}
    return project.trees.kept(
        read, None, tuple(files.values()), lambda: read(files, lambda each: _parse(project, each))
    )


@view
def packagings(project: Project) -> tuple[Packaging, ...]:
    """How each folder with manifests is packaged."""
    from dockwright.project import packaging

    return packaging.packagings(project.sources, project.listing, lambda source: _parse(project, source))


@view
def applications(project: Project) -> tuple[Application, ...]:
    """Every application object that a server can be pointed at."""
    from dockwright.project import application

    return application.told(_of_code(project, application.apps), project.sources, project.listing)


@view
def reads(project: Project) -> tuple[EnvRead, ...]:
    """Every environment variable that the code reads."""
    from dockwright.project import env_reads

    return _of_code(project, env_reads.env_reads)


@view
def health_routes(project: Project) -> tuple[HealthRoute, ...]:
    """The routes that look like health endpoints, those of whole known path first."""
    from dockwright.project import application

    return _of_code(project, application.health_routes)
