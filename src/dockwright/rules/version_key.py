"""DW330: the `version:` of a compose file."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.finding import Finding, Fix
from dockwright.project.model import Project
from dockwright.project.stacks import compose_files
from dockwright.rule import Example, Rule
from dockwright.syntax import yaml
from dockwright.text import Site, Source, Span


class VersionKey(Rule):
    """Leave `version:` out

    ## What it finds

    A top-level `version:` in a compose file.

    ## Why it matters

    Compose reads every file by its present specification and ignores the number. Each call warns `the attribute
    version is obsolete`, and a reader believes that the file is held back to 3.8.

    ## How to mend it

    Delete the line.

    ## Fix safety

    There is none where the comment above speaks of the version: somebody has a reason for it. Safe otherwise: nothing
    reads it. `docker-compose` 1.x, which ended in 2023, did; `docker stack deploy` takes a file
    without it.

    ## Source

    Compose's documentation, «Version and name top-level elements».
    """

    code, name, severity, consent = "DW330", "version-key", "info", "safe"
    equivalents = ("dclint:no-version-field",)
    traps = (26,)
    invalid = (
        Example(
            {"compose.yaml": "# The shop\n⟦version: '3.8'⟧\nname: shop\nservices:\n  app:\n    image: shop\n"},
            becomes={"compose.yaml": "# The shop\nname: shop\nservices:\n  app:\n    image: shop\n"},
        ),
        Example({"compose.yaml": "# Our runner wants a version.\n⟦version: '3.8'⟧\nservices:\n  a:\n    image: a\n"}),
    )
    valid = (Example({"compose.yaml": "name: shop\nservices:\n  app:\n    image: shop\n"}),)

    def check(self, project: Project) -> Iterator[Finding]:
        for path, file in compose_files(project).items():
            item = file.root.item("version") if file.root is not None else None
            if item is not None and isinstance(item.value, yaml.Scalar) and file.root is not None and file.services:
                edits = tuple(yaml.delete_item(file.tree, file.root, "version"))
                kept = item.value.anchor or _told_of(file.source, item.span)
                fix = None if kept else Fix("take `version:` away", edits)
                message = "Compose ignores `version:` and warns of it"
                yield self.found(Site(path, item.span), message, advice="delete the line", fix=fix)


def _told_of(source: Source, span: Span) -> bool:
    """Whether the comment right above says something about the version."""
    lines = source.text[: span.start].splitlines()
    while lines and lines[-1].lstrip().startswith("#"):
        if "version" in lines.pop().lower():
            return True
    return False
