"""The Compose loader: what `docker compose config` prints of a stack, worked out without Compose.

    unresolved(files, Call(("compose.yml",)))              variables as they are written
    resolved(files, Call(("compose.yml",)), environ)       variables and env files filled in

It goes through the same stages as compose-go 2.9, the loader of Compose 2.40, one module each.
`docs/compose-conformance.md` says how far the two agree, and where they do not.
"""

from dockwright.project.loader.files import Files
from dockwright.project.loader.loading import Call, normal_name, resolved, unresolved
from dockwright.project.loader.refusal import LoadError

__all__ = ["Call", "Files", "LoadError", "normal_name", "resolved", "unresolved"]
