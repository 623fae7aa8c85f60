"""The small steps of `ci`, in their order."""

from __future__ import annotations

from dockwright.refactor.ci.dependency_files import DependencyFiles
from dockwright.refactor.ci.env_files import EnvFiles, WatchedExamples
from dockwright.refactor.ci.installs import Installs
from dockwright.refactor.ci.interpreter import Interpreter
from dockwright.refactor.ci.new_workflow import NewWorkflow
from dockwright.refactor.ci.updates import Updates
from dockwright.refactor.ci.workflows import Workflows
from dockwright.refactor.step import Step

BEFORE_LEFTOVERS: tuple[Step, ...] = (Workflows(), Installs(), DependencyFiles())
"""Taken while former manifests are there, so that it is known what they were."""

CI: tuple[Step, ...] = (EnvFiles(), WatchedExamples(), Interpreter(), Updates(), NewWorkflow())
"""Taken when they are gone, where nothing reads them any more."""
