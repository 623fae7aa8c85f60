"""What the Python side of a project says: its packaging, its applications, the variables that it reads.

Each part is imported when it is first asked for: many a project has none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockwright.project.model import Project, view
from dockwright.syntax import python_code
from dockwright.syntax.python_code import PythonFile
from dockwright.text import Source

if TYPE_CHECKING:
    from dockwright.project.application import Application, HealthRoute
    from dockwright.project.env_reads import EnvRead
    from dockwright.project.packaging import Packaging


def _parse(project: Project, source: Source) -> PythonFile:
    return project.trees.of(python_code.parse, source)


@view
def packagings(project: Project) -> tuple[Packaging, ...]:
    """How each folder with manifests is packaged."""
    from dockwright.project import packaging

    return packaging.packagings(project.sources, project.listing, lambda source: _parse(project, source))


@view
def applications(project: Project) -> tuple[Application, ...]:
    """Every application object that a server can be pointed at."""
    from dockwright.project import application

    return application.applications(project.sources, project.listing, lambda source: _parse(project, source))


@view
def reads(project: Project) -> tuple[EnvRead, ...]:
    """Every environment variable that the code reads."""
    from dockwright.project import env_reads

    return env_reads.env_reads(project.sources, lambda source: _parse(project, source))


@view
def health_routes(project: Project) -> tuple[HealthRoute, ...]:
    """The routes that look like health endpoints, those of whole known path first."""
    from dockwright.project import application

    return application.health_routes(project.sources, lambda source: _parse(project, source))
