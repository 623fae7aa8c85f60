"""DW317: an owner or a mode for a secret that Compose ignores."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Related
from dockwright.project.compose import elements, text
from dockwright.project.merged import every_service
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site

_IGNORED = ("uid", "gid", "mode")


class FileSecretAttributes(Rule):
    """Give a secret's file the mode on the host

    ## What it finds

    `uid`, `gid` or `mode` of a secret or config that comes from a `file:`.

    ## Why it matters

    Compose mounts such a file as it is, and ignores the three. A key that is 0600 and belongs to you is not readable
    for user 1000 in the container: `Permission denied` at the start, on Linux only, since Docker Desktop lets
    everybody read.

    ## How to mend it

    Set owner and mode of the file on the host, and take the keys away; or take the secret from a variable with
    `environment:`, for which Compose sets them.

    ## Fix safety

    There is no fix: the file's owner is not part of the project.

    ## Source

    Compose's documentation of `secrets`, long syntax.
    """

    code, name, severity = "DW317", "file-secret-attributes", "warning"
    traps = (23,)
    invalid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    secrets:\n"
                "      - source: key\n        ⟦mode⟧: 0440\nsecrets:\n  key:\n    file: certs/key.pem\n"
            }
        ),
    )
    valid = (
        Example(
            {
                "compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n    secrets:\n"
                "      - source: key\n        mode: 0440\n      - other\n"
                "secrets:\n  key:\n    environment: KEY\n  other:\n    file: certs/key.pem\n"
            }
        ),
    )

    def check(self, project: Project) -> Iterator[Finding]:
        told = set()
        for service in every_service(project):
            for kind in ("secrets", "configs"):
                files = {
                    name: Site(path, node.span)
                    for path in service.stack.files
                    for name, node in compose_files(project)[path].top_level(kind)
                    if node.get("file") is not None
                }
                for layer, node in service.written(kind) if files else ():
                    for entry in elements(node):
                        source = text(entry.get("source")) or ""
                        items = [entry.item(key) for key in _IGNORED] if isinstance(entry, yaml.Mapping) else []
                        item = next((each for each in items if each is not None), None)
                        at = None if item is None else Site(layer.path, item.key.span)
                        if item is not None and at is not None and source in files and at not in told:
                            told.add(at)
                            yield self.found(
                                at,
                                f"Compose ignores {item.name} of {source}, which comes from a file",
                                advice="set owner and mode of the file itself",
                                related=[Related(files[source], "from a file")],
                            )
