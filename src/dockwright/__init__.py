"""dockwright: audit, refactor and verify the Docker infrastructure of a Python service."""

__version__ = "0.1.0"
