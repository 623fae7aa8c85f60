"""The small steps of `compose`, in their order."""

from __future__ import annotations

from dockwright.refactor.compose.environments import Environments
from dockwright.refactor.compose.for_tests import ForTests
from dockwright.refactor.compose.hardening import Hardening
from dockwright.refactor.compose.inits import Inits
from dockwright.refactor.compose.migrations import Migrations, Servers
from dockwright.refactor.compose.networks import Networks
from dockwright.refactor.compose.probes import Probes
from dockwright.refactor.compose.runners import Runners
from dockwright.refactor.compose.secrets import Secrets
from dockwright.refactor.compose.tags import Tags
from dockwright.refactor.compose.targets import Targets
from dockwright.refactor.compose.volumes import Volumes
from dockwright.refactor.step import Step

BEFORE_DOCKERFILE: tuple[Step, ...] = (Tags(), Migrations())
"""Taken while the Dockerfile still says how a server starts."""

COMPOSE: tuple[Step, ...] = (
    Targets(),
    Servers(),
    Runners(),
    Inits(),
    Volumes(),
    Probes(),
    ForTests(),
    Environments(),
    Networks(),
    Secrets(),
    Hardening(),
)
"""Taken when the Dockerfile has a stage for each environment."""
