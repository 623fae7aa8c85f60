"""The step `dockerfile`: a Python service's Dockerfile in stages, from whatever it was."""

from dockwright.refactor.dockerfile.stages import Stages

__all__ = ["Stages"]
