"""The step `make`: a target of each kind for every environment, merged into the user's Makefile."""

from __future__ import annotations

from dockwright.refactor.make.help import Help
from dockwright.refactor.make.targets import Targets
from dockwright.refactor.step import Step

MAKE: tuple[Step, ...] = (Targets(), Help())
"""The targets first: the help shows what is there."""
