"""The step `layout`: compose files, Dockerfiles and env files to their folders, with every reference rewritten."""

from __future__ import annotations

from dockwright.refactor.layout.compose_files import ComposeFiles
from dockwright.refactor.layout.dockerfiles import Dockerfiles
from dockwright.refactor.layout.env_files import EnvFiles
from dockwright.refactor.step import Step

LAYOUT: tuple[Step, ...] = (ComposeFiles(), Dockerfiles(), EnvFiles())
"""One after the other: what the first moved is no concern of the second."""
