"""The step `env`: an example an environment, real env files hidden from git, production never from an example."""

from __future__ import annotations

from dockwright.refactor.env.borrowed import Borrowed
from dockwright.refactor.env.certificates import Certificates
from dockwright.refactor.env.examples import Examples
from dockwright.refactor.env.guard import Guard
from dockwright.refactor.env.hidden import Hidden
from dockwright.refactor.env.keys import Keys
from dockwright.refactor.step import Step

ENV: tuple[Step, ...] = (Hidden(), Borrowed(), Examples(), Guard(), Keys(), Certificates())
"""What git sees first, so that the examples are seen once they are made."""
